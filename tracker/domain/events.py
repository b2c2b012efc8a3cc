"""What was counted, and by what evidence. Every kind is evidence; none is truth."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import RULES_VERSION, CellId, RuleId, RuleKind, StepId

EventId = NewType("EventId", uuid.UUID)

EVENT_NAMESPACE = uuid.UUID("6e0c4b3e-2a5d-5d39-9a4e-0f61f2a5c0de")
"""Namespace of all event ids (RFC 9562, version 5)."""


class Direction(StrEnum):
    """Which way a piece went."""

    IN = "in"
    OUT = "out"
    MOVED = "moved"
    RETURNED = "returned"


class Provenance(StrEnum):
    """Which kind of evidence an event is."""

    CAMERA = "camera"
    HUMAN = "human"
    MILESTONE = "milestone"
    TICKET = "ticket"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Event:
    """Pieces that went past a rule.

    Attributes:
        id: UUID version 5 of camera, rule, rules' version, direction, instant and ordinal: the same footage
            counted again gives the same id.
        rule: The rule that counted.
        kind: ``gate`` or ``transfer``.
        direction: Which way.
        class_name: Label of the counted thing, as the model's card spells it.
        pieces: Signed; what came back is negative.
        moment: When it happened (for a gate: when the centre crossed the line).
        decided_at: Aware UTC of the frame in which the rule was sure; never before ``moment.at``.
    """

    id: EventId
    camera: CameraId
    rule: RuleId
    kind: RuleKind
    direction: Direction
    class_name: str
    pieces: int
    moment: Moment
    decided_at: datetime
    step: StepId | None
    cell: CellId | None
    provenance: Provenance


def event_id(camera: CameraId, rule: RuleId, direction: Direction, at: datetime, ordinal: int) -> EventId:
    """The id of an event, from what made it.

    Args:
        at: Aware UTC of the moment it happened.
        ordinal: 0 for the first event of this rule and direction at this instant, 1 for the next.
    """
    name = f"{camera}|{rule}|v{RULES_VERSION}|{direction}|{at.isoformat()}|{ordinal}"
    return EventId(uuid.uuid5(EVENT_NAMESPACE, name))


@dataclass(frozen=True, slots=True)
class StockReading:
    """How many pieces lay in a zone during a still moment.

    Attributes:
        count: Things visible, median over the still moment; no pieces-per-unit applied.
        pieces: ``count`` times the rule's pieces per unit.
        moment: The frame that closed the still moment.
    """

    camera: CameraId
    rule: RuleId
    step: StepId | None
    cell: CellId | None
    count: int
    pieces: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class ActivityInterval:
    """A stretch in which a zone was busy. Lives in a replay's output only; SQL sees windows of an hour or more.

    Attributes:
        start_s: Seconds since the source's first frame.
        end_s: Same clock; not before ``start_s``.
        start_at: Aware UTC of ``start_s``.
        end_at: Aware UTC of ``end_s``.
        seats: Declared seats of the cell.
    """

    camera: CameraId
    rule: RuleId
    cell: CellId | None
    seats: int
    start_s: float
    end_s: float
    start_at: datetime
    end_at: datetime
