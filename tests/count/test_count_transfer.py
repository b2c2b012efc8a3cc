"""The transfer: from one zone to rest in another, in plain view, in a hand, or under a pile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from count_stage import ANYTHING, CAMERA, HAND, LABELS, PERSON, Actor, lying, play, views, zone

from tracker.count.transfer import LINK_S, REST_S, Transfer
from tracker.domain.detections import Motion
from tracker.domain.events import Direction
from tracker.domain.rules import CountUnit, RuleId, TransferRule

RULE = TransferRule(RuleId("done"), ANYTHING, zone("basket", 20, 60, 220, 300), zone("tray", 420, 60, 620, 300))
BASKET, TRAY, TABLE = (120, 180), (520, 180), (320, 330)
"""Places in the source, in the destination, and between them."""


def transfer(rule=RULE):
    return Transfer(rule, CAMERA, LABELS)


def events(actors, *, seconds=15.0, rule=RULE):
    return play(transfer(rule), actors, seconds=seconds)


def counted(actors, **rest):
    return [event.direction.value for event in events(actors, **rest)]


def carried(*stops, until_s=60.0, **rest):
    """A piece that lies at (second, place) stops and is carried to the next within a second."""
    way = []
    for (t_s, place), following in zip(stops, [*stops[1:], None], strict=True):
        way += [(t_s, *place), (following[0] - 1 if following else until_s, *place)]
    return Actor(way, **rest)


def hand(start_s, *places):
    """A hand that visits places, half a second from one to the next, and is gone."""
    return Actor([(start_s + i / 2, *place) for i, place in enumerate(places)], size=(60, 60), class_id=HAND)


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ([(0, BASKET), (3, TRAY)], ["moved"]),  # what it is for
        ([(0, BASKET)], []),  # waits in the basket
        ([(0, TRAY)], []),  # has always lain in the tray
        ([(0, TABLE), (3, TRAY)], []),  # was never in the basket
        ([(0, BASKET), (3, TABLE)], []),  # laid down elsewhere
        ([(0, BASKET), (3, TABLE), (6, TRAY)], ["moved"]),  # laid down on the way
        ([(0, BASKET), (3, TRAY), (7, BASKET)], ["moved", "returned"]),  # came back
        ([(0, BASKET), (3, TRAY), (7, TABLE)], ["moved", "returned"]),  # taken out and laid down beside
        ([(0, BASKET), (3, TRAY), (7, BASKET), (11, TRAY)], ["moved", "returned", "moved"]),  # and went again
        ([(0, BASKET), (3, TRAY), (7, (480, 120))], ["moved"]),  # moved about in the tray
        ([(0, BASKET), (3, (120, 250)), (6, BASKET)], []),  # moved about in the basket
        ([(0, TRAY), (4, BASKET)], ["returned"]),  # what lay in the tray from the first goes back
    ],
)
def test_carried_in_plain_view(stops, expected):
    assert counted([carried(*stops)]) == expected


def test_passing_through_counts_nothing():
    assert counted([Actor([(0, *BASKET), (2, *BASKET), (3, *TRAY), (3.5, *TRAY), (4.5, 520, 360)])]) == []


def test_full_tray_carried_out_of_the_picture_takes_nothing_back():
    pieces = [Actor([(0, 120, y), (2, 120, y), (3, 520, y), (8, 520, y), (9, 640, y)]) for y in (120, 200, 280)]
    assert counted(pieces) == ["moved"] * 3


def test_dated_when_it_stopped_and_decided_when_it_had_rested():
    (event,) = events([carried((0, BASKET), (3, TRAY))])
    assert event.moment.t_s == pytest.approx(3.0, abs=0.15)
    assert (event.decided_at - event.moment.at).total_seconds() == pytest.approx(REST_S, abs=0.15)


def test_return_is_dated_when_it_left_and_is_negative():
    rule = replace(RULE, target=replace(ANYTHING, unit=CountUnit.BUNDLE, pieces_per_unit=20))
    moved, returned = events([carried((0, BASKET), (3, TRAY), (9, BASKET))], rule=rule)
    assert (moved.pieces, returned.pieces, returned.direction) == (20, -20, Direction.RETURNED)
    assert 8 <= returned.moment.t_s <= 8.6


def test_each_of_several_counts():
    pieces = [carried((0, (120, y)), (3 + i, (520, y))) for i, y in enumerate((100, 160, 220, 280))]
    assert counted(pieces) == ["moved"] * 4


@pytest.mark.parametrize("gap_s", [0.5, 2.0, LINK_S - 1])
def test_piece_that_vanishes_in_a_hand_and_reappears_is_linked(gap_s):
    gone_s = 3.0
    before = lying(*BASKET, until_s=gone_s)
    after = lying(*TRAY, since_s=gone_s + gap_s)
    assert counted(
        [before, after, hand(gone_s - 0.5, BASKET, BASKET, TABLE), hand(gone_s + gap_s - 0.5, TRAY, TRAY, TABLE)]
    ) == ["moved"]


def test_piece_that_appears_long_after_is_another():
    before = lying(*BASKET, until_s=3.0)
    after = lying(*TRAY, since_s=3.0 + LINK_S + 1.5)
    assert counted([before, after, hand(2.5, BASKET, BASKET), hand(8, TRAY, TRAY)], seconds=20) == []


def test_one_that_vanished_links_to_one_that_appeared_and_no_more():
    before = lying(*BASKET, until_s=3.0)
    after = [lying(480, 120, since_s=4.0), lying(560, 240, since_s=4.0)]
    assert counted([before, *after, hand(2.5, BASKET, BASKET), hand(3.5, TRAY, TRAY)]) == ["moved"]


def test_piece_laid_onto_a_pile_and_covered_counts():
    pile = lying(*TRAY, until_s=3.4)  # covered by the one that comes
    coming = Actor([(0, *BASKET), (2, *BASKET), (3, *TRAY), (30, *TRAY)], unseen=[(3.2, 30)], dies=False)
    assert counted([pile, coming]) == ["moved"]


def pile(*place, **rest):
    """Pieces on top of each other: one box, which trembles when the topmost is taken, and stays."""
    x, y = place
    return Actor([(0, x, y), (2, x, y), (2.2, x - 6, y), (2.5, x, y), (60, x, y)], size=(60, 60), **rest)


@pytest.mark.parametrize(
    ("first_seen", "expected"),
    [
        ((180, 180), ["moved"]),  # beside the pile, still in the basket
        ((225, 180), ["moved"]),  # between the zones, a moment later
        ((330, 330), []),  # from elsewhere: nothing says that it was in the basket
    ],
)
def test_piece_taken_from_a_pile_comes_from_there(first_seen, expected):
    taken = Actor([(2.4, *first_seen), (3.0, *TRAY), (60, *TRAY)], size=(50, 50))
    assert counted([pile(180, 180), taken, hand(1.5, (180, 180), (180, 180), TABLE, TRAY, TABLE)]) == expected


@pytest.mark.parametrize(
    ("cradle", "expected"),
    [
        ((350, 180), ["moved"]),  # far from the pile, its way leads straight back there
        ((350, 330), []),  # its way leads back to nothing
        ((640, 180), []),  # it comes the other way
    ],
)
def test_piece_first_seen_in_flight_comes_from_the_pile_behind_it(cradle, expected):
    taken = Actor([(2.5, *cradle), (3.0, *TRAY), (60, *TRAY)], size=(50, 50))
    assert counted([pile(180, 180), taken, hand(1.5, (180, 180), (180, 180), TABLE, TRAY, TABLE)]) == expected


def test_pile_that_nobody_stirs_gives_no_pieces():
    still = lying(*BASKET, size=(60, 60))
    passing = Actor([(2.4, 240, 180), (3.0, *TRAY), (60, *TRAY)], size=(50, 50))
    assert counted([still, passing]) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((50, 50), ["moved"]),  # laid onto its like: only the pile is left to see
        ((24, 24), []),  # a hand that the model took for a piece, and recognised over the tray
    ],
)
def test_what_vanishes_over_a_pile_is_in_it_when_it_is_its_like(size, expected):
    residents = Actor([(0, *TRAY), (60, *TRAY)], size=(60, 60))
    flying = Actor([(2.3, 210, 180), (2.9, 500, 180)], size=size, dies=False)
    assert counted([pile(*BASKET), residents, flying]) == expected


def test_two_hands_that_lay_down_two_pieces_at_once():
    taken = [lying(120, 120, until_s=3.0), lying(120, 260, until_s=3.1)]
    laid = [lying(460, 120, since_s=4.0), lying(580, 260, since_s=4.2)]
    hands = [hand(2.5, (120, 120), (320, 60), (460, 120), (320, 60)), hand(2.6, (120, 260), (320, 330), (580, 260))]
    assert counted([*taken, *laid, *hands]) == ["moved"] * 2


def test_two_boxes_of_one_piece_are_told_once():
    """Two boxes in the basket and two in the tray, near each other: a sleeve has a box of its own at both ends."""
    taken = [lying(120, 180, until_s=3.0), lying(130, 190, until_s=3.0, size=(30, 30))]
    laid = [lying(520, 180, since_s=4.0), lying(545, 190, since_s=4.3, size=(30, 30))]
    assert counted([*taken, *laid, hand(2.5, BASKET, BASKET, TABLE, TRAY, TABLE)]) == ["moved"]


def test_second_box_of_a_piece_that_went_in_plain_view_is_used_up():
    """Else it would be told as hidden in the tray's pile, the next time that somebody stirs it."""
    second = lying(*BASKET, until_s=2.0, size=(50, 50), dies=False)
    actors = [carried((0, BASKET), (3, TRAY)), second, hand(4.6, TRAY, TRAY, TABLE)]
    assert counted(actors, seconds=25) == ["moved"]


