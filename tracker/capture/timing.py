"""When a frame was taken, from the stamps that containers and cameras write, however broken."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

MICROSECONDS = 1_000_000

_REBASE_BACK_US = MICROSECONDS
"""Stamps that step back further than this start anew (joined files, wrapped counters); less is jitter."""
_REBASE_AHEAD_US = 24 * 3600 * MICROSECONDS
"""No recording has a hole of a day; a stamp that claims one is garbage."""
_SANE_FPS = (Fraction(1, 3600), Fraction(1000))
_FALLBACK_FPS = Fraction(25)


def nominal_step_us(rates: tuple[Fraction | None, ...]) -> int:
    """Microseconds from one frame to the next, from the first believable rate (frames per second), else 1/25 s."""
    low, high = _SANE_FPS
    rate = next((rate for rate in rates if rate is not None and low <= rate <= high), _FALLBACK_FPS)
    return max(1, round(MICROSECONDS / rate))


class PresentationClock:
    """Turns presentation stamps into microseconds since the first frame, strictly increasing.

    A missing stamp follows its predecessor by the nominal step. A stamp that repeats or steps back a little follows by
    half a step, so that true stamps soon overtake it and no drift remains. One that steps back more than a second, or
    ahead more than a day, starts a new stretch one nominal step after the last frame. The same stamps always give the
    same times.

    Args:
        time_base: Seconds per tick of the stamps.
        step_us: Nominal microseconds from frame to frame, at least 1; also an attribute.
    """

    def __init__(self, *, time_base: Fraction, step_us: int) -> None:
        self.step_us = step_us
        self._time_base = time_base
        self._offset_us: int | None = None
        self._last_us: int | None = None

    def elapsed_us(self, pts: int | None) -> int:
        """Microseconds since the first frame; 0 for the first, then strictly more at every call.

        Args:
            pts: The frame's stamp in ticks, or ``None`` when it carries none.
        """
        following = 0 if self._last_us is None else self._last_us + self.step_us
        self._last_us = following if pts is None else self._stamped(pts, following)
        return self._last_us

    def _stamped(self, pts: int, following: int) -> int:
        stamp = rounded_us(pts, self._time_base)
        if self._offset_us is None:
            self._offset_us = following - stamp
        elapsed = stamp + self._offset_us
        if self._last_us is None or self._last_us < elapsed <= self._last_us + _REBASE_AHEAD_US:
            return elapsed
        if self._last_us - _REBASE_BACK_US <= elapsed <= self._last_us:
            return self._last_us + max(1, self.step_us // 2)
        self._offset_us = following - stamp
        return following


def rounded_us(ticks: int, time_base: Fraction) -> int:
    """Ticks of a time base as whole microseconds, halves up; integers only, so the same everywhere."""
    scale = 2 * time_base.denominator
    return (2 * ticks * time_base.numerator * MICROSECONDS + time_base.denominator) // scale


def later(start: datetime, elapsed_us: int) -> datetime:
    """``start`` plus microseconds, exactly."""
    return start + timedelta(microseconds=elapsed_us)
