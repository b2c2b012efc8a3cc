"""One camera from pictures to counts, with a detector that needs no model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictured_things import RATE_HZ, TARGET, WIDTH, SquareFinder, calibration, frame

from tracker.detect.attention import HOLD_S, REFRESH_S
from tracker.detect.motion import LOOK_S
from tracker.domain.detections import Detections
from tracker.domain.rules import ActivityRule, GateRule, RuleId, StockRule, TransferRule, Zone
from tracker.domain.shift import STRAIGHT, Shift
from tracker.pipeline import CameraPipeline


class Blind(SquareFinder):
    """A model that finds nothing."""

    def detect(self, picture):
        return Detections.empty()


def zone(name, left, right):
    x0, x1 = left / WIDTH, right / WIDTH
    return Zone(name, ((x0, 0.05), (x1, 0.05), (x1, 0.95), (x0, 0.95)))


LEFT, RIGHT = zone("left", 10, 130), zone("right", 190, 310)
GATE = GateRule(RuleId("line"), TARGET, (0.5, 1.0), (0.5, 0.0))
TRANSFER = TransferRule(RuleId("done"), TARGET, LEFT, RIGHT)
STOCK = StockRule(RuleId("wip"), TARGET, RIGHT)
ACTIVITY = ActivityRule(RuleId("busy"), RIGHT, (), None, seats=1)
ACROSS = [(0, 70, 90), (2, 70, 90), (3, 250, 90), (9, 250, 90)]
"""From the left zone to the right one."""


def run(pipeline, ways, times, *, scale=1):
    """Events, stock counts and busy stretches of these frames."""
    counted = [pipeline.update(frame(ways, t, scale=scale)) for t in times]
    return (
        [(event.rule, event.direction.value) for step in counted for event in step.events],
        [reading.count for step in counted for reading in step.stock],
        [(interval.start_s, interval.end_s) for step in counted for interval in step.activity],
    )


def times(seconds, *, since=0.0):
    return [since + i / RATE_HZ for i in range(round(seconds * RATE_HZ))]


def test_every_rule_sees_the_same_camera():
    pipeline = CameraPipeline(calibration(GATE, TRANSFER, STOCK, ACTIVITY), SquareFinder())
    events, stock, busy = run(pipeline, [ACROSS], times(9))
    assert sorted(events) == [("done", "moved"), ("line", "in")]
    assert stock == [0, 1]
    assert busy == [(pytest.approx(2.5, abs=0.3), pytest.approx(3.0, abs=0.2))]


def test_picture_that_comes_back_at_another_size_keeps_its_zones():
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    first = [(0, 70, 40), (2, 250, 40)]
    second = [(3, 70, 40), (5, 250, 40)]
    assert run(pipeline, [first], times(2.5))[0] == [("line", "in")]
    assert run(pipeline, [second], times(2.5, since=3), scale=2)[0] == [("line", "in")]


def test_nothing_is_counted_across_a_change_of_size():
    """What is now at twice the pixels is not what was there: a line must not be crossed by a change of format."""
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    still = [(0, 90, 90), (9, 90, 90)]
    assert run(pipeline, [still], times(2))[0] == []
    assert run(pipeline, [still], times(2, since=2), scale=2)[0] == []
    assert run(pipeline, [still], times(2, since=4))[0] == []


def test_nothing_is_counted_across_a_gap():
    pipeline = CameraPipeline(calibration(GATE, TRANSFER), SquareFinder())
    assert run(pipeline, [ACROSS], times(2))[0] == []
    pipeline.blind()
    assert run(pipeline, [ACROSS], times(5, since=4))[0] == []


def test_busy_stretch_ends_where_sight_ends():
    moving = [(0, 200, 40), (5, 300, 140)]
    for close in ("blind", "finish"):
        pipeline = CameraPipeline(calibration(ACTIVITY), SquareFinder())
        assert run(pipeline, [moving], times(3))[2] == []
        (interval,) = getattr(pipeline, close)().activity
        assert (interval.start_s, interval.end_s) == (pytest.approx(0.1, abs=LOOK_S), pytest.approx(2.9, abs=LOOK_S))
    pipeline = CameraPipeline(calibration(ACTIVITY), SquareFinder())
    run(pipeline, [moving], times(3))
    assert run(pipeline, [moving], [3.0], scale=2)[2] == [
        (pytest.approx(0.1, abs=LOOK_S), pytest.approx(2.9, abs=LOOK_S))
    ]


@pytest.mark.parametrize("every_s", [5, 30])
def test_a_still_now_and_then_is_enough_for_the_stock(every_s):
    pieces = [[(0, x, 90), (500, x, 90)] for x in (210, 250)] + [[(4.5 * every_s, 290, 90), (500, 290, 90)]]
    pipeline = CameraPipeline(calibration(STOCK), SquareFinder())
    counts = [run(pipeline, pieces, [i * every_s])[1] for i in range(9)]
    assert counts[:2] == [[], [2]]  # the second picture tells that they are stills
    assert counts[5] == [3]


def test_model_looks_once_at_a_frame_whatever_the_rules():
    finder = SquareFinder()
    rules = calibration(GATE, TRANSFER, STOCK, ACTIVITY)
    run(CameraPipeline(rules, finder, every_frame=True), [ACROSS], times(1))
    assert finder.looks == 10


def test_model_rests_while_nothing_changes():
    finder = SquareFinder()
    pipeline = CameraPipeline(calibration(GATE, TRANSFER), finder)
    run(pipeline, [[(0, 70, 90), (99, 70, 90)]], times(2))
    settled = finder.looks
    run(pipeline, [[(0, 70, 90), (99, 70, 90)]], times(60, since=2))
    assert finder.looks - settled <= 60 / REFRESH_S + 1
    assert pipeline.looks == finder.looks


def test_pieces_rest_while_the_model_does():
    """A piece lies for a minute without a look, is carried across, and counts as one that lay there."""
    way = [(0, 70, 90), (60, 70, 90), (61, 250, 90), (70, 250, 90)]
    pipeline = CameraPipeline(calibration(GATE, TRANSFER), SquareFinder())
    assert sorted(run(pipeline, [way], times(70))[0]) == [("done", "moved"), ("line", "in")]


def test_what_changes_far_from_all_rules_is_looked_at_once_it_rests():
    corner = Zone("corner", ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1)))
    pipeline = CameraPipeline(calibration(StockRule(RuleId("wip"), TARGET, corner)), Blind())
    far = [(3, 200, 150), (4.4, 290, 150), (60, 290, 150)]
    looked = []
    for t_s in times(6):
        before = pipeline.looks
        run(pipeline, [far], [t_s])
        looked += [t_s] * (pipeline.looks - before)
    (rested,) = (t_s for t_s in looked if 3 <= t_s < 5.2 and t_s % REFRESH_S > 0.05)
    assert rested == pytest.approx(4.4 + HOLD_S, abs=0.15)


def test_empty_table_counts_nothing():
    pipeline = CameraPipeline(calibration(GATE, TRANSFER, ACTIVITY), SquareFinder())
    assert run(pipeline, [], times(5)) == ([], [], [])


def moved_frame(ways, t_s, shift, *, scale=1):
    return replace(frame(ways, t_s, scale=scale), shift=shift)


def test_rules_follow_a_camera_that_moved_a_little():
    """Seen by a camera that looks further left, everything lies further right: so does the gate."""
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    shift = Shift(60 / WIDTH, 0.0)
    beside = [(0, 150, 90), (2, 200, 90), (9, 200, 90)]  # over the old line at 160, not over the new one at 220
    across = [(0, 130, 40), (2, 300, 40), (9, 300, 40)]
    counted = [pipeline.update(moved_frame([beside, across], t, shift)) for t in times(4)]
    assert [event.direction.value for step in counted for event in step.events] == ["in"]


def test_nothing_is_counted_across_a_move_and_what_was_open_is_closed():
    pipeline = CameraPipeline(calibration(GATE, ACTIVITY), SquareFinder())
    moving = [(0, 200, 40), (5, 300, 140)]
    still = [(0, 180, 90), (9, 180, 90)]
    assert run(pipeline, [moving, still], times(3))[0] == []
    shift = Shift(50 / WIDTH, 0.0)
    closed = pipeline.update(moved_frame([moving, still], 3.0, shift))
    assert [round(interval.end_s) for interval in closed.activity] == [3]
    later = [pipeline.update(moved_frame([still], t, shift)) for t in times(3, since=3.1)]
    assert [event for step in later for event in step.events] == []


def test_a_moved_camera_at_another_size_keeps_its_moved_zones():
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    shift = Shift(60 / WIDTH, 0.0)
    pipeline.update(moved_frame([], 0.0, shift))
    across = [(1, 130, 40), (3, 300, 40), (9, 300, 40)]
    counted = [pipeline.update(moved_frame([across], t, shift, scale=2)) for t in times(4, since=1)]
    assert [event.direction.value for step in counted for event in step.events] == ["in"]


def test_events_of_a_camera_that_never_moved_are_the_same_as_ever():
    plain = CameraPipeline(calibration(GATE), SquareFinder())
    told = CameraPipeline(calibration(GATE), SquareFinder())
    ids = [event.id for t in times(4) for event in plain.update(frame([ACROSS], t)).events]
    assert ids == [event.id for t in times(4) for event in told.update(moved_frame([ACROSS], t, STRAIGHT)).events]
    assert len(ids) == 1
