"""Order cards: which were printed, and where they were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

# "C" sorts by code point, as SQLite does everywhere; else a server's language would decide which order comes first.
WORD = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "order_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.CheckConstraint("card >= 0", name=op.f("ck_order_cards_card_from_zero")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_order_cards_until_not_before")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_cards_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_cards")),
    )

    op.create_index(
        "uq_order_cards_one_meaning",
        "order_cards",
        ["card"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )

    op.create_table(
        "card_sightings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=True),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("card", sa.Integer(), nullable=True),
        sa.Column("order_id", WORD, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("provenance", WORD, nullable=False),
        sa.CheckConstraint("card >= 0", name=op.f("ck_card_sightings_card_from_zero")),
        sa.CheckConstraint("(card IS NULL) <> (order_id IS NULL)", name=op.f("ck_card_sightings_card_or_ticket")),
        sa.CheckConstraint("until > at", name=op.f("ck_card_sightings_until_after_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_sightings")),
    )

    op.create_index(op.f("ix_card_sightings_at"), "card_sightings", ["at"], unique=False)
