"""From rows to the page of the orders: what needs somebody, what goes well, what nobody can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain.estimates import Estimate, Interval, ShopCalendar
from tracker.domain.frames import CameraId
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState
from tracker.domain.rules import StepId
from tracker.serve.advice import Advice, Attention, advice, attention
from tracker.serve.sight import CameraSight, sights
from tracker.serve.unseen import BlindSpot, Sights, unseen
from tracker.store import ReadView, StoredEvent, Unassigned

SHOWN_STATES = (OrderState.OFFERED, OrderState.ACCEPTED, OrderState.HELD)
"""Closed and cancelled orders are history."""

LATEST_UNASSIGNED = 500
"""So many are looked at for where they lie; their total is always right."""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One step of an order's route.

    Attributes:
        outsourced: Done elsewhere.
        pieces: Through the step; ``None`` where nothing is counted (outsourced, milestones, no estimate yet).
        unseen: A camera that should see this order here does not, so that the range is wider.
    """

    step: StepId
    outsourced: bool
    pieces: Interval | None
    unseen: bool


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that misses pieces."""

    line: OrderLine
    missing: int


@dataclass(frozen=True, slots=True)
class Card:
    """One order, as the page shows it.

    Attributes:
        days_left: Whole days from today to the due date in the shop's dates, negative when over; ``None`` without one.
        bottleneck: The step with the most work left; ``None`` when none is left or nothing is known.
        to_go: Pieces left in that step.
    """

    order: Order
    estimate: Estimate | None
    attention: Attention
    advice: Advice
    days_left: int | None
    route: tuple[StepProgress, ...]
    bottleneck: StepId | None
    to_go: int
    shortages: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True)
class Blindness:
    """Cameras that do not see for one and the same reason, and should.

    Attributes:
        seen: One of them, for all.
        widened: Orders whose range is wider because of it.
    """

    cameras: tuple[CameraId, ...]
    seen: CameraSight
    widened: tuple[OrderId, ...]


@dataclass(frozen=True, slots=True)
class Pile:
    """Pieces that belong to no order, at one step.

    Attributes:
        step: ``None`` where the rule names no step.
        since: Aware UTC of the oldest of them.
    """

    step: StepId | None
    pieces: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the page.

    Attributes:
        cards: Most urgent first.
        unassigned_pieces: All pieces that belong to no order.
        piles: Where the latest of them lie, largest first.
        as_of: Aware UTC of the latest estimate; ``None`` before the first.
        now: Aware UTC.
    """

    cards: tuple[Card, ...]
    unassigned_pieces: int
    piles: tuple[Pile, ...]
    cameras: tuple[CameraSight, ...]
    blindness: tuple[Blindness, ...]
    as_of: datetime | None
    now: datetime

    def count(self, attention: Attention) -> int:
        """How many orders need that much attention."""
        return sum(card.attention is attention for card in self.cards)


def today(view: ReadView, *, calendar: ShopCalendar, now: datetime) -> Today:
    """The page's content, in a number of queries that does not depend on the number of orders.

    Args:
        calendar: In whose time zone dates are dates.
        now: Aware UTC.
    """
    orders = view.orders(SHOWN_STATES)
    estimates = {estimate.order: estimate for estimate in view.estimates()}
    seen = sights(view.cameras(), view.gaps(since=now), now=now)
    blind = unseen(orders, estimates, Sights(seen, view.camera_rules(), view.schedule(), now))
    date_now = now.astimezone(ZoneInfo(calendar.timezone)).date()
    steps_of: dict[OrderId, set[StepId]] = defaultdict(set)
    for spot in blind:
        steps_of[spot.order].add(spot.step)
    cards = [_card(order, estimates.get(order.id), date_now, steps_of[order.id]) for order in orders]
    unassigned = view.unassigned(LATEST_UNASSIGNED)
    return Today(
        cards=tuple(sorted(cards, key=_urgency)),
        unassigned_pieces=unassigned.total_pieces,
        piles=_piles(unassigned),
        cameras=seen,
        blindness=_blindness(seen, blind),
        as_of=max((card.estimate.as_of for card in cards if card.estimate), default=None),
        now=now,
    )


def _urgency(card: Card) -> tuple[Attention, date, OrderId]:
    return card.attention, card.order.due or date.max, card.order.id


def _card(order: Order, estimate: Estimate | None, date_now: date, blind: Collection[StepId]) -> Card:
    days_left = None if order.due is None else (order.due - date_now).days
    needs = attention(order, estimate, days_left=days_left)
    bottleneck, to_go = _most_work_left(order, estimate)
    return Card(
        order=order,
        estimate=estimate,
        attention=needs,
        advice=advice(order, estimate, needs=needs, days_left=days_left),
        days_left=days_left,
        route=_route(order, estimate, blind),
        bottleneck=bottleneck,
        to_go=to_go,
        shortages=_shortages(order, estimate),
    )


def _route(order: Order, estimate: Estimate | None, blind: Collection[StepId]) -> tuple[StepProgress, ...]:
    counted = {step.step: step.pieces for step in estimate.steps} if estimate else {}
    return tuple(
        StepProgress(step.id, step.outsourced, counted.get(step.id), step.id in blind) for step in order.route.steps
    )


def _most_work_left(order: Order, estimate: Estimate | None) -> tuple[StepId | None, int]:
    """The step in which the most work is left, and its pieces to go."""
    left = [
        ((order.quantity - step.pieces.p50) * weighed.weight, step)
        for step in (estimate.steps if estimate else ())
        if (weighed := order.route.step(step.step)) is not None
    ]
    if not left:
        return None, 0
    work, most = max(left, key=lambda pair: pair[0])
    return (most.step, round(order.quantity - most.pieces.p50)) if work > 0 else (None, 0)


def _shortages(order: Order, estimate: Estimate | None) -> tuple[Shortage, ...]:
    # An estimate may be older than a revision that dropped lines.
    short = estimate.shortfalls if estimate else ()
    return tuple(Shortage(order.lines[one.line], one.missing) for one in short if one.line < len(order.lines))


def _piles(unassigned: Unassigned) -> tuple[Pile, ...]:
    by_step: dict[StepId | None, list[StoredEvent]] = {}
    for stored in unassigned.events:
        by_step.setdefault(stored.event.step, []).append(stored)
    piles = (
        Pile(step, sum(one.event.pieces for one in events), min(one.event.moment.at for one in events))
        for step, events in by_step.items()
    )
    return tuple(sorted((pile for pile in piles if pile.pieces), key=lambda pile: -pile.pieces))


def _blindness(seen: Sequence[CameraSight], blind: Collection[BlindSpot]) -> tuple[Blindness, ...]:
    """One for each cause: when everything stops at once, people need to hear it once."""
    alike: dict[object, list[CameraSight]] = defaultdict(list)
    for one in seen:
        if not one.sight.wanted:
            minute = one.since and one.since.replace(second=0, microsecond=0)
            alike[one.sight, one.reason, one.status.problem, minute].append(one)
    return tuple(
        Blindness(
            tuple(one.camera for one in group),
            group[0],
            tuple(sorted({spot.order for spot in blind if any(spot.camera == one.camera for one in group)})),
        )
        for group in alike.values()
    )
