"""Reading one cell with its fault noted instead of raised, so that the other faults of the sheet are found too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tracker.intake.fields import Field, spoken
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell
from tracker.intake.values import CellError

_Value = TypeVar("_Value")


def read_cell(cell: Cell, parse: Callable[[Cell], _Value], *, field: Field, findings: Findings) -> _Value | None:
    """What the cell says, or ``None`` with a fault noted."""
    try:
        return parse(cell)
    except CellError as error:
        findings.fault(cell, f"{spoken(field)}: {error}")
        return None
