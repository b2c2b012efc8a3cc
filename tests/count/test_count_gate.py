"""The gate: what clearly crosses is counted once, and what comes back is taken back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from count_stage import (
    ANYTHING,
    CAMERA,
    HAND,
    HEIGHT,
    LABELS,
    PERSON,
    RATE_HZ,
    SHIRT,
    SLEEVE,
    START,
    WIDTH,
    Actor,
    lying,
    play,
    views,
)
from hypothesis import given
from hypothesis import strategies as st

from tracker.count.gate import BAND_OF_BOX, Gate
from tracker.domain.detections import Motion
from tracker.domain.events import Direction
from tracker.domain.rules import CountUnit, GateRule, RuleId

LEVEL = GateRule(RuleId("line"), ANYTHING, (0.0, 0.5), (1.0, 0.5))
"""From left to right at half height (180 px): in is downwards."""
BAND_PX = 2 * BAND_OF_BOX * 20
"""Of an actor 40 pixels high."""


def gate(rule=LEVEL):
    return Gate(rule, CAMERA, LABELS)


def counted(actors, *, rule=LEVEL, seconds=4.0):
    return [event.direction.value for event in play(gate(rule), actors, seconds=seconds)]


def down(x=320, *, top=100, bottom=260, since_s=0.0, until_s=3.0, **rest):
    return Actor([(since_s, x, top), (until_s, x, bottom)], **rest)


def flicker(start_s, end_s):
    """A way that trembles on the line, by less than the band."""
    return [(start_s + i / 5, 320, 180 + (BAND_PX - 1) * (-1) ** i) for i in range(round(5 * (end_s - start_s)) + 1)]


@pytest.mark.parametrize(
    ("actors", "expected"),
    [
        ([], []),  # an empty table
        ([down()], ["in"]),  # top to bottom
        ([down(top=260, bottom=100)], ["out"]),  # bottom to top
        ([down(200), down(400)], ["in", "in"]),  # two side by side
        ([down(200), down(400, top=260, bottom=100)], ["in", "out"]),  # one each way
        ([lying(320, 180)], []),  # lies on the line
        ([lying(320, 100)], []),  # lies beside it
        ([Actor([(0, 320, 100), (1, 320, 260), (2, 320, 100)])], ["in", "out"]),  # there and back: the net is zero
        ([Actor([(0, 320, 100), (1, 320, 180 + BAND_PX - 2), (2, 320, 100)])], []),  # turns back inside the band
        ([Actor([(0, 320, 180), (1, 320, 260)])], []),  # first seen on the line: nobody knows from where
        ([Actor(flicker(0, 3))], []),  # flickers on the line
        ([Actor([(0, 320, 100), *flicker(1, 2), (3, 320, 260)])], ["in"]),  # lingers there on its way
        ([Actor([(0, 320, 100), *flicker(1, 2), (3, 320, 100)])], []),  # lingers there and goes back
        ([down(confirmed_s=1.0)], ["in"]),  # confirmed before the line
        ([down(confirmed_s=2.5)], ["in"]),  # confirmed after it: counted late, once
        ([down(confirmed_s=9.0)], []),  # never confirmed
        ([down(unseen=[(1.0, 2.0)])], ["in"]),  # hidden while it crosses
        ([down(until_s=0.2)], ["in"]),  # thrown: two frames from side to side
        ([down(class_id=PERSON), down(400, class_id=HAND)], []),  # people and hands are no pieces
    ],
)
def test_table(actors, expected):
    assert counted(actors) == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (100, []),  # passes left of the line's start
        (200, ["in"]),
        (440, ["in"]),
        (600, []),  # right of its end
    ],
)
def test_line_ends_where_it_ends(x, expected):
    assert counted([down(x)], rule=replace(LEVEL, start=(0.25, 0.5), end=(0.75, 0.5))) == expected


@given(st.floats(0, 360), st.booleans())
def test_any_angle_counts_alike(degrees, forward):
    angle = np.deg2rad(degrees)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    start, end = ((middle + side * 120 * along) / (WIDTH, HEIGHT) for side in (-1, 1))
    rule = replace(LEVEL, start=tuple(start), end=tuple(end))
    first, last = (middle + side * 100 * across for side in ((-1, 1) if forward else (1, -1)))
    assert counted([Actor([(0, *first), (2, *last)])], rule=rule) == ["in" if forward else "out"]


def test_line_drawn_the_other_way_turns_in_and_out():
    assert counted([down()], rule=replace(LEVEL, start=LEVEL.end, end=LEVEL.start)) == ["out"]


@given(st.lists(st.floats(60, 300), min_size=2, max_size=30))
def test_any_wandering_nets_to_where_it_ended(heights):
    """In and out take turns, and their difference is the side of the last clear sight minus that of the first."""
    directions = counted(
        [Actor([(i / RATE_HZ, 320, y) for i, y in enumerate(heights)])], seconds=len(heights) / RATE_HZ
    )
    clear = [1 if y > 180 else -1 for y in heights if abs(y - 180) >= BAND_PX]
    net = directions.count("in") - directions.count("out")
    assert net == ((clear[-1] - clear[0]) // 2 if clear else 0)
    assert all(a != b for a, b in pairwise(directions))


@given(st.integers(0, 2**32 - 1))
def test_frames_lost_away_from_the_line_change_nothing(seed):
    rng = np.random.default_rng(seed)
    actor = down()
    times = [i / RATE_HZ for i in range(31)]
    kept = [t for t in times if abs(actor.centre(t)[1] - 180) < 30 or rng.random() < 0.4 or t == 0]
    watcher = gate()
    events = [event for view in views([actor], kept) for event in watcher.update(view)]
    assert [event.direction for event in events] == [Direction.IN]
    assert events[0].moment.t_s == pytest.approx(1.5, abs=0.05)


class Growing(Actor):
    """Comes in over the picture's lower edge: its box grows as more of it shows."""

    def box(self, t_s):
        return np.array([300, max(HEIGHT - 60 * t_s, 0), 340, HEIGHT], np.float32)


