"""Colour by size matrices, as order sheets of the trade are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tracker.domain.orders import OrderLine
from tracker.intake import Intake, Mapping

Build = Callable[..., Path]
Read = Callable[..., Intake]
Faults = Callable[..., list[str]]

FACTS = [["订单号: PO-1", None, "客户: ACME", None, "款号: T-100"]]
BODY = [["红", 10, 20, 20, 50], ["蓝", 5, None, 10, 15], ["合计", 15, 20, 30, 65]]
HEAD = [["颜色", "S", "M", "L", "合计"]]
LINES = (
    OrderLine("红", "S", 10),
    OrderLine("红", "M", 20),
    OrderLine("红", "L", 20),
    OrderLine("蓝", "S", 5),
    OrderLine("蓝", "L", 10),
)


def test_a_real_production_notice(book: Build, intake_of: Read) -> None:
    path = book(
        [
            ["东升制衣厂生产通知单"],
            ["订单号", "PO-1", "客户:", "ACME", "款号：T-100 T恤"],
            ["交期：2026年12月3日  路线: 裁剪 > 印花* > 车缝 > 质检 > 包装  颜色备注: 见样"],
            ["颜色", "尺码", None, None, "合计"],
            [None, "S", "M", "L", None],
            *BODY,
            ["备注：按样衣生产"],
            ["制单：王", None, "审核：李"],
        ],
        merge=["A1:E1", "A3:E3", "A4:A5", "B4:D4", "E4:E5", "A9:E9"],
    )
    intake = intake_of(path)
    (order,) = intake.orders
    assert intake.warnings == ()
    assert (order.id, order.customer, order.style, order.style_family) == ("PO-1", "ACME", "T-100 T恤", "t-shirt")
    assert order.requested == date(2026, 12, 3)
    assert order.lines == LINES
    assert [step.id for step in order.route.steps if step.outsourced] == ["print"]


@pytest.mark.parametrize(
    ("rows", "merge"),
    [
        (FACTS + HEAD + BODY, []),  # one header row
        ([*FACTS, ["颜色/尺码", "S", "M", "L", "合计"], *BODY], []),  # corner names both
        ([*FACTS, ["颜色\\尺码", "S", "M", "L", "小计"], *BODY], []),
        ([*FACTS, ["尺码", "S", "M", "L", "合计"], *BODY], []),  # corner names the columns
        ([*FACTS, ["颜色", "S", "M", "L", "数量"], *BODY], []),  # 数量 heads the totals here
        ([*FACTS, ["颜色 Colour", "S", "M", "L", "Total 合计"], *BODY], []),
        ([*FACTS, ["颜色", "尺码", None, None, "合计"], [None, "S", "M", "L", None], *BODY], ["B2:D2"]),
        ([*FACTS, ["颜色", None, None, None, "合计"], [None, "S", "M", "L", None], *BODY], []),  # nothing merged
        (FACTS + [row[:4] for row in HEAD + BODY], []),  # no totals column
        (FACTS + HEAD + BODY[:2], []),  # no total row
        ([["订单号: PO-1  客户: ACME  款号: T-100"], *HEAD, *BODY], ["A1:E1"]),  # all facts in one cell
        ([["订单号", "PO-1"], ["客户", "ACME"], ["款号", "T-100"], [], *HEAD, *BODY], []),  # one fact a row
        ([["颜色", "订单号", "客户", "款号", "S", "M", "L"],
          ["红", "PO-1", "ACME", "T-100", 10, 20, 20], ["蓝", None, None, None, 5, 0, 10]], []),  # facts as columns
    ],
)  # fmt: skip
def test_ways_of_drawing_the_same_matrix(book: Build, intake_of: Read, rows: Any, merge: Any) -> None:
    (order,) = intake_of(book(rows, merge=merge)).orders
    assert (order.id, order.customer, order.style, order.lines) == ("PO-1", "ACME", "T-100", LINES)


def test_sizes_that_are_numbers_words_or_anything_under_a_merged_header(book: Build, intake_of: Read) -> None:
    rows = [*FACTS, ["颜色", "尺码", None, None, None], [None, 38, "均码", "特体", "165/88A"], ["红", 1, 2, 3, 4]]
    (order,) = intake_of(book(rows, merge=["A2:A3", "B2:E2"])).orders
    assert [line.size for line in order.lines] == ["38", "均码", "特体", "165/88A"]


def test_a_row_of_quantities_without_colours(book: Build, intake_of: Read) -> None:
    (order,) = intake_of(book([*FACTS, ["尺码", "S", "M"], ["数量", 10, 20]])).orders
    assert order.lines == (OrderLine("", "S", 10), OrderLine("", "M", 20))


def test_one_colour_named_above_its_sizes(book: Build, intake_of: Read) -> None:
    (order,) = intake_of(book([*FACTS, ["颜色: 红"], ["尺码", "S", "M"], ["数量", 10, 20]])).orders
    assert order.lines == (OrderLine("红", "S", 10), OrderLine("红", "M", 20))


def test_an_order_over_several_sheets_must_agree_with_itself(book: Build, faults_of: Faults, intake_of: Read) -> None:
    other = [["订单号: PO-1", None, "客户: ACME", None, "款号: T-100"], *HEAD, ["绿", 1, 2, 3, 6]]
    (order,) = intake_of(book({"一": [*FACTS, *HEAD, *BODY], "二": other})).orders
    assert order.quantity == 71
    other[0][2], other[2][0] = "客户: Beta", "红"
    assert faults_of(book({"一": [*FACTS, *HEAD, *BODY], "二": other}, name="again.xlsx")) == [
        "二!C1: customer (客户) 'Beta' contradicts 'ACME' in 一!C1 of the same order",
        "二!B3: order PO-1 already has a line 红 S in 一!B3",
        "二!C3: order PO-1 already has a line 红 M in 一!C3",
        "二!D3: order PO-1 already has a line 红 L in 一!D3",
    ]


def test_a_size_that_the_spreadsheet_made_a_date_is_a_fault(book: Build, faults_of: Faults) -> None:
    rows = [["order", "customer", "style", "size", "quantity"], [1, "A", "T", datetime(2026, 3, 6), 5]]  # noqa: DTZ001
    (fault,) = faults_of(book(rows))
    assert fault.startswith("Sheet1!D2: size (尺码): holds the date 2026-03-06: the spreadsheet probably changed")


def test_an_order_number_too_long_for_a_number_is_a_fault(book: Build, faults_of: Faults) -> None:
    (fault,) = faults_of(book([["order", "customer", "style", "quantity"], [12345678901234567, "A", "T", 5]]))
    assert "has more digits than a spreadsheet keeps" in fault


def test_several_matrices_below_and_beside_each_other_and_on_several_sheets(book: Build, intake_of: Read) -> None:
    two_beside = [
        ["订单号: PO-3", None, None, "订单号: PO-4"],
        ["客户: ACME 款号: B", None, None, "客户: Beta 款号: C"],
        ["颜色", "S", "合计", "颜色", "M", "合计"],
        ["红", 1, 1, "白", 4, 4],
        ["蓝", 2, 2, "黑", 5, 5],
        ["合计", 3, 3, "合计", 9, 9],
    ]
    below = [*FACTS, *HEAD, *BODY, [], ["订单号: PO-2", None, "客户: Beta", None, "款号: A"], *HEAD, *BODY]
    intake = intake_of(book({"一": below, "二": two_beside, "空": []}))
    assert [(order.id, order.customer, order.quantity) for order in intake.orders] == [
        ("PO-1", "ACME", 65),
        ("PO-2", "Beta", 65),
        ("PO-3", "ACME", 3),
        ("PO-4", "Beta", 9),
    ]


def test_a_date_cell_above_the_matrix(book: Build, intake_of: Read) -> None:
    (order,) = intake_of(book([*FACTS, ["交期:", datetime(2026, 12, 3)], *HEAD, *BODY])).orders  # noqa: DTZ001
    assert order.requested == date(2026, 12, 3)


TOTAL = "the printed total is {}, but the {} add up to {}"
ROW, COLUMN = "sizes of this row", "quantities above"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # a row's printed total
        ([["红", 10, 20, 20, 60]], [f"E3: {TOTAL.format(60, ROW, 50)}"]),
        # a column's, and the grand total
        ([BODY[0], ["合计", 10, 21, 20, 52]],
         [f"C4: {TOTAL.format(21, COLUMN, 20)}", f"E4: {TOTAL.format(52, COLUMN, 50)}"]),
        # a total without quantities
        ([["红", None, None, None, 60]], ["E3: the printed total is 60, but no size of this row has a quantity"]),
        # an unreadable quantity is said once, not again by the totals it spoils; the others are still checked
        ([["红", "x", 20, 20, 50], ["合计", 15, 20, 30, 65]],
         ["B3: quantity (数量): expected a number, got 'x'", f"D4: {TOTAL.format(30, COLUMN, 20)}"]),
        # negative and fractional
        ([["红", -1, 2.5, 1, None]],
         ["B3: quantity (数量): expected 0 to 100000, got '-1'",
          "C3: quantity (数量): expected a whole number, got '2.5'"]),
        # one colour twice
        ([["红", 1], ["红", 2]], ["B4: order PO-1 already has a line 红 S in B3"]),
        # a line that lost its colour
        ([["红", 1], [None, 2]], ["B4: the colour is missing; other lines of the order have one"]),
    ],
)  # fmt: skip
def test_faults_of_a_matrix(book: Build, faults_of: Faults, rows: Any, said: list[str]) -> None:
    assert faults_of(book([*FACTS, *HEAD, *rows])) == [f"Sheet1!{fault}" for fault in said]


def test_a_quantity_merged_over_lines_is_not_counted_twice(book: Build, faults_of: Faults) -> None:
    rows = [["order", "customer", "style", "colour", "quantity"], ["1", "A", "T", "red", 50], ["1", "A", "T", "blue"]]
    (fault,) = faults_of(book(rows, merge=["E2:E3"]))
    assert fault == "Sheet1!E2: quantity: is merged over other cells; row 3 needs a number of its own"


def test_merged_facts_hold_for_all_their_rows(book: Build, intake_of: Read) -> None:
    rows = [["order", "customer", "style", "colour", "quantity"], ["1", "A", "T", "red", 5], [None] * 3 + ["blue", 6]]
    (order,) = intake_of(book(rows, merge=["A2:A3", "B2:B3", "C2:C3"])).orders
    assert order.lines == (OrderLine("red", "", 5), OrderLine("blue", "", 6))


def test_a_second_matrix_without_an_order_number_is_no_continuation(book: Build, faults_of: Faults) -> None:
    found = faults_of(book([*FACTS, *HEAD, *BODY, [], *HEAD, ["绿", 1, 1, 1, 3]]))
    missing = "order (订单号), customer (客户), style (款号)"
    assert found == [f"Sheet1!7: nothing says the {missing}. To fix it: add the column, or a label above the table"]


def test_a_size_nobody_knows_is_a_fault_when_it_holds_numbers(book: Build, faults_of: Faults, intake_of: Read) -> None:
    rows = [*FACTS, ["颜色", "S", "M", "特别"], ["红", 1, 2, 3]]
    (fault,) = faults_of(book(rows))
    assert fault.startswith("Sheet1!D2: unknown column D2 '特别'")
    assert '--map "特别=size"' in fault
    (order,) = intake_of(book(rows, name="again.xlsx"), mapping=Mapping.from_arguments(["特别=size"])).orders
    assert [line.size for line in order.lines] == ["S", "M", "特别"]


def test_a_sheet_that_looks_like_orders_but_cannot_be_read_stops_the_import(
    book: Build, faults_of: Faults, intake_of: Read
) -> None:
    good = [*FACTS, *HEAD, *BODY]
    (fault,) = faults_of(book({"好": good, "坏": [["订单号", "客户", "款号", "数目"], ["PO-9", "A", "B", 5]]}))
    assert fault.startswith("坏!1: no order table was found. Missing columns: quantity (数量).")
    assert '--map "数目=quantity"' in fault
    warnings = intake_of(book({"好": good, "记事": [["电话", "地址"], ["1", "2"]]}, name="notes.xlsx")).warnings
    assert [str(warning) for warning in warnings] == ["记事: holds no order table and was not read"]
