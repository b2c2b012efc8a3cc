from __future__ import annotations

from pathlib import Path

import pytest

from tracker.domain.errors import ConfigError
from tracker.store import open_store
from tracker.store.place import place_of

ENVIRON = {"PGPASSWORD": "p@ss/w:rd%", "PGUSER": "loom", "EMPTY": ""}
SECRET = "hunter2"


@pytest.mark.parametrize(
    "address",
    ["shop.db", "sqlite:///shop.db", Path("shop.db")],
)
def test_a_path_is_a_file(address: str | Path) -> None:
    place = place_of(address, {})
    assert (place.name, place.path) == ("shop.db", Path("shop.db"))


def test_secrets_come_from_the_environment_and_are_never_shown() -> None:
    place = place_of("postgresql://${PGUSER}:${PGPASSWORD}@db.example:5433/shop?sslmode=require", ENVIRON)
    assert (place.name, place.path) == ("shop on db.example", None)
    url = place.url
    assert (url.username, url.password, url.host, url.port) == ("loom", "p@ss/w:rd%", "db.example", 5433)
    assert (url.database, dict(url.query)) == ("shop", {"sslmode": "require"})
    assert "p@ss" not in f"{place} {place!r} {place.url}"
    assert place.redact("password 'p@ss/w:rd%' for loom") == "password '***' for ***"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://fairloom@db.example/shop", "shop on db.example"),  # ~/.pgpass or a certificate
        ("postgres://fairloom:@db.example/shop", "shop on db.example"),  # as some tools write it
        ("postgresql+psycopg:///shop", "shop on this machine"),
        ("postgresql:///shop?host=/run/postgresql", "shop on /run/postgresql"),  # a socket file
        ("postgresql:///shop?host=one&host=two&password=${PGPASSWORD}", "shop on ('one', 'two')"),  # whoever answers
    ],
)
def test_a_server_is_named_without_its_user(url: str, name: str) -> None:
    place = place_of(url, ENVIRON)
    assert (place.name, place.path) == (name, None)
    assert place.url.drivername == "postgresql+psycopg"
    assert "p@ss" not in repr(place)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("oracle://somewhere/shop", "not supported.*got oracle"),
        ("postgresql+asyncpg://somewhere/shop", "not supported"),  # a driver that nobody tests
        ("://", "cannot be read"),
        ("postgresql://somewhere:port/shop", "cannot be read"),
        ("postgresql://somewhere", "cannot be read"),  # no database
        ("postgresql://a:${PGPASSWORD}@b@somewhere/shop", "cannot be read"),
        ("postgresql://a:${NOWHERE}@somewhere/shop", "NOWHERE of the database URL is not set"),
        ("postgresql://a:${EMPTY}@somewhere/shop", "EMPTY of the database URL is empty"),
        ("postgresql://a:${not a name}@somewhere/shop", "names no environment variable"),
    ],
)
def test_what_leads_nowhere_is_refused(url: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        open_store(url, environ=ENVIRON)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://shop:{SECRET}@somewhere/shop",
        f"postgresql://shop:{SECRET}@{SECRET}@somewhere/shop",  # an @ in it
        f"postgresql://shop:{SECRET}/{SECRET}@somewhere/shop",  # a slash in it
        f"postgresql://shop:${{PGPASSWORD}}{SECRET}@somewhere/shop",  # half of it
        f"postgresql://shop@somewhere/shop?password={SECRET}",
        f"postgresql://shop@somewhere/shop?sslpassword={SECRET}",
        f"postgresql://shop@somewhere/shop?password={SECRET}&password={SECRET}",
    ],
)
def test_a_password_written_out_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"password stands in the settings.*environment variable") as refused:
        open_store(url, environ=ENVIRON)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