class Stretching(Actor):
    """Stays where it is while its lower edge wanders: what a detector does to a pile, or to a hand over a piece."""

    def box(self, t_s):
        return np.array([300, 100, 340, 140 + 60 * t_s], np.float32)


def test_thing_that_enters_cut_off_by_the_edge_is_counted():
    rule = replace(LEVEL, start=(0.0, 0.75), end=(1.0, 0.75))
    assert counted([Growing([(0.2, 0, 0), (4, 0, 0)])], rule=rule) == ["out"]


def test_box_that_only_changes_its_shape_is_not():
    assert counted([Stretching([(0, 0, 0), (3, 0, 0)])]) == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (down(size=(20, 20)), ["in"]),  # a sleeve of the shirt, boxed on its own
        (down(size=(20, 20), top=90, bottom=250), ["in"]),  # the same, crossing a little later
        (down(276, size=(40, 40)), ["in", "in"]),  # a second shirt, a little over the first
        (down(size=(20, 20), since_s=2.0, until_s=3.9), ["in", "in"]),  # a small piece that follows later
        (down(size=(20, 20), top=260, bottom=100), ["in", "out"]),  # a small piece the other way
        # a part whose box has jumped half out when it is judged: on footage, the upper half of a walker
        (Actor([(0, 320, 100), (1.5, 320, 180), (1.6, 346, 188), (3, 346, 260)], size=(24, 20)), ["in"]),
        # a second thing that came in the first one's box and parts from it: two who walk side by side
        (Actor([(0, 320, 100), (1, 320, 153), (1.6, 380, 178), (3, 460, 260)], size=(24, 20)), ["in", "in"]),
    ],
)
def test_part_of_a_thing_is_no_second_thing(second, expected):
    assert sorted(counted([down(size=(60, 60)), second])) == expected


def gone(x=320, y=80, *, until_s=2.0, **rest):
    """A piece that lies on the upper side until a hand takes it."""
    return lying(x, y, until_s=until_s, **rest)


def laid(x=320, y=280, *, since_s=2.5, **rest):
    """A piece that is first seen where it lies on the lower side."""
    return lying(x, y, since_s=since_s, **rest)


def settling(y, *, cradle_y, since_s=2.5):
    """A piece that is first seen a little off the place where it comes to lie."""
    return Actor([(since_s, 320, cradle_y), (since_s + 0.2, 320, y), (60, 320, y)])


def lifted(y=80, *, to_y, until_s=2.0):
    """A piece that is last seen a little off the place where it lay."""
    return Actor([(0, 320, y), (until_s - 0.2, 320, y), (until_s, 320, to_y)])


