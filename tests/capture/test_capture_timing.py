"""Stamps, however broken, become strictly increasing times."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.timing import PresentationClock, nominal_step_us, rounded_us

MS = Fraction(1, 1000)


def times_ms(stamps: list[int | None], *, step_ms: int = 40) -> list[float]:
    clock = PresentationClock(time_base=MS, step_us=step_ms * 1000)
    return [clock.elapsed_us(stamp) / 1000 for stamp in stamps]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([500, 540, 580], [0, 40, 80]),
        ([None, None, None], [0, 40, 80]),
        ([None, 0, 40], [0, 40, 80]),  # how RTSP begins
        ([0, None, 80], [0, 40, 80]),
        ([0, 40, 40, 80], [0, 40, 60, 80]),  # a stamp twice: no drift remains
        ([0, 40, 30, 80], [0, 40, 60, 80]),
        ([0, 5000, 5040], [0, 5000, 5040]),  # a true hole stays
        ([9000, 9040, 0, 40], [0, 40, 80, 120]),  # starts anew
        ([0, 40, 10**12, 10**12 + 40], [0, 40, 80, 120]),  # garbage
        ([-80, -40, 0], [0, 40, 80]),
    ],
)
def test_stamps_become_times(stamps: list[int | None], expected: list[float]) -> None:
    assert times_ms(stamps) == expected


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=60), st.integers(1, 10**9))
def test_any_stamps_rise_strictly_from_zero(stamps: list[int | None], denominator: int) -> None:
    clock = PresentationClock(time_base=Fraction(1, denominator), step_us=40_000)
    times = [clock.elapsed_us(stamp) for stamp in stamps]
    assert times[:1] in ([], [0])
    assert all(later > earlier for earlier, later in pairwise(times))


@given(st.integers(-(2**63), 2**63 - 1), st.fractions(min_value=Fraction(1, 10**9), max_value=10))
def test_ticks_round_to_the_nearest_microsecond(ticks: int, time_base: Fraction) -> None:
    assert abs(rounded_us(ticks, time_base) - ticks * time_base * 10**6) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("rates", "step_us"),
    [
        ((Fraction(25), None), 40_000),
        ((None, Fraction(50, 3)), 60_000),
        ((Fraction(90_000), Fraction(10)), 100_000),  # a clock rate mistaken for a frame rate
        ((Fraction(0), None), 40_000),
        ((None, None), 40_000),
    ],
)
def test_the_nominal_step_comes_from_the_first_believable_rate(
    rates: tuple[Fraction | None, ...], step_us: int
) -> None:
    assert nominal_step_us(rates) == step_us
