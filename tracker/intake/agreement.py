"""One value of an order out of all the cells that state it: they must agree, and required ones must exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tracker.intake.fields import REQUIRED, Field, spoken
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell
from tracker.intake.lines import Line
from tracker.intake.reading import read_cell
from tracker.intake.values import is_blank

_Value = TypeVar("_Value")


def place_of(cell: Cell, *, seen_from: Cell) -> str:
    """Where a cell is, with its sheet's name when that is another one."""
    return cell.place if cell.sheet == seen_from.sheet else f"{cell.sheet}!{cell.place}"


def agreed(
    lines: list[Line], field: Field, parse: Callable[[Cell], _Value], *, findings: Findings, known: bool
) -> _Value | None:
    """The value all lines of an order agree on; ``None`` when nothing is stated or nothing can be read.

    Args:
        lines: The order's lines.
        parse: Reads one cell; raises ``CellError``.
        findings: Receives a fault for every cell that cannot be read or contradicts the first one.
        known: The lines are known to belong to one order; otherwise each cell is only judged by itself.
    """
    stated = {
        (cell.sheet, cell.row, cell.column): cell for line in lines if (cell := line.facts.get(field)) is not None
    }
    first: tuple[Cell, _Value] | None = None
    unread = False
    for cell in stated.values():
        if is_blank(cell):
            continue
        value = read_cell(cell, parse, field=field, findings=findings)
        unread = unread or value is None
        if value is None or (first is not None and first[1] == value):
            continue
        if first is None:
            first = (cell, value)
        elif known:
            where = place_of(first[0], seen_from=cell)
            findings.fault(
                cell, f"{spoken(field)} {cell.text!r} contradicts {first[0].text!r} in {where} of the same order"
            )
    if first is None and known and stated and not unread and field in REQUIRED:
        findings.fault(next(iter(stated.values())), f"the {spoken(field)} is missing")
    return None if first is None else first[1]
