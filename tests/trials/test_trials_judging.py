from dataclasses import replace

import pytest

from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.orders import OrderId
from tracker.domain.rules import RuleId, RuleKind, StepId
from tracker.sim.script import TruthEvent
from tracker.store import StoredEvent
from tracker.trials.books import START
from tracker.trials.figures import bootstrapped, wilson
from tracker.trials.judging import judge

GATE, SEW, A = RuleId("gate"), StepId("sew"), OrderId("A")
IN, OUT = Direction.IN, Direction.OUT


def true(t_s: float, direction: Direction = IN) -> TruthEvent:
    return TruthEvent(t_s, GATE, 0, direction, 1 if direction is IN else -1, A)


def counted(t_s: float, direction: Direction = IN, order: OrderId | None = A) -> StoredEvent:
    moment = Moment(round(t_s * 10), t_s, START)
    event = Event(
        id=event_id(CameraId("c"), GATE, direction, START, round(t_s * 100)), camera=CameraId("c"), rule=GATE,
        kind=RuleKind.GATE, direction=direction, class_name="garment", pieces=1 if direction is IN else -1,
        moment=moment, decided_at=START, step=SEW, cell=None, provenance=Provenance.CAMERA,
    )  # fmt: skip
    return StoredEvent(event, order, "", manual=False, assigned_at=START)


@pytest.mark.parametrize(
    ("truth", "counts", "error", "faults"),
    [
        ([true(3)], [counted(3.4)], 0, []),
        ([true(3)], [], -1, [(3, True)]),  # missed
        ([], [counted(3)], 1, [(3, False)]),  # extra
        ([true(3)], [counted(9)], 0, [(3, True), (9, False)]),  # too far apart to be the same, and yet the sum is right
        ([true(3)], [counted(3), counted(4)], 1, [(4, False)]),  # the nearer one is it
        ([true(3), true(4)], [counted(3.9)], -1, [(3, True)]),
        ([true(3)], [counted(3, OUT)], -2, [(3, True), (3, False)]),  # counted the wrong way
    ],
)
def test_counts_are_paired_with_what_happened(truth, counts, error: int, faults) -> None:
    verdict = judge({GATE: SEW}, truth or [replace(true(50), pieces=0)], counts)
    assert sum(count.error for count in verdict.counts) == error
    assert [(fault.t_s, fault.missed) for fault in verdict.faults if fault.t_s < 50] == faults


def test_pieces_given_to_another_order_or_to_none_are_errors_of_both() -> None:
    other = OrderId("B")
    truth = [true(1), true(2), replace(true(8), order=other)]
    verdict = judge({GATE: SEW}, truth, [counted(1), counted(2, order=None), counted(8, order=A)])
    assert [(count.order, count.error) for count in verdict.counts] == [("A", 0), ("B", -1), (None, 1)]
    assert verdict.true_events == {GATE: 3}
    assert not verdict.faults


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (20, 20, 0.8389, 1.0),  # the textbook's values
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson_interval(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-3)


def test_bootstrap_brackets_the_mean_and_is_seeded() -> None:
    values = [0.0, 0.1, 0.0, 0.3, 0.0, 0.1]
    low, high = bootstrapped(values, seed=1)
    assert 0 <= low < sum(values) / len(values) < high < 0.3
    assert bootstrapped(values, seed=1) == (low, high)
