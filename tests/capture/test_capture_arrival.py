"""Live times rise strictly, keep the stamps' spacing, and follow the wall clock when it is set."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from capture_clips import NOON
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.arrival import ArrivalClock


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def test_stamps_space_the_frames_however_they_arrive() -> None:
    clock = ArrivalClock()
    jitter = [0.0, 0.3, 0.05, 1.4, 0.0, 0.2]
    times = [
        clock.at(number * 100_000, arrival=NOON + seconds(number / 10 + late)) for number, late in enumerate(jitter)
    ]
    assert times == [NOON + seconds(number / 10) for number in range(6)]


def test_a_wall_clock_set_forward_is_followed_at_once() -> None:
    clock = ArrivalClock()
    clock.at(0, arrival=NOON)
    assert clock.at(100_000, arrival=NOON + seconds(3600.1)) == NOON + seconds(3600.1)


def test_a_wall_clock_set_back_is_caught_up_at_half_speed() -> None:
    clock = ArrivalClock()
    clock.at(0, arrival=NOON)
    back = NOON - seconds(10)
    times = [clock.at(step * 100_000, arrival=back + seconds(step / 10)) for step in range(1, 301)]
    assert times[0] == NOON + seconds(0.05)
    assert all(seconds(0.05) <= later - earlier <= seconds(0.1) for earlier, later in pairwise(times))
    assert times[-1] == back + seconds(30), "after twice the ten seconds both agree again"


def test_a_new_connection_is_anchored_anew() -> None:
    clock = ArrivalClock()
    clock.at(0, arrival=NOON)
    clock.at(100_000, arrival=NOON + seconds(0.1))
    clock.reconnected()
    assert clock.at(0, arrival=NOON + seconds(1)) == NOON + seconds(1)


def test_no_time_is_told_twice_whether_of_a_frame_or_not() -> None:
    clock = ArrivalClock()
    assert clock.instant(NOON) == NOON
    later = clock.instant(NOON - seconds(5))
    assert later > NOON
    assert clock.at(0, arrival=NOON - seconds(5)) > later


@given(st.lists(st.tuples(st.integers(1, 10**8), st.integers(-(10**10), 10**10), st.booleans()), max_size=80))
def test_times_rise_strictly_whatever_stamps_and_wall_clock_do(
    steps: list[tuple[int, int, bool]],
) -> None:
    clock = ArrivalClock()
    elapsed_us, arrival, times = 0, NOON, []
    for step_us, wall_us, reconnects in steps:
        if reconnects:
            clock.reconnected()
            elapsed_us = 0
        else:
            elapsed_us += step_us
        arrival += timedelta(microseconds=wall_us)
        times.append(clock.at(elapsed_us, arrival=arrival))
    assert all(later > earlier for earlier, later in pairwise(times))
