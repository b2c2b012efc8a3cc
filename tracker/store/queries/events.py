"""What cameras counted, and to which order it belongs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from tracker.domain.events import Direction, Event, EventId, Provenance, StockReading
from tracker.domain.frames import CameraId, Moment
from tracker.domain.orders import OrderId
from tracker.domain.rules import CellId, RuleId, RuleKind, StepId
from tracker.store.queries.connected import AnyRow, Connected
from tracker.store.records import StoredEvent, Unassigned
from tracker.store.tables import AssignmentRow, EventRow, QuarantineRow, StockRow

_WAYS = (EventRow.pieces > 0, EventRow.pieces < 0)
"""Forward, and back."""


class EventQueries(Connected):
    """Questions about events and stock."""

    def events(
        self, order: OrderId | None = None, since: datetime | None = None, limit: int | None = None
    ) -> tuple[StoredEvent, ...]:
        """Events by the time they happened.

        Args:
            order: Only those of this order.
            since: Only those that happened then or later.
            limit: Only the latest so many.
        """
        query = _joined()
        if order is not None:
            query = query.where(AssignmentRow.order_id == order)
        if since is not None:
            query = query.where(EventRow.at >= since)
        newest_first = query.order_by(EventRow.at.desc(), EventRow.seq.desc()).limit(limit)
        return tuple(_stored(row) for row in reversed(self._connection.execute(newest_first).all()))

    def unassigned(self, limit: int) -> Unassigned:
        """Events that nobody can attribute to an order: the latest, and totals over all."""
        nobody = AssignmentRow.order_id.is_(None)
        rows = self._connection.execute(
            _joined().where(nobody).order_by(EventRow.at.desc(), EventRow.seq.desc()).limit(limit)
        )
        forward, back = (func.sum(case((way, EventRow.pieces), else_=0)) for way in _WAYS)
        by_step = self._connection.execute(
            select(func.count(), forward, -back)
            .select_from(AssignmentRow)
            .join(EventRow, EventRow.seq == AssignmentRow.event_seq)
            .where(nobody)
            .group_by(EventRow.step)
        ).all()
        return Unassigned(
            events=tuple(_stored(row) for row in rows),
            total_events=sum(count for count, _, _ in by_step),
            total_pieces=sum(max(0, went - came) for _, went, came in by_step),
            forward_pieces=sum(went for _, went, _ in by_step),
            returned_pieces=sum(came for _, _, came in by_step),
        )

    def quarantined(self, camera: CameraId | None = None) -> tuple[Event, ...]:
        """Events that came below their camera's watermark, by the time they happened."""
        query = select(*QuarantineRow.__table__.columns).order_by(QuarantineRow.at, QuarantineRow.id)
        if camera is not None:
            query = query.where(QuarantineRow.camera == camera)
        return tuple(event_of(row) for row in self._connection.execute(query))

    def stock(self, camera: CameraId | None = None, since: datetime | None = None) -> tuple[StockReading, ...]:
        """Stock readings by time."""
        query = select(*StockRow.__table__.columns).order_by(StockRow.at, StockRow.camera, StockRow.rule)
        if camera is not None:
            query = query.where(StockRow.camera == camera)
        if since is not None:
            query = query.where(StockRow.at >= since)
        return tuple(_reading(row) for row in self._connection.execute(query))


def _joined() -> Select[Any]:
    return select(
        *EventRow.__table__.columns,
        AssignmentRow.order_id,
        AssignmentRow.reason,
        AssignmentRow.manual,
        AssignmentRow.assigned_at,
    ).join(AssignmentRow, AssignmentRow.event_seq == EventRow.seq)


def _stored(row: AnyRow) -> StoredEvent:
    order = None if row.order_id is None else OrderId(row.order_id)
    return StoredEvent(event_of(row), order, row.reason, row.manual, row.assigned_at)


def event_of(row: AnyRow) -> Event:
    """The event of a row of ``events`` or ``quarantined_events``."""
    return Event(
        id=EventId(row.id),
        camera=CameraId(row.camera),
        rule=RuleId(row.rule),
        kind=RuleKind(row.kind),
        direction=Direction(row.direction),
        class_name=row.class_name,
        pieces=row.pieces,
        moment=Moment(row.frame, row.t_s, row.at),
        decided_at=row.decided_at,
        step=None if row.step is None else StepId(row.step),
        cell=None if row.cell is None else CellId(row.cell),
        provenance=Provenance(row.provenance),
    )


def _reading(row: AnyRow) -> StockReading:
    return StockReading(
        camera=CameraId(row.camera),
        rule=RuleId(row.rule),
        step=None if row.step is None else StepId(row.step),
        cell=None if row.cell is None else CellId(row.cell),
        count=row.visible,
        pieces=row.pieces,
        moment=Moment(row.frame, row.t_s, row.at),
    )