@pytest.mark.parametrize(
    ("actors", "expected"),
    [
        ([gone(), laid()], ["in"]),  # nobody saw the way, but both its ends
        ([gone(y=280), laid(y=80, since_s=3.0)], ["out"]),  # the way back, in the time that a hand takes for it
        ([gone(y=280), laid(y=80, since_s=2.3)], []),  # sooner: one was fetched away, and another brought
        ([gone(y=280), laid(y=80, since_s=5.0)], []),  # later: the same
        ([lifted(y=280, to_y=265), laid(y=80, since_s=2.3)], ["out"]),  # sooner, but seen to go there
        ([gone(y=280), settling(80, cradle_y=95, since_s=2.3)], ["out"]),  # or to come from there
        ([lifted(y=280, to_y=295), settling(80, cradle_y=95)], []),  # it went the other way
        ([lifted(y=280, to_y=265), settling(80, cradle_y=65)], []),  # it came from the other side
        ([gone(), settling(280, cradle_y=295)], []),  # the same for the way there
        ([lifted(to_y=65), laid()], []),
        ([gone(), laid(since_s=7.0)], []),  # too late: another one
        ([laid()], []),  # came from nowhere
        ([gone()], []),  # went nowhere
        ([gone(), laid(y=120)], []),  # laid down on its own side
        ([gone(), laid(), laid(440)], ["in"]),  # one piece makes one
        ([gone(), gone(440), laid(), laid(440)], ["in", "in"]),  # two make two
        ([gone(), lying(325, 85, size=(60, 60)), laid()], []),  # something covers its place: it may lie there still
        ([gone(), lying(326, 86, since_s=2.4, size=(44, 36)), laid()], ["in"]),  # the next one was laid in its place
        ([gone(), lying(321, 81, since_s=2.4), laid()], []),  # it was found again just as it lay
        ([gone(until_s=0.5), laid(since_s=1.0)], []),  # it never lay: a hand in flight, taken for a piece
        ([gone(size=(90, 90)), laid(size=(40, 40))], []),  # of quite another size
        ([gone(), laid(), down(320, since_s=2.1, until_s=2.4)], ["in"]),  # seen on its way, under another name
        ([gone(confirmed_s=9), laid()], []),  # noise
    ],
)
def test_piece_is_told_by_its_two_ends(actors, expected):
    assert sorted(counted(actors, seconds=12)) == expected


def pile(x=320, y=80, *, stirred_s=1.9):
    """Pieces on top of each other: one box, which trembles when the topmost is taken, and stays."""
    return Actor([(0, x, y), (stirred_s, x, y), (stirred_s + 0.1, x - 6, y), (stirred_s + 0.3, x, y), (60, x, y)])


def flying(*, since_s=2.4, cradle=(320, 200), to=(320, 300), **rest):
    """A piece in a hand that is first seen behind the line, and comes to rest."""
    return Actor([(since_s, *cradle), (since_s + 0.4, *to), (60, *to)], **rest)


@pytest.mark.parametrize(
    ("actors", "expected"),
    [
        ([pile(), flying()], ["in"]),  # the pile is still there, and one piece less
        ([gone(), flying()], ["in"]),  # nothing is left: both ends say the same, once
        ([gone(), flying(to=(320, 290)), pile(320, 340)], ["in"]),
        ([pile(), pile(380), flying()], ["in"]),  # two piles it may come from are one way
        ([pile(y=280), flying(cradle=(320, 160), to=(320, 60))], ["out"]),  # the way back
        ([pile(), flying(cradle=(400, 200), to=(300, 300))], []),  # from beside the pile
        ([pile(), flying(cradle=(320, 300), to=(320, 200))], []),  # towards the pile
        ([pile(), flying(to=(320, 210))], []),  # hardly moves: it was not in flight
        ([pile(stirred_s=0.5), flying()], []),  # nobody touched the pile lately
        ([lying(320, 80), flying()], []),
        ([pile(), pile(y=190), flying()], []),  # nearer, and behind the line: from there
        # it starts from where it lay
        (
            [pile(), Actor([(2.4, 320, 200), (3.0, 320, 210), (3.3, 320, 300), (60, 320, 300)])],
            [],
        ),
        ([pile(), flying(confirmed_s=9)], []),  # noise
        ([pile(), flying(cradle=(320, 340), to=(320, 358))], []),  # too far to have gone unseen
        ([pile(), Actor([(2.4, 320, 120), (2.8, 320, 300), (60, 320, 300)])], ["in"]),  # seen before the line
        ([pile(), down(since_s=2.0, top=120, until_s=2.3, bottom=230), flying(cradle=(320, 240))], ["in"]),  # renamed
    ],
)
def test_piece_first_seen_in_flight_comes_from_where_its_way_leads_back_to(actors, expected):
    assert sorted(counted(actors, seconds=12)) == expected


