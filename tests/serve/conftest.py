from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from databases import BOTH, copied, nothing
from serve_client import Client, Clock
from serve_shop import NOW, SHANGHAI, SHOP, furnish

from tracker.serve import create_app
from tracker.store import Store

ON_BOTH = {"test_serve_api", "test_serve_health", "test_serve_today"}
"""Files whose tests ask the database in every way there is; the others look at what surrounds the answers."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of ``ON_BOTH`` on each kind of database."""
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", BOTH if metafunc.module.__name__ in ON_BOTH else BOTH[:1])


@pytest.fixture
def empty_store(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty database."""
    with copied(database_kind, request, nothing) as database, database.open() as store:
        yield store


@pytest.fixture
def store(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The furnished shop."""
    with copied(database_kind, request, furnish) as database, database.open() as store:
        yield store


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
