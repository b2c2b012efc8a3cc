"""A sheet as a neutral grid of cells, whatever kind of file it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

CellValue = str | int | float | bool | date | None

_ROW_BREAKS = re.compile(r"[\s\u200b]+")


def clean(text: str) -> str:
    r"""The text as a person reads it: full-width folded (NFKC), invisible characters gone, white space single.

    >>> clean("\uff30\uff2f：\u200b 红\n色 ")
    'PO: 红 色'
    """
    folded = unicodedata.normalize("NFKC", text)
    spaced = _ROW_BREAKS.sub(" ", folded)
    return "".join(mark for mark in spaced if unicodedata.category(mark) != "Cf").strip()


def column_letter(column: int) -> str:
    """The column as the spreadsheet program names it.

    Args:
        column: 1-based.

    >>> [column_letter(n) for n in (1, 26, 27, 703)]
    ['A', 'Z', 'AA', 'AAA']
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        sheet: Name of the worksheet; ``None`` in a CSV file.
        row: 1-based, as the spreadsheet program shows it; of a merged area, its top row.
        column: 1-based; of a merged area, its leftmost column.
        value: Text already passed through ``clean``; ``None`` when blank.
        problem: Why the value cannot be had (an error value, a formula without a saved result), or ``None``.
    """

    sheet: str | None
    row: int
    column: int
    value: CellValue = None
    problem: str | None = None

    @property
    def blank(self) -> bool:
        """Nothing is written here."""
        return self.problem is None and (self.value is None or self.value == "")

    @property
    def text(self) -> str:
        """What is written here, as text; empty when blank."""
        if isinstance(self.value, bool):
            return str(self.value).upper()
        return "" if self.value is None else str(self.value)

    @property
    def place(self) -> str:
        """``C5``."""
        return f"{column_letter(self.column)}{self.row}"


@dataclass(frozen=True, slots=True)
class Grid:
    """One worksheet, or one CSV file.

    Attributes:
        sheet: Name of the worksheet; ``None`` for a CSV file.
        cells: Non-blank cells by (row, column), 1-based. Every place of a merged area holds the area's one cell.
        hidden_rows: Rows that the spreadsheet program does not show.
    """

    sheet: str | None
    cells: dict[tuple[int, int], Cell]
    hidden_rows: frozenset[int] = field(default=frozenset())

    @property
    def last_row(self) -> int:
        """Lowest row that holds something; 0 for an empty sheet."""
        return max((row for row, _ in self.cells), default=0)

    @property
    def last_column(self) -> int:
        """Rightmost column that holds something; 0 for an empty sheet."""
        return max((column for _, column in self.cells), default=0)

    def renamed(self, sheet: str) -> Grid:
        """The same grid under another name."""
        cells = {place: replace(cell, sheet=sheet) for place, cell in self.cells.items()}
        return Grid(sheet, cells, self.hidden_rows)

    def at(self, row: int, column: int) -> Cell:
        """The cell there; a blank one when nothing is."""
        return self.cells.get((row, column)) or Cell(self.sheet, row, column)

    def in_row(self, row: int, columns: range) -> list[Cell]:
        """Distinct non-blank cells of a row, left to right; a merged area appears once."""
        found: dict[tuple[int, int], Cell] = {}
        for column in columns:
            cell = self.cells.get((row, column))
            if cell is not None and not cell.blank:
                found.setdefault((cell.row, cell.column), cell)
        return list(found.values())
