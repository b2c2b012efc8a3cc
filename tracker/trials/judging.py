"""What was counted beside what was true: net errors, and each event that is missing or too much, with its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.domain.events import Direction
from tracker.domain.orders import OrderId
from tracker.domain.rules import RuleId, StepId
from tracker.sim.script import TruthEvent
from tracker.store import StoredEvent

TOLERANCE_S = 5.0
"""How far apart a true event and its count may be: a hand may hover so long before anybody can be sure."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An event that is missing, or one too many.

    Attributes:
        rule: Whose.
        direction: Which way.
        t_s: When, seconds from the clip's first frame.
        missed: It happened and was not counted; else it was counted and did not happen.
    """

    rule: RuleId
    direction: Direction
    t_s: float
    missed: bool


@dataclass(frozen=True, slots=True)
class OrderCount:
    """One order at one rule.

    Attributes:
        order: Which; ``None`` for what was given to no order.
        rule: Which.
        step: Of the route.
        true: Pieces that really went through, net of those that came back.
        counted: Pieces that the database gives to the order there.
    """

    order: OrderId | None
    rule: RuleId
    step: StepId
    true: int
    counted: int

    @property
    def error(self) -> int:
        """Pieces too many, negative when some are missing."""
        return self.counted - self.true


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clip, judged.

    Attributes:
        counts: Of each order at each rule; what nobody could attribute comes last.
        faults: By time.
        true_events: Events of each rule that really happened.
    """

    counts: tuple[OrderCount, ...]
    faults: tuple[Fault, ...]
    true_events: dict[RuleId, int]


def judge(steps: dict[RuleId, StepId], truth: Sequence[TruthEvent], counted: Sequence[StoredEvent]) -> Verdict:
    """What a clip's counts are worth.

    Args:
        steps: The step that each rule counts for.
        truth: What happened.
        counted: What the database holds.
    """
    orders = sorted({event.order for event in truth if event.order is not None})
    counts = []
    for rule, step in steps.items():
        for order in (*orders, None):
            true = sum(event.pieces for event in truth if event.rule == rule and event.order == order)
            got = sum(one.event.pieces for one in counted if one.event.rule == rule and one.order == order)
            if order is not None or got:
                counts.append(OrderCount(order, rule, step, true, got))
    faults = [fault for rule in steps for fault in _faults(rule, truth, counted)]
    faults.sort(key=lambda fault: (fault.t_s, fault.rule))
    events = {rule: sum(event.rule == rule for event in truth) for rule in steps}
    return Verdict(tuple(counts), tuple(faults), events)


def _faults(rule: RuleId, truth: Sequence[TruthEvent], counted: Sequence[StoredEvent]) -> list[Fault]:
    """Events without a partner; partners go the same way, nearest in time first."""
    faults = []
    for direction in Direction:
        true = [event.t_s for event in truth if event.rule == rule and event.direction is direction]
        got = [one.event.moment.t_s for one in counted if one.event.rule == rule and one.event.direction is direction]
        pairs = sorted(
            (abs(a - b), i, j) for i, a in enumerate(true) for j, b in enumerate(got) if abs(a - b) <= TOLERANCE_S
        )
        told: set[int] = set()
        used: set[int] = set()
        for _, i, j in pairs:
            if i not in told and j not in used:
                told.add(i)
                used.add(j)
        faults += [Fault(rule, direction, t_s, missed=True) for i, t_s in enumerate(true) if i not in told]
        faults += [Fault(rule, direction, t_s, missed=False) for j, t_s in enumerate(got) if j not in used]
    return faults
