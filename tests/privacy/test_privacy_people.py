"""Where people may be: every detector counts, from every side, and boxes are grown."""

from __future__ import annotations

import numpy as np
import pytest
from privacy_room import NO_BOXES, Finder, patches

from tracker.domain.frames import Picture
from tracker.privacy import PeopleEye, Watcher
from tracker.privacy.people import covered

PERSON = np.array([True])


def grey(width=200, height=100, box=None):
    """A grey picture with a white box in it."""
    y = np.full((height, width), 100, np.uint8)
    if box is not None:
        left, top, right, bottom = box
        y[top:bottom, left:right] = 235
    half = ((height + 1) // 2, (width + 1) // 2)
    return Picture(y, np.full(half, 128, np.uint8), np.full(half, 128, np.uint8), full_range=False)


def white(score=0.9):
    return patches(lambda bgr: bgr.min(axis=-1) > 180, score=score, class_id=0, least=4)


def test_without_a_detector_that_knows_people_there_is_no_eye():
    with pytest.raises(ValueError, match="nothing may be shown"):
        PeopleEye([])


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((200, 100), (20, 10, 60, 50)),  # in one tile and in the whole
        ((200, 100), (150, 60, 200, 100)),  # in the corner
        ((101, 75), (40, 30, 56, 46)),  # odd sides, in the middle of all tiles
    ],
)
def test_a_close_look_finds_the_same_place_whole_in_tiles_and_turned(size, box):
    finder = Finder(("person",), white())
    boxes = PeopleEye([Watcher(finder, PERSON)]).look(grey(*size, box), closely=True)
    assert finder.looks == 8
    assert len(boxes) >= 5
    whole = [found for found in boxes.tolist() if found == pytest.approx(box, abs=2)]
    assert len(whole) >= 4  # the picture as it is and in its three turns
    for left, top, right, bottom in boxes.tolist():
        assert left >= box[0] - 2
        assert top >= box[1] - 2
        assert right <= box[2] + 2
        assert bottom <= box[3] + 2


def test_a_passing_look_is_one_look():
    finder = Finder(("person",), white())
    assert len(PeopleEye([Watcher(finder, PERSON)]).look(grey(box=(20, 10, 60, 50)))) == 1
    assert finder.looks == 1


def test_what_any_detector_sees_counts_if_it_is_about_people_and_not_too_weak():
    boxes = [[10, 10, 20, 20, 0.06, 0], [40, 10, 50, 20, 0.9, 1], [70, 10, 80, 20, 0.04, 0]]
    sees = Finder(("person", "garment"), lambda _: boxes)
    nobody = Finder(("person",), lambda _: [])
    eye = PeopleEye([Watcher(nobody, PERSON), Watcher(sees, np.array([True, False]))])
    assert eye.look(grey()).tolist() == [[10, 10, 20, 20]]


def test_the_last_look_has_a_score_of_its_own():
    sees = Finder(("person",), lambda picture: [[10, 10, 20, 20, 0.2, 0]] if picture.width == 200 else [])
    eye = PeopleEye([Watcher(sees, PERSON, least_score=0.1, last_score=0.3)])
    assert len(eye.look(grey())) == 1
    assert len(eye.check(grey())) == 0


def test_a_hand_brings_its_forearm():
    sees = Finder(("garment", "Hand"), lambda _: [[80, 40, 90, 60, 0.9, 1]])
    eye = PeopleEye([Watcher(sees, np.array([False, True]))])
    assert eye.look(grey()).tolist() == [[40, 0, 130, 100]]


def test_boxes_are_grown_on_every_side_and_cut_at_the_picture():
    cells = covered(np.array([[100, 40, 140, 60]], np.float32), width=200, height=100, shape=(50, 100))
    rows, columns = np.nonzero(cells)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (45, 74, 15, 34)  # by 10 pixels
    cells = covered(np.array([[0, 0, 4, 4]], np.float32), width=200, height=100, shape=(50, 100))
    assert cells[:6, :6].all()  # by 8 pixels: 4 % of the picture
    assert cells.sum() == 36
    cells = covered(np.array([[-50, -50, -40, -40]], np.float32), width=200, height=100, shape=(50, 100))
    assert not cells.any()
    assert not covered(NO_BOXES, width=200, height=100, shape=(50, 100)).any()