@pytest.mark.parametrize(("start", "expected"), [(BASKET, []), (TRAY, [])], ids=["basket", "tray"])
def test_piece_that_the_detector_loses_and_finds_again_did_not_move(start, expected):
    assert counted([lying(*start, unseen=[(3, 4), (6, 6.2), (8, 12)], dies=False)], seconds=20) == expected
    # the same with a new track each time
    pieces = [lying(*start, since_s=s, until_s=e) for s, e in ((0, 3), (4, 6), (6.2, 8), (12, 20))]
    assert counted(pieces, seconds=20) == expected


def test_lamp_that_hides_everything_moves_nothing():
    """All pieces of both zones vanish and come back as new tracks, without motion (the light is no motion)."""
    places = [(80, 120), (160, 120), (80, 240), (480, 120), (560, 120), (480, 240)]
    pieces = [lying(*place, until_s=5) for place in places] + [lying(*place, since_s=7) for place in places]
    watcher, shown = transfer(), []
    for view in views(pieces, [i / 10 for i in range(200)]):
        shown += watcher.update(replace(view, motion=Motion(np.zeros_like(view.motion.moved))))
    assert shown == []


@pytest.mark.parametrize("rest", [{"confirmed_s": 60.0}, {"class_id": PERSON}, {"class_id": HAND}])
def test_what_must_not_count_does_not(rest):
    assert counted([carried((0, BASKET), (3, TRAY), **rest)]) == []


