"""What a row says when it is the header of a table: fields, sizes, totals, and words that nobody knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tracker.intake.fields import ORDER_FACTS, WEIGHTS, Field, is_total, known_field
from tracker.intake.grid import Cell, Grid
from tracker.intake.mapping import Mapping

SIZE_WORD: Final = re.compile(
    r"(\d{0,2}x{0,5}[sl]|x{1,5}\d?[sl]|m|\d{1,3}(\.5)?(码|cm|y|t|m|a|b|c|d)?|(s|m|l|xl)/(m|l|xl|xxl)"
    r"|\d{1,3}[-/]\d{1,3}(cm|m|y|a|b|c)?|os|one ?size|free( ?size)?|f|均码|大|中|小|加大|特大|大码|中码|小码)",
    re.IGNORECASE,
)
"""What can head a column of a size matrix."""

_LETTER_SIZE = re.compile(r"\d?x*[sml]|\dxl", re.IGNORECASE)
_ORDER_COLUMNS: Final = frozenset({Field.ORDER, Field.COLOUR, Field.SIZE, Field.QUANTITY, *ORDER_FACTS})


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one table.

    Attributes:
        top: First row of it.
        bottom: Last row of it: the top one or the one below.
        columns: Column of each field.
        sizes: Columns of a size matrix with their header cells; empty for one line per row.
        total: Column of the matrix's row totals, or ``None``.
        repeated: Header cells that mean what an earlier one already means: field, earlier cell, this cell.
        unknown: Header cells that nobody can place.
    """

    top: int
    bottom: int
    columns: dict[Field, int]
    sizes: tuple[tuple[int, Cell], ...]
    total: int | None
    repeated: tuple[tuple[Field, Cell, Cell], ...]
    unknown: tuple[Cell, ...]

    @property
    def is_bulletin(self) -> bool:
        """The table lists operations, not order lines."""
        return Field.OPERATION in self.columns and any(weight in self.columns for weight in WEIGHTS)


@dataclass(slots=True)
class _Words:
    """Header cells of one row, sorted by what they can be."""

    fields: dict[Field, int]
    sizes: list[tuple[int, Cell]]
    total: int | None
    repeated: list[tuple[Field, Cell, Cell]]
    unknown: list[Cell]


def headers_at(grid: Grid, row: int, *, mapping: Mapping, columns: range) -> list[tuple[Header, range]]:
    """The headers that begin in a row: none, one, or several matrices side by side."""
    cells = grid.in_row(row, columns)
    colours = [cell.column for cell in cells if _meaning(cell, mapping) is Field.COLOUR and cell.row == row]
    if len(colours) > 1:
        starts = [columns.start, *colours[1:]]
        parts = [range(start, end) for start, end in zip(starts, [*colours[1:], columns.stop], strict=True)]
        found = [(_header(grid, row, columns=part, mapping=mapping), part) for part in parts]
        matrices = [(header, part) for header, part in found if header is not None and header.sizes]
        if len(matrices) == len(parts):
            return matrices
    header = _header(grid, row, columns=columns, mapping=mapping)
    return [] if header is None else [(header, columns)]


def _header(grid: Grid, row: int, *, columns: range, mapping: Mapping) -> Header | None:
    """The header that begins in this row, or ``None``."""
    words = _sorted_words(grid.in_row(row, columns), mapping)
    fields, bottom = words.fields, row
    sizes = words.sizes
    if not sizes and (sizes := _sizes_below(grid, row, columns=columns, fields=fields)):
        bottom = row + 1
        fields.pop(Field.SIZE, None)
    total = words.total
    if sizes:
        corner = fields.pop(Field.SIZE, None)  # "尺码 | S | M": the corner cell names the columns, below it are colours
        if corner is not None:
            fields.setdefault(Field.COLOUR, corner)
        total = fields.pop(Field.QUANTITY, total)
    between = [cell for cell in words.unknown if sizes and sizes[0][0] < cell.column < (total or sizes[-1][0])]
    header = Header(
        row,
        bottom,
        fields,
        tuple(sorted([*sizes, *((cell.column, cell) for cell in between)], key=lambda size: size[0])),
        total,
        tuple(words.repeated),
        tuple(cell for cell in words.unknown if cell not in between),
    )
    return header if _is_header(header) else None


def _sorted_words(cells: list[Cell], mapping: Mapping) -> _Words:
    words = _Words({}, [], None, [], [])
    first: dict[Field, Cell] = {}
    stated: list[Cell] = []  # headers that the user declared to be sizes
    for cell in cells:
        meaning = _meaning(cell, mapping)
        if meaning is None and is_total(cell.text):
            words.total = cell.column
        elif meaning is None and SIZE_WORD.fullmatch(cell.text):
            words.sizes.append((cell.column, cell))
        elif meaning is None:
            words.unknown.append(cell)
        elif meaning is Field.SIZE and known_field(cell.text) is not Field.SIZE:
            stated.append(cell)
        elif meaning in words.fields:
            words.repeated.append((meaning, first[meaning], cell))
        elif meaning is not Field.IGNORE:
            words.fields[meaning] = cell.column
            first[meaning] = cell
    if words.sizes or len(stated) > 1:
        words.sizes = sorted([*words.sizes, *((cell.column, cell) for cell in stated)], key=lambda size: size[0])
    elif stated:
        words.fields.setdefault(Field.SIZE, stated[0].column)
    return words


def _is_header(header: Header) -> bool:
    fields = set(header.columns)
    if header.is_bulletin:
        return True
    if header.sizes:
        letters = sum(_LETTER_SIZE.fullmatch(cell.text) is not None for _, cell in header.sizes)
        adjacent = all(b[0] - a[0] == 1 for a, b in zip(header.sizes, header.sizes[1:], strict=False))
        return Field.COLOUR in fields or (len(fields) > 2 and letters >= 2 and adjacent)
    return Field.QUANTITY in fields and len(fields & _ORDER_COLUMNS) > 1


def _sizes_below(grid: Grid, row: int, *, columns: range, fields: dict[Field, int]) -> list[tuple[int, Cell]]:
    """Sizes in the row below a header: under a merged 尺码, or under nothing beside a colour column."""
    group = fields.get(Field.SIZE)
    span = _merged_columns(grid, row, group) if group is not None else range(0)
    if len(span) > 1:
        found = [(column, grid.at(row + 1, column)) for column in span]
        return [(column, cell) for column, cell in found if not cell.blank and cell.row == row + 1]
    if Field.QUANTITY in fields or Field.COLOUR not in fields:
        return []
    below = [cell for cell in grid.in_row(row + 1, columns) if cell.row == row + 1 and cell.column >= (group or 0)]
    sizes = [(cell.column, cell) for cell in below if SIZE_WORD.fullmatch(cell.text)]
    return sizes if len(sizes) >= 2 and len(sizes) == len(below) else []


def _merged_columns(grid: Grid, row: int, column: int) -> range:
    origin = grid.at(row, column)
    end = column + 1
    while (other := grid.cells.get((row, end))) is not None and (other.row, other.column) == (origin.row, column):
        end += 1
    return range(column, end)


def _meaning(cell: Cell, mapping: Mapping) -> Field | None:
    return mapping.field_of(cell.text) if isinstance(cell.value, str) else None
