"""Brings estimates and releases up to date from the rows; everything that changes an order's evidence calls it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime

import numpy as np

from tracker.domain.estimates import Estimate, ShopCalendar
from tracker.domain.orders import OrderId, OrderState
from tracker.estimate import estimate
from tracker.release import release
from tracker.store import Store

OPEN_STATES = (OrderState.ACCEPTED, OrderState.HELD)
"""Orders whose progress is still followed."""


def refresh(
    store: Store, *, calendar: ShopCalendar, now: datetime, orders: Iterable[OrderId] | None = None
) -> tuple[Estimate, ...]:
    """Estimate orders anew and make the release of the present epoch where it is still missing.

    Args:
        calendar: When the shop works.
        now: Aware UTC.
        orders: Which; ``None`` for every open order.

    Returns:
        The new estimates, in the order asked for.
    """
    with store.read() as view:
        wanted = tuple(orders) if orders is not None else tuple(order.id for order in view.orders(OPEN_STATES))
        evidence = [view.evidence(order_id, calendar=calendar, now=now) for order_id in wanted]
        previous = {order_id: view.release(order_id) for order_id in wanted}
    estimates = tuple(estimate(item, calendar=calendar, now=now, rng=_rng(item.order.id)) for item in evidence)
    with store.write(now) as unit:
        for item, new in zip(evidence, estimates, strict=True):
            unit.save_estimate(new)
            before = previous[item.order.id]
            made = release(item.order, new, now=now, previous=before, timezone=calendar.timezone)
            if made != before:
                unit.save_release(made)
    return estimates


def _rng(order_id: OrderId) -> np.random.Generator:
    """The same chance meets the same order every time, so figures move with evidence and not with luck."""
    return np.random.default_rng(zlib.crc32(order_id.encode()))