def test_state_goes_after_the_track():
    watcher = transfer()
    play(watcher, [lying(60 + 40 * i, 180, since_s=i, until_s=i + 0.5) for i in range(12)], seconds=30)
    assert not len(watcher._pieces)
    assert not watcher._ways


def test_same_footage_gives_the_same_ids():
    pieces = [carried((0, (120, y)), (3, (520, y))) for y in (100, 200)]
    first, again = (events(pieces) for _ in range(2))
    assert [event.id for event in first] == [event.id for event in again]
    assert len({event.id for event in first}) == 2


OUT = (660, 180)
"""Beyond the right edge of the picture."""


@pytest.mark.parametrize(
    "taken",
    [
        Actor([(0, *TRAY), (4, *TRAY), (4.6, 620, 180)]),  # seen as far as the edge
        Actor([(0, *TRAY), (4, *TRAY), (5, 700, 180)], unseen=[(4.5, 5)]),  # lost before it, on its way there
        Actor([(0, *TRAY), (4, *TRAY), (4.6, 618, 180)], size=(41, 40)),  # a pixel of it is left
    ],
)
def test_piece_fetched_out_of_the_picture_is_not_the_one_brought_into_the_basket(taken):
    brought = Actor([(5.0, 105, 180), (5.6, *BASKET), (60, *BASKET)])
    basket_hand = hand(4.6, (20, 180), (60, 180), BASKET, (20, 180))
    as_far_as_the_edge = replace(RULE, destination=zone("tray", 420, 60, 640, 300))
    assert counted([taken, brought, basket_hand, hand(3.5, TRAY, TRAY, OUT)], rule=as_far_as_the_edge) == []


def test_piece_brought_over_the_edge_is_not_the_one_that_vanished_in_the_tray():
    taken = lying(*TRAY, until_s=4.0)
    brought = Actor([(4.5, 15, 180), (5.1, *BASKET), (60, *BASKET)])  # cut off by the left edge at first
    assert counted([taken, brought, hand(3.5, TRAY, TRAY, TABLE)]) == []


@pytest.mark.parametrize(
    ("stays_s", "expected"),
    [
        (0.0, ["moved"]),  # lost in flight over a piece that lies there
        (0.5, []),  # laid onto that piece, which is what is seen of the two
    ],
)
def test_piece_lost_over_another_went_on_only_if_it_was_in_flight(stays_s, expected):
    over = (120, 250)
    lost = Actor([(0, *BASKET), (2, *BASKET), (2.4, *over), (2.4 + stays_s, *over)])
    found = Actor([(3.2 + stays_s, 460, 200), (3.5 + stays_s, *TRAY), (60, *TRAY)])
    assert counted([lying(*over), lost, found, hand(1.5, BASKET, BASKET, over, TABLE, TRAY)]) == expected
