"""Where the tables of a sheet are, what their columns mean, and what is written above them.

::

    生产通知单                                       a title, passed over
    订单号: PO-1     客户 | ACME     款号: T-100     facts: a label and its value in one cell, or side by side
    颜色   |      尺码             | 合计            header, in one row or two
           |  S  |  M  |  L  |  XL |
    红     |  10 |  20 |  20 |  10 |  60             body, until the next table's facts or header
    蓝     |   5 |  10 |  10 |   5 |  30
    合计   |  15 |  30 |  30 |  15 |  90

A table with a quantity column has one order line per row; one with size columns has one per row and size. Both may
carry the order's facts as columns, as facts above, or as a mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracker.intake.facts import facts_in_row
from tracker.intake.fields import Field, is_total
from tracker.intake.grid import Cell, Grid
from tracker.intake.headers import Header, headers_at
from tracker.intake.mapping import Mapping

_HEADER_SEARCH_ROWS: Final = 60
_FEWEST_HEADERS: Final = 2


@dataclass(slots=True)
class _Block:
    """Headers side by side, the first row of their facts, and rows that repeat them."""

    headers: list[tuple[Header, range]]
    start: int
    repeats: set[int]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a sheet.

    Attributes:
        header: What its columns mean.
        facts: What is written above it, by field.
        rows: Rows of its body, without headers repeated on later pages.
        columns: All columns that belong to it.
    """

    grid: Grid
    header: Header
    facts: dict[Field, Cell]
    rows: tuple[int, ...]
    columns: range

    def cell(self, row: int, field: Field) -> Cell:
        """What a row says about a field: its own column's cell, else the fact above, else a blank cell."""
        column = self.header.columns.get(field)
        if column is not None:
            own = self.grid.at(row, column)
            if not own.blank or field not in self.facts:
                return own
        return self.facts.get(field) or self.grid.at(row, self.columns.start)

    def has(self, field: Field) -> bool:
        """The field stands in a column or above the table."""
        return field in self.header.columns or field in self.facts


def find_tables(grid: Grid, mapping: Mapping) -> tuple[Table, ...]:
    """All tables of a sheet, top to bottom, left to right.

    Args:
        mapping: What headers mean, beside the known words.
    """
    last_row, everything = grid.last_row, range(1, grid.last_column + 1)
    blocks: list[_Block] = []
    row, facts_from = 1, 1
    while row <= last_row:
        headers = headers_at(grid, row, mapping=mapping, columns=everything)
        if headers:
            bottom = max(header.bottom for header, _ in headers)
            start = _facts_start(grid, range(facts_from, row), columns=everything, mapping=mapping)
            if blocks and start == row and _same(blocks[-1].headers, headers):
                blocks[-1].repeats.update(range(row, bottom + 1))
            else:
                blocks.append(_Block(headers, start, set()))
            row, facts_from = bottom, bottom + 1
        row += 1
    tables: list[Table] = []
    for index, block in enumerate(blocks):
        end = blocks[index + 1].start if index + 1 < len(blocks) else last_row + 1
        for header, columns in block.headers:
            rows = tuple(row for row in range(header.bottom + 1, end) if row not in block.repeats)
            facts = _facts(grid, range(block.start, header.top), columns=columns, mapping=mapping)
            tables.append(Table(grid, header, facts, rows, columns))
    return tuple(tables)


def likely_header(grid: Grid, mapping: Mapping) -> tuple[int, list[Cell]] | None:
    """The row that looks most like a header nobody understands, and its cells; for the message about it."""
    best: tuple[tuple[int, int], int, list[Cell]] | None = None
    for row in range(1, min(grid.last_row, _HEADER_SEARCH_ROWS) + 1):
        cells = grid.in_row(row, range(1, grid.last_column + 1))
        words = [cell for cell in cells if isinstance(cell.value, str) and not _is_number(cell.value)]
        if len(words) < _FEWEST_HEADERS:
            continue
        known = sum(mapping.field_of(cell.text) is not None for cell in words)
        if best is None or (known, 0) > best[0]:
            best = ((known, 0), row, words)
    return None if best is None else (best[1], best[2])


def _facts(grid: Grid, rows: range, *, columns: range, mapping: Mapping) -> dict[Field, Cell]:
    facts: dict[Field, Cell] = {}
    for row in rows:
        for field, cell in facts_in_row(grid.in_row(row, columns), mapping):
            facts.setdefault(field, cell)
    return facts


def _facts_start(grid: Grid, above: range, *, columns: range, mapping: Mapping) -> int:
    """First row above a header that states facts; the header's own row when none does.

    The rows above may be the body of the table before: going up, the search ends at the first row that is neither
    fact nor title nor blank.
    """
    start = above.stop
    for row in reversed(above):
        cells = grid.in_row(row, columns)
        if _states_facts(cells, mapping):
            start = row
        elif above.start > 1 and (len(cells) > 1 or (cells and is_total(cells[0].text))):
            break
    return start


def _states_facts(cells: list[Cell], mapping: Mapping) -> bool:
    """Whether a row is about an order rather than a line of a table with a label somewhere in its remarks."""
    facts = facts_in_row(cells, mapping)
    if not facts:
        return False
    early = facts[0][1].column <= cells[min(1, len(cells) - 1)].column
    return early or not any(_is_number(cell.text) for cell in cells)


def _same(before: list[tuple[Header, range]], after: list[tuple[Header, range]]) -> bool:
    """The later headers repeat the earlier ones, as on every printed page.

    Only where each row says its own order or the rows are operations: a second matrix without an order number is not
    the first one's continuation.
    """

    def shape(header: Header) -> tuple[dict[Field, int], list[tuple[int, str]]]:
        return header.columns, [(column, cell.text) for column, cell in header.sizes]

    told = all(Field.ORDER in header.columns or header.is_bulletin for header, _ in before)
    return told and [shape(header) for header, _ in before] == [shape(header) for header, _ in after]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "").isdigit()
