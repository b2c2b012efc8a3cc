"""Issuing order cards, and recording where they were seen and which tickets were scanned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import insert, select, update

from tracker.domain.cards import CARDS, CardNumber, CardSighting, IssuedCard
from tracker.domain.errors import ConflictError
from tracker.domain.estimates import Assignment
from tracker.domain.events import Event
from tracker.domain.orders import OrderId, OrderState
from tracker.domain.rules import CellId
from tracker.store.queries.cards import CardQueries
from tracker.store.queries.connected import not_found
from tracker.store.records import Recorded
from tracker.store.tables import CardSightingRow, OrderCardRow, OrderRow
from tracker.store.writes.counts import CountWrites

REST = timedelta(days=30)
"""A number is given to another order this long after its own was closed: by then the old paper is gone."""

_OVER = (OrderState.CLOSED.value, OrderState.CANCELLED.value)


class CardWrites(CountWrites, CardQueries):
    """Changes to order cards."""

    def issue_card(self, order_id: OrderId, cell: CellId | None = None) -> IssuedCard:
        """The card of an order, for all cells or one; a new number when it has none yet.

        Raises:
            NotFoundError: No such order.
            ConflictError: The order is closed or cancelled, or all numbers are in use.
        """
        state = self._connection.scalar(select(OrderRow.state).where(OrderRow.id == order_id))
        if state is None:
            raise not_found("order", order_id, self._connection.scalars(select(OrderRow.id)))
        if state in _OVER:
            raise ConflictError(f"order {order_id} is {state}", expected="an order that still takes pieces")
        for card in self.issued_cards(order_id):
            if card.cell == cell and card.until is None:
                return card
        number = self._free_number()
        row = {"card": number, "order_id": order_id, "cell": cell, "since": self._now, "until": None}
        self._connection.execute(insert(OrderCardRow), row)
        self.log("card.issued", order_id, {"card": number, "cell": cell})
        return IssuedCard(number, order_id, cell, self._now, None)

    def add_card_sightings(self, sightings: Sequence[CardSighting]) -> None:
        """Records where cards were seen; a sighting that is there already is not doubled."""
        wanted = {sighting.id: sighting for sighting in sightings}
        if not wanted:
            return
        there = select(CardSightingRow.id).where(CardSightingRow.id.in_(wanted))
        for known in self._connection.scalars(there):
            del wanted[known]
        if wanted:
            self._connection.execute(insert(CardSightingRow), [_columns(sighting) for sighting in wanted.values()])

    def record_scans(self, scans: Sequence[tuple[Event, Assignment]]) -> Recorded:
        """Adds what bundle tickets count; one that counted at its step before changes nothing.

        Scanners have no watermark: nothing is late that a hand has just done.

        Raises:
            NotFoundError: An event is assigned to an order that does not exist.
        """
        known = self._known_ids(event.id for event, _ in scans)
        new = {event.id: (event, assignment) for event, assignment in scans if event.id not in known}
        self._add_events(list(new.values()))
        return Recorded(len(new), len(scans) - len(new), 0)

    def _free_number(self) -> CardNumber:
        """A number never used, else the one whose order has been over for longest."""
        used = set(self._connection.scalars(select(OrderCardRow.card)))
        for number in range(CARDS):
            if number not in used:
                return CardNumber(number)
        meant = OrderCardRow.until.is_(None)
        query = select(OrderCardRow.card, OrderRow.state_since).join(OrderRow, OrderRow.id == OrderCardRow.order_id)
        over = query.where(meant, OrderRow.state.in_(_OVER), OrderRow.state_since <= self._now - REST)
        oldest = self._connection.execute(over.order_by(OrderRow.state_since, OrderCardRow.card).limit(1)).first()
        if oldest is None:
            raise ConflictError(
                f"all {CARDS} order cards are in use",
                expected=f"an order that was closed or cancelled at least {REST.days} days ago",
                hint="Close the orders that are done; their cards become free.",
            )
        self._connection.execute(
            update(OrderCardRow).where(meant, OrderCardRow.card == oldest.card).values(until=self._now)
        )
        return CardNumber(oldest.card)


def _columns(sighting: CardSighting) -> dict[str, object]:
    return {
        "id": sighting.id,
        "camera": sighting.camera,
        "rule": sighting.rule,
        "cell": sighting.cell,
        "card": sighting.card,
        "order_id": sighting.order,
        "at": sighting.at,
        "until": sighting.until,
        "provenance": sighting.provenance.value,
    }