def test_track_that_changes_pieces_on_the_line_counts_both_once():
    """Two pieces meet; the track of one turns back as the other, and the first goes on under a new name."""
    changed = Actor([(2.0, 320, 120), (2.3, 320, 230), (2.6, 320, 60), (60, 320, 60)])
    assert counted([pile(), changed, flying(cradle=(320, 215))], seconds=6) == ["in", "out"]


@pytest.mark.parametrize(
    ("later_s", "expected"),
    [
        (0.3, ["in"]),  # a hand that carries has parts that are taken for pieces: within a second it is one
        (2.0, ["in", "in"]),
    ],
)
def test_piece_seen_in_flight_and_what_crosses_within_a_second_are_one(later_s, expected):
    since_s = 2.4 + later_s
    other = Actor([(since_s, 100, 120), (since_s + 0.4, 100, 300), (60, 100, 300)])
    assert counted([pile(), flying(), other], seconds=8) == expected


def test_told_crossing_is_dated_between_its_ends():
    (event,) = play(gate(), [gone(), laid(since_s=3.0)], seconds=8)
    assert event.moment.t_s == pytest.approx(2.5, abs=0.1)


def test_told_crossing_leads_over_the_line():
    rule = replace(LEVEL, start=(0.6, 0.5), end=(1.0, 0.5))
    assert counted([gone(100), laid(100)], rule=rule, seconds=8) == []
    assert counted([gone(500), laid(500)], rule=rule, seconds=8) == ["in"]


def test_detector_that_loses_a_piece_and_finds_another_moves_nothing():
    """Without motion at both ends nothing was carried, and where nobody looked for motion nothing is told."""
    still = Motion(np.zeros((27, 48), np.bool_))
    for motion in (still, None):
        watcher = gate()
        shown = views([gone(), laid()], [i / RATE_HZ for i in range(80)])
        assert [event for view in shown for event in watcher.update(replace(view, motion=motion))] == []


def test_only_named_classes_count():
    rule = replace(LEVEL, target=replace(ANYTHING, classes=("sleeve", "hand")))
    actors = [down(100, class_id=SHIRT), down(300, class_id=SLEEVE), down(500, class_id=HAND)]
    names = [event.class_name for event in play(gate(rule), actors, seconds=4)]
    assert names == ["sleeve", "hand"]


def test_event_says_what_happened():
    rule = replace(LEVEL, target=replace(ANYTHING, unit=CountUnit.PACK, pieces_per_unit=12))
    there, back = play(gate(rule), [Actor([(0, 320, 100), (2, 320, 260), (4, 320, 100)])], seconds=4)
    assert (there.direction, there.pieces, back.direction, back.pieces) == (Direction.IN, 12, Direction.OUT, -12)
    assert there.moment.t_s == pytest.approx(1.0)  # the centre's crossing, not the frame in which it was sure
    assert there.moment.frame == 10
    assert (there.decided_at - START).total_seconds() > 1.05
    assert (there.moment.at - START).total_seconds() == pytest.approx(1.0)
    assert (there.step, there.cell, there.camera, there.class_name) == ("sew", "cell-1", CAMERA, "shirt")
    assert there.id != back.id


def test_crossing_between_two_frames_is_dated_between_them():
    (event,) = play(gate(), [Actor([(0, 320, 100), (0.5, 320, 140), (1.0, 320, 260)])], seconds=2, rate_hz=2)
    assert event.moment.t_s == pytest.approx(0.5 + 0.5 * 40 / 120)


def test_same_footage_gives_the_same_ids_and_two_at_once_get_two():
    actors = [down(100), down(300), down(500)]
    first, again = (play(gate(), actors, seconds=4) for _ in range(2))
    assert [event.id for event in first] == [event.id for event in again]
    assert len({event.id for event in first}) == 3
    assert len({event.moment.at for event in first}) == 1


def test_state_goes_with_the_track():
    watcher = gate()
    play(watcher, [down(50 + 40 * i, since_s=i, until_s=i + 2) for i in range(12)], seconds=30)
    assert not watcher._passages
    play(watcher, [down(since_s=31, until_s=33)], seconds=40)
    assert len(watcher._recent) == 1
