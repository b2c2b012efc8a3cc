"""Which gap of a camera is open, and which gaps to report when that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tracker.domain.frames import CameraId, Gap, GapReason

OUTAGES = frozenset({GapReason.UNREACHABLE, GapReason.DISCONNECTED, GapReason.UNREADABLE})
"""Reasons that follow one another in one and the same outage."""


class Blindness:
    """The open gap of one camera, if there is one.

    An outage keeps the reason with which it began (a camera that disconnects and then cannot be reached is one gap).
    Everything else is told apart from it and from each other: a pause is nobody's fault, and a dark room is no broken
    cable.

    ::

        frames  | disconnected, then unreachable | paused, resumed | unreachable | frames
                A                                B                 C             D
        reports   DISCONNECTED A..                 PAUSED B..        UNREACHABLE C..
                                DISCONNECTED A..B       PAUSED B..C        UNREACHABLE C..D
    """

    def __init__(self, camera: CameraId) -> None:
        self._camera = camera
        self._open: Gap | None = None

    @property
    def lasts(self) -> bool:
        """Whether the camera sees nothing now."""
        return self._open is not None

    @property
    def reason(self) -> GapReason | None:
        """Why it sees nothing; ``None`` while it sees."""
        return None if self._open is None else self._open.reason

    def begins(self, reason: GapReason, at: datetime) -> tuple[Gap, ...]:
        """The gaps to report now that the camera sees nothing for this reason since ``at`` (aware UTC)."""
        current = self._open
        if current is not None and (current.reason is reason or {current.reason, reason} <= OUTAGES):
            return ()
        closed = self.ends(at)
        self._open = Gap(self._camera, reason, at, None)
        return (*closed, self._open)

    def ends(self, at: datetime) -> tuple[Gap, ...]:
        """The gap that closes at ``at`` (aware UTC) because the camera sees again; none when none was open."""
        current, self._open = self._open, None
        return () if current is None else (replace(current, end=max(at, current.start)),)
