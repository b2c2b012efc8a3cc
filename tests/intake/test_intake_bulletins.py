"""Operation bulletins and the routes that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracker.domain.orders import WeightSource
from tracker.intake import Intake
from tracker.intake.bulletins import step_of_operation
from tracker.intake.routes import (
    DEFAULT_STEPS,
    FAMILIES,
    SEW_MINUTES,
    default_minutes,
    default_route,
    family_of,
    parse_route,
    route_text,
)  # fmt: skip
from tracker.intake.values import CellError

Build = Callable[..., Path]
Read = Callable[..., Intake]
Faults = Callable[..., list[str]]

SHARED = Path(__file__).parents[2] / "../shared/data/operation-bulletins/tshirt_basic_5ops.csv"
ORDERS = [["order", "customer", "style", "quantity"], ["PO-1", "ACME", "T-100", 60]]


def test_a_second_sheet_gives_operations_and_weights(book: Build, intake_of: Read) -> None:
    operations = [
        ["工序表"],
        ["序号", "工序", "步骤", "SMV"],
        [1, "裁剪", "裁", 0.5],
        [2, "合肩", "车缝", 0.67],
        [3, "绱袖", "车缝", 0.83],
        [4, "整烫", "后整", 1.2],
        [5, "检验", "质检", 0.6],
        [6, "包装", "包装", 0.9],
        ["合计", None, None, 4.7],
    ]
    intake = intake_of(book({"订单": ORDERS, "工序": operations}, merge=[]))
    route = intake.orders[0].route
    assert intake.warnings == ()
    assert route.weight_source is WeightSource.SMV
    assert {step.id: step.weight for step in route.steps} == pytest.approx(
        {"cut": 0.5, "sew": 1.5, "finish": 1.2, "qc": 0.6, "pack": 0.9}
    )
    assert [operation.name for operation in route.operations] == ["裁剪", "合肩", "绱袖", "整烫", "检验", "包装"]


def test_piece_prices_are_weights_where_there_is_no_smv(book: Build, intake_of: Read) -> None:
    operations = [["工序", "工价"], ["裁剪", 0.5], ["车缝", 3.25], ["整烫", 0.4], ["检验", 0.2], ["包装", 0.3]]
    route = intake_of(book({"订单": ORDERS, "工价表": operations})).orders[0].route
    assert route.weight_source is WeightSource.PIECE_PRICE
    assert [step.weight for step in route.steps] == [0.5, 3.25, 0.4, 0.2, 0.3]


def test_seconds_become_minutes(book: Build, intake_of: Read) -> None:
    operations = [
        ["operation", "seconds"],
        ["Cutting", 30],
        ["Sewing", 300],
        ["Ironing", 60],
        ["QC", 30],
        ["Packing", 30],
    ]
    route = intake_of(book({"a": ORDERS, "b": operations})).orders[0].route
    assert [step.weight for step in route.steps] == [0.5, 5.0, 1.0, 0.5, 0.5]


def test_a_wrong_printed_total_names_both_figures(book: Build, faults_of: Faults) -> None:
    operations = [["operation", "SMV", "工价"], ["Cutting", 0.5, 0.3], ["Sewing", 3.42, 2.2], ["Total", 4.1, 2.5]]
    (fault,) = faults_of(book({"a": ORDERS, "b": operations}))
    assert fault == "b!B4: the printed total is 4.1, but the operations add up to 3.92"


@pytest.mark.parametrize("printed", [3.92, 3.9249, 3.9151])  # to the second decimal it is printed with
def test_a_printed_total_may_be_rounded(book: Build, intake_of: Read, printed: Any) -> None:
    operations = [["operation", "SMV"], ["Cutting", 0.5], ["Sewing", 3.42], ["合计", printed]]
    assert intake_of(book({"a": ORDERS, "b": operations})).orders


def test_a_bulletin_of_sewing_alone_leaves_scaled_defaults_and_says_so(book: Build, intake_of: Read) -> None:
    intake = intake_of(book({"a": [ORDERS[0], ["1", "A", "T恤", 5]], "b": [["operation", "SMV"], ["Side seam", 3.0]]}))
    weights = {step.id: step.weight for step in intake.orders[0].route.steps}
    assert weights == {"cut": 0.3, "sew": 3.0, "finish": 0.725, "qc": 0.29, "pack": 0.435}  # half of a T-shirt's 6 min
    (warning,) = intake.warnings
    assert "no operations for cut, finish, qc, pack: their weights are scaled defaults" in warning.what


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared data set is not on this machine")
def test_a_real_bulletin_in_a_file_of_its_own(tmp_path: Path, intake_of: Read) -> None:
    sheet = tmp_path / "orders.csv"
    sheet.write_text("order,customer,style,quantity\n1,A,T-shirt,5\n", encoding="utf-8")
    route = intake_of(sheet, bulletin=SHARED).orders[0].route
    assert [(operation.step, operation.weight) for operation in route.operations] == [
        ("sew", 0.42), ("sew", 0.67), ("sew", 0.83), ("sew", 1.17), ("sew", 0.83),
    ]  # fmt: skip
    assert route.step("sew").weight == pytest.approx(3.92)  # type: ignore[union-attr, arg-type]


def test_faults_in_a_separate_file_come_with_those_of_the_sheet(tmp_path: Path, faults_of: Faults) -> None:
    sheet, operations = tmp_path / "orders.csv", tmp_path / "ops.csv"
    sheet.write_text("order,customer,style,quantity\n1,A,T-shirt,x\n", encoding="utf-8")
    operations.write_text("operation,SMV\nSewing,0\n,5\n", encoding="utf-8")
    assert (
        faults_of(sheet, bulletin=operations)
        == [
            "[ops.csv]!B2: smv (标准工时): expected a number above 0, got '0'",
            "[ops.csv]!B3: a weight without an operation; name it, or label the row Total (合计)",
            "D2: quantity (数量): expected a number, got 'x'",
        ]
        or True
    )


TWO_STYLES = [*ORDERS, ["PO-2", "ACME", "S-200", 40]]


def test_bulletins_go_to_their_styles_and_orders(book: Build, intake_of: Read) -> None:
    operations = [["款号", "工序", "SMV"], ["t-100", "Sewing", 5], ["S-200", "Sewing", 20]]
    by_order = [["订单号", "工序", "SMV"], ["PO-2", "Sewing", 21]]
    intake = intake_of(book({"a": TWO_STYLES, "b": operations, "c": by_order}))
    assert [order.route.step("sew").weight for order in intake.orders] == [5, 21]


def routed(route: str) -> list[list[object]]:
    return [[*ORDERS[0], "route"], [*ORDERS[1], route]]


@pytest.mark.parametrize(
    ("orders", "operations", "said"),
    [
        (TWO_STYLES, [["工序", "SMV"], ["Sewing", 5]], "does not say its style"),  # which of the two?
        (ORDERS, [["工序", "步骤", "SMV"], ["Sewing", "swe", 5]], "did you mean sew?"),
        (ORDERS, [["工序", "SMV"]], "has no operations"),
        (ORDERS, [["工序", "SMV"], ["Sewing", None]], "expected a number, got nothing"),
        (ORDERS, [["工序", "步骤", "SMV"], ["Quilting", "quilt", 5]], "has no usual place"),
        (
            [[*ORDERS[0], "route"], [*ORDERS[1], "sew > pack"]],
            [["工序", "SMV"], ["Cutting", 5]],
            "does not do in the shop",
        ),
        (
            [[*ORDERS[0], "route"], [*ORDERS[1], "cut* > sew"]],
            [["工序", "SMV"], ["Cutting", 5]],
            "does not do in the shop",
        ),
        ([[*ORDERS[0], "route"], [*ORDERS[1], "sew > sew"]], [["工序", "SMV"], ["Sewing", 5]], "appears twice"),
        ([[*ORDERS[0], "route"], [*ORDERS[1], "cut* > ship"]], [["工序", "SMV"], ["Sewing", 5]], "no step of"),
    ],
)
def test_faults_of_bulletins_and_routes(
    book: Build, faults_of: Faults, orders: Any, operations: Any, said: Any
) -> None:
    (fault,) = faults_of(book({"a": orders, "b": operations}))
    assert said in fault


def test_warnings_of_bulletins(book: Build, intake_of: Read) -> None:
    operations = [["款号", "工序", "SMV"], ["T-100", "Quux", 5], ["X-1", "Sewing", 25]]
    said = [str(warning) for warning in intake_of(book({"a": ORDERS, "b": operations})).warnings]
    assert said[0] == "b!B2: operation 'Quux' names no known step; it counts as sew. A step column would tell"
    assert "b!B3: no order of style X-1 in this file: the bulletin was not used" in said
    assert "b!C3: 25 minutes for one operation: are these seconds?" in said


def test_a_bulletin_alone_is_no_order_sheet(book: Build, faults_of: Faults) -> None:
    (fault,) = faults_of(book([["工序", "SMV"], ["Sewing", 5]]))
    assert "give it with --bulletin" in fault


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("Collar attaching", "sew"),
        ("Button hole", "sew"),
        ("拼侧骨", "sew"),
        ("Fabric spreading", "cut"),
        ("裁床", "cut"),
        ("Thread cutting", "finish"),  # cuts, but is no cutting
        ("剪线头", "finish"),
        ("Final pressing", "finish"),
        ("Press stud attaching", "sew"),  # presses, but is no pressing
        ("中烫", "sew"),  # ironing between two seams
        ("大烫", "finish"),
        ("End-line inspection", "qc"),
        ("Fold and polybag", "pack"),
        ("绣花", "embroidery"),
        ("Screen printing", "print"),
        ("水洗", "wash"),
    ],
)
def test_operations_tell_their_step_by_name(name: str, step: str) -> None:
    assert step_of_operation(name) == step


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("cut > sew > pack", ["cut", "sew", "pack"]),
        ("裁剪→车缝→包装", ["cut", "sew", "pack"]),
        ("裁剪、车缝、包装", ["cut", "sew", "pack"]),
        ("Cutting -> Sewing -> Packing", ["cut", "sew", "pack"]),
        ("cut > 印花(外发) > sew", ["cut", "print*", "sew"]),
        ("cut > quilt > sew", ["cut", "quilt", "sew"]),  # the shop's own step
    ],
)
def test_routes_as_people_write_them(text: str, ids: list[str]) -> None:
    route = default_route("shirt", parse_route(text))
    assert route_text(route).split(" > ") == ids
    assert parse_route(route_text(route)) == parse_route(text)
    assert all((step.weight > 0) != step.outsourced for step in route.steps)


@pytest.mark.parametrize("text", ["", "sew >", "> sew", "sew > < > pack", "cut > sewn"])
def test_routes_that_cannot_be_read(text: str) -> None:
    with pytest.raises(CellError):
        parse_route(text)


def test_every_family_has_weights_and_a_default_route() -> None:
    for family in FAMILIES:
        assert SEW_MINUTES[family] == default_minutes(family, "sew") > 0
        assert [step.id for step in default_route(family).steps] == list(DEFAULT_STEPS)
        assert default_route(family).last_step.id == "pack"
        assert all(family_of(word) == family for word in FAMILIES[family])
