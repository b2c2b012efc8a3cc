"""A CSV file as a grid, whatever its encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
import io
from itertools import islice
from typing import Final

from tracker.intake.fields import HEADERS, Field, key_of
from tracker.intake.findings import Findings, refusal
from tracker.intake.grid import Cell, Grid, clean, column_letter
from tracker.intake.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_CSV_BYTES, MAX_ROWS
from tracker.intake.mapping import Mapping

DELIMITERS: Final = (",", ";", "\t")
"""Excel writes commas or semicolons depending on the country; "Unicode text" has tabs."""

HEADER_SEARCH_ROWS: Final = 40
"""Rows above and including the header: a title, a few facts, the header itself."""

_PROBE_BYTES: Final = 4096
_UTF16_ZEROS: Final = 5
"""At least every fifth character of a sheet is a separator, digit or line end, even when all words are Chinese."""

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NON_ASCII_KEYS: Final = frozenset(key_of(word) for words in HEADERS.values() for word in words if not word.isascii())


def read_csv(data: bytes, source: str, *, mapping: Mapping, findings: Findings) -> Grid:
    """The one grid of a CSV file.

    Encoding: what the byte-order mark says, else UTF-16 when every other byte is zero, else UTF-8, else GB18030.
    Delimiter: the one of comma, semicolon and tab under which most headers are known.

    Args:
        source: Name of the file, for messages.
        mapping: Headers that the user explained count as known.
        findings: Receives a warning when GB18030 was a guess that nothing confirms.

    Raises:
        SheetError: Not text, in no known encoding, quotes that do not match, or larger than the limits.
    """
    if len(data) > MAX_CSV_BYTES:
        raise refusal(
            source, f"the file is larger than {MAX_CSV_BYTES // 2**20} MB; an order sheet takes less than 1 MB"
        )
    text, encoding = _decode(data, source)
    if "\0" in text:
        raise refusal(source, "holds NUL characters, so it is no CSV file; save it as CSV or XLSX again")
    told, text = _told_delimiter(text)
    delimiter = told or max(DELIMITERS, key=lambda mark: _known_headers(text, mark, mapping))
    grid = _grid(text, delimiter, source)
    if encoding == "gb18030" and not _confirmed(grid):
        findings.warn_sheet(None, "not UTF-8, so it was read as GB18030 (Chinese Windows): check names and colours")
    return grid


def _decode(data: bytes, source: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_as(data, encoding, source), encoding
    guess = _bare_utf16(data)
    if guess is not None:
        return _decode_as(data, guess, source), guess
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_as(data, "gb18030", source), "gb18030"


def _decode_as(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"is neither UTF-8 nor {encoding.upper()} text (byte {error.start}); save it as CSV UTF-8 or as XLSX"
        raise refusal(source, what) from error


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without a byte-order mark: most separators and digits have a zero beside them, always on one side."""
    low, high = data[0:_PROBE_BYTES:2].count(0), data[1:_PROBE_BYTES:2].count(0)
    guess = "utf-16-le" if high > low else "utf-16-be"
    pairs = min(len(data), _PROBE_BYTES) // 2
    if abs(high - low) * _UTF16_ZEROS <= pairs:
        return None
    marks = tuple(mark.encode(guess) for mark in DELIMITERS)
    return guess if any(mark in data[:_PROBE_BYTES] for mark in marks) else None


def _told_delimiter(text: str) -> tuple[str | None, str]:
    """Excel's own first line ``sep=;`` and the text with that line blanked, so that row numbers stay."""
    first, newline, rest = text.partition("\n")
    line = first.strip().strip('"')
    if line[:4].casefold() == "sep=" and len(line) == 5:
        return line[4], newline + rest
    if first.rstrip("\r").casefold() == "sep=\t":
        return "\t", newline + rest
    return None, text


def _known_headers(text: str, delimiter: str, mapping: Mapping) -> tuple[int, int]:
    """Most known headers in one row under this delimiter, then most columns; the larger pair wins."""
    best = (0, 0)
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEADER_SEARCH_ROWS):
            known = {mapping.field_of(value[:MAX_CELL_CHARS]) for value in row[:MAX_COLUMNS]} - {None, Field.IGNORE}
            best = max(best, (len(known), len(row)))
    except csv.Error:
        return best
    return best


def _grid(text: str, delimiter: str, source: str) -> Grid:
    cells: dict[tuple[int, int], Cell] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, values in enumerate(reader, start=1):
            for column, raw in enumerate(values, start=1):
                if len(raw) > MAX_CELL_CHARS:
                    what = f"column {column_letter(column)} holds {len(raw)} characters, more than {MAX_CELL_CHARS}"
                    raise refusal(source, what, row=row)
                value = clean(raw)
                if not value:
                    continue
                if row > MAX_ROWS or column > MAX_COLUMNS or len(cells) >= MAX_CELLS:
                    what = f"goes beyond {MAX_ROWS} rows, {MAX_COLUMNS} columns or {MAX_CELLS} cells; split the sheet"
                    raise refusal(source, what, row=row)
                cells[row, column] = Cell(None, row, column, value)
    except csv.Error as error:
        what = f"quotes do not match from here on ({error}); save the sheet as CSV again"
        raise refusal(source, what, row=row + 1) from error
    return Grid(None, cells)


def _confirmed(grid: Grid) -> bool:
    """A Chinese header that we know, or nothing but ASCII: the encoding was no wild guess."""
    texts = [cell.text for cell in grid.cells.values()]
    return any(key_of(text) in _NON_ASCII_KEYS for text in texts) or all(text.isascii() for text in texts)
