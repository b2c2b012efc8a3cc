"""The tracker: one thing, one id, for as long as it is there."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from track_worlds import RATE_HZ, Thing, detections, follow, ids_at, nothing

from tracker.domain.detections import Detections
from tracker.track import ByteTracker
from tracker.track.thing import CONFIRM_HITS, LOST_MOVING_S, LOST_RESTING_S

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # they announce their own deprecations on import
    import supervision
    import trackers

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=20)  # each follows four things through forty frames


def lanes(seed, *, n=4):
    """Things that go side by side, in lanes wide enough that nobody could mix them up."""
    rng = np.random.default_rng(seed)
    return [
        Thing(
            (float(rng.uniform(50, 300)), 100.0 * lane + 60), (float(rng.uniform(-60, 60)), float(rng.uniform(-8, 8)))
        )
        for lane in range(n)
    ]


@FEW
@given(SEEDS)
def test_same_identities_as_roboflows_bytetrack(seed):
    things = lanes(seed)
    times = [i / RATE_HZ for i in range(30)]
    ours = follow(things, times, seed=seed)
    oracle = trackers.ByteTrackTracker(
        frame_rate=RATE_HZ, minimum_consecutive_frames=1, track_activation_threshold=0.3, high_conf_det_threshold=0.3
    )
    rng = np.random.default_rng(seed)
    for i, t in enumerate(times):
        seen = detections(things, t, jitter=rng)
        given_ = supervision.Detections(seen.xyxy, confidence=seen.score, class_id=seen.class_id)
        theirs = oracle.update(given_).tracker_id
        if i >= 3:  # theirs are unnamed at first
            # the same partition into identities, whatever the numbers
            assert (
                len(set(zip(ours[i], theirs.tolist(), strict=True)))
                == len(set(ours[i]))
                == len(set(theirs.tolist()))
                == 4
            )


@FEW
@given(SEEDS, st.floats(0.0, 0.5))
def test_dropped_frames_change_no_identity(seed, share):
    things = lanes(seed)
    rng = np.random.default_rng(seed)
    times = [i / RATE_HZ for i in range(40) if i == 0 or rng.random() >= share]
    assert {tuple(ids) for ids in follow(things, times, seed=seed)} == {(0, 1, 2, 3)}


@FEW
@given(SEEDS, st.floats(0.5, 2.0))
def test_identities_do_not_depend_on_how_fast_the_clip_plays(seed, factor):
    things = lanes(seed)
    slow = [replace(thing, speed=(thing.speed[0] / factor, thing.speed[1] / factor)) for thing in things]
    assert {tuple(ids) for ids in follow(slow, [factor * i / RATE_HZ for i in range(40)], seed=seed)} == {(0, 1, 2, 3)}


def test_order_of_the_detections_does_not_matter():
    things = lanes(7)
    tracker = ByteTracker()
    for i in range(20):
        turn = i % 4
        order = things[turn:] + things[:turn]
        tracks = tracker.update(detections(order, i / RATE_HZ), i / RATE_HZ)
        assert ids_at(tracks, things, i / RATE_HZ) == [0, 1, 2, 3]


def test_two_that_pass_each_other_keep_their_ids():
    things = [Thing((100, 100), (80, 0)), Thing((300, 130), (-80, 0))]  # they overlap by a quarter as they pass
    ids = follow(things, [i / RATE_HZ for i in range(26)])
    assert set(map(tuple, ids)) == {(0, 1)}


def test_phantom_of_the_whole_picture_does_not_take_over_what_moves_inside_it():
    """A model that calls the scene a sink, now and then, and a car that drives through it."""
    tracker, car = ByteTracker(), Thing((320, 40), (0, 200), side=60, score=0.8)
    car_ids = set()
    for i in range(40):
        t = i / RATE_HZ
        scene = [Thing((320, 240), side=460, score=0.2)] if i < 20 and i % 3 else []
        cars = [car] if i >= 10 else []
        shown = [replace(car, start=(320, 40 - 200))] if cars else []
        tracks = tracker.update(detections(scene + shown, t), t)
        car_ids.update(ids_at(tracks, shown, t))
    assert len(car_ids) == 1


@dataclass(frozen=True)
class Covered(Thing):
    """A thing over which a hand slides from the right, from the first second on, until nothing shows."""

    def box(self, t_s: float) -> NDArray[np.float32]:
        left, top, right, bottom = Thing.box(self, 0.0)
        return np.array([left, top, right - self.side * min(max(t_s - 1.0, 0), 0.5), bottom], np.float32)


def test_thing_that_a_hand_covers_does_not_shrink_away():
    thing, tracker = Covered((100, 100)), ByteTracker()
    follow([thing], [i / RATE_HZ for i in range(16)], tracker=tracker)
    hidden = nothing(tracker, start_s=1.5, seconds=0.8)
    width, height = hidden[-1].xyxy[0, 2:] - hidden[-1].xyxy[0, :2]
    assert width > 0.4 * thing.side
    assert height == pytest.approx(thing.side, rel=0.1)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (0, True),  # a hand is a hand
        (1, False),  # but never what it holds
    ],
)
def test_hand_and_piece_are_never_one_track(other, same):
    tracker = ByteTracker(np.array([True, False]))
    follow([Thing((100, 100), class_id=0)], [i / RATE_HZ for i in range(5)], tracker=tracker)
    there = Thing((100, 100), class_id=other)
    tracks = tracker.update(detections([there], 0.5), 0.5)
    assert (ids_at(tracks, [there], 0.5) == [0]) is same


def test_fast_hand_taken_for_a_piece_stays_the_hand_and_what_it_leaves_behind_does_not():
    """A blurred hand changes its name for a few frames; a piece that it laid down keeps its own for good."""
    tracker = ByteTracker(np.array([True, False]))
    hand = Thing((50, 100), (400, 0))
    blurred = replace(hand, class_id=1)
    for i in range(12):
        t = i / RATE_HZ
        tracks = tracker.update(detections([blurred if 5 <= i < 8 else hand], t), t)
    assert (tracks.track_id.tolist(), tracks.class_id.tolist()) == ([0], [0])
    laid = Thing((50 + 400 * t, 100), class_id=1)
    for i in range(12, 40):
        t = i / RATE_HZ
        tracks = tracker.update(detections([laid], t), t)
    assert tracks.track_id[tracks.seen].tolist() != [0]
    assert tracks.class_id[tracks.seen].tolist() == [1]


def test_ids_are_never_used_again_and_each_end_is_told_once():
    tracker = ByteTracker()
    seen, ended = [], []
    for visit in range(5):
        start_s = 20.0 * visit
        for i in range(5):
            t = start_s + i / RATE_HZ
            tracks = tracker.update(detections([Thing((100, 100))], t), t)
            ended += tracks.ended.tolist()
        seen.append(int(tracks.track_id[0]))
        ended += [track_id for tracks in nothing(tracker, start_s=t, seconds=10) for track_id in tracks.ended]
    assert seen == sorted(set(seen))
    assert sorted(ended) == sorted(set(ended))
    assert set(seen) <= set(ended)


def test_state_is_evicted():
    tracker = ByteTracker()
    rng = np.random.default_rng(0)
    for i in range(300):  # half a minute of rubbish: twenty boxes a frame, nothing twice in the same place
        corner = rng.uniform(0, 5000, (20, 2)).astype(np.float32)
        boxes = Detections(
            np.concatenate([corner, corner + 20], axis=1), np.full(20, 0.9, np.float32), np.zeros(20, np.int32)
        )
        tracks = tracker.update(boxes, i / RATE_HZ)
        assert len(tracks) < 20 * RATE_HZ
    after = nothing(tracker, start_s=30.0, seconds=LOST_RESTING_S + 1)[-1]
    assert len(after) == 0
    assert tracker._tracks == []


@pytest.mark.parametrize(
    ("speed", "away_s", "same"),
    [
        ((0, 0), 0.5, True),  # lay still, covered for a moment
        ((0, 0), LOST_RESTING_S - 1, True),  # lay still, covered for long
        ((0, 0), LOST_RESTING_S + 1, False),  # gone for good
        ((60, 0), 0.5, True),  # moving, behind a post
        ((60, 0), LOST_MOVING_S + 0.5, False),  # moving, gone too long to guess where to
    ],
)
def test_patience_depends_on_whether_it_moved(speed, away_s, same):
    thing, tracker = Thing((100, 100), speed), ByteTracker()
    follow([thing], [i / RATE_HZ for i in range(20)], tracker=tracker)
    back_s = 1.9 + away_s
    nothing(tracker, start_s=1.9, seconds=away_s - 0.1)
    tracks = tracker.update(detections([thing], back_s), back_s)
    assert (ids_at(tracks, [thing], back_s) == [0]) is same


@pytest.mark.parametrize(
    ("scores", "confirmed_at"),
    [
        ([0.9] * 6, 2),  # clear: the third sighting
        ([0.15] * 6, 3),  # weak: once the scores add up to a half
        ([0.9, 0, 0, 0.9, 0, 0], None),  # a flicker, gone each time before it is known
        ([0.08] * 6, None),  # too weak to begin
        ([0.9, 0.08, 0.08, 0.08], 2),  # weak boxes may continue what a strong one began
    ],
)
def test_confirmation(scores, confirmed_at):
    tracker, found = ByteTracker(), None
    for i, score in enumerate(scores):
        things = [Thing((100, 100), score=score)] if score else []
        tracks = tracker.update(detections(things, i / 5), i / 5)
        if found is None and tracks.confirmed.any():
            found = i
    assert found == confirmed_at
    assert CONFIRM_HITS == 3


def test_class_is_what_it_was_mostly_taken_for():
    tracker = ByteTracker()
    sightings = [(3, 0.9, 3), (5, 0.5, 3), (5, 0.5, 5), (3, 0.05, 5), (5, 0.4, 5)]  # class, score, and what it is then
    for i, (class_id, score, expected) in enumerate(sightings):
        tracks = tracker.update(detections([Thing((100, 100), class_id=class_id, score=score)], i / 10), i / 10)
        assert tracks.class_id.tolist() == [expected]


def test_score_is_a_running_mean():
    tracker = ByteTracker()
    for i in range(30):
        score = 0.9 if i < 15 else 0.4
        tracks = tracker.update(detections([Thing((100, 100), score=score)], i / 10), i / 10)
        if i == 14:
            assert tracks.score[0] == pytest.approx(0.9)
    assert tracks.score[0] == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("t_s", [1.0, 0.5])
def test_time_must_advance(t_s):
    tracker = ByteTracker()
    tracker.update(Detections.empty(), 1.0)
    with pytest.raises(ValueError, match="time must advance"):
        tracker.update(Detections.empty(), t_s)


def test_earlier_answers_do_not_change_under_the_reader():
    tracker, thing = ByteTracker(), Thing((100, 100), (50, 0))
    first = tracker.update(detections([thing], 0.0), 0.0)
    before = {
        name: getattr(first, name).copy() for name in ("track_id", "xyxy", "score", "class_id", "confirmed", "seen")
    }
    follow([thing], [i / 10 for i in range(1, 30)], tracker=tracker)
    assert all(np.array_equal(getattr(first, name), column) for name, column in before.items())


def swept(thing, speeds, *, rate_hz=15, tracker):
    """A thing that lies for a second and is then carried at these speeds, one a frame (pixels a second)."""
    x, ids = thing.start[0], []
    for i, speed in enumerate([0.0] * rate_hz + speeds):
        x += speed / rate_hz
        t = i / rate_hz
        there = replace(thing, start=(x, thing.start[1]))
        ids += ids_at(tracker.update(detections([there], t), t), [there], t)
    return ids


def test_quick_hand_does_not_shake_off_what_it_carries():
    """From rest to twelve sizes a second within a third of one, as on footage of fast workers."""
    faster = [80.0, 200.0, 350.0, 450.0, 500.0, 500.0, 450.0, 300.0, 100.0]
    assert set(swept(Thing((100, 100)), faster, tracker=ByteTracker())) == {0}


def test_what_is_covered_bit_by_bit_is_waited_for_where_it_lay():
    """A hand moves in from the left: less and less of the piece is seen, until nothing is, for a while."""
    tracker = ByteTracker()
    piece = Thing((100, 100))
    follow([piece], [i / RATE_HZ for i in range(20)], tracker=tracker)
    for i in range(3):
        t = 2.0 + i / RATE_HZ
        left = 80 + 8.0 * (i + 1)
        part = Detections(np.float32([[left, 80, 120, 120]]), np.float32([0.6]), np.int32([0]))
        tracker.update(part, t)
    hidden = nothing(tracker, start_s=2.2, seconds=4)[-1]
    assert (hidden.xyxy[0, :2] + hidden.xyxy[0, 2:]) / 2 == pytest.approx([100, 100], abs=3)
    back = tracker.update(detections([piece], 6.3), 6.3)
    assert ids_at(back, [piece], 6.3) == [0]


@pytest.mark.parametrize(
    ("score", "side", "same"),
    [
        (0.2, 40, True),  # blurred, but there: the second sighting of a fast thing may be weak
        (0.2, 20, False),  # weak and of another size: something else
        (0.8, 20, True),  # clear: sizes may differ
    ],
)
def test_second_sighting_may_be_weak_when_it_fits(score, side, same):
    tracker = ByteTracker()
    tracker.update(detections([Thing((100, 100), score=0.2)], 0.0), 0.0)
    there = Thing((120, 100), side=side, score=score)
    assert (ids_at(tracker.update(detections([there], 0.1), 0.1), [there], 0.1) == [0]) is same


PICTURE = (640, 360)


@pytest.mark.parametrize(
    ("thing", "unsure"),
    [
        (Thing((320.0, 180.0), (100.0, 0.0)), True),  # the next frame may show it again
        (Thing((580.0, 180.0), (100.0, 0.0)), False),  # over the right edge
        (Thing((60.0, 180.0), (-100.0, 0.0)), False),  # the left one
        (Thing((320.0, 60.0), (0.0, -100.0)), False),  # the upper one
        (Thing((320.0, 300.0), (0.0, 100.0)), False),  # the lower one
        (Thing((616.0, 180.0), (-20.0, 0.0)), True),  # at the edge, and on its way in
    ],
)
def test_next_frame_matters_after_a_loss_unless_the_thing_has_left_the_picture(thing, unsure):
    tracker = ByteTracker()
    for index in range(4):
        tracker.update(detections([thing], index / RATE_HZ), index / RATE_HZ)
    assert not tracker.is_unsure(PICTURE)
    nothing(tracker, start_s=0.3, seconds=0.2)
    assert tracker.is_unsure(PICTURE) is unsure


def test_next_frame_matters_until_a_new_thing_is_confirmed():
    tracker, thing = ByteTracker(), Thing((320.0, 180.0))
    assert not tracker.is_unsure(PICTURE)
    unsure = []
    for index in range(4):
        tracker.update(detections([thing], index / RATE_HZ), index / RATE_HZ)
        unsure.append(tracker.is_unsure(PICTURE))
    assert unsure == [True, True, False, False]


def test_outlook_covers_where_a_thing_goes_and_its_shadow():
    tracker, thing = ByteTracker(), Thing((300.0, 180.0), (40.0, 0.0))
    for index in range(5):
        tracker.update(detections([thing], index / RATE_HZ), index / RATE_HZ)
    ((box,), until_s, moving) = tracker.outlook()
    left, top, right, bottom = box
    assert moving
    assert until_s == pytest.approx(0.4 + 0.25, abs=0.05)  # a quarter of its size at one size a second
    assert (left, top) == pytest.approx((296 - 14, 160 - 14), abs=3)  # a third of its side around it
    assert (right, bottom) == pytest.approx((336 + 10 + 14, 200 + 14), abs=3)


def test_outlook_leaves_out_what_lies_still():
    tracker, things = ByteTracker(), [Thing((300.0, 180.0), (40.0, 0.0)), Thing((100.0, 100.0))]
    for index in range(10):
        tracker.update(detections(things, index / RATE_HZ), index / RATE_HZ)
    (box,), _, moving = tracker.outlook()
    assert moving
    assert box[0] > 200


@pytest.mark.parametrize(
    ("box", "class_id", "followed"),
    [
        ((0.0, 0.0, 640.0, 360.0), 0, False),  # "a dining table"
        ((5.0, 3.0, 630.0, 355.0), 0, False),  # models place edges within a few pixels
        ((0.0, 0.0, 640.0, 340.0), 0, True),  # not down to the lower edge
        ((0.0, 0.0, 640.0, 360.0), 1, True),  # a person bent over the table
    ],
)
def test_what_fills_the_picture_is_the_scene_unless_it_is_a_person(box, class_id, followed):
    tracker = ByteTracker(np.array([False, True]))
    seen = Detections(np.array([box], np.float32), np.array([0.8], np.float32), np.array([class_id], np.int32))
    assert len(tracker.update(seen, 0.0, picture=PICTURE).track_id) == followed
