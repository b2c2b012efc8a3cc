"""Order cards: which were printed, and where they were seen."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.store.tables.declarative import Row, UtcDateTime, Word
from tracker.store.taxonomy import Category, Retention, about, operations

_CARD = operations("a card seen by a camera finds its order", Retention.ORDER)


class OrderCardRow(Row):
    """A card that was printed for an order: what its number means, and when."""

    __tablename__ = "order_cards"
    __table_args__ = (
        CheckConstraint("card >= 0", name="card_from_zero"),
        CheckConstraint("until IS NULL OR until >= since", name="until_not_before"),
        Index(
            "uq_order_cards_one_meaning",
            "card",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=operations("the row can be named", Retention.ORDER))
    card: Mapped[int] = mapped_column(info=_CARD)
    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), info=_CARD)
    cell: Mapped[str | None] = mapped_column(
        Word, info=about(Category.WORKPLACE, "a card of one cell binds nothing in another", Retention.ORDER)
    )
    since: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("a number that was used before is not mistaken", Retention.ORDER)
    )
    until: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=operations("a number that is used again is not mistaken", Retention.ORDER)
    )


class CardSightingRow(Row):
    """A card or bundle ticket that lay at a rule, or a card that was scanned for a cell."""

    __tablename__ = "card_sightings"
    __table_args__ = (
        CheckConstraint("card >= 0", name="card_from_zero"),
        CheckConstraint("(card IS NULL) <> (order_id IS NULL)", name="card_or_ticket"),
        CheckConstraint("until > at", name="until_after_at"),
        Index(None, "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        Uuid, primary_key=True, info=operations("the same footage looked at again adds nothing", Retention.FINE)
    )
    camera: Mapped[str] = mapped_column(Word, info=operations("a card binds what passes its rule", Retention.FINE))
    rule: Mapped[str | None] = mapped_column(Word, info=operations("a card binds what passes its rule", Retention.FINE))
    cell: Mapped[str | None] = mapped_column(
        Word, info=about(Category.WORKPLACE, "a card binds what passes in its cell", Retention.FINE)
    )
    card: Mapped[int | None] = mapped_column(info=operations("a card seen finds its order", Retention.FINE))
    order_id: Mapped[str | None] = mapped_column(
        Word, info=operations("a bundle ticket seen by a camera finds its order", Retention.FINE)
    )
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=about(Category.BEHAVIOUR, "pieces passing later find their order", Retention.FINE)
    )
    until: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("a card that was not seen for long binds nothing", Retention.FINE)
    )
    provenance: Mapped[str] = mapped_column(
        Word, info=operations("a card seen can be told from a card scanned", Retention.FINE)
    )
