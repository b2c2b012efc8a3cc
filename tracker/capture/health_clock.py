"""Whether somebody set the computer's clock while it ran."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from tracker.domain.frames import CameraId, Gap, GapReason

log = logging.getLogger(__name__)

STEP_S = 5.0
"""Seconds between two looks by which the wall clock must deviate from the one that nobody can set. Time servers slew
less than 0.5 ms a second, and threads are held up for less."""
AGREE = timedelta(seconds=2)
"""Once the time given to frames is no further ahead of the wall clock, one that was set back is caught up with."""


class ClockWatch:
    """Compares the wall clock with one that only ever runs.

    A computer that slept looks as if its clock had been set ahead, where the other clock slept too: nobody watched
    meanwhile either way.
    """

    def __init__(self) -> None:
        self._before: tuple[datetime, float] | None = None

    def update(self, now: datetime, running_s: float) -> timedelta:
        """By how much the clock was set since the call before: ahead above 0, back below, else 0.

        Args:
            now: Aware wall clock.
            running_s: A clock that nobody can set, seconds.
        """
        before, self._before = self._before, (now, running_s)
        if before is None:
            return timedelta(0)
        step = now - before[0] - timedelta(seconds=running_s - before[1])
        return step if abs(step) > timedelta(seconds=STEP_S) else timedelta(0)


class ClockGaps:
    """The gaps that a camera reports when somebody sets the clock.

    ::

        set ahead    frames ... before | at ...          before..at never was: a gap, over at once
        set back     frames ... at     | at ... at ...   frames are dated at half speed until the wall clock has come
                                                         up with them; they count, but nobody knows when they were
    """

    def __init__(self, camera: CameraId) -> None:
        self._camera = camera
        self._watch = ClockWatch()
        self._astray: Gap | None = None

    def update(self, now: datetime, running_s: float, *, before: datetime | None, at: datetime) -> tuple[Gap, ...]:
        """The gaps to report with this frame.

        Args:
            now: Aware wall clock.
            running_s: A clock that nobody can set, seconds.
            before: The time that was given to the frame before, if there was one.
            at: The time given to this frame.
        """
        step = self._watch.update(now, running_s)
        gaps: list[Gap] = []
        if step and before is not None:
            log.warning("clock_stepped camera=%s seconds=%.0f", self._camera, step.total_seconds())
            if step > timedelta(0):
                gaps.append(Gap(self._camera, GapReason.CLOCK, before, at))
            elif self._astray is None:
                self._astray = Gap(self._camera, GapReason.CLOCK, at, None)
                gaps.append(self._astray)
        if self._astray is not None and at - now <= AGREE:
            gaps.append(replace(self._astray, end=at))
            self._astray = None
        return tuple(gaps)
