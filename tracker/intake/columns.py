"""Columns that are missing, doubled or unknown, and how the user can say what they mean."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tracker.intake.fields import REQUIRED, Field, known_field, nearest_field, spoken
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell, Grid, column_letter
from tracker.intake.mapping import Mapping
from tracker.intake.tables import Table, likely_header

_TOO_ALIKE: Final = 0.8
"""An unknown header this like a known one is probably that one mistyped; ignoring it would lose what it says."""

_UNRECOGNISED_FIELDS: Final = 3
"""Known headers in one row from which on a sheet was meant to hold orders although no table was found in it."""


def check_columns(table: Table, findings: Findings) -> None:
    """Note every missing, doubled and unknown column of an order table."""
    header = table.header
    for field, first, cell in header.repeated:
        findings.fault(
            cell, f"two columns mean {spoken(field)}: {_quoted(first)} and {_quoted(cell)}; {_explain(cell, 'ignore')}"
        )
    missing = [field for field in REQUIRED if not table.has(field)]
    if missing:
        names = ", ".join(spoken(field) for field in missing)
        guesses = "; ".join(_guess(cell, missing) for cell in header.unknown)
        unknown = f" Unknown columns: {guesses}." if guesses else ""
        example = header.unknown[0] if header.unknown else None
        how = _explain(example, missing[0]) if example is not None else "add the column, or a label above the table"
        findings.fault_row(table.grid.sheet, header.top, f"nothing says the {names}.{unknown} To fix it: {how}")
        return
    for cell in header.unknown:
        near = nearest_field(cell.text)
        if near is not None and near[2] >= _TOO_ALIKE:
            findings.fault(cell, f"unknown column {_guess(cell)}; {_explain(cell, near[0])}")
        elif header.sizes and _holds_numbers(table, cell):
            what = f"unknown column {_quoted(cell)} with numbers; {_explain(cell, Field.SIZE)}, or {Field.IGNORE}"
            findings.fault(cell, what)
        else:
            findings.warn(cell, f"column {_quoted(cell)} is not used")


def explain_unreadable(grid: Grid, mapping: Mapping, findings: Findings, *, certain: bool) -> None:
    """Say why no table was found in a sheet.

    Args:
        certain: The sheet must hold a table (no other sheet does), so this is a fault whatever it looks like.
    """
    likely = likely_header(grid, mapping)
    if likely is None:
        if certain:
            findings.fault_sheet(grid.sheet, "holds no table; see docs/order-sheets.md for the layouts")
        return
    row, cells = likely
    fields = {mapping.field_of(cell.text) for cell in cells} - {None, Field.IGNORE}
    if not certain and len(fields) < _UNRECOGNISED_FIELDS:
        findings.warn_sheet(grid.sheet, "holds no order table and was not read")
        return
    missing = [field for field in (*REQUIRED, Field.QUANTITY) if field not in fields]
    unknown = [cell for cell in cells if mapping.field_of(cell.text) is None][:12]
    names = ", ".join(spoken(field) for field in missing) or "sizes or quantities in a form that is known"
    guesses = "; ".join(_guess(cell, missing) for cell in unknown) or "none"
    how = _explain(unknown[0], missing[0]) if unknown and missing else "see docs/order-sheets.md for the layouts"
    findings.fault_row(
        grid.sheet,
        row,
        f"no order table was found. Missing columns: {names}. Unknown columns: {guesses}. To fix it: {how}",
    )


def used_columns(table: Table) -> dict[str, Field]:
    """Header text to field of the columns that only a mapping explains; what the caller should remember."""
    stated: dict[str, Field] = {}
    for field, column in table.header.columns.items():
        text = table.grid.at(table.header.top, column).text
        if known_field(text) is not field:
            stated[text] = field
    return stated


def _guess(cell: Cell, missing: Collection[Field] = ()) -> str:
    near = nearest_field(cell.text, among=missing)
    return _quoted(cell) if near is None else f"{_quoted(cell)} (nearest known: {near[1]!r})"


def _quoted(cell: Cell) -> str:
    return f"{column_letter(cell.column)}{cell.row} {cell.text[:40]!r}"


def _explain(cell: Cell, field: str) -> str:
    return f'say what it means with --map "{cell.text[:40]}={field}"'


def _holds_numbers(table: Table, header_cell: Cell) -> bool:
    below = (table.grid.at(row, header_cell.column) for row in table.rows)
    return any(cell.text.replace(".", "", 1).isdigit() for cell in below)
