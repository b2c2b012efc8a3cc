from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serve_client import Client, Clock
from serve_shop import NOW, SHANGHAI, SHOP, furnish

from tracker.serve import create_app
from tracker.store import Store, open_store


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty database and a furnished one, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("serve")
    made = {name: folder / f"{name}.db" for name in ("empty", "furnished")}
    for name, path in made.items():
        with open_store(path) as store:
            if name == "furnished":
                furnish(store)
    return made


@pytest.fixture
def empty_store(tmp_path: Path, databases: dict[str, Path]) -> Iterator[Store]:
    with open_store(Path(shutil.copy(databases["empty"], tmp_path / "shop.db"))) as store:
        yield store


@pytest.fixture
def store(tmp_path: Path, databases: dict[str, Path]) -> Iterator[Store]:
    with open_store(Path(shutil.copy(databases["furnished"], tmp_path / "shop.db"))) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def client_of(clock: Clock) -> Callable[..., Client]:
    def make(store: Store, **changes: object) -> Client:
        settings: dict[str, object] = {"shop_name": SHOP, "calendar": SHANGHAI, "clock": clock}
        return Client(create_app(store, **(settings | changes)))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(store: Store, client_of: Callable[..., Client]) -> Client:
    return client_of(store)
