"""Replays of a small film: what is printed, and that it is always the same."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from pictured_things import CAMERA, START, TARGET, SquareFinder, calibration, write_video

from tracker.capture import ReplaySource
from tracker.domain.frames import Gap, GapReason
from tracker.domain.rules import ActivityRule, GateRule, RuleId, StockRule, TransferRule, Zone
from tracker.replay import replay, steps

LEFT = Zone("left", ((0.03, 0.05), (0.4, 0.05), (0.4, 0.95), (0.03, 0.95)))
RIGHT = Zone("right", ((0.6, 0.05), (0.97, 0.05), (0.97, 0.95), (0.6, 0.95)))
RULES = (
    GateRule(RuleId("line"), TARGET, (0.5, 1.0), (0.5, 0.0)),
    TransferRule(RuleId("done"), TARGET, LEFT, RIGHT),
    StockRule(RuleId("wip"), TARGET, RIGHT),
    ActivityRule(RuleId("busy"), RIGHT, (), None, seats=1),
)
CUT_SURE = timedelta(seconds=3)
"""Half of the bytes hold at least this much of the film."""
WAYS = (
    [(0, 70, 50), (1, 70, 50), (3, 250, 50), (11, 250, 50)],  # moved, and stays
    [
        (0, 70, 130),
        (4, 70, 130),
        (6, 250, 130),
        (7.5, 250, 130),
        (9.5, 70, 130),
        (11, 70, 130),
    ],  # moved, and comes back
)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "table.mp4", WAYS, seconds=11)


def run(film, **rest):
    return replay(ReplaySource(film, camera=CAMERA, start=START), calibration(*RULES), SquareFinder(), **rest)


def test_answer_has_the_documented_shape(film):
    answer = run(film).as_dict()
    assert list(answer) == ["frames", "provider", "rules", "events"]
    assert (answer["frames"], answer["provider"]) == (110, "cpu")
    assert answer["rules"]["line"] == {"kind": "gate", "in": 2, "out": 1}
    assert answer["rules"]["done"] == {"kind": "transfer", "count": 2, "returned": 1}
    stock = answer["rules"]["wip"]
    assert [reading["count"] for reading in stock["readings"]] == [0, 1, 2, 1]
    assert all(list(reading) == ["t_s", "frame", "count"] for reading in stock["readings"])
    busy = answer["rules"]["busy"]
    assert busy["intervals_s"] == [
        pytest.approx([2.4, 3.0], abs=0.3),
        pytest.approx([5.4, 6.0], abs=0.3),
        pytest.approx([7.5, 8.4], abs=0.3),  # until the last of it has left the zone
    ]
    assert busy["busy_s"] == pytest.approx(sum(end - start for start, end in busy["intervals_s"]), abs=0.002)


def test_events_have_the_documented_shape(film):
    events = run(film).as_dict()["events"]
    assert len(events) == 6
    for event in events:
        assert list(event) == ["rule", "kind", "direction", "class", "pieces", "frame", "t_s", "event_id"]
        assert event["class"] == "shirt"
        assert event["pieces"] == (-1 if event["direction"] in {"out", "returned"} else 1)
        assert event["frame"] == pytest.approx(event["t_s"] * 10, abs=1)
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event["event_id"])
    crossings = [event["t_s"] for event in events if event["rule"] == "line"]
    assert crossings == pytest.approx([2.0, 5.0, 8.5], abs=0.1)


def test_same_film_gives_the_same_bytes(film):
    first, again = (json.dumps(run(film).as_dict()) for _ in range(2))
    assert first == again


def test_every_frame_is_a_step_and_the_last_one_closes(film):
    source = ReplaySource(film, camera=CAMERA)
    seen = list(steps(source, calibration(*RULES), SquareFinder()))
    assert len(seen) == 111
    assert seen[-1].seen is seen[-2].seen
    told = []
    assert run(film, on_step=told.append).frames == 110
    assert len(told) == 111


def test_film_that_breaks_off_counts_up_to_there(film, tmp_path):
    damaged = tmp_path / "cut.ts"
    write_video(damaged, WAYS, seconds=11)  # a transport stream needs no index at its end
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 188 // 2 * 188])
    result = replay(ReplaySource(damaged, camera=CAMERA), calibration(*RULES), SquareFinder())
    assert 10 < result.frames < 110
    first = [(event.rule, event.moment.frame) for event in run(film).events if event.decided_at < START + CUT_SURE]
    assert first
    assert [(event.rule, event.moment.frame) for event in result.events][: len(first)] == first
    assert [gap.reason for gap in result.gaps] in ([], [GapReason.UNREADABLE])


class Blinking:
    """A source that goes blind for two seconds while the first square is on its way."""

    def __init__(self, film):
        self._source = ReplaySource(film, camera=CAMERA, start=START)

    def __iter__(self):
        told = False
        for frame in self._source:
            if not 1.55 < frame.moment.t_s < 3.55:
                yield frame
            elif not told:
                told = True
                yield Gap(CAMERA, GapReason.DISCONNECTED, frame.moment.at, None)


def test_gap_is_kept_and_nothing_is_counted_across_it(film):
    result = replay(Blinking(film), calibration(*RULES), SquareFinder())
    assert [gap.reason for gap in result.gaps] == [GapReason.DISCONNECTED]
    assert result.as_dict()["rules"]["line"] == {"kind": "gate", "in": 1, "out": 1}  # only the second square
    assert result.frames == 90
