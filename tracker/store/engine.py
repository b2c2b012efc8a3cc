"""A SQLAlchemy engine on a database that survives power cuts (docs/adr/0004-store.md)."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, event

from tracker.store import postgres, sqlite
from tracker.store.place import Place

WRITES = "fairloom_writes"
"""Execution option of a connection that begins its transaction as the only writer."""


def make_engine(place: Place, *, busy_timeout_s: float) -> Engine:
    """An engine whose transactions begin as readers' snapshots, or as the only writer's.

    Transactions are begun here, not by the driver, so that readers get a snapshot and writers the lock at once.

    Raises:
        ConfigError: The database's driver is not installed.
    """
    make, begin = (
        (sqlite.make_engine, sqlite.begin) if place.path is not None else (postgres.make_engine, postgres.begin)
    )
    engine = make(place, busy_timeout_s=busy_timeout_s)

    def begin_as_asked(connection: Connection) -> None:
        begin(connection, writes=bool(connection.get_execution_options().get(WRITES, False)))

    event.listen(engine, "begin", begin_as_asked)
    return engine
