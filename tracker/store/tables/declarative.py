"""The declarative root of all tables, and the one way instants are stored."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, or a later migration could not change it on SQLite."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC with microseconds; refuses naive ones.

    SQLite has no time zones: there the UTC wall time is written as text, which also sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database.

        Raises:
            ValueError: The instant is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware datetime, got naive {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC for the program."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Row(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=NAMES)


def _text(length: int) -> String:
    """Text that sorts by code point on both databases; a server's own language would sort otherwise."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Word = _text(200)
"""Ids and names that people type."""

Sentence = _text(1000)
"""Reasons and purposes."""
