"""An XLSX workbook as grids: cells, saved results of formulas, merged areas, hidden rows and sheets.

Why not openpyxl for reading: docs/adr/0005-read-xlsx-with-our-own-reader.md. It writes our templates, and in the tests
it is the oracle for this reader.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from tracker.intake.archive import Archive, TooLargeError, XmlTarget
from tracker.intake.findings import Findings, refusal
from tracker.intake.grid import Grid
from tracker.intake.limits import MAX_CELL_CHARS, MAX_SHARED_STRINGS, MAX_SHEETS
from tracker.intake.worksheet import NumberStyle, SheetTarget

_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in number formats that show dates or times, the East Asian ones included (ECMA-376 part 1, 18.8.30)."""

_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_LETTERS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,15}")


def read_workbook(data: bytes, source: str, findings: Findings) -> tuple[Grid, ...]:
    """The visible, non-empty worksheets of a workbook, in order.

    Args:
        data: The whole file.
        source: Its name, for messages.
        findings: Receives a warning for every hidden sheet and hidden row.

    Raises:
        SheetError: Damaged, hostile, protected, or larger than the limits.
    """
    archive = Archive(data, source)
    main = _main_part(archive)
    book = _WorkbookTarget()
    archive.parse(main, book)
    if len(book.sheets) > MAX_SHEETS:
        raise refusal(source, f"has {len(book.sheets)} worksheets, more than {MAX_SHEETS}; split the workbook")
    relations = _relations(archive, main)
    texts = _Texts(archive, relations, epoch_1904=book.epoch_1904)
    grids: list[Grid] = []
    for sheet in book.sheets:
        relation = relations.get(sheet.relation)
        if relation is None or relation.kind != "worksheet":
            continue
        if sheet.hidden:
            findings.warn_sheet(sheet.name, "is a hidden sheet and was not read")
            continue
        grid = texts.grid(archive, sheet.name, relation.part, cells_before=sum(len(one.cells) for one in grids))
        if grid.hidden_rows:
            rows = ", ".join(map(str, sorted(grid.hidden_rows)[:20]))
            findings.warn_sheet(sheet.name, f"hidden rows were read too: {rows}")
        if grid.cells:
            grids.append(grid)
    if not grids:
        raise refusal(source, "holds no visible worksheet with anything in it")
    return tuple(grids)


class _Texts:
    """What the worksheets of one workbook share: texts, number formats, and the day dates count from."""

    def __init__(self, archive: Archive, relations: dict[str, _Relation], *, epoch_1904: bool) -> None:
        strings, styles = _StringsTarget(), _StylesTarget()
        for relation in relations.values():
            if relation.kind == "sharedStrings" and relation.part in archive:
                archive.parse(relation.part, strings)
            if relation.kind == "styles" and relation.part in archive:
                archive.parse(relation.part, styles)
        self._strings, self._styles, self._epoch_1904 = strings.values, styles.styles(), epoch_1904

    def grid(self, archive: Archive, name: str, part: str, *, cells_before: int) -> Grid:
        """One worksheet."""
        target = SheetTarget(name, self._strings, self._styles, epoch_1904=self._epoch_1904, cells_before=cells_before)
        archive.parse(part, target)
        return target.grid


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class _SheetEntry:
    name: str
    relation: str
    hidden: bool


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        target = _RelationsTarget("")
        archive.parse("_rels/.rels", target)
        for relation in target.found.values():
            if relation.kind == "officeDocument":
                return relation.part
    return "xl/workbook.xml"


def _relations(archive: Archive, main: str) -> dict[str, _Relation]:
    folder, name = posixpath.split(main)
    target = _RelationsTarget(folder)
    archive.parse(posixpath.join(folder, "_rels", f"{name}.rels"), target)
    return target.found


class _RelationsTarget(XmlTarget):
    """Relationships by id; parts as paths inside the archive, links to the outside left out."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.found: dict[str, _Relation] = {}

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "Relationship" or attributes.get("TargetMode") == "External":
            return
        path = attributes.get("Target", "")
        part = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(self._folder, path))
        self.found[attributes.get("Id", "")] = _Relation(attributes.get("Type", "").rpartition("/")[2], part)


class _WorkbookTarget(XmlTarget):
    """Names of the worksheets, and which day the workbook counts from."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[_SheetEntry] = []
        self.epoch_1904 = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.epoch_1904 = attributes.get("date1904") in {"1", "true"}
        elif tag == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            relation = next((value for name, value in attributes.items() if name.endswith("}id")), "")
            self.sheets.append(_SheetEntry(attributes.get("name", ""), relation, hidden))


class _StringsTarget(XmlTarget):
    """The shared strings; of phonetic guides (``rPh``) nothing is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        self._in_text = self._in_guide = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - XmlTarget's signature
        if tag == "si":
            self._pieces, self._length = [], 0
        elif tag == "rPh":
            self._in_guide = True
        elif tag == "t":
            self._in_text = not self._in_guide

    def data(self, text: str) -> None:
        if not self._in_text:
            return
        self._length += len(text)
        if self._length > MAX_CELL_CHARS:
            raise TooLargeError(f"one cell holds more than {MAX_CELL_CHARS} characters")
        self._pieces.append(text)

    def finish(self, tag: str) -> None:
        if tag == "t":
            self._in_text = False
        elif tag == "rPh":
            self._in_guide = False
        elif tag == "si":
            if len(self.values) >= MAX_SHARED_STRINGS:
                raise TooLargeError(f"the workbook holds more than {MAX_SHARED_STRINGS} different texts")
            self.values.append("".join(self._pieces))


class _StylesTarget(XmlTarget):
    """What the number formats mean; fonts, fills and borders, which differ between programs, are not looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._formats: dict[str, str] = {}
        self._used: list[str] = []
        self._in_cell_formats = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cell_formats = True
        elif tag == "xf" and self._in_cell_formats:
            self._used.append(attributes.get("numFmtId", "0"))

    def finish(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cell_formats = False

    def styles(self) -> list[NumberStyle]:
        """One per cell format, in the order cells refer to them."""
        return [self._style(number) for number in self._used]

    def _style(self, number: str) -> NumberStyle:
        code = self._formats.get(number)
        if code is None:
            return NumberStyle(is_date=number.isdigit() and int(number[:4]) in _DATE_FORMATS, digits=0)
        bare = _FORMAT_NOISE.sub("", code.partition(";")[0])
        is_date = "general" not in bare.casefold() and _DATE_LETTERS.search(bare) is not None
        return NumberStyle(is_date=is_date, digits=len(code) if _ZEROS.fullmatch(code) else 0)
