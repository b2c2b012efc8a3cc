"""One worksheet's XML as a grid of cells."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tracker.intake.archive import TooLargeError, XmlTarget
from tracker.intake.grid import Cell, CellValue, Grid, clean, column_letter
from tracker.intake.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS

NO_RESULT: Final = "a formula without a saved result; open the workbook in Excel or WPS, let it calculate, and save it"
_EPOCH_1900: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MAX_NUMBER_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """What a number format makes of a number.

    Attributes:
        is_date: It shows a date or time.
        digits: It pads with zeros to this many digits (``00000``); 0 when it does not.
    """

    is_date: bool
    digits: int


_PLAIN: Final = NumberStyle(is_date=False, digits=0)


@dataclass(slots=True)
class _Open:
    """The cell that is being read."""

    row: int
    column: int
    kind: str
    style: int
    formula: bool
    text: list[str]
    length: int


class SheetTarget(XmlTarget):
    """Gathers the cells of one worksheet; ``grid`` holds them once the part has ended.

    Args:
        name: The worksheet's name.
        strings: The workbook's shared strings.
        styles: One per cell format.
        epoch_1904: Dates count from 1904, as old Mac workbooks do.
        cells_before: Cells of the worksheets before; they count towards the limit.
    """

    def __init__(
        self, name: str, strings: list[str], styles: list[NumberStyle], *, epoch_1904: bool, cells_before: int
    ) -> None:
        super().__init__()
        self._name, self._strings, self._styles = name, strings, styles
        self._epoch = _EPOCH_1904 if epoch_1904 else _EPOCH_1900
        self._room = MAX_CELLS - cells_before
        self._cells: dict[tuple[int, int], Cell] = {}
        self._merged: list[tuple[int, int, int, int]] = []
        self._hidden: set[int] = set()
        self._row = self._column = 0
        self._open: _Open | None = None
        self._in_value = self._in_guide = False
        self.grid = Grid(name, {})

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "row":
            self._row = _whole(attributes.get("r")) or self._row + 1
            self._column = 0
            if attributes.get("hidden") in {"1", "true"}:
                self._hidden.add(self._row)
        elif tag == "mergeCell":
            self._add_merged(attributes.get("ref", ""))
        elif tag == "rPh":
            self._in_guide = True
        elif tag == "f" and self._open is not None:
            self._open.formula = True
        elif tag in {"v", "t"}:
            self._in_value = not self._in_guide

    def data(self, text: str) -> None:
        """Text of a value."""
        if not self._in_value or self._open is None:
            return
        self._open.length += len(text)
        if self._open.length > MAX_CELL_CHARS:
            raise TooLargeError(f"{self._name}!{self._place()} holds more than {MAX_CELL_CHARS} characters")
        self._open.text.append(text)

    def finish(self, tag: str) -> None:
        """An element ends."""
        if tag in {"v", "t"}:
            self._in_value = False
        elif tag == "rPh":
            self._in_guide = False
        elif tag == "c" and self._open is not None:
            self._end_cell(self._open)
            self._open = None

    def close(self) -> None:
        """The part has ended: merged areas are filled in."""
        cells = dict(self._cells)
        last_row = max((row for row, _ in cells), default=0)
        last_column = max((column for _, column in cells), default=0)
        room = self._room - len(cells)  # shrinks by every area, or the same area named often would cost any time
        for top, left, bottom, right in self._merged:
            origin = self._cells.get((top, left))
            if origin is None:
                continue
            height, width = min(bottom, last_row) - top + 1, min(right, last_column) - left + 1
            room -= max(height, 0) * max(width, 0)
            if room < 0:
                raise TooLargeError(f"{self._name} holds more than {MAX_CELLS} cells, merged areas counted in full")
            cells.update({(top + down, left + right): origin for down in range(height) for right in range(width)})
        filled = {row for row, _ in self._cells}
        self.grid = Grid(self._name, cells, frozenset(self._hidden & filled))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        if match is not None:
            self._row, self._column = int(match[2]), _column_number(match[1])
        else:
            self._column += 1
        style = _whole(attributes.get("s")) or 0
        self._open = _Open(self._row, self._column, attributes.get("t", "n"), style, False, [], 0)

    def _end_cell(self, cell: _Open) -> None:
        value, problem = self._value(cell)
        if value is None and problem is None:
            return
        if cell.row > MAX_ROWS or cell.column > MAX_COLUMNS:
            far = f"{self._name}!{self._place()}"
            raise TooLargeError(f"{far} holds something, beyond row {MAX_ROWS} or column {column_letter(MAX_COLUMNS)}")
        if len(self._cells) >= self._room:
            raise TooLargeError(f"the workbook holds more than {MAX_CELLS} cells")
        self._cells[cell.row, cell.column] = Cell(self._name, cell.row, cell.column, value, problem)

    def _value(self, cell: _Open) -> tuple[CellValue, str | None]:
        raw = "".join(cell.text).strip()
        if cell.kind == "e":
            return None, f"holds the error {raw[:20]}; correct the formula"
        if cell.kind == "s":
            return self._shared(raw), None
        if cell.kind in {"str", "inlineStr"}:
            return _text(raw), None
        if not raw:
            return None, (NO_RESULT if cell.formula else None)
        if cell.kind == "b":
            return raw == "1", None
        return (raw[:10] if cell.kind == "d" else self._number(raw, cell.style)), None

    def _shared(self, raw: str) -> str | None:
        index = _whole(raw)
        if index is None or index >= len(self._strings):
            raise TooLargeError(f"{self._name}!{self._place()} refers to a text that the workbook does not hold")
        return _text(self._strings[index])

    def _number(self, raw: str, style_index: int) -> CellValue:
        number = _parsed(raw)
        if number is None:
            return _text(raw)
        style = self._styles[style_index] if style_index < len(self._styles) else _PLAIN
        if style.is_date and 1 <= number < 2_958_466:  # Excel's last day, 9999-12-31
            return self._epoch + timedelta(days=math.floor(number))
        if style.digits and isinstance(number, int) and number >= 0:
            return str(number).zfill(style.digits)
        return number

    def _add_merged(self, reference: str) -> None:
        first, _, second = reference.partition(":")
        corners = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(second)
        if corners[0] is None or corners[1] is None:
            return
        if len(self._merged) >= MAX_CELLS:
            raise TooLargeError(f"{self._name} holds more than {MAX_CELLS} merged areas")
        top, left = int(corners[0][2]), _column_number(corners[0][1])
        self._merged.append((top, left, int(corners[1][2]), _column_number(corners[1][1])))

    def _place(self) -> str:
        return f"{column_letter(self._column)}{self._row}"


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and len(text) <= 9 and text.isascii() and text.isdigit() else None


def _parsed(raw: str) -> int | float | None:
    """The number; ``None`` when it is none or not finite."""
    if len(raw) > _MAX_NUMBER_CHARS:
        return None
    try:
        number = float(raw)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(raw) if raw.lstrip("-").isdigit() and raw.isascii() else number


def _text(raw: str) -> str | None:
    return clean(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw)) or None
