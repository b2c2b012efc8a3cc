"""Files that are broken, foreign or made to do harm: a clear error, bounded work, nothing imported."""

from __future__ import annotations

import io
import os
import random
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.errors import SheetError
from tracker.intake import Intake, read_sheet, write_template
from tracker.intake.limits import MAX_CSV_BYTES, MAX_MEMBERS, MAX_ROWS, MAX_XLSX_BYTES

TODAY = date(2026, 11, 23)
Read = Callable[..., Intake]
Faults = Callable[..., list[str]]

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>order</t></is></c><c r="B1" t="inlineStr"><is><t>customer</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>style</t></is></c><c r="D1" t="inlineStr"><is><t>quantity</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>PO-1</t></is></c><c r="B2" t="inlineStr"><is><t>ACME</t></is></c>'
    '<c r="C2" t="inlineStr"><is><t>T-100</t></is></c><c r="D2"><v>60</v></c></row>'
)
ODC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{ODC}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{ODC}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{ODC}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>",
    SHEET: f"<worksheet {MAIN}><sheetData>{ROWS}</sheetData></worksheet>",
}


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A workbook of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def without(name: str) -> bytes:
    """The small workbook with one part missing."""
    return zipped({part: content for part, content in PARTS.items() if part != name})


def with_rows(rows: str, *, before: str = "", after: str = "") -> bytes:
    """The small workbook with more rows, and something before or after its cells."""
    sheet = f"<worksheet {MAIN}>{before}<sheetData>{ROWS}{rows}</sheetData>{after}</worksheet>"
    return zipped(PARTS | {SHEET: sheet})


