"""What may leave RAM: nothing that somebody touches, nothing that moves, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from teach_things import FakeDetector, flat, item, seen

from tracker.domain.detections import Detections
from tracker.domain.errors import ConfigError
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.teach.choose import Candidate, Chooser, difference, doubt
from tracker.teach.collect import Collector
from tracker.teach.collection import Part
from tracker.teach.people import eye_of
from tracker.teach.pictures import bgr_of, part_of, picture_of, read_picture

PIECE = (64.0, 72.0, 192.0, 216.0, 0.9, 0)
HAND = (400.0, 100.0, 440.0, 140.0, 0.06, 2)


def frame(t_s: float = 0.0, picture: Picture | None = None) -> Frame:
    moment = Moment(0, t_s, datetime(2026, 11, 23, 8, 15, 7, tzinfo=UTC))
    return Frame(CameraId("sewing"), moment, picture or flat())


def collected(
    *looks: Detections, pictures: tuple[Picture, ...] = (), block_s: float = 60.0, t_s: float = 0.0
) -> Chooser:
    """The chooser after two frames in which a detector saw so much; a watcher sees the same."""
    detector, chooser = FakeDetector(*looks), Chooser({Part.LEARN: 9, Part.KEPT: 9}, np.random.default_rng(0))
    eye = eye_of([FakeDetector(*looks)], hands_only=True)
    collector = Collector(detector, eye, chooser=chooser, run=1, block_s=block_s)
    for number in range(2):
        collector.update(frame(t_s + number * 0.5, pictures[number] if pictures else None))
    return chooser


def test_a_calm_picture_without_people_leaves_whole() -> None:
    (kept,) = collected(seen(PIECE)).chosen()
    assert kept.item.size == (640, 360)
    assert kept.item.day == "2026-11-23"
    assert kept.item.proposals[0].xyxy == pytest.approx((0.1, 0.2, 0.3, 0.6))


def test_beside_a_hand_only_a_crop_leaves_that_keeps_away_from_it() -> None:
    (kept,) = collected(seen(PIECE, HAND)).chosen()
    width, height = kept.item.size
    assert width < 320
    assert [box.label for box in kept.item.proposals] == ["garment"]
    left, _, right, _ = kept.item.proposals[0].xyxy
    assert (right - left) * width == pytest.approx(128, abs=3)
    assert height <= 360


TOUCHED = (
    (150.0, 100.0, 200.0, 150.0, 0.9, 2),  # a hand on the piece
    (150.0, 100.0, 200.0, 150.0, 0.05, 2),  # one the model hardly believes in
    (230.0, 100.0, 260.0, 130.0, 0.9, 2),  # a hand beside it, whose forearm may lie over it
)


@pytest.mark.parametrize("hand", TOUCHED)
def test_a_piece_that_somebody_may_touch_stays_in_memory(hand: tuple[float, float, float, float, float, int]) -> None:
    assert collected(seen(PIECE, hand)).chosen() == ()


def test_a_hand_of_the_frame_before_counts_as_well() -> None:
    on_it = (100.0, 100.0, 150.0, 150.0, 0.9, 2)
    assert collected(seen(PIECE, on_it), seen(PIECE)).chosen() == ()


def test_an_arm_that_no_model_sees_gives_itself_away_by_moving() -> None:
    moving = flat()
    moving.y[100:140, 100:140] = 220
    assert collected(seen(PIECE), pictures=(flat(), moving)).chosen() == ()


def test_a_lamp_that_brightens_everything_is_no_arm() -> None:
    assert len(collected(seen(PIECE), pictures=(flat(100), flat(130))).chosen()) == 1


def test_every_fourth_block_of_time_is_kept_back_as_a_whole() -> None:
    parts = [collected(seen(PIECE), block_s=10, t_s=10.0 * block).chosen()[0].item.part for block in range(8)]
    assert [part is Part.KEPT for part in parts] == [False, False, False, True] * 2


def test_after_a_gap_nothing_is_compared_with_what_was_before() -> None:
    chooser = Chooser({Part.LEARN: 9, Part.KEPT: 9}, np.random.default_rng(0))
    detector = FakeDetector(seen(PIECE))
    collector = Collector(detector, eye_of([detector], hands_only=True), chooser=chooser, run=1, block_s=60)
    collector.update(frame())
    collector.blind()
    assert collector.update(frame(9)) == 0


class ClosePerson(FakeDetector):
    """Sees somebody only in parts of a picture, where people are larger: on the right of its left upper tile."""

    def __init__(self, score: float) -> None:
        super().__init__(labels=("person",))
        self.score, self.close_looks = score, 0

    def detect(self, picture: Picture) -> Detections:
        if (picture.width, picture.height) == (640, 360):
            return seen()
        self.close_looks += 1
        first = (self.close_looks - 1) % 7 == 0
        return seen((300.0, 60.0, 340.0, 120.0, self.score, 0)) if first and picture.width < 640 else seen()


CLOSELY = (
    (0.21, (640, 360), False),  # somebody: only a crop that keeps away from them
    (0.19, (640, 360), True),  # as weak as many a garment looks
)


@pytest.mark.parametrize(("score", "size", "whole"), CLOSELY)
def test_whom_only_a_close_look_finds_does_not_leave_either(score: float, size: tuple[int, int], whole: bool) -> None:
    person, chooser = ClosePerson(score), Chooser({Part.LEARN: 9, Part.KEPT: 9}, np.random.default_rng(0))
    piece = FakeDetector(seen(PIECE))
    collector = Collector(piece, eye_of([piece, person], hands_only=False), chooser=chooser, run=1, block_s=60)
    kept = [collector.update(frame(number * 0.5)) for number in range(4)]
    assert sum(kept) == 1
    (picture,) = chooser.chosen()
    assert (picture.item.size == size) == whole
    assert [box.label for box in picture.item.proposals] == ["garment"]


def test_a_close_look_is_taken_only_of_what_is_about_to_be_kept() -> None:
    person, chooser = ClosePerson(0.1), Chooser({Part.LEARN: 9, Part.KEPT: 9}, np.random.default_rng(0))
    piece = FakeDetector(seen(PIECE))
    collector = Collector(piece, eye_of([piece, person], hands_only=False), chooser=chooser, run=1, block_s=60)
    for number in range(20):  # all alike: one is kept, the others are near duplicates
        collector.update(frame(number * 0.5))
    assert person.close_looks == 6  # four tiles and two sides; upside down it is as wide as it is high


def test_two_pieces_in_one_crop_make_one_crop() -> None:
    near = (110.0, 80.0, 180.0, 200.0, 0.8, 0)
    far = (600.0, 20.0, 602.0, 22.0, 0.8, 0)  # too small to crop
    out = (-9.0, 20.0, -2.0, 22.0, 0.8, 0)  # outside the picture
    kept = collected(seen(PIECE, near, far, out, HAND)).chosen()
    assert len(kept) == 1
    assert len(kept[0].item.proposals) == 2


KNOWING = (
    (("garment", "hand"), True, True),  # hands are enough where that is said
    (("garment", "hand"), False, False),  # and only there
    (("garment",), True, False),  # knows nobody
    (("garment", "person"), False, True),
    (("Worker",), False, True),  # as another model may call them
    (("head", "hand"), False, False),  # parts are not enough to know a whole person by
)


@pytest.mark.parametrize(("labels", "hands_only", "enough"), KNOWING)
def test_without_a_model_that_knows_people_nothing_leaves(
    labels: tuple[str, ...], hands_only: bool, enough: bool
) -> None:
    detector = FakeDetector(seen(), labels=labels)
    if enough:
        assert len(eye_of([detector], hands_only=hands_only).look(flat())) == 0
    else:
        with pytest.raises(ConfigError, match="--person-model"):
            eye_of([detector], hands_only=hands_only)


# --- choosing -------------------------------------------------------------------------------------------------------


def candidate(seed: int, *, doubted: float = 0.5, part: Part = Part.LEARN) -> Candidate:
    sketch = np.random.default_rng(seed).uniform(0, 255, (18, 32)).astype(np.float32)
    return Candidate(item(doubt=doubted, part=part), b"", sketch)


def offer(chooser: Chooser, one: Candidate) -> bool:
    """In which nobody is."""
    return chooser.offer(one, clear=lambda: True)


def chooser_of(learn: int, kept: int, known: tuple[Candidate, ...] = ()) -> Chooser:
    wanted = {Part.LEARN: learn, Part.KEPT: kept}
    return Chooser(wanted, np.random.default_rng(0), [each.sketch for each in known])


def test_of_near_duplicates_the_more_doubtful_stays() -> None:
    chooser = chooser_of(5, 5)
    assert offer(chooser, candidate(1, doubted=0.4))
    assert not offer(chooser, candidate(1, doubted=0.3))
    assert offer(chooser, candidate(1, doubted=0.8))
    assert [each.item.doubt for each in chooser.chosen()] == [0.8]


def test_whether_somebody_is_in_it_is_asked_only_of_what_would_be_kept() -> None:
    asked: list[int] = []

    def clear() -> bool:
        asked.append(1)
        return len(asked) != 2

    chooser = chooser_of(1, 1, (candidate(9),))
    offered = (
        (candidate(1, doubted=0.5), True, 1),
        (candidate(9, doubted=0.9), False, 1),  # collected before
        (candidate(1, doubted=0.4), False, 1),  # less doubtful than its duplicate
        (candidate(2, doubted=0.4), False, 1),  # less doubtful than all there is room for
        (candidate(2, doubted=0.6), False, 2),  # somebody is in it
        (candidate(2, doubted=0.6), True, 3),
        (candidate(3, part=Part.KEPT), True, 4),
        (candidate(3, part=Part.KEPT, doubted=0.9), False, 4),  # a duplicate on the side where chance decides
    )
    for one, kept, so_far in offered:
        assert (chooser.offer(one, clear=clear), len(asked)) == (kept, so_far)
    assert [each.item.doubt for each in chooser.chosen()] == [0.6, 0.5]


def test_when_full_the_most_doubtful_stay() -> None:
    chooser = chooser_of(2, 0)
    kept = [offer(chooser, candidate(seed, doubted=seed / 10)) for seed in (3, 5, 1, 9)]
    assert kept == [True, True, False, True]
    assert [each.item.doubt for each in chooser.chosen()] == [0.9, 0.5]


def test_nothing_lies_on_both_sides_of_the_split() -> None:
    chooser = chooser_of(5, 5)
    offer(chooser, candidate(1))
    assert not offer(chooser, candidate(1, part=Part.KEPT, doubted=0.9))


def test_what_was_collected_before_is_not_collected_again() -> None:
    assert not offer(chooser_of(5, 5, (candidate(1),)), candidate(1, doubted=0.9))


def test_chance_alone_decides_what_is_kept_back() -> None:
    chooser = chooser_of(0, 10)
    for seed in range(200):
        offer(chooser, candidate(seed, part=Part.KEPT, doubted=seed / 200))
    mean = np.mean([each.item.doubt for each in chooser.chosen()])
    assert len(chooser.chosen()) == 10
    assert 0.3 < mean < 0.7
    assert not offer(chooser, candidate(999))


def test_a_kept_back_near_duplicate_is_dropped_however_doubtful() -> None:
    chooser = chooser_of(0, 5)
    offer(chooser, candidate(1, part=Part.KEPT))
    assert not offer(chooser, candidate(1, part=Part.KEPT, doubted=0.9))


DOUBTS = (
    (seen((0, 0, 9, 9, 0.9, 0)), seen((0, 0, 9, 9, 0.9, 0)), 0.0),  # sure, and the same twice
    (seen((0, 0, 9, 9, 0.3, 0)), seen((0, 0, 9, 9, 0.9, 0)), 1.0),  # could be either way
    (seen((0, 0, 9, 9, 0.9, 0)), seen(), 1.0),  # there and gone
    (seen((0, 0, 9, 9, 0.9, 0)), seen((0, 0, 9, 9, 0.9, 1)), 1.0),  # another class a moment ago
    (seen(), seen(), 0.0),  # nothing
)


@pytest.mark.parametrize(("now", "before", "expected"), DOUBTS)
def test_doubt_is_middling_scores_flicker_and_other_names(now: Detections, before: Detections, expected: float) -> None:
    assert doubt(now, before) == pytest.approx(expected, abs=1e-6)


def test_brightness_alone_makes_no_other_picture() -> None:
    one = candidate(1).sketch
    assert difference(one, one + 40) == 0.0
    assert difference(one, candidate(2).sketch) > 0.5


# --- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full_range", [False, True])
def test_grey_stays_grey_in_both_ranges(full_range: bool) -> None:
    bgr = bgr_of(flat(128, full_range=full_range))
    expected = 128 if full_range else round((128 - 16) * 255 / 219)
    assert np.abs(bgr.astype(int) - expected).max() <= 2
    assert np.abs(picture_of(bgr).y.astype(int) - (126 if full_range else 128)).max() <= 2


def test_large_pictures_are_made_smaller_and_even() -> None:
    assert part_of(np.zeros((1081, 1921, 3), np.uint8), (0, 0, 1, 1)).shape == (720, 1280, 3)


def test_a_file_that_is_no_picture_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    for name in ("a.jpg", "none.jpg"):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_picture(tmp_path / name)
