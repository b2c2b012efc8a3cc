"""Counts into the database: assigned to orders and committed in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.assign import Cards, assign
from tracker.domain.cards import LONGEST_HOLD, CardSighting
from tracker.domain.events import Event, StockReading
from tracker.domain.frames import CameraId, Gap
from tracker.domain.orders import OrderId, OrderState
from tracker.replay import Step
from tracker.store import Store, WriteUnit

BATCH = timedelta(seconds=10)
"""A replay commits at least this often, in the video's time: what a kill can undo, and has to be counted again."""


def record_events(
    unit: WriteUnit, camera: CameraId, *, events: Sequence[Event], stock: Sequence[StockReading], watermark: datetime
) -> set[OrderId]:
    """Assign events to orders and record them; known ones change nothing.

    Cards that were seen up to these events are in the database already, or were added by this transaction.

    Args:
        watermark: Aware UTC of the latest frame that was looked at.

    Returns:
        The orders that moved.
    """
    if not events:
        unit.record(camera, events=(), stock=stock, gaps=(), watermark=watermark)
        return set()
    orders, schedule = unit.orders((OrderState.ACCEPTED,)), unit.schedule()
    known = cards_for(unit, events)
    carded = {card.order for card in known.issued} | {seen.order for seen in known.sightings if seen.order is not None}
    if carded - {order.id for order in orders}:
        orders += tuple(o for o in unit.orders() if o.id in carded and o.state is not OrderState.ACCEPTED)
    assigned = [(event, assign(event, orders=orders, schedule=schedule, cards=known)) for event in events]
    unit.record(camera, events=assigned, stock=stock, gaps=(), watermark=watermark)
    return {assignment.order for _, assignment in assigned if assignment.order is not None}


def cards_for(unit: WriteUnit, events: Sequence[Event]) -> Cards:
    """The cards that may bind these events: those seen at their rules or for their cells, and what they mean."""
    at = [event.moment.at for event in events]
    places = {(event.camera, event.rule) for event in events}
    cells = {event.cell for event in events if event.cell is not None}
    sightings = unit.card_sightings(since=min(at) - LONGEST_HOLD, until=max(at), places=places, cells=cells)
    numbers = {sighting.card for sighting in sightings}
    issued = tuple(card for card in unit.issued_cards() if card.card in numbers) if numbers else ()
    return Cards(issued, sightings)


class ReplayRecorder:
    """Stores what a replay counts, in the video's own time.

    The clock of every transaction is the latest frame's, so a replay that was killed and repeated writes what an
    uninterrupted one would have written.
    """

    def __init__(self, store: Store, camera: CameraId) -> None:
        self._store, self._camera = store, camera
        self._events: list[Event] = []
        self._stock: list[StockReading] = []
        self._cards: list[CardSighting] = []
        self._gaps: list[Gap] = []
        self._next_commit: datetime | None = None
        self._seen_at: datetime | None = None
        self.orders: set[OrderId] = set()

    def take(self, step: Step) -> None:
        """Keep what a step counted; commits when enough has come together."""
        self._events += step.counted.events
        self._stock += step.counted.stock
        self._cards += step.counted.cards
        if isinstance(step.seen, Gap):
            self._gaps.append(step.seen)
            return
        self._seen_at = step.seen.moment.at
        if self._next_commit is None:
            self._next_commit = self._seen_at + BATCH
        if self._seen_at >= self._next_commit:
            self._next_commit = self._seen_at + BATCH
            self.commit()

    def commit(self) -> None:
        """Write what is not written yet."""
        if self._seen_at is None:
            return
        with self._store.write(self._seen_at) as unit:
            for gap in self._gaps:
                unit.open_gap(gap)
            unit.add_card_sightings(self._cards)
            self.orders |= record_events(
                unit, self._camera, events=self._events, stock=self._stock, watermark=self._seen_at
            )
        for kept in (self._events, self._stock, self._cards, self._gaps):
            kept.clear()
