"""The shop's own time: working seconds, production days, and when work of a given length is done.

Everything here is a pure function of a ``ShopCalendar``. A production day D starts at ``day_starts`` of local date D. A
shift belongs to the production day in which it starts, so a night shift counts as the day before midnight::

    day_starts 06:00, shifts (07:00-12:00), (13:00-17:00), (22:00-02:00), (02:30-05:00)

    local date      D                                   D+1
            06:00   07   12 13   17         22        00   02 02:30 05  06:00
            |        ####  ####              ##########     #######    |
            '------------------- production day D ---------------------'

Rest days and holidays are production days. Clock changes are real time: a night in which the clock goes back has an
hour more. A local time that a clock change skips means the instant one hour later on the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.domain.estimates import ShopCalendar

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_REACH_DAYS = 32
LONGEST_REACH_DAYS = 36525
"""A hundred years: nothing a shop plans lies further ahead, and a forecast that does is a fault upstream."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkClock:
    """A clock that runs only while the shop works, from ``origin`` on.

    Seconds since ``origin`` (``_s``) and worked seconds are float64; over a hundred years they stay exact to a
    microsecond.

    Attributes:
        origin: Aware UTC where both clocks read zero.
        until: Aware UTC up to which the clock is right.
        starts_s: Start of each working stretch, shape (n,), ascending, not before 0.
        ends_s: End of each stretch, shape (n,), each after its start and not after the next start.
        worked_s: Worked seconds before each stretch and after all of them, shape (n + 1,), from 0 ascending.
    """

    origin: datetime
    until: datetime
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    worked_s: NDArray[np.float64]

    @classmethod
    def covering(cls, calendar: ShopCalendar, start: datetime, end: datetime) -> WorkClock:
        """A clock with its origin at ``start``, right up to ``end``.

        Args:
            start: Aware.
            end: Aware; not before ``start``.

        Raises:
            ValueError: ``end`` lies before ``start``, or one of them is naive.
        """
        start, end = _utc(start), _utc(end)
        if end < start:
            raise ValueError(f"expected an end not before {start.isoformat()}, got {end.isoformat()}")
        first, last = production_day(calendar, start), production_day(calendar, end)
        # From the day before: its last shift may reach into this day.
        spans = _stretches(calendar, first.toordinal() - 1, last.toordinal() + 1)
        offset_s = (start - EPOCH).total_seconds()
        starts_s = np.maximum(spans[:, 0] - offset_s, 0.0)
        ends_s = spans[:, 1] - offset_s
        keep = ends_s > starts_s
        starts_s, ends_s = starts_s[keep], ends_s[keep]
        worked_s = np.concatenate(([0.0], np.cumsum(ends_s - starts_s)))
        return cls(start, end, starts_s, ends_s, worked_s)

    def worked(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Worked seconds from the origin to each instant.

        Args:
            at_s: Seconds since the origin, any shape; before the origin counts as the origin.
        """
        if not len(self.starts_s):
            return np.zeros_like(at_s, dtype=np.float64)
        stretch = np.maximum(np.searchsorted(self.starts_s, at_s, side="right") - 1, 0)
        inside = np.minimum(at_s, self.ends_s[stretch]) - self.starts_s[stretch]
        return np.asarray(self.worked_s[stretch] + np.maximum(inside, 0.0), dtype=np.float64)

    def instants(self, worked_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds since the origin at which that much has been worked: the inverse of ``worked``.

        Args:
            worked_s: At least 0 and at most ``worked_s[-1]``, any shape. Zero gives zero; a whole stretch gives its
                end, not the start of the next.
        """
        if not len(self.starts_s):
            return np.zeros_like(worked_s, dtype=np.float64)
        stretch = np.clip(np.searchsorted(self.worked_s, worked_s, side="left") - 1, 0, len(self.starts_s) - 1)
        at_s = self.starts_s[stretch] + (worked_s - self.worked_s[stretch])
        return np.where(worked_s <= 0.0, 0.0, at_s)

    def seconds(self, at: datetime) -> float:
        """Seconds from the origin to an instant."""
        return (at - self.origin).total_seconds()


def working_seconds(calendar: ShopCalendar, start: datetime, end: datetime) -> float:
    """Seconds that the shop works between two instants; 0 when ``end`` is not after ``start``.

    Raises:
        ValueError: An instant is naive.
    """
    start, end = _utc(start), _utc(end)
    if end <= start:
        return 0.0
    clock = WorkClock.covering(calendar, start, end)
    return float(clock.worked(np.array([clock.seconds(end)]))[0])


def advance(calendar: ShopCalendar, start: datetime, working_s: float) -> datetime:
    """The instant at which the shop has worked that long since ``start``.

    Args:
        start: Aware.
        working_s: At least 0, finite; 0 gives ``start`` itself.

    Returns:
        Aware UTC; the end of a shift rather than the start of the next.

    Raises:
        ConfigError: The calendar has no working time.
        ValueError: ``working_s`` is negative, not finite, or lies more than a hundred years ahead.
    """
    instant = advance_many(calendar, start, np.array([working_s], dtype=np.float64))[0]
    return EPOCH + timedelta(microseconds=int(instant.astype(np.int64)))


def advance_many(calendar: ShopCalendar, start: datetime, working_s: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """``advance`` for many lengths at once.

    Args:
        start: Aware; the same for all.
        working_s: Any shape; at least 0, finite.

    Returns:
        datetime64[us] in UTC, the same shape.

    Raises:
        ConfigError: The calendar has no working time.
        ValueError: A length is negative, not finite, or lies more than a hundred years ahead.
    """
    lengths_s = np.asarray(working_s, dtype=np.float64)
    if not np.all(np.isfinite(lengths_s)) or np.any(lengths_s < 0):
        raise ValueError("expected working seconds that are finite and not negative")
    longest_s = float(lengths_s.max(initial=0.0))
    clock = _clock_reaching(calendar, start, longest_s)
    at_us = np.rint(clock.instants(lengths_s) * 1e6).astype(np.int64)
    origin = np.datetime64(clock.origin.replace(tzinfo=None), "us")
    return np.asarray(origin + at_us.astype("timedelta64[us]"))


def production_day(calendar: ShopCalendar, at: datetime) -> date:
    """The production day in which an instant lies.

    Raises:
        ValueError: The instant is naive.
    """
    at = _utc(at)
    local_date = at.astimezone(_zone(calendar)).date()
    return local_date if at >= _day_start(calendar, local_date) else local_date - DAY


def production_day_bounds(calendar: ShopCalendar, day: date) -> tuple[datetime, datetime]:
    """First instant of a production day and of the next, aware UTC."""
    return _day_start(calendar, day), _day_start(calendar, day + DAY)


def works_on(calendar: ShopCalendar, day: date) -> bool:
    """Whether a production day has shifts."""
    return bool(calendar.shifts) and day.weekday() not in calendar.rest_weekdays and day not in calendar.holidays


def _clock_reaching(calendar: ShopCalendar, start: datetime, longest_s: float) -> WorkClock:
    """A clock from ``start`` that covers at least so many worked seconds."""
    if not calendar.shifts or len(calendar.rest_weekdays) == 7:
        raise ConfigError(
            "the shop's calendar has no working time",
            expected="at least one shift and one weekday that is no rest day",
        )
    reach_days = FIRST_REACH_DAYS
    while longest_s <= LONGEST_REACH_DAYS * DAY.total_seconds():
        clock = WorkClock.covering(calendar, start, start + reach_days * DAY)
        # The last stretches may lie beyond `until` and be right all the same.
        if clock.worked_s[-1] >= longest_s:
            return clock
        if reach_days >= LONGEST_REACH_DAYS:
            break
        reach_days = min(reach_days * 4, LONGEST_REACH_DAYS)
    raise ValueError(f"{longest_s:.0f} working seconds lie more than a hundred years ahead")


@lru_cache(maxsize=64)
def _stretches(calendar: ShopCalendar, first: int, last: int) -> NDArray[np.float64]:
    """Working stretches of the production days from ``first`` to ``last`` (ordinals), Unix seconds, shape (n, 2)."""
    zone = _zone(calendar)
    spans = sorted(
        _shift_span(calendar, day, shift, zone)
        for day in map(date.fromordinal, range(first, last + 1))
        if works_on(calendar, day)
        for shift in calendar.shifts
    )
    stretches = np.array(spans, dtype=np.float64).reshape(-1, 2)
    if len(stretches):
        # A clock change can make local stretches overlap or vanish.
        free_from = np.concatenate(([-np.inf], np.maximum.accumulate(stretches[:-1, 1])))
        stretches[:, 0] = np.maximum(stretches[:, 0], free_from)
        stretches = stretches[stretches[:, 1] > stretches[:, 0]]
    stretches.setflags(write=False)
    return stretches


def _shift_span(calendar: ShopCalendar, day: date, shift: tuple[time, time], zone: ZoneInfo) -> tuple[float, float]:
    """Unix seconds at which a shift of a production day begins and ends."""
    begins, ends = shift
    start_date = day if begins >= calendar.day_starts else day + DAY
    end_date = start_date if ends > begins else start_date + DAY
    return _unix_s(start_date, begins, zone), _unix_s(end_date, ends, zone)


def _unix_s(day: date, clock_time: time, zone: ZoneInfo) -> float:
    return datetime.combine(day, clock_time, tzinfo=zone).timestamp()


def _day_start(calendar: ShopCalendar, day: date) -> datetime:
    return datetime.combine(day, calendar.day_starts, tzinfo=_zone(calendar)).astimezone(UTC)


def _zone(calendar: ShopCalendar) -> ZoneInfo:
    return ZoneInfo(calendar.timezone)


def _utc(at: datetime) -> datetime:
    """The same instant in UTC: two instants of one zone would be compared by the clock on the wall."""
    if at.tzinfo is None:
        raise ValueError(f"expected an aware datetime, got naive {at.isoformat()}")
    return at.astimezone(UTC)
