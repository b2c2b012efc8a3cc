"""The database's refusals in the product's own errors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from tracker.domain.errors import ConflictError, StoreBusyError, StoreError, StoreFullError

NEARLY_FULL_BYTES = 1 << 20
"""A failed write with less than this left is a full disk, whatever name SQLite gives it."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raises this module's errors instead of the database driver's.

    Args:
        path: The database file, for messages and to see whether its disk is full.

    Raises:
        StoreBusyError: Another process held the write lock for longer than the wait.
        StoreFullError: The disk is full.
        ConflictError: A constraint of the schema refused a row.
        StoreError: The file is corrupt, read-only, not a database, or cannot be opened.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            f"{path.name} refused a row: {error.orig}", hint="Nothing of the transaction was kept."
        ) from error
    except DBAPIError as error:
        raise _refusal(error.orig, path) from error


def _refusal(error: BaseException | None, path: Path) -> StoreError:
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
