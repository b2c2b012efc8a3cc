"""The words that go with the figures: on track, at risk, late, done; none due yet; stale."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.calendar import working_seconds
from tracker.domain.estimates import Interval, OrderEvidence, Outlook, ShopCalendar, StepEstimate
from tracker.domain.orders import Order, OrderState
from tracker.estimate.steps import own_steps

ON_TRACK = 0.8
"""On track from this probability on: of five orders called so, at most one may turn out late."""

LATE = 0.2
"""Late below this probability: by then the customer should hear it, four times out of five rightly."""

SILENT_S = 3600.0
"""With cameras, an hour of working time without a piece is silence; shorter is a change of bundle."""


def due_end(order: Order, calendar: ShopCalendar) -> datetime | None:
    """The midnight that ends the due date in the shop's time zone, aware UTC."""
    if order.due is None:
        return None
    midnight = datetime.combine(order.due + timedelta(days=1), time(), tzinfo=ZoneInfo(calendar.timezone))
    return midnight.astimezone(UTC)


def is_done(order: Order, deliverable: Interval) -> bool:
    """Whether the order may be called done: closed by a person, or nine in ten that enough pieces are through."""
    enough = 1.0 - order.short_tolerance
    return order.state is OrderState.CLOSED or (order.quantity > 0 and deliverable.p10 >= enough)


def outlook(order: Order, *, done: bool, due: datetime | None, p_on_time: float | None, now: datetime) -> Outlook:
    """One word for the order's prospects.

    An open order whose due date has passed is late even without any data; one without due date cannot be late.

    Args:
        due: End of the due date, or ``None``.
        p_on_time: ``None`` when there is no finish or no due date.
    """
    if done:
        return Outlook.DONE
    if order.quantity == 0 or order.state is OrderState.CANCELLED:
        return Outlook.NO_DATA
    if due is not None and now >= due:
        return Outlook.LATE
    if p_on_time is None:
        return Outlook.NO_DATA
    if p_on_time >= ON_TRACK:
        return Outlook.ON_TRACK
    return Outlook.AT_RISK if p_on_time >= LATE else Outlook.LATE


def none_due_yet(order: Order, last: StepEstimate, work_content: Interval) -> bool:
    """Whether nothing through the last step is as it should be: work advances, but not yet up to that step's share.

    A cell that sews operation by operation brings nothing through the last step until all that comes before is done.
    """
    own = own_steps(order.route)
    last_share = own[-1].weight / sum(step.weight for step in own)
    return last.pieces.p50 == 0 and 0 < work_content.p50 <= 1.0 - last_share


def stale_since(evidence: OrderEvidence, *, calendar: ShopCalendar, now: datetime) -> datetime | None:
    """When the evidence of an open order fell silent while nothing could be seen, or ``None`` while it is fresh.

    With cameras: an hour of working time without a piece, while some rule's blind time is as long as the silence.
    Without: a whole production day's shifts without a human count.
    """
    lasts = [step.last_at for step in evidence.steps if step.last_at is not None]
    if not lasts:
        return None
    last = max(lasts)
    silent_s = working_seconds(calendar, last, now)
    tallies = [tally for step in evidence.steps for tally in step.tallies]
    if not tallies:
        return last if silent_s > _shift_s(calendar) else None
    # A second of slack: blind and silent time come from different roundings of the same instants.
    blind = any(tally.blind_s >= silent_s - 1.0 for tally in tallies)
    return last if silent_s > SILENT_S and blind else None


def _shift_s(calendar: ShopCalendar) -> float:
    """Working seconds of a whole production day."""
    day = timedelta(days=1)
    spans = ((_since_midnight(end) - _since_midnight(start)) % day for start, end in calendar.shifts)
    return sum((span or day).total_seconds() for span in spans)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
