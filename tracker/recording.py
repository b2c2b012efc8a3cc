"""Counts into the database: assigned to orders and committed in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.assign import assign
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

    Args:
        watermark: Aware UTC of the latest frame that was looked at.

    Returns:
        The orders that moved.
    """
    if not events:
        unit.record(camera, events=(), stock=stock, gaps=(), watermark=watermark)
        return set()
    orders, schedule = unit.orders((OrderState.ACCEPTED,)), unit.schedule()
    assigned = [(event, assign(event, orders=orders, schedule=schedule)) for event in events]
    unit.record(camera, events=assigned, stock=stock, gaps=(), watermark=watermark)
    return {assignment.order for _, assignment in assigned if assignment.order is not None}


class ReplayRecorder:
    """Stores what a replay counts, in the video's own time.

    The clock of every transaction is the latest frame's, so a replay that was killed and repeated writes what an
    uninterrupted one would have written.
    """

    def __init__(self, store: Store, camera: CameraId) -> None:
        self._store, self._camera = store, camera
        self._events: list[Event] = []
        self._stock: list[StockReading] = []
        self._gaps: list[Gap] = []
        self._next_commit: datetime | None = None
        self._seen_at: datetime | None = None
        self.orders: set[OrderId] = set()

    def take(self, step: Step) -> None:
        """Keep what a step counted; commits when enough has come together."""
        self._events += step.counted.events
        self._stock += step.counted.stock
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
            self.orders |= record_events(
                unit, self._camera, events=self._events, stock=self._stock, watermark=self._seen_at
            )
        for kept in (self._events, self._stock, self._gaps):
            kept.clear()
