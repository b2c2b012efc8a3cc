"""An order divided into bundles."""

from __future__ import annotations

from tracker.domain.cards import BundleTicket
from tracker.domain.orders import Order


def bundles(order: Order, size: int) -> tuple[BundleTicket, ...]:
    """The bundles of an order, numbered through; no bundle mixes two lines, the last of a line may be smaller.

    Args:
        size: Pieces in a full bundle, at least 1.
    """
    tickets: list[BundleTicket] = []
    for line, ordered in enumerate(order.lines):
        for start in range(0, ordered.quantity, size):
            quantity = min(size, ordered.quantity - start)
            tickets.append(BundleTicket(order.id, line, len(tickets) + 1, quantity))
    return tuple(tickets)
