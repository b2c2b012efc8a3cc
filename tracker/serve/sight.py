"""What each camera sees right now, judged from rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.store import CameraState, CameraStatus

SILENT_AFTER = timedelta(seconds=90)
"""A camera that claims to watch is silent from here on: the sparsest setting is a still every 30 s."""


class Sight(StrEnum):
    """How a camera is doing, as people should hear it."""

    WATCHING = "watching"
    STARTING = "starting"
    PAUSED = "paused"
    COVERED = "covered"
    """Dark, or something lies before the lens; nobody's fault, like a pause."""
    BLIND = "blind"
    SILENT = "silent"
    """Its row says watching, yet nothing has come for a while: whoever writes the row has died or hangs."""
    STOPPED = "stopped"
    ENDED = "ended"
    """A video file that was played to its end: nothing is lost, and nothing more will come."""

    @property
    def sees(self) -> bool:
        """Whether pieces are being counted."""
        return self is Sight.WATCHING

    @property
    def wanted(self) -> bool:
        """Whether that is how somebody may want it; a pause, a covered lens and a film's end are nobody's fault."""
        return self in {Sight.WATCHING, Sight.STARTING, Sight.PAUSED, Sight.COVERED, Sight.ENDED}


@dataclass(frozen=True, slots=True)
class CameraSight:
    """One camera, and how it is doing.

    Attributes:
        sight: In one word.
        since: Aware UTC since when it does not see; ``None`` while it does, and when nobody knows.
        reason: Why not, where that is recorded; while it watches, what is doubtful about it (``CLOCK``).
        status: The row itself.
    """

    sight: Sight
    since: datetime | None
    reason: GapReason | None
    status: CameraStatus

    @property
    def camera(self) -> CameraId:
        """Its name."""
        return self.status.camera


def sights(cameras: Sequence[CameraStatus], gaps: Iterable[Gap], *, now: datetime) -> tuple[CameraSight, ...]:
    """How each camera is doing.

    Args:
        cameras: In the order wanted.
        gaps: At least those that last.
        now: Aware UTC.
    """
    lasting = {gap.camera: gap for gap in gaps if gap.end is None}
    return tuple(_sight(status, lasting.get(status.camera), now) for status in cameras)


def _sight(status: CameraStatus, gap: Gap | None, now: datetime) -> CameraSight:
    since, reason = (gap.start, gap.reason) if gap else (status.last_frame_at, None)
    if status.state is CameraState.BLIND and reason in {GapReason.DARK, GapReason.BLOCKED}:
        return CameraSight(Sight.COVERED, since, reason, status)
    if status.state is not CameraState.WATCHING:
        return CameraSight(Sight(status.state.value), since, reason, status)
    if status.last_frame_at is None or now - status.last_frame_at > SILENT_AFTER:
        return CameraSight(Sight.SILENT, since, reason, status)
    doubt = GapReason.CLOCK if reason is GapReason.CLOCK else None
    return CameraSight(Sight.WATCHING, None, doubt, status)
