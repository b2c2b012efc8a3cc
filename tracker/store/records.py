"""What the store hands out and takes in beside the domain's own types."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tracker.domain.events import Event
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CellId, RuleId, RuleKind, StepId


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch of events; the three add up to the batch.

    Attributes:
        added: New ones.
        repeated: Ones that were known already, in quarantine or not; nothing changed.
        quarantined: New ones that came below the camera's watermark and were set apart.
    """

    added: int
    repeated: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with the order it belongs to.

    Attributes:
        order: ``None`` when nobody can tell.
        reason: Why it belongs there, in one sentence.
        manual: Decided by hand rather than by a rule.
        assigned_at: Aware UTC of the decision.
    """

    event: Event
    order: OrderId | None
    reason: str
    manual: bool
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Events that belong to no order.

    Attributes:
        events: The latest of them, newest first.
        total_events: How many there are in all.
        total_pieces: Pieces that lie with no order: at each step what went forward and did not come back, never below
            0. More may come back than went forward, when the first way was before counting began or was given to an
            order; then nothing lies there, and the two figures below still say what was seen.
        forward_pieces: Pieces that went forward, all events together; 0 or more.
        returned_pieces: Pieces that came back; 0 or more.
    """

    events: tuple[StoredEvent, ...]
    total_events: int
    total_pieces: int
    forward_pieces: int
    returned_pieces: int


class CameraState(StrEnum):
    """What a camera is doing."""

    STARTING = "starting"
    """Being opened; no frame yet."""
    WATCHING = "watching"
    """Frames arrive and are counted."""
    BLIND = "blind"
    """No frames, and nobody wanted that."""
    PAUSED = "paused"
    """Somebody in the workshop paused it; neutral."""
    STOPPED = "stopped"
    """Fairloom is not running."""
    ENDED = "ended"
    """A video file that was played to its end."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """What a camera is for, what looks through it, and how it is doing.

    Attributes:
        purpose: Why it hangs there; the workers' notice prints it.
        provider: Execution provider that really runs, or ``None`` before the model is loaded.
        model: Name of the model, or ``None`` before it is loaded.
        model_sha256: Its hash, 64 hex digits, or ``None``.
        last_frame_at: Aware UTC of the latest frame, or ``None`` before the first.
        frames: Frames decoded since the source was opened.
        dropped: Of these, frames that were not looked at.
        problem: Why it is blind, in a few words for people, without any address; ``None`` while it is not.
        said_at: Aware UTC of when this was written; ``None`` on its way to the database.
    """

    camera: CameraId
    purpose: str
    provider: str | None
    model: str | None
    model_sha256: str | None
    last_frame_at: datetime | None
    frames: int
    dropped: int
    state: CameraState
    problem: str | None = None
    said_at: datetime | None = field(default=None, compare=False)

    @property
    def behind_s(self) -> float | None:
        """How old the latest frame was that had been looked at when this was written; ``None`` while none arrives.

        With nothing dropped it is about the time between two frames. Much more is back-pressure: frames come faster
        than they are looked at.
        """
        if self.state is not CameraState.WATCHING or self.said_at is None or self.last_frame_at is None:
            return None
        return max(0.0, (self.said_at - self.last_frame_at).total_seconds())


@dataclass(frozen=True, slots=True)
class CameraRule:
    """A rule that a camera holds now."""

    camera: CameraId
    rule: RuleId
    kind: RuleKind
    step: StepId | None
    cell: CellId | None


@dataclass(frozen=True, slots=True)
class ActivityWindow:
    """How long a cell was busy in a window of an hour or more.

    Attributes:
        start: Aware UTC.
        duration_s: Whole seconds, at least 3600.
        busy_s: Seconds of it in which the zone was busy, 0..``duration_s``.
        seats: Declared seats of the cell, at least 3.
    """

    camera: CameraId
    rule: RuleId
    cell: CellId | None
    seats: int
    start: datetime
    duration_s: int
    busy_s: float


class MilestoneMark(StrEnum):
    """What somebody said about an order's step."""

    REACHED = "reached"
    SENT = "sent"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Milestone:
    """Somebody tapped a step of an order as reached, sent out or returned.

    Attributes:
        at: Aware UTC.
    """

    order: OrderId
    step: StepId
    mark: MilestoneMark
    at: datetime


@dataclass(frozen=True, slots=True)
class Disclosure:
    """An outsider was told a release.

    Attributes:
        epoch: Aware UTC start of the release's epoch.
        recipient: Name of the key or webhook, never a person.
        first_at: Aware UTC.
        times: How often, at least 1.
    """

    order: OrderId
    epoch: datetime
    recipient: str
    first_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the append-only log.

    Attributes:
        seq: 1 for the first; no number is left out.
        at: Aware UTC.
        kind: ``order.imported``, ``gap.opened`` ...
        subject: Id of the order or camera it is about.
        payload: JSON object in canonical form: sorted keys, no spaces.
        prev_hash: Hash of the entry before, 64 zeros for the first.
        hash: SHA-256 over all of the above, 64 hex digits.
    """

    seq: int
    at: datetime
    kind: str
    subject: str
    payload: str
    prev_hash: str
    hash: str
