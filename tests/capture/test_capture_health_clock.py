"""A wall clock that somebody sets while cameras run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from capture_clips import CAMERA, NOON

from tracker.capture.health_clock import ClockGaps, ClockWatch
from tracker.domain.frames import Gap, GapReason


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


@pytest.mark.parametrize(
    ("wall_s", "step_s"),
    [
        (1.0, 0.0),  # as it should be
        (5.5, 0.0),  # a thread that was held up sees both clocks late
        (-3.0, 0.0),  # a little set back: frames are spaced by their stamps
        (3601.0, 3600.0),
        (-3599.0, -3600.0),
    ],
)
def test_a_step_is_what_the_clocks_do_not_agree_on(wall_s: float, step_s: float) -> None:
    watch = ClockWatch()
    assert watch.update(NOON, 100.0) == timedelta(0)
    assert watch.update(NOON + seconds(wall_s), 101.0) == seconds(step_s)


def test_a_slow_drift_is_no_step() -> None:
    watch = ClockWatch()
    assert not any(watch.update(NOON + seconds(1.001 * i), float(i)) for i in range(20_000))


def test_time_that_never_was_is_a_gap_over_at_once() -> None:
    gaps = ClockGaps(CAMERA)
    assert gaps.update(NOON, 0.0, before=None, at=NOON) == ()
    later = NOON + seconds(3601)
    assert gaps.update(later, 1.0, before=NOON, at=later) == (Gap(CAMERA, GapReason.CLOCK, NOON, later),)
    assert gaps.update(later + seconds(1), 2.0, before=later, at=later + seconds(1)) == ()


def test_a_clock_set_back_is_a_gap_until_it_is_caught_up_with() -> None:
    gaps = ClockGaps(CAMERA)
    gaps.update(NOON, 0.0, before=None, at=NOON)
    at = NOON + seconds(0.5)
    opened = Gap(CAMERA, GapReason.CLOCK, at, None)
    assert gaps.update(NOON - seconds(59), 1.0, before=NOON, at=at) == (opened,)
    assert gaps.update(NOON - seconds(119), 2.0, before=at, at=at + seconds(0.5)) == (), "set back again: still one gap"
    caught = NOON + seconds(60)
    assert gaps.update(caught, 181.0, before=at, at=caught + seconds(2)) == (
        Gap(CAMERA, GapReason.CLOCK, at, caught + seconds(2)),
    )


def test_a_step_before_the_first_frame_is_none() -> None:
    gaps = ClockGaps(CAMERA)
    gaps.update(NOON, 0.0, before=None, at=NOON)
    assert gaps.update(NOON + seconds(3600), 1.0, before=None, at=NOON) == ()
