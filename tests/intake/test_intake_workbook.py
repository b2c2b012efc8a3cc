"""Our reader against openpyxl, and where it reads on when openpyxl gives up."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from defusedxml.common import EntitiesForbidden
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tracker.domain.errors import SheetError
from tracker.intake.findings import Findings
from tracker.intake.grid import Grid, clean
from tracker.intake.workbook import read_workbook


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def grids(content: bytes) -> tuple[Grid, ...]:
    return read_workbook(content, "book.xlsx", Findings())


def with_part(content: bytes, name: str, old: str, new: str) -> bytes:
    """The workbook with text of one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for part in source.namelist():
            text = source.read(part)
            if part == name:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            target.writestr(part, text)
    return buffer.getvalue()


texts = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20).filter(
    lambda text: clean(text) != "" and not text.startswith("=")
)
values = st.one_of(
    texts,
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4)),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(lambda day: datetime(day.year, day.month, day.day)),  # noqa: DTZ001
)
places = st.tuples(st.integers(1, 60), st.integers(1, 40))


@settings(max_examples=30)
@given(cells=st.dictionaries(places, values, min_size=1, max_size=25))
def test_cells_are_what_openpyxl_reads(cells: dict[tuple[int, int], Any]) -> None:
    book = openpyxl.Workbook()
    for (row, column), value in cells.items():
        book.worksheets[0].cell(row, column, value)
    content = saved(book)
    (grid,) = grids(content)
    oracle = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    read = {place: cell.value for place, cell in grid.cells.items()}
    assert read == {
        (cell.row, cell.column): _as_ours(cell.value)
        for row in oracle.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _as_ours(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    return clean(value) if isinstance(value, str) else value


def test_merged_areas_hold_their_first_cell_everywhere() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B2"], sheet["D4"] = "merged", "end"
    sheet.merge_cells("B2:C3")
    (grid,) = grids(saved(book))
    assert {grid.at(row, column).place for row in (2, 3) for column in (2, 3)} == {"B2"}
    assert grid.at(1, 2).blank
    assert [cell.place for cell in grid.in_row(3, range(1, 5))] == ["B2"]


@pytest.mark.parametrize(
    ("number_format", "value", "read"),
    [
        ("yyyy-mm-dd", 46206, date(2026, 7, 3)),
        ('m"月"d"日"', 46206, date(2026, 7, 3)),
        ("[$-804]yyyy年m月d日;@", 46206.75, date(2026, 7, 3)),
        ("00000", 123, "00123"),  # an order number shown with leading zeros
        ("0", 46206, 46206),
        ("0.00_);[Red](0.00)", 46206, 46206),  # the d of Red makes no date
        ('0" days"', 46206, 46206),  # nor a word in quotes
        ("General", 46206, 46206),
        ("h:mm", 0.5, 0.5),  # a time is no date
    ],
)
def test_number_formats_decide_what_a_number_is(number_format: str, value: float, read: object) -> None:
    book = openpyxl.Workbook()
    cell = book.worksheets[0].cell(1, 1, value)
    cell.number_format = number_format
    (grid,) = grids(saved(book))
    assert grid.at(1, 1).value == read


def test_dates_of_old_mac_workbooks_count_from_1904() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0]["A1"] = datetime(2026, 7, 3)  # noqa: DTZ001
    (grid,) = grids(saved(book))
    assert grid.at(1, 1).value == date(2026, 7, 3)


def test_hidden_sheets_are_passed_over_and_said() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "seen"
    hidden = book.create_sheet("lists")
    hidden["A1"], hidden.sheet_state = "unseen", "hidden"
    findings = Findings()
    (grid,) = read_workbook(saved(book), "book.xlsx", findings)
    assert grid.at(1, 1).value == "seen"
    assert [str(warning) for warning in findings.warnings] == ["lists: is a hidden sheet and was not read"]


def test_an_empty_fill_as_other_programs_write_it_stops_openpyxl_but_not_us() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "order"
    content = with_part(saved(book), "xl/styles.xml", "<fill><patternFill /></fill>", "<fill/>")
    with pytest.raises(TypeError, match=r"expected <class .*Fill"):
        openpyxl.load_workbook(io.BytesIO(content))
    assert grids(content)[0].at(1, 1).value == "order"


def test_a_wrong_dimension_as_wps_writes_it_cuts_openpyxl_short_but_not_us() -> None:
    book = openpyxl.Workbook()
    for row in range(1, 4):
        book.worksheets[0].append([row, row])
    content = with_part(saved(book), "xl/worksheets/sheet1.xml", 'ref="A1:B3"', 'ref="A1"')
    streamed = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    assert [list(row) for row in streamed.iter_rows(values_only=True)] == [[1]]
    assert len(grids(content)[0].cells) == 6


def test_a_strict_workbook_is_read_like_any_other() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = 5
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    content = with_part(
        saved(book), "xl/worksheets/sheet1.xml", "http://schemas.openxmlformats.org/spreadsheetml/2006/main", strict
    )
    assert grids(content)[0].at(1, 1).value == 5


def test_a_photograph_in_the_workbook_is_never_unpacked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "order"
    buffer = io.BytesIO(saved(book))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(64 * 2**20))  # a bomb, where a photograph would be
    assert grids(buffer.getvalue())[0].at(1, 1).value == "order"


