"""Wiring: a workshop folder's settings and database. Settings are read here, once, and handed on as values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tracker.config import Workshop, load_workshop
from tracker.store import Store, open_store


def utc_now() -> datetime:
    """The wall clock, aware UTC; the only place that reads it for the whole program."""
    return datetime.now(UTC)


def open_workshop(folder: Path) -> tuple[Workshop, Store]:
    """A workshop's settings and its database.

    Raises:
        ConfigError: There is no workshop.toml, or it is wrong.
        StoreError: The database cannot be opened.
    """
    workshop = load_workshop(folder)
    return workshop, open_store(workshop.database)
