"""Newest frame wins, no gap is lost, cameras take turns."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from capture_clips import CAMERA, NOON, frame_of
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.inbox import Inbox
from tracker.domain.frames import CameraId, Frame, Gap, GapReason

OTHER = CameraId("table-2")


def gap(start_s: int, end_s: int | None = None) -> Gap:
    def at(second: int) -> datetime:
        return NOON + timedelta(seconds=second)

    return Gap(CAMERA, GapReason.DISCONNECTED, at(start_s), None if end_s is None else at(end_s))


def fetch_all(inbox: Inbox) -> list[Frame | Gap]:
    found = []
    while (item := inbox.next(0)) is not None:
        found.append(item[1])
    return found


def test_only_the_newest_frame_is_fetched_and_the_others_counted() -> None:
    inbox = Inbox((CAMERA,))
    frames = [frame_of(number) for number in range(5)]
    for frame in frames:
        inbox.put(frame)
    assert fetch_all(inbox) == frames[-1:]
    assert inbox.dropped(CAMERA) == 4


def test_frames_and_gaps_keep_their_order() -> None:
    inbox = Inbox((CAMERA,))
    before, after = frame_of(0), frame_of(1)
    sequence = [before, gap(1, 2), gap(3), after]
    for item in sequence:
        inbox.put(item)
    assert fetch_all(inbox) == sequence
    newest = frame_of(2)
    inbox.put(newest)
    assert fetch_all(inbox) == [newest]
    assert inbox.dropped(CAMERA) == 0


def test_a_frame_left_over_behind_gaps_is_still_replaced_by_a_newer_one() -> None:
    inbox = Inbox((CAMERA,))
    stale, fresh = frame_of(0), frame_of(1)
    inbox.put(gap(1))
    inbox.put(stale)
    assert inbox.next(0) == (CAMERA, gap(1))
    inbox.put(fresh)
    assert fetch_all(inbox) == [fresh]


def test_a_gap_that_closes_unfetched_is_told_once() -> None:
    inbox = Inbox((CAMERA,))
    for item in (gap(1), gap(1, 2), gap(3), gap(3, 4)):
        inbox.put(item)
    assert fetch_all(inbox) == [gap(1, 2), gap(3, 4)]


@given(st.lists(st.sampled_from(["frame", "open", "close", "fetch"]), max_size=60))
def test_no_gap_is_ever_lost_and_frames_are_fetched_or_counted(script: list[str]) -> None:
    inbox = Inbox((CAMERA,))
    fetched: list[Frame | Gap] = []
    frames = 0
    open_gap: Gap | None = None
    closed = []
    for second, action in enumerate(script):
        if action == "fetch":
            fetched += [item[1] for item in [inbox.next(0)] if item]
        elif action == "frame" and open_gap is None:
            inbox.put(frame_of(frames))
            frames += 1
        elif action == "open" and open_gap is None:
            open_gap = gap(second)
            inbox.put(open_gap)
        elif action == "close" and open_gap is not None:
            start_s = int((open_gap.start - NOON).total_seconds())
            closed.append(gap(start_s, second))
            inbox.put(closed[-1])
            open_gap = None
    fetched += fetch_all(inbox)
    assert [item for item in fetched if isinstance(item, Gap) and item.end is not None] == closed
    numbers = [item.moment.frame for item in fetched if isinstance(item, Frame)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + inbox.dropped(CAMERA) == frames


def test_a_fast_camera_does_not_starve_a_slow_one() -> None:
    inbox = Inbox((CAMERA, OTHER))
    served = []
    inbox.put(frame_of(0, OTHER))
    for number in range(4):
        inbox.put(frame_of(number))
        found = inbox.next(0)
        assert found is not None
        served.append(found[0])
        if number == 1:
            inbox.put(frame_of(1, OTHER))
    assert served.count(OTHER) == 2


def test_waiting_ends_when_something_comes_and_when_every_camera_is_closed() -> None:
    inbox = Inbox((CAMERA, OTHER))
    found: list[object] = []

    def fetch() -> None:
        while not inbox.exhausted:
            found.append(inbox.next(30))

    reader = Thread(target=fetch)
    reader.start()
    frame = frame_of(0)
    inbox.put(frame)
    inbox.close(CAMERA)
    inbox.close(OTHER)
    reader.join(10)
    assert not reader.is_alive()
    assert (CAMERA, frame) in found


def test_what_a_closed_camera_left_can_still_be_fetched() -> None:
    inbox = Inbox((CAMERA,))
    inbox.put(gap(1))
    inbox.close(CAMERA)
    assert not inbox.exhausted
    assert inbox.next(30) == (CAMERA, gap(1))
    assert inbox.exhausted
    assert inbox.next(30) is None
