"""Aware UTC for live frames: stamps tell the spacing, the wall clock where they lie."""

from __future__ import annotations

from datetime import datetime, timedelta

_TOLERANCE = timedelta(seconds=2)
"""Networks delay and bunch frames by less than this; what deviates more is a drifting or stepped clock."""


class ArrivalClock:
    """Gives each frame of one camera a strictly increasing time.

    The first frame of a connection is taken to be as old as its arrival; stamps space those that follow. When stamps
    and wall clock come to disagree by more than two seconds, the wall clock wins. When it stepped back, time goes on at
    half speed until the wall clock has caught up: never backwards, and never standing still.

    State: one anchor and the last time given; nothing grows.
    """

    def __init__(self) -> None:
        self._anchor: datetime | None = None
        self._last: datetime | None = None
        self._last_us = 0

    def reconnected(self) -> None:
        """Forgets where stamps lay: those of a new connection start anywhere."""
        self._anchor, self._last_us = None, 0

    def instant(self, now: datetime) -> datetime:
        """A time for something that is no frame, such as a pause: ``now``, or just after the last time given."""
        self._last = now if self._last is None else max(now, self._last + timedelta.resolution)
        return self._last

    def at(self, elapsed_us: int, *, arrival: datetime) -> datetime:
        """When the frame was taken.

        Args:
            elapsed_us: Microseconds since the connection's first frame, by its stamps; not before the call before.
            arrival: Aware UTC at which the frame was decoded.
        """
        elapsed = timedelta(microseconds=elapsed_us)
        if self._anchor is None or abs(self._anchor + elapsed - arrival) > _TOLERANCE:
            self._anchor = arrival - elapsed
        at = self._anchor + elapsed
        if self._last is not None and at <= self._last:
            at = self._last + max(timedelta.resolution, timedelta(microseconds=(elapsed_us - self._last_us) // 2))
        self._last, self._last_us = at, elapsed_us
        return at
