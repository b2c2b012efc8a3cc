"""The default layout: one order line per row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tracker.domain.errors import SheetError
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, OrderUnit
from tracker.intake import DateOrder, Intake, Mapping, read_sheet
from tracker.intake.fields import Field

TODAY = date(2026, 11, 23)
HEADER = "order,customer,style,colour,size,quantity,unit,requested,promised"


def wide(text: str) -> str:
    """The text as a Chinese keyboard types it by accident: U+FF01 and on."""
    return "".join(chr(ord(mark) + 0xFEE0) for mark in text)


def read(tmp_path: Path, text: str, *, mapping: Mapping | None = None, existing: tuple[str, ...] = ()) -> Intake:
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.encode())
    return read_sheet(path, mapping=mapping, today=TODAY, existing=tuple(OrderId(number) for number in existing))


def faults(tmp_path: Path, text: str, **options: object) -> list[str]:
    with pytest.raises(SheetError) as caught:
        read(tmp_path, text, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"sheet.csv: {len(caught.value.faults)} fault(s), nothing was imported")
    return [str(fault) for fault in caught.value.faults]


def one(tmp_path: Path, text: str, **options: object) -> Order:
    (order,) = read(tmp_path, text, **options).orders  # type: ignore[arg-type]
    return order


def test_rows_of_one_order_become_its_lines(tmp_path: Path) -> None:
    order = one(
        tmp_path,
        f"{HEADER},style family,over,short,state,route\n"
        "PO-1,ACME,T-100,navy,M,60,pcs,2026-12-03,2026-12-05,t-shirt,5%,0.03,offered,cut > print* > sew > qc > pack\n"
        "PO-1,ACME,T-100,navy,L,40,pcs,2026-12-03,2026-12-05,t-shirt,5%,0.03,offered,cut > print* > sew > qc > pack\n",
    )
    assert order.id == "PO-1"
    assert (order.customer, order.style, order.style_family) == ("ACME", "T-100", "t-shirt")
    assert order.lines == (OrderLine("navy", "M", 60), OrderLine("navy", "L", 40))
    assert (order.unit, order.state, order.revision) == (OrderUnit.PIECE, OrderState.OFFERED, 1)
    assert (order.requested, order.promised) == (date(2026, 12, 3), date(2026, 12, 5))
    assert (order.over_tolerance, order.short_tolerance) == (0.05, 0.03)
    assert [(step.id, step.outsourced) for step in order.route.steps] == [
        ("cut", False), ("print", True), ("sew", False), ("qc", False), ("pack", False),
    ]  # fmt: skip


def test_what_a_sheet_does_not_say_has_a_stated_default(tmp_path: Path) -> None:
    order = one(tmp_path, "order,customer,style,quantity\n7,ACME,T-100,60\n")
    assert order.lines == (OrderLine("", "", 60),)
    assert (order.unit, order.state, order.due) == (OrderUnit.PIECE, OrderState.ACCEPTED, None)
    assert (order.over_tolerance, order.short_tolerance, order.style_family) == (0.0, 0.0, "other")
    assert [step.id for step in order.route.steps] == ["cut", "sew", "finish", "qc", "pack"]


CHINESE = (
    "订单号,客户,款号,颜色,尺码,数量,单位,交期,承诺交期\nPO-1,东升,T-100,藏青,均码,60,件,2026年12月3日,2026/12/5\n"
)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),  # what Excel calls CSV UTF-8
        ("gb18030", ","),  # what Chinese Excel and WPS call CSV
        ("gb18030", "\t"),
        ("utf-16", "\t"),  # what Excel calls Unicode text
        ("utf-16-le", ","),  # without a byte-order mark
        ("utf-16-be", ";"),
        ("utf-8", ";"),  # Excel in countries with a decimal comma
    ],
)
def test_encodings_and_delimiters_are_recognised(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "订单.csv"
    path.write_bytes(CHINESE.replace(",", delimiter).encode(encoding))
    intake = read_sheet(path, today=TODAY)
    assert intake.warnings == ()
    (order,) = intake.orders
    assert (order.customer, order.lines) == ("东升", (OrderLine("藏青", "均码", 60),))
    assert (order.requested, order.promised) == (date(2026, 12, 3), date(2026, 12, 5))


def test_a_guessed_encoding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes("order,customer,style,colour,quantity\n1,ACME,T,Grün,5\n".encode("latin-1"))
    (warning,) = read_sheet(path, today=TODAY).warnings
    assert "read as GB18030" in warning.what


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("120", 120),
        ("120.0", 120),
        ("120 件", 120),
        ("120pcs", 120),
        (wide("120"), 120),  # full-width digits
        ('"1,200"', 1200),
        ("100000", 100000),
    ],
)
def test_quantities_as_people_write_them(tmp_path: Path, text: str, quantity: int) -> None:
    assert one(tmp_path, f"order,customer,style,quantity\n1,A,T,{text}\n").quantity == quantity


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the quantity is missing"),
        ("0", "expected 1 to 100000"),
        ("-5", "expected 1 to 100000"),
        ("1.5", "expected a whole number"),
        ("1e9", "expected 1 to 100000"),
        ("1e999999999", "expected a number"),  # would be a gigabyte of digits if it were computed with
        ("9" * 5000, "expected a number"),
        ("many", "expected a number, got 'many'"),
        ("10 打", "dozens"),
        ("10 boxes", "expected a unit"),
        ("5 套", "counts in set, but the order counts in piece"),
        ("١٢", "expected a number"),  # digits that only Unicode calls digits
        ("TRUE", "expected a number"),
        ("=1+1", "expected a number"),
    ],
)
def test_wrong_quantities_are_named_with_their_cell(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, f"order,customer,style,colour,quantity,unit\n1,A,T,red,{text},piece\n")
    assert fault.startswith("E2: ")
    assert said in fault


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-03", date(2026, 7, 3)),
        ("2026/7/3", date(2026, 7, 3)),
        ("2026.7.3", date(2026, 7, 3)),
        ("20260703", date(2026, 7, 3)),
        ("2026年7月3日", date(2026, 7, 3)),
        ("2026-07-03 00:00:00", date(2026, 7, 3)),
        ("46206", date(2026, 7, 3)),  # Excel's day count
        ("13/07/2026", date(2026, 7, 13)),  # no month 13
        ("07/13/2026", date(2026, 7, 13)),
        ("07/07/2026", date(2026, 7, 7)),  # the same either way
        ("3 Jul 2026", date(2026, 7, 3)),
        ("3-Jul-26", date(2026, 7, 3)),
        ('"July 3, 2026"', date(2026, 7, 3)),
        (wide("2026/7/3"), date(2026, 7, 3)),
    ],
)
def test_dates_as_people_write_them(tmp_path: Path, text: str, day: date) -> None:
    assert one(tmp_path, f"order,customer,style,quantity,due\n1,A,T,5,{text}\n").requested == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("03/07/2026", "may be 03 July or 07 March"),
        ("2026-02-30", "no day of the calendar"),
        ("2206-07-03", "more than 5 years from today"),
        ("7/3", "has no year"),
        ("soon", "expected a date such as 2026-07-03"),
        ("2月30日", "no day of the calendar"),
        ("3 Foo 2026", "names no month"),
        ("99999", "more than 5 years"),
    ],
)
def test_wrong_dates_are_named_with_their_cell(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, f"order,customer,style,quantity,due\n1,A,T,5,{text}\n")
    assert fault.startswith("E2: ")
    assert said in fault


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12月3日", date(2026, 12, 3)),  # still to come
        ("1月5日", date(2027, 1, 5)),  # next year's
        ("10月9日", date(2026, 10, 9)),  # six weeks late, not eleven months early
    ],
)
def test_a_missing_year_is_inferred_and_said(tmp_path: Path, text: str, day: date) -> None:
    intake = read(tmp_path, f"order,customer,style,quantity,due\n1,A,T,5,{text}\n")
    assert intake.orders[0].requested == day
    assert [str(warning) for warning in intake.warnings] == [f"E2: {text} has no year; it was read as {day}"]


def test_a_mapping_settles_day_and_month(tmp_path: Path) -> None:
    text = "order,customer,style,quantity,due\n1,A,T,5,03/07/2026\n"
    assert one(tmp_path, text, mapping=Mapping({}, DateOrder.DAY_FIRST)).requested == date(2026, 7, 3)
    assert one(tmp_path, text, mapping=Mapping({}, DateOrder.MONTH_FIRST)).requested == date(2026, 3, 7)


def test_titles_above_and_totals_below_are_no_orders(tmp_path: Path) -> None:
    text = (
        "东升制衣厂 生产订单,,,,\n"
        ",,,,\n"
        "订单号,客户,款号,颜色,数量\n"
        "PO-1,ACME,T-100,红,60\n"
        ",,,蓝,40\n"  # a blank number continues the order above
        "PO-1小计,,,,100\n"
        "PO-2,ACME,T-200,红,50\n"
        "合计,,,,150\n"
        "制单：王,,审核：李,,\n"
    )
    intake = read(tmp_path, text)
    assert [(order.id, order.quantity) for order in intake.orders] == [("PO-1", 100), ("PO-2", 50)]
    assert intake.warnings == ()


def test_a_wrong_printed_total_is_named_with_both_figures(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "order,customer,style,quantity\n1,A,T,60\n2,A,T,40\nTotal,,,110\n")
    assert fault == "D4: the printed total is 110, but the quantities above add up to 100"


def test_all_faults_come_at_once_in_reading_order(tmp_path: Path) -> None:
    text = (
        f"{HEADER}\n"
        "PO-1,ACME,T-100,red,S,x,pcs,2026-12-03,\n"
        ",ACME,T-100,red,M,10,pcs,2026-12-03,\n"
        "PO-1,Beta,T-100,red,L,10,pcs,2026-12-04,\n"
        "PO-1,ACME,T-100,red,L,10,pcs,2026-12-03,\n"
        "PO-2,,T-100,red,S,10,furlong,2026-13-03,\n"
    )
    assert faults(tmp_path, text) == [
        "F2: quantity (数量): expected a number, got 'x'",
        "A3: the order number is missing",
        "B4: customer (客户) 'Beta' contradicts 'ACME' in B2 of the same order",
        "H4: requested (交期) '2026-12-04' contradicts '2026-12-03' in H2 of the same order",
        "F5: order PO-1 already has a line red L in F4",
        "B6: the customer (客户) is missing",
        "G6: unit (单位): expected a unit: piece (件), pair (双), set (套); got 'furlong'",
        "H6: requested (交期): '2026-13-03' is no day of the calendar",
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("=HYPERLINK(1)", "begins like a formula"),
        ("+86123", "begins like a formula"),
        ("@SUM(1)", "begins like a formula"),
        ("-1", "begins like a formula"),
        (wide("=1"), "begins like a formula"),  # full width folds to =
        ("1.23E+12", "was shortened by the spreadsheet"),
        ("x" * 65, "has 65 characters; at most 64"),
        ("a\x07b", "control"),
    ],
)
def test_order_numbers_that_are_refused(tmp_path: Path, number: str, said: str) -> None:
    (fault,) = faults(tmp_path, f"order,customer,style,quantity\n{number},A,T,5\n")
    assert fault.startswith("A2: ")
    assert said in fault


def test_order_numbers_are_folded_and_freed_of_invisible_characters(tmp_path: Path) -> None:
    assert one(tmp_path, f"order,customer,style,quantity\n {wide('PO-1')}\u200b ,A,T,5\n").id == "PO-1"


def test_a_recorded_order_is_not_imported_again(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "order,customer,style,quantity\nPO-1,A,T,5\nPO-2,A,T,5\n", existing=("PO-2",))
    assert fault.startswith("A3: order PO-2 is already recorded")


def test_unknown_headers_are_named_with_the_nearest_known_and_the_way_out(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "货号,customer,style,quantity\n1,A,T,5\n")
    assert fault.startswith("1: nothing says the order (订单号). Unknown columns: A1 '货号'")
    assert '--map "货号=order"' in fault
    intake = read(tmp_path, "货号,customer,style,quantity\n1,A,T,5\n", mapping=Mapping.from_arguments(["货号=order"]))
    assert intake.orders[0].id == "1"
    assert intake.mapping.columns == {"货号": Field.ORDER}


def test_a_mistyped_optional_header_is_a_fault_not_a_loss(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "order,customer,style,quantity,promissed date\n1,A,T,5,2026-12-01\n")
    assert fault.startswith("E1: unknown column E1 'promissed date' (nearest known: 'promised date')")
    assert '--map "promissed date=promised"' in fault


def test_an_unrelated_column_is_said_to_be_unused(tmp_path: Path) -> None:
    intake = read(tmp_path, "order,customer,style,quantity,weather\n1,A,T,5,rain\n")
    assert [str(warning) for warning in intake.warnings] == ["E1: column E1 'weather' is not used"]
    silenced = read(tmp_path, "order,customer,style,quantity,weather\n1,A,T,5,rain\n",
                    mapping=Mapping({"weather": Field.IGNORE}))  # fmt: skip
    assert silenced.warnings == ()


def test_two_columns_of_one_meaning_are_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "order,PO,customer,style,quantity\n1,2,A,T,5\n")
    assert fault.startswith("B1: two columns mean order (订单号)")


def test_facts_above_a_list_of_colours_and_sizes(tmp_path: Path) -> None:
    order = one(tmp_path, "订单号：PO-1,客户：ACME,款号：T-100\n颜色,尺码,数量\n红,S,10\n红,M,20\n合计,,30\n")
    assert (order.id, order.customer, order.style) == ("PO-1", "ACME", "T-100")
    assert order.lines == (OrderLine("红", "S", 10), OrderLine("红", "M", 20))


def test_a_header_repeated_on_every_page_is_no_line(tmp_path: Path) -> None:
    page = "order,customer,style,size,quantity\n"
    intake = read(tmp_path, f"{page}PO-1,A,T,S,10\n\n{page}PO-1,A,T,M,20\n,,,L,5\nTotal,,,,35\n")
    assert [(order.id, order.quantity) for order in intake.orders] == [("PO-1", 35)]


@pytest.mark.parametrize(
    ("header", "value", "over", "short"),
    [
        ("over", "5%", 0.05, 0.0),
        ("over", "0.05", 0.05, 0.0),
        ("over", "+5%", 0.05, 0.0),
        ("over %", "5", 0.05, 0.0),  # the header says per cent
        ("short", "-3%", 0.0, 0.03),
        ("tolerance", "±3%", 0.03, 0.03),
        ("溢短装%", "3", 0.03, 0.03),
    ],
)
def test_tolerances_as_people_write_them(tmp_path: Path, header: str, value: str, over: float, short: float) -> None:
    order = one(tmp_path, f"order,customer,style,quantity,{header}\n1,A,T,5,{value}\n")
    assert (order.over_tolerance, order.short_tolerance) == (over, short)


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("over", "5", "may mean 5 % or 5 times the quantity; write 5%"),
        ("over", "-5%", "expected 0% to 100%"),
        ("over", "101%", "expected 0% to 100%"),
        ("over", "some", "expected a number"),
        ("over", "5 pcs", "expected a share"),
        ("state", "lost", "expected a state: offered"),
        ("unit", "dozen", "counts in dozens"),
        ("route", "cut > swe", "did you mean sew?"),
        ("colour", "x" * 201, "has 201 characters; at most 200"),
    ],
)
def test_other_wrong_values_are_named_with_their_cell(tmp_path: Path, header: str, value: str, said: str) -> None:
    (fault,) = faults(tmp_path, f"order,customer,style,quantity,{header}\n1,A,T,5,{value}\n")
    assert fault.startswith("E2: ")
    assert said in fault


def test_a_style_family_without_weights_counts_as_other_and_says_so(tmp_path: Path) -> None:
    intake = read(tmp_path, "order,customer,style,quantity,style family\n1,A,T,5,kimono\n2,A,Polo shirt,5,\n")
    assert [order.style_family for order in intake.orders] == ["other", "polo"]
    assert [str(warning) for warning in intake.warnings] == [
        "E2: style family 'kimono' has no weights of its own; it counts as other"
    ]


def test_order_numbers_that_differ_only_in_case_are_said(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, "order,customer,style,quantity\nPO-1,A,T,5\npo-1,A,T,5\n").warnings
    assert str(warning) == "A3: order po-1 differs from PO-1 only in upper and lower case"


def test_a_long_list_of_faults_is_cut_and_says_so(tmp_path: Path) -> None:
    found = faults(tmp_path, "order,customer,style,quantity\n" + "1,A,T,x\n" * 300)
    assert len(found) == 201
    assert found[-1] == "and 399 more; correct these first"
