"""Activity: since when a zone has been busy, and until when."""

from __future__ import annotations

from itertools import pairwise

import pytest
from count_stage import CAMERA, HAND, LABELS, PERSON, SHIRT, Actor, lying, play, zone

from tracker.count.activity import HOLD_S, Activity
from tracker.domain.rules import ActivityRule, CellId, RuleId

TABLE = zone("table", 200, 100, 440, 260)


def activity(*classes):
    return Activity(ActivityRule(RuleId("busy"), TABLE, classes, CellId("cell-1"), seats=3), CAMERA, LABELS)


def busy(actors, *classes, seconds=10.0):
    watcher = activity(*classes)
    found = play(watcher, actors, seconds=seconds) + watcher.flush()
    return [(round(interval.start_s, 1), round(interval.end_s, 1)) for interval in found]


@pytest.mark.parametrize(
    ("actors", "classes", "expected"),
    [
        ([], (), []),  # nobody
        ([lying(320, 180, since_s=2, until_s=6, class_id=PERSON)], (), [(2.0, 6.1)]),  # somebody comes and goes
        ([lying(320, 180, since_s=2, until_s=6, class_id=PERSON)], ("person",), [(2.0, 6.0)]),  # without motion
        ([lying(320, 180, since_s=2, until_s=6, class_id=PERSON)], ("hand",), []),  # only hands are asked for
        ([lying(320, 180, since_s=2, until_s=6, class_id=HAND)], ("hand",), [(2.0, 6.0)]),
        ([lying(320, 180, class_id=SHIRT)], ("person",), []),  # a shirt is nobody
        ([lying(50, 50, since_s=2, until_s=6, class_id=PERSON)], (), []),  # somebody elsewhere
        (
            [Actor([(2, 320, 180), (5, 380, 180)], class_id=SHIRT)],
            (),
            [(2.0, 5.1)],
        ),  # a thing that moves itself: motion
        ([Actor([(2, 320, 180), (5, 380, 180)], class_id=SHIRT)], ("person",), []),  # but not when people are asked for
    ],
)
def test_table(actors, classes, expected):
    assert busy(actors, *classes) == expected


def person(*spans, **rest):
    """Somebody at the table during the given seconds."""
    gaps = [(a[1] + 0.05, b[0]) for a, b in pairwise(spans)]
    return lying(320, 180, since_s=spans[0][0], until_s=spans[-1][1], class_id=PERSON, unseen=gaps, **rest)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(1, 3), (3 + HOLD_S, 6)], [(1.0, 6.0)]),  # looked away for a moment
        ([(1, 3), (3.2 + HOLD_S, 6)], [(1.0, 3.0), (4.2, 6.0)]),  # away for longer: two stretches that do not overlap
        ([(1, 1.2)], []),  # a flicker
        ([(1, 1.2), (1.8, 2.0)], [(1.0, 2.0)]),  # two flickers close together are somebody
    ],
)
def test_short_breaks_are_bridged_and_flickers_dropped(spans, expected):
    assert busy([person(*spans)], "person", seconds=8) == expected


def test_stretch_begins_when_the_track_entered_not_when_it_was_recognised():
    assert busy([person((1, 5), confirmed_s=2.5)], "person") == [(1.0, 5.0)]


def test_track_that_was_elsewhere_before_counts_from_when_it_entered():
    walk = Actor([(0, 40, 180), (4, 320, 180), (6, 320, 180)], size=(60, 120), class_id=PERSON)
    ((start, end),) = busy([walk], "person")
    # a tenth of its box is inside when its centre is 24 px before the zone's left edge at 200: at 136 of 280 px
    assert start == pytest.approx(4 * 136 / 280, abs=0.2)
    assert end == 6.0


def test_forearm_that_reaches_in_counts_and_brushing_past_does_not():
    reach = Actor([(1, 420, 300), (5, 420, 300)], size=(40, 120), class_id=PERSON)  # a third inside
    brush = Actor([(1, 470, 300), (5, 470, 300)], size=(70, 120), class_id=PERSON)  # a thirtieth
    assert busy([reach], "person") == [(1.0, 5.0)]
    assert busy([brush], "person") == []


def test_open_stretch_is_closed_when_asked():
    watcher = activity("person")
    assert play(watcher, [lying(320, 180, class_id=PERSON)], seconds=5) == []
    (interval,) = watcher.flush()
    assert (interval.start_s, interval.end_s, interval.seats, interval.cell) == (0.0, 5.0, 3, "cell-1")
    assert (interval.end_at - interval.start_at).total_seconds() == 5
    assert watcher.flush() == []


def test_state_goes_with_the_track():
    watcher = activity("person")
    play(watcher, [lying(320, 180, since_s=i, until_s=i + 0.5, class_id=PERSON) for i in range(10)], seconds=20)
    assert not watcher._entered
