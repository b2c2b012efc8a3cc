"""Why a camera is blind, in words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SENTENCE = sa.String(length=1000).with_variant(sa.String(length=1000, collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the column; what was stored before has no words."""
    op.add_column("cameras", sa.Column("problem", SENTENCE, nullable=True))
