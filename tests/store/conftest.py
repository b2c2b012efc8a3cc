from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import Database, nothing

from tracker.store import Store


@pytest.fixture
def path(tmp_path: Path, sqlite_copy: Callable[..., Path]) -> Path:
    """An empty database file, for what only files do."""
    return sqlite_copy(tmp_path / "shop.db", nothing)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """An empty database, once on each kind."""
    with database.open() as opened:
        yield opened
