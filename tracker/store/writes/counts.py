"""Recording what cameras counted; the same thing twice is the same thing once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from tracker.domain.errors import ConflictError
from tracker.domain.estimates import Assignment
from tracker.domain.events import Event, EventId, StockReading
from tracker.domain.frames import CameraId, Gap
from tracker.domain.orders import OrderId
from tracker.domain.rules import RULES_VERSION
from tracker.store.queries.connected import not_found
from tracker.store.queries.events import EventQueries
from tracker.store.records import Recorded
from tracker.store.tables import AssignmentRow, EventRow, OrderRow, QuarantineRow, StockRow, WatermarkRow
from tracker.store.writes.gaps import GapWrites

IDS_PER_QUERY = 400
"""Each stands in the query twice, and SQLite builds may allow as few as 999 parameters."""

_KNOWN_IDS = (
    select(EventRow.id).where(EventRow.id.in_(bindparam("ids", expanding=True)))
    .union_all(select(QuarantineRow.id).where(QuarantineRow.id.in_(bindparam("ids", expanding=True))))
)  # fmt: skip
_ADD_EVENTS = insert(EventRow).returning(EventRow.id, EventRow.seq)
_ADD_ASSIGNMENTS = insert(AssignmentRow)


class CountWrites(GapWrites, EventQueries):
    """Changes to counts."""

    def record(
        self,
        camera: CameraId,
        *,
        events: Sequence[tuple[Event, Assignment]],
        stock: Sequence[StockReading],
        gaps: Sequence[Gap],
        watermark: datetime,
    ) -> Recorded:
        """Adds what a camera saw up to its watermark.

        An event whose id is known changes nothing. An unknown event that was decided before the watermark already
        stored is set apart and never added; a stock reading from before it is dropped, since a level adds nothing.
        The watermark only moves forward.

        Args:
            watermark: Aware UTC of the latest frame that was looked at.

        Raises:
            ValueError: An event, reading or gap is another camera's, or an assignment is another event's.
            NotFoundError: An event is assigned to an order that does not exist.
        """
        _check_camera(camera, events, [*stock, *gaps])
        final_until = self.watermark(camera)
        known = self._known_ids(event.id for event, _ in events)
        new = {event.id: (event, assignment) for event, assignment in events if event.id not in known}
        late = [event for event, _ in new.values() if final_until is not None and event.decided_at < final_until]
        for event in late:
            del new[event.id]
        self._add_events(list(new.values()))
        self._quarantine(camera, late)
        self._add_stock([reading for reading in stock if final_until is None or reading.moment.at >= final_until])
        for gap in gaps:
            self.open_gap(gap)
        self._move_watermark(camera, final_until, watermark)
        return Recorded(len(new), len(events) - len(new) - len(late), len(late))

    def turn_back(self, camera: CameraId) -> None:
        """Counts of a camera are final only up to now: somebody said that later rows were dated by a wrong clock."""
        stored = self.watermark(camera)
        if stored is not None and stored > self._now:
            self._connection.execute(update(WatermarkRow).where(WatermarkRow.camera == camera).values(at=self._now))
            self.log("camera.clock_trusted", camera, {"from": stored.isoformat(), "to": self._now.isoformat()})

    def assign(self, event_id: EventId, order_id: OrderId | None, reason: str) -> None:
        """Moves an event to another order, or to none, because somebody said so.

        Args:
            reason: One sentence; the log does not keep it, since people write names into sentences.

        Raises:
            NotFoundError: No such event or order.
        """
        seq = self._connection.scalar(select(EventRow.seq).where(EventRow.id == event_id))
        if seq is None:
            raise not_found("event", str(event_id), ())
        if order_id is not None:
            self._check_orders({order_id})
        mine = AssignmentRow.event_seq == seq
        before = self._connection.scalar(select(AssignmentRow.order_id).where(mine))
        decided = {"order_id": order_id, "reason": reason, "manual": True, "assigned_at": self._now}
        self._connection.execute(update(AssignmentRow).where(mine).values(**decided))
        self.log("event.assigned", str(event_id), {"from": before, "to": order_id})

    def _known_ids(self, ids: Iterable[EventId]) -> set[UUID]:
        wanted = list(ids)
        known: set[UUID] = set()
        for start in range(0, len(wanted), IDS_PER_QUERY):
            part = wanted[start : start + IDS_PER_QUERY]
            known.update(self._connection.scalars(_KNOWN_IDS, {"ids": part}))
        return known

    def _add_events(self, new: Sequence[tuple[Event, Assignment]]) -> None:
        if not new:
            return
        self._check_orders({assignment.order for _, assignment in new if assignment.order is not None})
        rows = self._connection.execute(_ADD_EVENTS, [_columns(event) for event, _ in new])
        seqs = {row.id: row.seq for row in rows}
        assignments = [
            {
                "event_seq": seqs[event.id],
                "order_id": assignment.order,
                "reason": assignment.reason,
                "manual": False,
                "assigned_at": self._now,
            }
            for event, assignment in new
        ]
        self._connection.execute(_ADD_ASSIGNMENTS, assignments)

    def _check_orders(self, orders: Collection[OrderId]) -> None:
        known = set(self._connection.scalars(select(OrderRow.id).where(OrderRow.id.in_(orders))))
        for missing in sorted(set(orders) - known):
            raise not_found("order", missing, self._connection.scalars(select(OrderRow.id)))

    def _quarantine(self, camera: CameraId, late: Sequence[Event]) -> None:
        if late:
            rows = [_columns(event) | {"quarantined_at": self._now} for event in late]
            self._connection.execute(insert(QuarantineRow), rows)
            self.log("events.quarantined", camera, {"events": len(late)})

    def _add_stock(self, stock: Sequence[StockReading]) -> None:
        for reading in stock:
            key = {"camera": reading.camera, "rule": reading.rule, "at": reading.moment.at}
            there = select(StockRow.visible).filter_by(**key)
            if self._connection.scalar(there) is not None:
                continue
            seen = {"step": reading.step, "cell": reading.cell, "visible": reading.count, "pieces": reading.pieces}
            frame = {"frame": reading.moment.frame, "t_s": reading.moment.t_s}
            self._connection.execute(insert(StockRow), key | seen | frame)

    def _move_watermark(self, camera: CameraId, stored: datetime | None, at: datetime) -> None:
        if stored is None:
            self._connection.execute(insert(WatermarkRow), {"camera": camera, "at": at})
        elif at > stored:
            self._connection.execute(update(WatermarkRow).where(WatermarkRow.camera == camera).values(at=at))


def _check_camera(
    camera: CameraId, events: Sequence[tuple[Event, Assignment]], others: Sequence[StockReading | Gap]
) -> None:
    for event, assignment in events:
        if assignment.event != event.id:
            raise ValueError(f"an assignment of event {assignment.event} came with event {event.id}")
        if event.decided_at < event.moment.at:
            raise ConflictError(f"event {event.id} was decided before it happened")
    for thing in [*(event for event, _ in events), *others]:
        if thing.camera != camera:
            raise ValueError(f"expected only camera {camera}, got {thing.camera}")


def _columns(event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "camera": event.camera,
        "rule": event.rule,
        "kind": event.kind.value,
        "direction": event.direction.value,
        "class_name": event.class_name,
        "pieces": event.pieces,
        "frame": event.moment.frame,
        "t_s": event.moment.t_s,
        "at": event.moment.at,
        "decided_at": event.decided_at,
        "step": event.step,
        "cell": event.cell,
        "provenance": event.provenance.value,
        "rules_version": RULES_VERSION,
    }
