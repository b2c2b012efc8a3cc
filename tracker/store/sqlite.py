"""All that is SQLite's alone: how a connection is set up, how transactions begin, what its refusals mean."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from tracker.domain.errors import StoreBusyError, StoreError, StoreFullError
from tracker.store.place import Place

NEARLY_FULL_BYTES = 1 << 20
"""A failed write with less than this left is a full disk, whatever name SQLite gives it."""


def make_engine(place: Place, *, busy_timeout_s: float) -> Engine:
    """An engine whose every connection waits for locks, checks foreign keys and syncs each commit."""
    engine = create_engine(
        place.url,
        connect_args={"timeout": busy_timeout_s, "isolation_level": None, "check_same_thread": False},
        max_overflow=-1,  # each thread of a web server may read at once; connections to a file are cheap
    )
    event.listen(engine, "connect", _set_up)
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


def begin(connection: Connection, *, writes: bool) -> None:
    """IMMEDIATE for writers: a lock taken later could be refused after work was done, with no wait at all."""
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def refusal(error: BaseException | None, path: Path) -> StoreError:
    """The error to raise for what the driver raised."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusyError(
            f"{path.name} is locked by another process",
            hint="Wait until the other command has finished, or look for a tracker process that hangs.",
        )
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and _nearly_full(path)):
        return StoreFullError(
            f"no room left on the disk of {path}",
            hint="Nothing of the transaction was kept; free some space and try again.",
        )
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return StoreError(
            f"{path} is damaged or not a database",
            expected="a Fairloom database",
            got=str(error),
            hint="Restore it from a backup, or name another file.",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(
            f"{path} cannot be opened for writing",
            got=str(error),
            hint="The file and its folder must be writable (SQLite keeps a -wal and a -shm file beside it).",
        )
    return StoreError(f"{path} refused: {error}", got=name or type(error).__name__)


def _nearly_full(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < NEARLY_FULL_BYTES