def test_openpyxl_too_refuses_entities_while_defusedxml_is_there() -> None:
    """Nothing here reads with openpyxl; whoever adds such a thing should know that this holds."""
    content = with_part(
        saved(openpyxl.Workbook()), "xl/workbook.xml", "<workbook", '<!DOCTYPE x [<!ENTITY a "b">]><workbook'
    )
    with pytest.raises(ValueError, match="invalid XML") as caught:
        openpyxl.load_workbook(io.BytesIO(content))
    assert isinstance(caught.value.__cause__, EntitiesForbidden)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ODC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def with_shared_strings(strings: str, rows: str) -> bytes:
    """A workbook as Excel and WPS write it: texts in a table of their own (openpyxl writes them into the cells)."""
    parts = {
        "_rels/.rels": f'<Relationships {RELATIONS}><Relationship Id="r" Type="{ODC}/officeDocument" '
        'Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{ODC}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships {RELATIONS}>"
        f'<Relationship Id="r1" Type="{ODC}/worksheet" Target="worksheets/../worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{ODC}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{ODC}/hyperlink" Target="http://example.org" TargetMode="External"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("string", "text"),
    [
        ("<si><t>红色</t></si>", "红色"),
        ("<si><r><rPr><b/></rPr><t>PO</t></r><r><t>-1</t></r></si>", "PO-1"),  # half of it bold
        ("<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si>", "東京"),  # a guide to its pronunciation
        ("<si><t xml:space='preserve'> a  b </t></si>", "a b"),
        ("<si><t>line_x000D_\nbreak</t></si>", "line break"),  # Excel's escape of a carriage return
        ("<si><t>&lt;b&gt; &amp; c</t></si>", "<b> & c"),
        ("<si/>", None),
        ("<si><t></t></si>", None),
    ],
)
def test_shared_texts_as_excel_writes_them(string: str, text: str | None) -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row>'
    (grid,) = grids(with_shared_strings(f"<si><t>first</t></si>{string}", rows))
    assert grid.at(1, 1).value == text
    assert grid.at(1, 2).value == "first"


def test_cells_and_rows_without_references_follow_each_other() -> None:
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row><row r='7'><c><v>4</v></c></row>"
    (grid,) = grids(with_shared_strings("", rows))
    assert {place: cell.value for place, cell in grid.cells.items()} == {(1, 1): 1, (1, 2): 2, (2, 2): 3, (7, 1): 4}


def test_other_kinds_of_cells() -> None:
    rows = (
        '<row r="1"><c r="A1" t="b"><v>0</v></c><c r="B1" t="d"><v>2026-07-03T00:00:00</v></c><c r="C1"><v>-7</v></c>'
        f'<c r="D1"><v>1.5E3</v></c><c r="E1"><v>{"9" * 60}</v></c><c r="F1" t="str"><f>""</f><v></v></c></row>'
    )
    (grid,) = grids(with_shared_strings("", rows))
    assert [grid.at(1, column).value for column in range(1, 7)] == [False, "2026-07-03", -7, 1500.0, "9" * 60, None]


def test_a_text_too_long_for_a_cell_is_refused_wherever_it_stands() -> None:
    with pytest.raises(SheetError, match="one cell holds more than 32767 characters"):
        grids(with_shared_strings(f"<si><t>{'x' * 40_000}</t></si>", ""))


def test_too_many_worksheets_are_refused() -> None:
    book = openpyxl.Workbook()
    for number in range(60):
        book.create_sheet(f"s{number}")
    with pytest.raises(SheetError, match="has 61 worksheets, more than 50"):
        grids(saved(book))
