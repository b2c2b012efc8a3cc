"""From an event to an order: its card first, then the schedule, then the only open order of the step, else nobody.

A card is the most recent and most local statement of the people who work there, a schedule is a plan, and the only open
order is what is left.

Pieces that nobody can attribute stay visible as unassigned; they are never spread over orders by guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker.assign.cards import Cards, bind
from tracker.domain.estimates import Assignment
from tracker.domain.events import Event
from tracker.domain.orders import Order, OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import StepId

NAMED_CANDIDATES = 5
"""A sentence with more order numbers than this is no longer read; the rest is given as a number."""


NO_CARDS = Cards()


def assign(
    event: Event, *, orders: Sequence[Order], schedule: Sequence[ScheduleEntry], cards: Cards = NO_CARDS
) -> Assignment:
    """The order whose pieces an event counted, or ``None``, with one sentence that says why.

    Only an accepted order whose route has the event's step can be given pieces. The answer depends on the set of
    orders, entries and sightings, never on their sequence.

    Args:
        event: What was counted; its ``moment.at`` decides which schedule entries hold.
        orders: All orders that might be meant, in any state; ids are unique.
        schedule: Which cell works on which order when; entries of orders not in ``orders`` are ignored.
        cards: Cards that were printed and seen; those of orders not in ``orders`` bind nothing.
    """
    if event.step is None:
        return Assignment(event.id, None, f"rule {event.rule} names no step, so what it counts belongs to no order")
    step = event.step
    binding = bind(event, step, cards, orders)
    if binding.order is not None:
        return Assignment(event.id, binding.order, binding.sentence)
    planned = _by_plan(event, step, orders, schedule)
    reason = f"{planned.reason} ({binding.sentence})" if binding.sentence else planned.reason
    return Assignment(event.id, planned.order, reason)


def _by_plan(event: Event, step: StepId, orders: Sequence[Order], schedule: Sequence[ScheduleEntry]) -> Assignment:
    """What the schedule says, else the only open order."""
    open_ids = {order.id for order in orders if order.state is OrderState.ACCEPTED and order.route.step(step)}
    scheduled = {entry.order for entry in schedule if _holds(entry, event, step)}
    chosen = sorted(scheduled & open_ids)
    place = f"step {step}" if event.cell is None else f"step {step}, cell {event.cell}"
    if len(chosen) == 1:
        return Assignment(event.id, chosen[0], f"the schedule has only {chosen[0]} at {place} at that time")
    if len(chosen) > 1:
        return Assignment(event.id, None, f"the schedule has {_names(chosen)} at {place} at the same time")
    aside = _why_not_scheduled(scheduled, orders, step)
    if len(open_ids) == 1:
        (only,) = open_ids
        return Assignment(event.id, only, f"{only} is the only open order that goes through step {step}{aside}")
    if not open_ids:
        return Assignment(event.id, None, f"no open order goes through step {step}{aside}")
    reason = f"{len(open_ids)} open orders go through step {step}, {_names(sorted(open_ids))}"
    return Assignment(event.id, None, f"{reason}, and the schedule names none of them at {place} at that time{aside}")


def _holds(entry: ScheduleEntry, event: Event, step: StepId) -> bool:
    """Whether a schedule entry speaks about the event's step, cell and moment."""
    here = entry.cell is None or event.cell is None or entry.cell == event.cell
    started = entry.start <= event.moment.at
    return entry.step == step and here and started and (entry.end is None or event.moment.at < entry.end)


def _why_not_scheduled(scheduled: set[OrderId], orders: Sequence[Order], step: StepId) -> str:
    """An aside about scheduled orders that may not be given pieces; empty when there are none."""
    known = {order.id: order for order in orders}
    faults = []
    for order_id in sorted(scheduled & known.keys()):
        order = known[order_id]
        missing_step = order.state is OrderState.ACCEPTED
        faults.append(f"{order_id} has no step {step}" if missing_step else f"{order_id} is {order.state}")
    return f" (the schedule names one that cannot take pieces: {_names(faults)})" if faults else ""


def _names(names: Iterable[str]) -> str:
    """A short enumeration for a sentence: ``A, B and C``."""
    listed = list(names)
    if len(listed) > NAMED_CANDIDATES:
        listed = [*listed[:NAMED_CANDIDATES], f"{len(listed) - NAMED_CANDIDATES} more"]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
