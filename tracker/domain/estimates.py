"""How far an order is, and when it will be done: always with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from tracker.domain.events import EventId
from tracker.domain.orders import HumanCount, Order, OrderId
from tracker.domain.rules import CellId, RuleId, StepId


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which order an event belongs to, and why.

    Attributes:
        order: ``None`` when nobody can tell: the pieces stay visible as unassigned.
        reason: One sentence for ``tracker orders show --why``.
    """

    event: EventId
    order: OrderId | None
    reason: str


@dataclass(frozen=True, slots=True)
class RuleTally:
    """What one camera rule counted for one order and step, after the last whole-order human count there.

    Attributes:
        pieces: Signed sum of the events' pieces.
        blind_s: Working seconds in which the rule's camera was blind while this order was in work there.
        watched_s: Working seconds in which it was not.
        cell: Where the rule counts: rules of one cell see the same pieces, rules of different cells different ones,
            so that the cells of a split order add up. ``None`` when the shop has only one such place.
    """

    rule: RuleId
    pieces: int
    blind_s: float
    watched_s: float
    cell: CellId | None = None


@dataclass(frozen=True, slots=True)
class StepEvidence:
    """All that is known about one order's pieces through one step.

    Attributes:
        tallies: One per camera rule that counts this step.
        human: Latest whole-order human count, or ``None``.
        human_lines: Latest human count of each line that has one.
        first_at: Aware UTC of the first evidence for this order at this step, or ``None``.
        last_at: Aware UTC of the latest, or ``None``.
    """

    step: StepId
    tallies: tuple[RuleTally, ...]
    human: HumanCount | None
    human_lines: tuple[HumanCount, ...]
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayOutput:
    """Pieces counted through a step of an order on one production day (the shop's local date)."""

    step: StepId
    day: date
    pieces: int


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """Everything the estimate of one order may use."""

    order: Order
    steps: tuple[StepEvidence, ...]
    days: tuple[DayOutput, ...]


@dataclass(frozen=True, slots=True)
class ShopCalendar:
    """When the shop works.

    Attributes:
        timezone: IANA name, ``Asia/Shanghai``.
        day_starts: Local time at which a production day begins.
        shifts: Local start and end of each working stretch of a working day, in order, not overlapping.
        rest_weekdays: 0 Monday .. 6 Sunday.
        holidays: Local dates without work.
    """

    timezone: str
    day_starts: time
    shifts: tuple[tuple[time, time], ...]
    rest_weekdays: frozenset[int]
    holidays: frozenset[date]


@dataclass(frozen=True, slots=True)
class Interval:
    """Ten, fifty and ninety per cent points of a posterior; p10 <= p50 <= p90."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class FinishInterval:
    """Ten, fifty and ninety per cent points of the finish, aware UTC."""

    p10: datetime
    p50: datetime
    p90: datetime


class Outlook(StrEnum):
    """One word for the order's prospects."""

    NO_DATA = "no_data"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class StepEstimate:
    """True good pieces through one step: posterior interval, pieces."""

    step: StepId
    pieces: Interval


@dataclass(frozen=True, slots=True)
class LineShortfall:
    """A line that a person counted and that still misses pieces.

    Attributes:
        line: Index into the order's lines.
        good: Pieces of the line through the last step, as last counted by a person.
        missing: Ordered minus good, at least 1.
    """

    line: int
    good: int
    missing: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where one order stands.

    Attributes:
        as_of: Aware UTC of the computation.
        deliverable: Good pieces through the last step, capped per line, over ordered; 0..1.
        work_content: Weighted work done over weighted work ordered; 0..1.
        steps: One per step of the route that has own work.
        finish: When the last ordered piece leaves the last step; ``None`` without any evidence of pace.
        p_on_time: Probability that the finish is no later than the due date's end; ``None`` without due date or finish.
        outlook: One word.
        none_due_yet: A deliverable of zero is right: earlier steps advance and nothing should be through the last yet.
        stale_since: Aware UTC since when open work has had no evidence while cameras were blind; ``None`` when fresh.
        shortfalls: Lines known to be short.
    """

    order: OrderId
    as_of: datetime
    deliverable: Interval
    work_content: Interval
    steps: tuple[StepEstimate, ...]
    finish: FinishInterval | None
    p_on_time: float | None
    outlook: Outlook
    none_due_yet: bool
    stale_since: datetime | None
    shortfalls: tuple[LineShortfall, ...]
