"""Which frames are due, against the plain definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.due import NearestDue


def picked(times: list[int], fps: float) -> list[int]:
    due = NearestDue(fps=fps, step_us=40_000)
    found = [due.offer(time, time) for time in times]
    return [time for time in [*found, due.last()] if time is not None]


def nearest(times: list[int], fps: float) -> list[int]:
    """By definition: for each due time up to the last frame, the frame nearest to it, the earlier of two."""
    chosen, number = set(), 0
    while number * 1e6 / fps <= times[-1] + 20_000:
        chosen.add(min(times, key=lambda time: (abs(time - number * 1e6 / fps), time)))
        number += 1
    return sorted(chosen)


@given(st.lists(st.integers(1, 400_000), max_size=40), st.sampled_from([0.7, 1, 3, 5, 12.5, 29.97, 60]))
def test_the_frame_nearest_each_due_time_is_picked_once(steps: list[int], fps: float) -> None:
    times = [0]
    for step in steps:
        times.append(times[-1] + step)
    assert picked(times, fps) == nearest(times, fps)


def test_a_hole_of_a_year_costs_nothing() -> None:
    year_us = 365 * 24 * 3600 * 10**6
    assert picked([0, 40_000, year_us], 1000.0) == [0, 40_000, year_us]


def test_after_the_held_frame_was_taken_the_next_counts_as_first() -> None:
    due = NearestDue(fps=1, step_us=40_000)
    due.offer(0, "a")
    assert due.last() == "a"
    assert due.last() is None
    due.offer(7_300_000, "b")
    assert due.offer(7_340_000, "c") == "b"
