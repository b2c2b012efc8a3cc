"""Opening the database, and the two kinds of transactions on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from tracker.domain.errors import StoreError
from tracker.store.engine import WRITES, make_engine
from tracker.store.faults import translated
from tracker.store.place import Place, place_of
from tracker.store.schema import bring_up_to_date
from tracker.store.units import ReadView, WriteUnit


class Store:
    """An open database; use ``open_store`` to get one.

    It may be shared by threads: each transaction takes a connection of its own. Writers wait for each other, within and
    between processes; readers wait for nobody.

    Args:
        engine: Of a database with the current schema.
        place: Where it is.
    """

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self.place = place

    @contextmanager
    def write(self, now: datetime) -> Iterator[WriteUnit]:
        """One transaction: committed at the end of the block, and on disk by then; rolled back on any error.

        Args:
            now: Aware UTC; the time of everything written in it.

        Raises:
            StoreBusyError: Another process held the write lock for longer than the wait.
            StoreFullError: The disk is full; nothing of the transaction was kept.
            StoreError: The database refused for another reason, or its server is gone. Whether a transaction was kept
                whose commit was never answered, nobody knows: offering the same again is safe.
        """
        with (
            translated(self.place),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield WriteUnit(connection, now)

    @contextmanager
    def read(self) -> Iterator[ReadView]:
        """One consistent snapshot; cannot change anything.

        Raises:
            StoreError: The database cannot be read.
        """
        with translated(self.place), self._engine.connect() as connection, connection.begin():
            yield ReadView(connection)

    def close(self) -> None:
        """Closes every connection; the last one to close folds the write-ahead log into the database file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(
    url_or_path: str | Path,
    *,
    busy_timeout_s: float = 5.0,
    create: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> Store:
    """The database at a path or on a server, migrated where it is old.

    A missing file is created. On a server the database itself must exist, and belong to the user; its tables are made.

    Args:
        url_or_path: A file, ``sqlite:///FILE``, or ``postgresql://USER:${NAME}@HOST/DATABASE``.
        busy_timeout_s: How long a writer waits for another one.
        create: Whether a missing file, and its folder, is made.
        environ: Where the URL's ``${NAME}`` are looked up.

    Raises:
        ConfigError: The URL is wrong, holds a password, or names a variable that is not set; a driver is missing.
        StoreBusyError: Another process held the write lock for longer than the wait.
        StoreError: There is no such file or database, it is not Fairloom's, of a newer version, or cannot be written.
    """
    place = place_of(url_or_path, environ)
    if place.path is not None:
        _make_room(place.path, create=create)
    engine = make_engine(place, busy_timeout_s=busy_timeout_s)
    try:
        with translated(place):
            bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, place)


def _make_room(path: Path, *, create: bool) -> None:
    if not create and not path.is_file():
        raise StoreError(f"there is no database at {path}", hint="Run `tracker init` first, or name another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder of {path} cannot be made", got=str(error.strerror)) from error
