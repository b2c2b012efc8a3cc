from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.calendar import (
    WorkClock,
    advance,
    advance_many,
    production_day,
    production_day_bounds,
    working_seconds,
)
from tracker.domain.errors import ConfigError
from tracker.domain.estimates import ShopCalendar

DAY_SHIFTS = ShopCalendar(
    timezone="Asia/Shanghai",
    day_starts=time(6),
    shifts=((time(8), time(12)), (time(13), time(18))),
    rest_weekdays=frozenset({6}),
    holidays=frozenset({date(2026, 3, 4)}),
)
NIGHT_SHIFTS = ShopCalendar(
    timezone="Europe/Berlin",
    day_starts=time(6),
    shifts=((time(7), time(12)), (time(22), time(1, 30)), (time(2), time(5))),
    rest_weekdays=frozenset({5, 6}),
    holidays=frozenset(),
)
ROUND_THE_CLOCK = replace(
    DAY_SHIFTS, day_starts=time(0), shifts=((time(0), time(0)),), rest_weekdays=frozenset(), holidays=frozenset()
)
IDLE = replace(DAY_SHIFTS, shifts=())


def shanghai(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("Asia/Shanghai"))


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        (DAY_SHIFTS, shanghai(2026, 3, 2, 7), shanghai(2026, 3, 2, 9), 1),  # before the shift nobody works
        (DAY_SHIFTS, shanghai(2026, 3, 2, 11), shanghai(2026, 3, 2, 14), 2),  # the lunch break is free
        (DAY_SHIFTS, shanghai(2026, 3, 2, 0), shanghai(2026, 3, 3, 0), 9),  # a whole day
        (DAY_SHIFTS, shanghai(2026, 3, 2, 0), shanghai(2026, 3, 6, 0), 27),  # Wednesday is a holiday
        (DAY_SHIFTS, shanghai(2026, 3, 7, 17), shanghai(2026, 3, 9, 9), 2),  # Sunday rests
        (DAY_SHIFTS, shanghai(2026, 3, 2, 9), shanghai(2026, 3, 2, 8), 0),  # backwards is nothing
        (NIGHT_SHIFTS, berlin(2026, 3, 3, 0), berlin(2026, 3, 3, 6), 4.5),  # the night belongs to Monday
        (NIGHT_SHIFTS, berlin(2026, 3, 6, 22), berlin(2026, 3, 7, 6), 6.5),  # Friday's night ends on a rest day
        (NIGHT_SHIFTS, berlin(2026, 3, 9, 0), berlin(2026, 3, 9, 6), 0),  # Sunday rests until Monday 06:00
        (ROUND_THE_CLOCK, shanghai(2026, 3, 1, 3), shanghai(2026, 3, 3, 5), 50),  # equal times mean a whole day
        (IDLE, shanghai(2026, 3, 2, 0), shanghai(2026, 3, 9, 0), 0),  # no shifts at all
    ],
)
def test_working_seconds_follow_the_shop(calendar: ShopCalendar, start: datetime, end: datetime, hours: float) -> None:
    assert working_seconds(calendar, start, end) == pytest.approx(hours * 3600, abs=1e-6)


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (berlin(2026, 3, 28, 20), 5.5),  # the clock skips 02:00-03:00: the third shift loses an hour
        (berlin(2026, 10, 24, 20), 7.5),  # 02:00-03:00 comes twice: it gains one
    ],
)
def test_a_clock_change_is_real_time(evening: datetime, hours: float) -> None:
    weekend = replace(NIGHT_SHIFTS, rest_weekdays=frozenset())
    morning = evening.replace(hour=6) + timedelta(days=1)
    assert working_seconds(weekend, evening, morning) == pytest.approx(hours * 3600)


def test_shifts_that_a_clock_change_makes_overlap_count_once() -> None:
    skipped = replace(
        NIGHT_SHIFTS, rest_weekdays=frozenset(), shifts=((time(1), time(2, 30)), (time(2, 45), time(4)))
    )  # in that night 02:30 is 03:30 and 02:45 is 03:45: real 01:00-02:30 and 02:45-03:00 after midnight
    night = working_seconds(skipped, berlin(2026, 3, 28, 20), berlin(2026, 3, 29, 6))
    assert night <= 3 * 3600
    assert night == pytest.approx(1.5 * 3600 + 0.25 * 3600)


def test_the_order_in_which_shifts_are_written_does_not_matter() -> None:
    late_first = replace(NIGHT_SHIFTS, shifts=NIGHT_SHIFTS.shifts[::-1])
    span = (berlin(2026, 3, 2, 0), berlin(2026, 3, 9, 0))
    assert working_seconds(late_first, *span) == working_seconds(NIGHT_SHIFTS, *span)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (shanghai(2026, 3, 2, 9), 0, shanghai(2026, 3, 2, 9)),  # no work: at once
        (shanghai(2026, 3, 2, 3), 0, shanghai(2026, 3, 2, 3)),  # even in the night
        (shanghai(2026, 3, 2, 3), 1, shanghai(2026, 3, 2, 9)),  # work starts with the shift
        (shanghai(2026, 3, 2, 8), 4, shanghai(2026, 3, 2, 12)),  # done before lunch, not after
        (shanghai(2026, 3, 2, 8), 9, shanghai(2026, 3, 2, 18)),  # done in the evening, not next morning
        (shanghai(2026, 3, 2, 8), 18.5, shanghai(2026, 3, 5, 8, 30)),  # over the holiday
        (shanghai(2026, 3, 7, 8), 10, shanghai(2026, 3, 9, 9)),  # over Sunday
        (shanghai(2026, 3, 2, 8), 9 * 3000, None),  # years ahead
    ],
)
def test_advance_says_when_work_is_done(start: datetime, hours: float, end: datetime | None) -> None:
    done = advance(DAY_SHIFTS, start, hours * 3600)
    assert done.tzinfo is UTC
    if end is not None:
        assert done == end
    assert working_seconds(DAY_SHIFTS, start, done) == pytest.approx(hours * 3600, abs=1e-4)


