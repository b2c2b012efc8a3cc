"""Stock: what lies in a zone, read when nothing moves."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from count_stage import ANYTHING, CAMERA, HAND, LABELS, PERSON, SHIRT, Actor, lying, play, zone

from tracker.count.stock import REPEAT_S, STILL_S, Stock
from tracker.domain.rules import CountUnit, RuleId, StockRule

TRAY = StockRule(RuleId("tray"), ANYTHING, zone("tray", 200, 100, 440, 260))


def stock(rule=TRAY):
    return Stock(rule, CAMERA, LABELS)


def readings(actors, *, seconds=5.0, rule=TRAY, rate_hz=10.0):
    found = play(stock(rule), actors, seconds=seconds, rate_hz=rate_hz)
    return [(round(reading.moment.t_s, 1), reading.count) for reading in found]


THREE = [lying(250, 180), lying(320, 180), lying(390, 180)]


@pytest.mark.parametrize(
    ("actors", "expected"),
    [
        ([], [(STILL_S, 0)]),  # an empty tray is a reading too
        (THREE, [(STILL_S, 3)]),
        ([*THREE, lying(100, 180)], [(STILL_S, 3)]),  # one lies beside the tray
        ([*THREE, lying(320, 120, class_id=PERSON)], []),  # somebody reaches in: not now
        ([*THREE, lying(320, 120, class_id=HAND)], []),
        ([*THREE, lying(60, 60, class_id=PERSON)], [(STILL_S, 3)]),  # somebody stands elsewhere
        ([*THREE, lying(320, 230, score=0.15)], [(STILL_S, 3)]),  # too weak to be a lying piece
        ([*THREE, lying(320, 230, confirmed_s=9)], [(STILL_S, 3)]),  # not confirmed
        ([*THREE, lying(320, 230, unseen=[(0.4, 0.7), (1.2, 1.5)])], [(STILL_S, 4)]),  # flickers
    ],
)
def test_table(actors, expected):
    assert readings(actors) == expected


def test_nothing_is_read_while_something_moves_in_the_zone():
    arriving = Actor([(0, 320, 340), (3, 320, 230), (9, 320, 230)])
    before, after = readings([*THREE, arriving], seconds=8)
    assert before == (STILL_S, 3)  # while it is still outside
    assert after == (pytest.approx(3 + STILL_S, abs=0.3), 4)


def test_movement_outside_the_zone_does_not_matter():
    passing = Actor([(0, 20, 40), (5, 620, 40)])
    assert readings([*THREE, passing]) == [(STILL_S, 3)]


def test_change_is_read_and_an_unchanged_stock_only_now_and_then():
    leaving = Actor([(0, 320, 230), (10, 320, 230), (12, 320, 345), (80, 320, 345)])
    found = readings([lying(250, 180, until_s=90), leaving], seconds=80)
    assert [count for _, count in found] == [2, 1, 1, 1]
    assert found[0][0] == STILL_S
    assert 11 < found[1][0] < 13  # it is out of the zone a little before it stops
    assert [b - a for (a, _), (b, _) in pairwise(found[1:])] == pytest.approx([REPEAT_S] * 2, abs=0.2)


@pytest.mark.parametrize("every_s", [5.0, 30.0])
def test_stills_are_moments_of_their_own(every_s):
    """A picture now and then: what lies there counts at once, without having been seen before."""
    pieces = [lying(250, 180, until_s=500), lying(320, 180, since_s=4 * every_s, until_s=500)]
    found = readings(pieces, seconds=8 * every_s, rate_hz=1 / every_s)
    assert found[0] == (every_s, 1)
    assert {count for t_s, count in found if t_s < 4 * every_s} == {1}
    assert dict(found)[4 * every_s] == 2


def test_pieces_are_things_times_their_size():
    rule = replace(TRAY, target=replace(ANYTHING, unit=CountUnit.BUNDLE, pieces_per_unit=20))
    (reading,) = play(stock(rule), THREE, seconds=5)
    assert (reading.count, reading.pieces, reading.step, reading.cell) == (3, 60, "sew", "cell-1")


def test_a_rule_that_names_people_counts_them():
    rule = replace(TRAY, target=replace(ANYTHING, classes=("person",)))
    assert readings([lying(320, 180, class_id=PERSON), lying(250, 180, class_id=SHIRT)], rule=rule) == [(STILL_S, 1)]


def test_state_goes_with_the_track():
    watcher = stock()
    play(watcher, [lying(320, 180, since_s=i, until_s=i + 0.5) for i in range(10)], seconds=30)
    assert not watcher._seen_s
    assert len(watcher._still) <= 2 * STILL_S * 10 + 2
