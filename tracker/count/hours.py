"""Busy stretches folded into whole hours, the finest activity that is ever stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.events import ActivityInterval
from tracker.domain.rules import RuleId

HOUR = timedelta(hours=1)
FEWEST_SEATS = 3
"""Activity of fewer seats is about persons: it is dropped here and never leaves memory."""


@dataclass(frozen=True, slots=True)
class BusyHour:
    """How long one rule's zone was busy in one whole hour that was watched from end to end.

    Attributes:
        start: Aware UTC, on the hour.
        busy_s: 0..3600.
    """

    rule: RuleId
    start: datetime
    busy_s: float


class HourLedger:
    """Busy seconds of the running hour, by rule; one per camera.

    Only an hour watched from end to end becomes a :class:`BusyHour`; one that was joined late, or in which the camera
    was blind, says nothing and is dropped.
    """

    def __init__(self) -> None:
        self._busy_s: dict[RuleId, float] = {}
        self._hour: datetime | None = None
        self._whole = self._seeing = False

    def add(self, intervals: Iterable[ActivityInterval]) -> None:
        """Count busy stretches that ended within the running hour."""
        for interval in intervals:
            if interval.seats >= FEWEST_SEATS and self._hour is not None:
                started = max(interval.start_at, self._hour)
                seconds = max((interval.end_at - started).total_seconds(), 0.0)
                self._busy_s[interval.rule] = self._busy_s.get(interval.rule, 0.0) + seconds

    def spoil(self) -> None:
        """The camera was blind: the running hour says nothing, nor does one that begins before it sees again."""
        self._whole = self._seeing = False

    def turns_at(self, at: datetime) -> bool:
        """Whether a frame taken at ``at`` begins a new hour; open stretches must be flushed and added before."""
        return self._hour is not None and at >= self._hour + HOUR

    def roll(self, at: datetime, rules: Iterable[RuleId]) -> tuple[BusyHour, ...]:
        """Note a frame; when it begins a new hour, the hour before comes back if it was watched whole.

        Args:
            at: Aware UTC of the frame.
            rules: Every rule whose hours are wanted; idle ones count as 0.
        """
        hour = at.replace(minute=0, second=0, microsecond=0)
        seeing, self._seeing = self._seeing, True
        if hour == self._hour:
            return ()
        follows = self._hour is not None and hour == self._hour + HOUR
        done: tuple[BusyHour, ...] = ()
        if self._hour is not None and self._whole and follows:
            done = tuple(BusyHour(rule, self._hour, min(self._busy_s.get(rule, 0.0), 3600.0)) for rule in rules)
        # a process that starts at 10:20 has not watched the hour of ten, nor has a camera that sees again then
        self._whole = follows and seeing
        self._hour, self._busy_s = hour, {}
        return done