def written(tmp_path: Path, content: bytes, name: str = "orders.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_the_small_workbook_itself_is_good(tmp_path: Path, intake_of: Read) -> None:
    (order,) = intake_of(written(tmp_path, zipped(PARTS))).orders
    assert (order.id, order.quantity) == ("PO-1", 60)


LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
WORDS = [
    "", "订单号", "客户", "款号", "颜色", "尺码", "数量", "合计", "交期", "工序", "步骤", "SMV", "工价", "路线",
    "溢装%", "单位", "S", "M", "L", "38", "10", "20", "0", "-1", "1.5", "x", "红", "蓝", "PO-1", "PO-2", "ACME",
    "T-100", "套", "5%", "sew", "订单号: PO-3", "客户：ACME", "款号: T-1 颜色: 红", "交期: 2026-12-01", "12月3日",
    "03/07/2026", "cut > sew", "=1", "备注：x",
]  # fmt: skip
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def big_zip(name: str, size_mb: int) -> bytes:
    return zipped(PARTS | {name: b" " * (size_mb * 2**20)})


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        # not a sheet at all
        (b"", "orders.xlsx", "is empty (0 bytes)"),
        (b"", "orders.csv", "is empty (0 bytes)"),
        (b"%PDF-1.7 ...", "orders.csv", "is a PDF"),
        (b"\x89PNG\r\n", "orders.xlsx", "is a picture"),
        (b"<html><table><tr><td>order</td></tr></table></html>", "orders.xls", "is a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "orders.csv", "is a web page or XML"),
        (b"order,customer\n", "orders.xlsx", "is named .xlsx but is no workbook"),
        (b"order,customer\n", "orders.doc", "expected .xlsx or .csv, got .doc"),
        (b"order,customer\n", "orders", "expected .xlsx or .csv, got no suffix"),
        (zipped(PARTS), "orders.csv", "is a zipped workbook; rename it to .xlsx"),
        (b"a\0b,c\n", "orders.csv", "NUL"),
        (b"\xff\xfe\x00\xd8", "orders.csv", "is neither UTF-8 nor UTF-16 text"),
        (b"\x81", "orders.csv", "is neither UTF-8 nor GB18030 text"),
        (b"\n\n\n", "orders.csv", "holds no table"),
        (b'order,customer,style,quantity\n1,A,T,5\n2,A,"T,5\n3,A,T,5\n', "orders.csv", "quotes do not match"),
        # old, locked, with macros, or of another program
        (OLE, "orders.xls", "old Excel 97-2003 file"),
        (OLE, "orders.xlsx", "old Excel 97-2003 file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "orders.xlsx", "protected with a password"),
        (zipped(PARTS), "orders.xlsm", "may hold macros"),
        (zipped(PARTS | {"xl/vbaProject.bin": b"x"}), "orders.xlsx", "holds macros"),
        (zipped({"content.xml": ""}), "orders.xlsx", "OpenDocument"),
        (zipped({"word/document.xml": ""}), "orders.xlsx", "is a Word document"),
        (zipped({"xl/workbook.bin": ""}), "orders.xlsx", "binary workbook"),
        # damaged
        (zipped(PARTS)[:-30], "orders.xlsx", "damaged or cut off"),
        (b"PK\x03\x04", "orders.xlsx", "damaged or cut off"),
        (without(SHEET), "orders.xlsx", "damaged or cut off"),
        (without("xl/workbook.xml"), "orders.xlsx", "damaged or cut off"),
        (without("xl/_rels/workbook.xml.rels"), "orders.xlsx", "damaged or cut off"),
        (zipped(PARTS | {SHEET: "<worksheet><sheetData>"}), "orders.xlsx", "damaged or cut off"),
        (zipped(PARTS | {SHEET: b"\xff\xfe garbage"}), "orders.xlsx", "damaged or cut off"),
        (zipped(PARTS | {SHEET: "<worksheet/>"}), "orders.xlsx", "no visible worksheet with anything in it"),
        (with_rows('<row r="3"><c r="A3" t="s"><v>7</v></c></row>'), "orders.xlsx", "that the workbook does not hold"),
        # entities: billion laughs and a file from outside, in every part that is read
        *(
            (zipped(PARTS | {part: doctype + str(PARTS[part])}), "orders.xlsx", "declares XML entities")
            for part in PARTS if part != "[Content_Types].xml" for doctype in (LAUGHS, OUTSIDE)
        ),
        # encodings that OOXML forbids and that make the parser raise what it likes
        *(
            (zipped(PARTS | {SHEET: f'<?xml version="1.0" encoding="{name}"?><worksheet/>'.encode(wide)}),
         "orders.xlsx",
             "damaged or cut off")
            for name in ("rot13", "gb2312", "nonsense") for wide in ("utf-8", "utf-16")
        ),
        # too much
        (big_zip(SHEET, 20), "orders.xlsx", "unpacks to 20 MB"),
        (big_zip(SHEET, 4), "orders.xlsx", "times its packed size"),
        (big_zip("xl/workbook.xml", 20), "orders.xlsx", "unpacks to 20 MB"),
        (zipped(PARTS | {f"x{n}": "" for n in range(MAX_MEMBERS)}), "orders.xlsx", "files inside"),
        (with_rows("", before="<a>" * 100 + "</a>" * 100), "orders.xlsx", "nest deeper than"),
        (with_rows(f'<row r="3"><c r="A3" t="inlineStr"><is><t>{"x" * 40000}</t></is></c></row>'), "orders.xlsx",
         "S!A3 holds more than 32767 characters"),
        (with_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "orders.xlsx", "S!XFD1048576 holds"),
        (with_rows("", after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
         "orders.xlsx", "holds no table"),
        (b"order,customer,style,quantity\n" + b"1,A,T,5\n" * MAX_ROWS, "orders.csv", f"goes beyond {MAX_ROWS} rows"),
        (b"order,customer,style,quantity\n1,A," + b"T" * 40000 + b",5\n", "orders.csv", "holds 40000 characters"),
        (b"," * 300 + b"x\n", "orders.csv", "200 columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(tmp_path: Path, faults_of: Faults, content: bytes, name: str, said: str) -> None:
    (fault,) = faults_of(written(tmp_path, content, name))
    assert said in fault


def test_an_area_merged_over_and_over_costs_no_time(tmp_path: Path, faults_of: Faults) -> None:
    areas = "".join(f'<mergeCell ref="A1:GR900" x="{n * 7919 % 9973}"/>' for n in range(50_000))
    far = '<row r="900"><c r="GR900"><v>1</v></c></row>'
    (fault,) = faults_of(written(tmp_path, with_rows(far, after=f"<mergeCells>{areas}</mergeCells>")))
    assert "merged areas counted in full" in fault


def test_many_large_worksheets_are_bounded_together(
    tmp_path: Path, faults_of: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.intake.archive.MAX_UNPACKED_BYTES", 2**20)  # the real limit takes seconds to reach
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, 41))
    chance = random.Random(5)
    noise = "".join(f'<c s="{chance.randrange(10**6)}"/>' for _ in range(6_000))  # blank, 0.1 MB, hardly compressible
    parts = {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{ODC}"><sheets>{sheets}</sheets></workbook>',
        SHEET: f"<worksheet {MAIN}><sheetData>{ROWS}<row>{noise}</row></sheetData></worksheet>",
    }
    (fault,) = faults_of(written(tmp_path, zipped(PARTS | parts)))
    assert "the worksheets unpack to more than 1 MB" in fault


def test_what_is_no_file(tmp_path: Path, faults_of: Faults) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    assert "is not a file" in faults_of(tmp_path / "folder.xlsx")[0]
    assert "cannot be opened" in faults_of(tmp_path / "missing.xlsx")[0]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert "is not a file" in faults_of(tmp_path / "pipe.csv")[0]


@pytest.mark.parametrize(("name", "limit"), [("huge.csv", MAX_XLSX_BYTES), ("big.csv", MAX_CSV_BYTES)])
def test_files_that_are_too_large_are_not_read_through(
    tmp_path: Path, faults_of: Faults, name: str, limit: int
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.write(b"order,customer,style,quantity\n")
        file.truncate(100 * 2**20 if name == "huge.csv" else limit + 1)  # sparse: no 100 MB are written
    assert "MB" in faults_of(tmp_path / name)[0]


def test_a_declared_size_that_lies_yields_no_more_than_it_declares(tmp_path: Path, faults_of: Faults) -> None:
    content = bytearray(big_zip(SHEET, 20))
    at = content.rindex(b"PK\x01\x02")  # the sheet's entry in the central directory is the last one
    struct.pack_into("<I", content, at + 24, 1000)
    (fault,) = faults_of(written(tmp_path, bytes(content)))
    assert "damaged or cut off" in fault


def test_harmless_oddities_are_read(tmp_path: Path, intake_of: Read) -> None:
    deep = "SUM(" * 8000 + "1" + ")" * 8000
    rows = (
        '<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><t>PO-2</t></is></c>'
        '<c r="B3" t="str"><f>"B"</f><v>Beta</v></c>'
        '<c r="C3" t="inlineStr"><is><r><t>T-</t></r><r><t>200</t></r><rPh><t>guide</t></rPh></is></c>'
        f'<c r="D3"><f>{deep}</f><v>40</v></c></row>'
        + '<row r="4"/>' * 1000
        + '<row r="1048576"><c r="XFD1048576" s="3"/></row>'
    )
    intake = intake_of(written(tmp_path, with_rows(rows, before='<dimension ref="A1:XFD1048576"/>')))
    assert [(order.id, order.customer, order.style, order.quantity) for order in intake.orders] == [
        ("PO-1", "ACME", "T-100", 60),
        ("PO-2", "Beta", "T-200", 40),
    ]
    assert [str(warning) for warning in intake.warnings] == ["S: hidden rows were read too: 3"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<c r="D3"><f>A1*2</f></c>', "a formula without a saved result"),
        ('<c r="D3"><f>A1*2</f><v></v></c>', "a formula without a saved result"),
        ('<c r="D3" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "holds the error #DIV/0!"),
        ('<c r="D3" t="b"><v>1</v></c>', "got TRUE"),
        ('<c r="D3"><v>1e999</v></c>', "got '1e999'"),
        ('<c r="D3"><v>nonsense</v></c>', "expected a number"),
        ('<c r="D3"><v>12.5</v></c>', "expected a whole number"),
    ],
)
def test_cells_that_hold_no_quantity(tmp_path: Path, faults_of: Faults, cell: str, said: str) -> None:
    texts = "".join(f'<c r="{column}3" t="inlineStr"><is><t>x</t></is></c>' for column in "ABC")
    (fault,) = faults_of(written(tmp_path, with_rows(f'<row r="3">{texts}{cell}</row>')))
    assert fault.startswith("S!D3: quantity (数量): ")
    assert said in fault


def outcome(content: bytes, suffix: str) -> int:
    """How many orders or faults there are; any other exception than SheetError passes through and fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"orders{suffix}"
        path.write_bytes(content)
        try:
            return len(read_sheet(path, today=TODAY).orders)
        except SheetError as error:
            return len(error.faults)


@settings(max_examples=100)
@given(
    content=st.binary(max_size=600),
    prefix=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"order,customer,style,quantity\n"]),
    suffix=st.sampled_from([".xlsx", ".csv"]),
)
def test_garbage_is_refused_and_nothing_else(content: bytes, prefix: bytes, suffix: str) -> None:
    assert outcome(prefix + content, suffix) >= 1


@settings(max_examples=80)
@given(rows=st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=12))
def test_sheets_of_known_words_in_any_place_are_read_or_refused(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in rows)
    assert outcome(text.encode(), ".csv") >= 1


@pytest.fixture(scope="module")
def template() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, today=TODAY)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("seed", range(30))
def test_mutated_workbooks_are_read_or_refused(template: dict[str, bytes], seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(template))
    part = bytearray(template[name])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(part))
        match chance.randrange(4):
            case 0:
                part[at] = chance.randrange(256)
            case 1:
                del part[at : at + chance.randint(1, 30)]
            case 2:
                part[at:at] = part[: chance.randint(1, 200)]
            case _:
                part[at:at] = chance.choice([b"<c>", b"</row>", b"9" * 50, b"&amp;", b"\xc3\x28", b'r="ZZZ9999999"'])
        if not part:
            part = bytearray(b"<")
    assert outcome(zipped(template | {name: bytes(part)}), ".xlsx") >= 1


@pytest.mark.parametrize("seed", range(30))
def test_bytes_flipped_or_cut_anywhere_in_the_file(template: dict[str, bytes], seed: int) -> None:
    chance = random.Random(1000 + seed)
    content = bytearray(zipped(template))
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if seed % 3 == 0:
        content = content[: chance.randrange(1, len(content))]
    assert outcome(bytes(content), ".xlsx") >= 1
