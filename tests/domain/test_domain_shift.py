"""How zones go with a camera that has moved a little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.frames import CameraId, GapReason
from tracker.domain.rules import (
    ActivityRule,
    Calibration,
    CardPlace,
    CellId,
    CountUnit,
    GateRule,
    RuleId,
    StockRule,
    Target,
    TransferRule,
    Zone,
)
from tracker.domain.shift import STRAIGHT, Shift

ASPECT = 9 / 16
SMALL = st.builds(Shift, st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(-8, 8), st.floats(0.9, 1.1))
POINT = st.tuples(st.floats(0, 1), st.floats(0, 1))


@pytest.mark.parametrize(
    ("shift", "point", "moved"),
    [
        (STRAIGHT, (0.2, 0.7), (0.2, 0.7)),
        (Shift(0.1, 0.0), (0.2, 0.7), (0.3, 0.7)),
        (Shift(0.0, 0.09), (0.2, 0.5), (0.2, 0.66)),  # widths, so more of the height
        (Shift(0.0, 0.0, 90.0), (0.75, 0.5), (0.5, 0.5 + 0.25 / ASPECT)),  # clockwise: right goes down
        (Shift(0.0, 0.0, 0.0, 1.2), (1.0, 0.5), (1.1, 0.5)),
    ],
)
def test_points_go_where_the_picture_went(shift: Shift, point: tuple[float, float], moved: tuple[float, float]) -> None:
    assert shift.moved(point, aspect=ASPECT) == pytest.approx(moved)


@given(SMALL, SMALL, POINT)
def test_two_moves_are_one(first: Shift, second: Shift, point: tuple[float, float]) -> None:
    by_steps = second.moved(first.moved(point, aspect=ASPECT), aspect=ASPECT)
    assert first.then(second).moved(point, aspect=ASPECT) == pytest.approx(by_steps)


def test_the_corner_that_moves_most_is_what_counts() -> None:
    assert STRAIGHT.reach(aspect=ASPECT) == 0.0
    assert Shift(0.03, 0.04).reach(aspect=ASPECT) == pytest.approx(0.05)
    assert Shift(0.0, 0.0, 0.0, 1.1).reach(aspect=ASPECT) == pytest.approx(0.1 * (0.25 + (ASPECT / 2) ** 2) ** 0.5)


def test_every_kind_of_rule_goes_along_and_masks_stay() -> None:
    zone = Zone("a", ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4)))
    other = Zone("b", ((0.6, 0.1), (0.9, 0.1), (0.9, 0.4)))
    target = Target((), CountUnit.PIECE, 1, None, None, CardPlace(zone, 3600.0))
    rules = (
        GateRule(RuleId("gate"), target, (0.5, 0.0), (0.5, 1.0)),
        TransferRule(RuleId("transfer"), target, zone, other),
        StockRule(RuleId("stock"), target, zone),
        ActivityRule(RuleId("busy"), other, (), CellId("A"), 3),
    )
    drawn = Calibration(CameraId("table"), "Counts pieces at the table", (zone,), rules)
    assert drawn.moved(STRAIGHT, aspect=ASPECT) is drawn
    gate, transfer, stock, busy = drawn.moved(Shift(0.1, 0.0), aspect=ASPECT).rules
    assert isinstance(gate, GateRule)
    assert (gate.start[0], gate.end[0]) == pytest.approx((0.6, 0.6))
    assert isinstance(transfer, TransferRule)
    assert transfer.source.polygon[0] == pytest.approx((0.2, 0.1))
    assert transfer.destination.polygon[0] == pytest.approx((0.7, 0.1))
    assert isinstance(stock, StockRule)
    assert stock.target.cards == CardPlace(stock.zone, 3600.0)
    assert stock.zone.polygon[1] == pytest.approx((0.5, 0.1))
    assert isinstance(busy, ActivityRule)
    assert busy.zone.polygon[1] == pytest.approx((1.0, 0.1))
    assert drawn.moved(Shift(0.1, 0.0), aspect=ASPECT).masks == drawn.masks


def test_covering_a_camera_is_neutral_and_moving_it_is_not() -> None:
    assert {reason for reason in GapReason if reason.neutral} == {GapReason.PAUSED, GapReason.DARK, GapReason.BLOCKED}
