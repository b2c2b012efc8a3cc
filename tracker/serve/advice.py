"""How much an order needs somebody, and the one thing to do about it first."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from tracker.domain.estimates import Estimate, Outlook
from tracker.domain.orders import Order, OrderState


class Attention(IntEnum):
    """How much an order needs somebody, most first; orders are sorted by it."""

    LATE = 0
    AT_RISK = 1
    CHECK = 2
    """On track or done as far as anyone knows, but silent or short."""
    ON_TRACK = 3
    UNKNOWN = 4
    """Nothing counted yet."""
    WAITING = 5
    """Offered or held: somebody outside has to say something."""
    DONE = 6


class Advice(StrEnum):
    """What to do about an order; about the order and the work, never about people."""

    AGREE_NEW_DATE = "agree_new_date"
    COUNT_BY_HAND = "count_by_hand"
    ADD_CAPACITY = "add_capacity"
    WATCH = "watch"
    RECUT = "recut"
    SET_DATE = "set_date"
    BEGIN = "begin"
    SHIP = "ship"
    ANSWER = "answer"
    WAIT = "wait"
    NONE = "none"


BY_OUTLOOK = {
    Outlook.LATE: Attention.LATE,
    Outlook.AT_RISK: Attention.AT_RISK,
    Outlook.ON_TRACK: Attention.ON_TRACK,
    Outlook.NO_DATA: Attention.UNKNOWN,
    Outlook.DONE: Attention.DONE,
}

FIRST_STEPS = {
    Attention.LATE: Advice.ADD_CAPACITY,
    Attention.AT_RISK: Advice.WATCH,
    Attention.CHECK: Advice.RECUT,
    Attention.ON_TRACK: Advice.NONE,
    Attention.UNKNOWN: Advice.SET_DATE,
    Attention.DONE: Advice.SHIP,
}


def attention(order: Order, estimate: Estimate | None, *, days_left: int | None) -> Attention:
    """How much an order needs somebody.

    Args:
        estimate: The latest, or ``None`` before the first.
        days_left: Whole days until the due date, negative when over; ``None`` without one.
    """
    if order.state is not OrderState.ACCEPTED:
        return Attention.WAITING
    if estimate is None:
        return Attention.LATE if _is_over(days_left) else Attention.UNKNOWN
    doubtful = estimate.stale_since is not None or estimate.shortfalls
    return min(BY_OUTLOOK[estimate.outlook], Attention.CHECK) if doubtful else BY_OUTLOOK[estimate.outlook]


def advice(order: Order, estimate: Estimate | None, *, needs: Attention, days_left: int | None) -> Advice:
    """The one thing to do first.

    Args:
        needs: What ``attention`` said.
        days_left: Whole days until the due date, negative when over; ``None`` without one.
    """
    if needs is Attention.WAITING:
        return Advice.ANSWER if order.state is OrderState.OFFERED else Advice.WAIT
    if needs is Attention.LATE and _is_over(days_left):
        return Advice.AGREE_NEW_DATE
    if estimate is None or (needs is Attention.UNKNOWN and estimate.finish is None):
        return Advice.BEGIN
    if estimate.stale_since is not None:
        return Advice.COUNT_BY_HAND
    return FIRST_STEPS[needs]


def _is_over(days_left: int | None) -> bool:
    return days_left is not None and days_left < 0
