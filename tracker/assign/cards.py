"""Which order a card binds a piece to: the card seen last at its place, until another is seen or time runs out.

::

    cards seen at the place at or before the piece passed, the last look of them
      none of ours            as if no card were there
      its time ran out        no binding
      two orders at once      no binding
      an order that is not    no binding
      open at that step
      a card of another cell  no binding
      one open order          its order

Where a card does not bind, the schedule and the only open order are asked, and the sentence says why it did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tracker.domain.cards import CardNumber, CardSighting, IssuedCard
from tracker.domain.events import Event
from tracker.domain.orders import Order, OrderId, OrderState
from tracker.domain.rules import StepId

STILL_THERE = timedelta(minutes=10)
"""A card that lies in view is sighted again at least this often; one that was not for longer is hidden."""


@dataclass(frozen=True, slots=True)
class Cards:
    """What is known of cards.

    Attributes:
        issued: Every card ever printed.
        sightings: At least the latest of each place at or before the events that are asked about.
    """

    issued: Sequence[IssuedCard] = field(default=())
    sightings: Sequence[CardSighting] = field(default=())


@dataclass(frozen=True, slots=True)
class Binding:
    """What the cards say about a piece.

    Attributes:
        order: ``None`` when they bind nothing.
        sentence: Why: a whole sentence when they bind, an aside without brackets when not; empty when no card of ours
            was ever seen there.
    """

    order: OrderId | None
    sentence: str


NO_CARD = Binding(None, "")


def bind(event: Event, step: StepId, cards: Cards, orders: Sequence[Order]) -> Binding:
    """The order that the cards at an event's place give it to.

    Args:
        step: The event's.
        orders: All orders that might be meant, in any state.
    """
    meant = _meaning(event, cards)
    if not meant:
        return NO_CARD
    last_at = max(sighting.at for sighting, _ in meant)
    there = [(sighting, issued) for sighting, issued in meant if sighting.at == last_at]
    sighting, issued = there[0]
    place = _place(sighting)
    named = sorted({issued.order for _, issued in there})
    if len(named) > 1:
        return Binding(None, f"cards of {' and '.join(named)} lay {place} together")
    if all(event.moment.at >= sighting.until for sighting, _ in there):
        return Binding(None, f"the {_paper(sighting)} of {issued.order} {place} was not seen for too long")
    here = [(sighting, issued) for sighting, issued in there if issued.cell in {None, event.cell}]
    if not here:
        return Binding(None, f"card {issued.card} of {issued.order} {place} is for cell {issued.cell} only")
    sighting, issued = here[0]
    if fault := _closed(issued.order, orders, step):
        return Binding(None, f"the {_paper(sighting)} {place} is of {issued.order}, {fault}")
    hidden = event.moment.at - sighting.at > STILL_THERE + timedelta(minutes=1) and sighting.rule is not None
    aside = ", hidden since but not replaced" if hidden else ""
    name = "a bundle ticket" if sighting.card is None else f"order card {sighting.card}"
    return Binding(issued.order, f"{name} of {issued.order} {_verb(sighting)} {place}{aside}")


def _meaning(event: Event, cards: Cards) -> list[tuple[CardSighting, IssuedCard]]:
    """Sightings at the event's place up to its moment, each with what its number meant when it was seen."""
    here = [
        sighting
        for sighting in cards.sightings
        if sighting.at <= event.moment.at
        and (
            (sighting.camera == event.camera and sighting.rule == event.rule)
            or (sighting.cell is not None and sighting.cell == event.cell)
        )
    ]
    here.sort(key=lambda seen: (seen.at, str(seen.card), seen.order or "", seen.camera, seen.rule or ""))
    by_number: dict[CardNumber, list[IssuedCard]] = {}
    for issued in cards.issued:
        by_number.setdefault(issued.card, []).append(issued)
    return [
        (sighting, issued)
        for sighting in here
        for issued in _meanings(sighting, by_number)
        if issued.holds(sighting.at)
    ]


def _meanings(sighting: CardSighting, by_number: dict[CardNumber, list[IssuedCard]]) -> Sequence[IssuedCard]:
    """What a number ever meant; a bundle ticket means the order that it names, whenever it was printed."""
    if sighting.order is not None:
        return (IssuedCard(CardNumber(-1), sighting.order, None, sighting.at, None),)
    return by_number.get(sighting.card, ()) if sighting.card is not None else ()


def _paper(sighting: CardSighting) -> str:
    return "bundle ticket" if sighting.card is None else "card"


def _place(sighting: CardSighting) -> str:
    return f"for cell {sighting.cell}" if sighting.rule is None else f"at rule {sighting.rule}"


def _verb(sighting: CardSighting) -> str:
    return "was scanned" if sighting.rule is None else "lies"


def _closed(order_id: OrderId, orders: Sequence[Order], step: StepId) -> str:
    """Why an order can take no pieces at a step; empty when it can."""
    order = next((order for order in orders if order.id == order_id), None)
    if order is None:
        return "which is not open"
    if order.state is not OrderState.ACCEPTED:
        return f"which is {order.state}"
    return "" if order.route.step(step) else f"which has no step {step}"
