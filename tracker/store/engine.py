"""A SQLAlchemy engine on a SQLite file that survives power cuts (docs/adr/0004-store.md)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tracker.domain.errors import StoreError

WRITES = "fairloom_writes"
"""Execution option of a connection that begins its transaction as the only writer."""


def database_path(url_or_path: str | Path) -> Path:
    """The SQLite file that a path or an ``sqlite:///`` URL names.

    Raises:
        StoreError: Another database's URL, or one in memory.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path)
    try:
        url = make_url(url_or_path)
    except ArgumentError as error:
        raise StoreError("the database URL cannot be read", expected="sqlite:///FILE or a path") from error
    if url.get_backend_name() != "sqlite":
        raise StoreError(
            "this database is not supported yet", expected="sqlite:///FILE or a path", got=url.get_backend_name()
        )
    if not url.database or url.database == ":memory:":
        raise StoreError("a database in memory would be lost with the process", expected="a file", got=str(url))
    return Path(url.database)


def make_engine(path: Path, *, busy_timeout_s: float) -> Engine:
    """An engine whose every connection waits for locks, checks foreign keys and syncs each commit.

    Transactions are begun here, not by the driver, so that readers get a snapshot and writers the lock at once.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s, "isolation_level": None, "check_same_thread": False},
        max_overflow=-1,  # each thread of a web server may read at once; connections to a file are cheap
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    """Settings of one connection. Journal first: it is the only one that can fail for want of rights."""
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(
            "the database cannot keep a write-ahead log here",
            got=f"journal mode {mode}",
            hint="Put it on a local disk, not on a network share.",
        )
    # FULL, not NORMAL: in WAL mode NORMAL syncs only at checkpoints, so a power cut takes back committed events.
    connection.execute("PRAGMA synchronous = FULL")
    # macOS answers fsync before the disk does; no effect elsewhere.
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")


def _begin(connection: Connection) -> None:
    """IMMEDIATE for writers: a lock taken later could be refused after work was done, with no wait at all."""
    writes = bool(connection.get_execution_options().get(WRITES, False))
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
