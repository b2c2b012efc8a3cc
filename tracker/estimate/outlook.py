"""The words that go with the figures: on track, at risk, late, done; none due yet; stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.calendar import working_seconds
from tracker.domain.estimates import FinishInterval, Interval, OrderEvidence, Outlook, ShopCalendar, StepEstimate
from tracker.domain.orders import Order, OrderState
from tracker.estimate.steps import own_steps

ON_TRACK = 0.8
"""On track from this probability on: of five orders called so, at most one may turn out late."""

LATE = 0.2
"""Late below this probability: by then the customer should hear it, four times out of five rightly."""

ROUNDING = 1e-9
"""Sums of shares come out this close to what they are."""

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


def outlook(
    order: Order, finish: FinishInterval | None, *, due: datetime | None, p_on_time: float | None, now: datetime
) -> Outlook:
    """One word for the prospects of an order that is not done.

    Once its due date has passed it is late even without any data; without a due date it cannot be late.

    Args:
        finish: ``None`` when nothing is known about it.
        due: End of the due date, or ``None``.
        p_on_time: ``None`` when there is no finish or no due date.
    """
    if order.quantity == 0 or order.state is OrderState.CANCELLED:
        return Outlook.NO_DATA
    if due is not None and now >= due:
        return Outlook.LATE
    if p_on_time is None:
        return Outlook.NO_DATA if finish is None else Outlook.ON_TRACK
    if p_on_time >= ON_TRACK:
        return Outlook.ON_TRACK
    return Outlook.AT_RISK if p_on_time >= LATE else Outlook.LATE


def none_due_yet(order: Order, last: StepEstimate, work_content: Interval) -> bool:
    """Whether nothing through the last step is as it should be: work advances, but not yet up to that step's share.

    A cell that sews operation by operation brings nothing through the last step until all that comes before is done.
    """
    own = own_steps(order.route)
    last_share = own[-1].weight / sum(step.weight for step in own)
    return last.pieces.p50 == 0 and 0 < work_content.p50 <= 1.0 - last_share + ROUNDING


def stale_since(
    evidence: OrderEvidence, steps: Sequence[StepEstimate], *, calendar: ShopCalendar, now: datetime
) -> datetime | None:
    """When the evidence of an open order fell silent while nothing could be seen, or ``None`` while it is fresh.

    With cameras: an hour of working time without a piece, while some rule that counts an unfinished step was blind for
    as long as the silence. Without: a whole production day's shifts without a human count.

    Args:
        steps: What was estimated; steps whose median is the whole order are finished.
    """
    lasts = [step.last_at for step in evidence.steps if step.last_at is not None]
    if not lasts:
        return None
    last = max(lasts)
    silent_s = working_seconds(calendar, last, now)
    finished = {step.step for step in steps if step.pieces.p50 >= evidence.order.quantity}
    if not any(step.tallies for step in evidence.steps):
        return last if silent_s > _shift_s(calendar) else None
    # A second of slack: blind and silent time come from different roundings of the same instants.
    blind = any(
        tally.blind_s >= silent_s - 1.0
        for step in evidence.steps
        if step.step not in finished
        for tally in step.tallies
    )
    return last if silent_s > SILENT_S and blind else None


def _shift_s(calendar: ShopCalendar) -> float:
    """Working seconds of a whole production day."""
    day = timedelta(days=1)
    spans = ((_since_midnight(end) - _since_midnight(start)) % day for start, end in calendar.shifts)
    return sum((span or day).total_seconds() for span in spans)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
