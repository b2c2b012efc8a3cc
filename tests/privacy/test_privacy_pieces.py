"""Which pieces may be shown as the camera sees them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from privacy_room import NO_BOXES, SKIN, TABLE, WIDTH, empty_room, seen

from tracker.privacy import CONFIRMED, EmptyBackground, clear_of_people

ROOM = empty_room()
PIECE = (200, 150, 270, 210)
BLUE = (150, 60, 30)


@pytest.fixture(scope="module")
def known():
    empty = EmptyBackground()
    for look in range(40):
        empty.update(seen(ROOM, look), NO_BOXES, look * 0.5, patience=CONFIRMED)
    return empty.background


def with_piece(colour=BLUE, box=PIECE, room=ROOM):
    picture = room.copy()
    cv2.rectangle(picture, box[:2], (box[2] - 1, box[3] - 1), colour, -1)
    return picture


def clear(known, pictures, *, boxes=(PIECE,), people=None):
    looks = [seen(picture, number) for number, picture in enumerate(pictures)]
    people = [NO_BOXES] * len(looks) if people is None else people
    return clear_of_people(boxes, known, looks, people).tolist()


def reaching(colour, *, sleeve=None, end=(235, 180)):
    """An arm from the upper edge onto the piece."""
    picture = with_piece()
    cv2.line(picture, (235, 0), (end[0], end[1] - 14), colour if sleeve is None else sleeve, 14)
    cv2.circle(picture, end, 9, colour, -1)
    return picture


def test_a_piece_that_lies_by_itself_is_shown(known):
    assert clear(known, [with_piece()] * 3) == [True]


def test_a_lamp_that_dims_hides_no_piece(known):
    looks = [seen(with_piece(), number, gain=0.8) for number in range(3)]
    assert clear_of_people([PIECE], known, looks, [NO_BOXES] * 3).tolist() == [True]


HANDS = [
    # what is in the picture with the piece
    ("a bare arm", reaching(SKIN)),
    ("a glove and a sleeve", reaching((40, 40, 40), sleeve=(30, 90, 30))),
    ("a dark arm", reaching((35, 50, 75))),
    ("fingertips at its edge", reaching(SKIN, end=(235, 146))),
    ("fingers of whom a sleeve of the table's colour hides the arm", reaching(SKIN, sleeve=TABLE)),
]


@pytest.mark.parametrize(("what", "picture"), HANDS, ids=[row[0] for row in HANDS])
def test_a_piece_with_a_hand_in_it_is_not_shown_even_if_no_detector_sees_it(known, what, picture):
    assert clear(known, [picture] * 3) == [False]


def test_a_piece_near_which_somebody_was_seen_is_not_shown(known):
    before = np.array([[150, 60, 190, 145]], np.float32)
    assert clear(known, [with_piece()] * 3, people=[before, NO_BOXES, NO_BOXES]) == [False]


def test_a_piece_that_moves_is_not_shown(known):
    moved = with_piece(box=(206, 150, 276, 210))
    assert clear(known, [with_piece(), moved, moved], boxes=[(206, 150, 276, 210)]) == [False]


OTHERS = [
    # box, picture: why it is not shown
    ("of a skin's colour", PIECE, with_piece(colour=SKIN)),
    ("at the edge of the picture", (0, 200, 60, 240), with_piece(box=(0, 200, 60, 240))),
    ("as large as somebody", (60, 40, 420, 240), with_piece(box=(60, 40, 420, 240))),
    ("a box smaller than what lies there, such as a worn shirt", PIECE, with_piece(box=(200, 90, 270, 260))),
]


@pytest.mark.parametrize(("why", "box", "picture"), OTHERS, ids=[row[0] for row in OTHERS])
def test_what_is_not_shown_although_nobody_was_seen(known, why, box, picture):
    assert clear(known, [picture] * 3, boxes=[box]) == [False]


def test_where_the_room_is_not_known_no_piece_is_shown(known):
    hidden = np.zeros_like(known.shown)
    hidden[:, 50:] = True
    assert clear(known.without(hidden), [with_piece()] * 3) == [False]


def test_a_view_that_is_not_the_known_one_shows_no_piece(known):
    elsewhere = np.roll(ROOM, (23, 41), axis=(0, 1))
    assert clear(known, [with_piece(room=elsewhere)] * 3) == [False]
    assert clear(known, [with_piece()[:200, : WIDTH - 40]] * 3) == [False]


def test_one_picture_alone_does_not_show_whether_a_piece_is_at_rest(known):
    assert clear(known, [with_piece()]) == [False]
    assert clear(known, [with_piece()] * 2, boxes=()) == []
