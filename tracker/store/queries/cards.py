"""Order cards: what their numbers mean, and where they were seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_, select

from tracker.domain.cards import CardNumber, CardSighting, IssuedCard
from tracker.domain.events import Provenance
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CellId, RuleId
from tracker.store.queries.connected import AnyRow, Connected
from tracker.store.tables import CardSightingRow, OrderCardRow

Places = Collection[tuple[CameraId, RuleId]]
"""Rules of cameras."""


class CardQueries(Connected):
    """Questions about order cards."""

    def issued_cards(self, order: OrderId | None = None) -> tuple[IssuedCard, ...]:
        """Every card ever printed, by number and time; of all orders or one."""
        query = select(*OrderCardRow.__table__.columns).order_by(OrderCardRow.card, OrderCardRow.since, OrderCardRow.id)
        if order is not None:
            query = query.where(OrderCardRow.order_id == order)
        return tuple(_issued(row) for row in self._connection.execute(query))

    def card_sightings(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        places: Places | None = None,
        cells: Collection[CellId] = (),
    ) -> tuple[CardSighting, ...]:
        """Where cards were seen, by time.

        Args:
            since: Only those seen then or later.
            until: Only those seen then or earlier.
            places: Only those at these rules, or for one of ``cells``.
        """
        query = select(*CardSightingRow.__table__.columns)
        if since is not None:
            query = query.where(CardSightingRow.at >= since)
        if until is not None:
            query = query.where(CardSightingRow.at <= until)
        if places is not None:
            rules = [and_(CardSightingRow.camera == camera, CardSightingRow.rule == rule) for camera, rule in places]
            query = query.where(or_(*rules, CardSightingRow.cell.in_(cells)))
        rows = self._connection.execute(
            query.order_by(CardSightingRow.at, CardSightingRow.card, CardSightingRow.order_id, CardSightingRow.id)
        )
        return tuple(_sighting(row) for row in rows)


def _issued(row: AnyRow) -> IssuedCard:
    cell = None if row.cell is None else CellId(row.cell)
    return IssuedCard(CardNumber(row.card), OrderId(row.order_id), cell, row.since, row.until)


def _sighting(row: AnyRow) -> CardSighting:
    return CardSighting(
        camera=CameraId(row.camera),
        rule=None if row.rule is None else RuleId(row.rule),
        cell=None if row.cell is None else CellId(row.cell),
        card=None if row.card is None else CardNumber(row.card),
        order=None if row.order_id is None else OrderId(row.order_id),
        at=row.at,
        until=row.until,
        provenance=Provenance(row.provenance),
    )