def test_advance_many_is_advance_for_each() -> None:
    start = shanghai(2026, 3, 2, 10)
    lengths_s = np.array([[0.0, 3600.0], [40_000.5, 400_000.0]])
    instants = advance_many(DAY_SHIFTS, start, lengths_s)
    assert instants.shape == lengths_s.shape
    assert instants.dtype == np.dtype("datetime64[us]")
    for instant, length_s in zip(instants.flat, lengths_s.flat, strict=True):
        assert instant.item().replace(tzinfo=UTC) == advance(DAY_SHIFTS, start, float(length_s))
    assert advance_many(DAY_SHIFTS, start, np.empty(0)).shape == (0,)


@pytest.mark.parametrize("calendar", [IDLE, replace(DAY_SHIFTS, rest_weekdays=frozenset(range(7)))])
def test_a_calendar_without_work_is_refused(calendar: ShopCalendar) -> None:
    with pytest.raises(ConfigError, match="no working time"):
        advance(calendar, shanghai(2026, 3, 2, 8), 1.0)


@pytest.mark.parametrize("working_s", [-1.0, float("nan"), float("inf"), 1e13, 2e9])
def test_impossible_lengths_are_refused(working_s: float) -> None:
    with pytest.raises(ValueError, match=r"working seconds"):
        advance(DAY_SHIFTS, shanghai(2026, 3, 2, 8), working_s)


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 3, 2, 8)  # noqa: DTZ001
    for ask in (
        lambda: working_seconds(DAY_SHIFTS, naive, shanghai(2026, 3, 3, 8)),
        lambda: advance(DAY_SHIFTS, naive, 1.0),
        lambda: production_day(DAY_SHIFTS, naive),
    ):
        with pytest.raises(ValueError, match="naive"):
            ask()


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (shanghai(2026, 3, 2, 6), date(2026, 3, 2)),  # the day starts
        (shanghai(2026, 3, 2, 5, 59), date(2026, 3, 1)),  # still the day before
        (shanghai(2026, 3, 2, 23), date(2026, 3, 2)),  # and before midnight it is simply today
    ],
)
def test_a_production_day_starts_at_its_hour(at: datetime, day: date) -> None:
    assert production_day(DAY_SHIFTS, at) == day
    first, after = production_day_bounds(DAY_SHIFTS, day)
    assert first <= at < after


def test_a_clock_needs_an_end_after_its_start() -> None:
    with pytest.raises(ValueError, match="not before"):
        WorkClock.covering(DAY_SHIFTS, shanghai(2026, 3, 2), shanghai(2026, 3, 1))


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.sampled_from([DAY_SHIFTS, NIGHT_SHIFTS, ROUND_THE_CLOCK])


@settings(max_examples=60)
@given(calendar=CALENDARS, start=INSTANTS, working_s=st.floats(0, 2e6))
def test_advance_is_the_inverse_of_working_seconds(calendar: ShopCalendar, start: datetime, working_s: float) -> None:
    done = advance(calendar, start, working_s)
    assert done >= start
    assert working_seconds(calendar, start, done) == pytest.approx(working_s, abs=2e-6)


@settings(max_examples=60)
@given(calendar=CALENDARS, instants=st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
def test_working_seconds_add_up(calendar: ShopCalendar, instants: list[datetime]) -> None:
    first, middle, last = instants
    parts = working_seconds(calendar, first, middle) + working_seconds(calendar, middle, last)
    assert parts == pytest.approx(working_seconds(calendar, first, last), abs=1e-4)
    assert 0 <= parts <= (last - first).total_seconds() + 1e-4


@settings(max_examples=15)
@given(calendar=CALENDARS, start=INSTANTS, minutes=st.integers(0, 4 * 24 * 60))
def test_working_seconds_agree_with_looking_at_each_minute(
    calendar: ShopCalendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    at = [start + timedelta(minutes=passed) for passed in range(minutes)]
    looked = 60 * sum(_at_work(calendar, minute) for minute in at)
    end = start + timedelta(minutes=minutes)
    assert working_seconds(calendar, start, end) == pytest.approx(looked, abs=1e-3)


def _at_work(calendar: ShopCalendar, at: datetime) -> bool:
    """By the local clock on the wall, in nights without a clock change."""
    local = at.astimezone(ZoneInfo(calendar.timezone))
    day = production_day(calendar, at)
    if day.weekday() in calendar.rest_weekdays or day in calendar.holidays:
        return False
    clock_time = local.time()
    return any(
        begins <= clock_time < ends if begins < ends else clock_time >= begins or clock_time < ends
        for begins, ends in calendar.shifts
    )


def test_an_hour_that_comes_twice_runs_forward() -> None:
    always = replace(ROUND_THE_CLOCK, timezone="Europe/Berlin")
    first, second = berlin(2026, 10, 25, 2, 50), berlin(2026, 10, 25, 2, 10).replace(fold=1)
    assert working_seconds(always, first, second) == pytest.approx(20 * 60)
    assert working_seconds(always, second, first) == 0


def test_no_work_is_done_at_once_even_in_a_long_holiday() -> None:
    start = shanghai(2026, 3, 2, 8)
    closed = replace(DAY_SHIFTS, holidays=frozenset(start.date() + timedelta(days=day) for day in range(-2, 60)))
    assert advance(closed, start, 0.0) == start
    assert working_seconds(closed, start, start + timedelta(days=30)) == 0
    assert advance(closed, start, 1.0) > start + timedelta(days=58)
