"""What only a server does: it lets people in or not, goes away, comes back, and says no in its own words."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from databases import Database, PostgresServer
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from store_samples import MONDAY_8, OTHER, PO, event, order, record

from tracker.domain.errors import ConfigError, ConflictError, StoreBusyError, StoreError, StoreFullError
from tracker.domain.orders import OrderState
from tracker.store import Store, open_store
from tracker.store.faults import translated
from tracker.store.place import place_of
from tracker.store.postgres import _set_up

PASSWORD = "s3cret/@word"
PLACE = place_of("postgresql://fairloom:${PGPASSWORD}@db.example/shop", {"PGPASSWORD": PASSWORD})


@pytest.fixture
def store(postgres_database: Database) -> Iterator[Store]:
    with postgres_database.open() as opened:
        with opened.write(MONDAY_8) as unit:
            unit.add_orders([order(PO), order(OTHER)])
        yield opened


@contextmanager
def only_with_password(server: PostgresServer) -> Iterator[None]:
    """Everybody but the administrator has to say a password."""
    rules = server.folder / "pg_hba.conf"
    before = rules.read_text(encoding="utf-8")
    first = "local all postgres trust\nhost all postgres all trust\nlocal all all scram-sha-256\n"
    rules.write_text(f"{first}host all all all scram-sha-256\n{before}", encoding="utf-8")
    server.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        rules.write_text(before, encoding="utf-8")
        server.execute("SELECT pg_reload_conf()")


def test_a_password_lets_in_and_is_never_shown(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = postgres_server
    server.execute(f"CREATE ROLE loom LOGIN PASSWORD '{PASSWORD}'")
    server.execute("CREATE DATABASE of_loom OWNER loom")
    url = server.url("of_loom").replace("//postgres:", "//loom:${LOOM}")
    try:
        with only_with_password(server):
            with caplog.at_level(0), open_store(url, environ={"LOOM": PASSWORD}) as store:
                with store.write(MONDAY_8) as unit:
                    unit.add_orders([order()])
                assert PASSWORD not in f"{store.place} {store._engine!r} {caplog.text}"
            with pytest.raises(StoreError, match=r"cannot be reached.*password.*Is the server") as refused:
                open_store(url, environ={"LOOM": f"{PASSWORD}-wrong"})
        assert PASSWORD not in "".join(traceback.format_exception(refused.value))
    finally:
        server.drop("of_loom")
        server.execute("DROP ROLE loom")


def test_a_database_that_is_not_there_says_so(postgres_server: PostgresServer) -> None:
    with pytest.raises(StoreError, match=r"not_there on .*cannot be reached.*does not exist"):
        open_store(postgres_server.url("not_there"))


def test_a_user_who_may_not_make_tables_is_told(postgres_server: PostgresServer) -> None:
    server = postgres_server
    server.execute("CREATE ROLE guest LOGIN")
    server.execute("CREATE DATABASE guarded")
    try:
        with pytest.raises(StoreError, match=r"does not let Fairloom write.*must own the database"):
            open_store(server.url("guarded").replace("//postgres:", "//guest:"))
    finally:
        server.drop("guarded")
        server.execute("DROP ROLE guest")


def test_a_database_that_mangles_text_is_refused(postgres_server: PostgresServer) -> None:
    server = postgres_server
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(StoreError, match=r"cannot be used.*UTF8.*got version \d+ and encoding LATIN1"):
            open_store(server.url("latin"))
    finally:
        server.drop("latin")


def test_a_commit_is_on_disk_even_where_the_server_would_not_wait(postgres_database: Database) -> None:
    with postgres_database.raw() as raw:
        name = raw.info.dbname
        raw.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        raw.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        raw.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with postgres_database.open() as store, store.write(MONDAY_8) as unit:
        ask = unit._connection.exec_driver_sql
        assert ask("SHOW synchronous_commit").scalar() == "on"
        assert ask("SHOW transaction_isolation").scalar() == "read committed"
        assert ask("SHOW transaction_read_only").scalar() == "off"


def test_a_server_that_stops_and_starts_loses_nothing_that_was_committed(
    store: Store, postgres_server: PostgresServer
) -> None:
    record(store, [event(1)], until_s=2)
    postgres_server.stop()
    try:
        for _ in range(2):  # the second attempt meets no connection that was cut off, but none is to be had
            with pytest.raises(StoreError, match=r"cannot be reached.*Is the server running"):
                record(store, [event(5)], until_s=6)
        with pytest.raises(StoreError, match="cannot be reached"), store.read():
            pass
    finally:
        postgres_server.start()
    assert record(store, [event(5)], until_s=6).added == 1  # the same store, with no word of it
    with store.read() as view:
        assert len(view.events()) == 2
        assert view.verify_log() is None


def test_a_connection_cut_in_the_middle_takes_everything_back(store: Store, postgres_database: Database) -> None:
    def break_off() -> None:
        with store.write(MONDAY_8) as unit:
            unit.set_order_state(PO, OrderState.HELD)
            with postgres_database.raw() as administrator:
                administrator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            unit.set_order_state(OTHER, OrderState.HELD)

    with pytest.raises(StoreError, match="cannot be reached"):
        break_off()
    with store.read() as view:
        assert {one.state for one in view.orders()} == {OrderState.ACCEPTED}
    with store.write(MONDAY_8) as unit:  # the lock went with the connection
        unit.set_order_state(PO, OrderState.HELD)


def test_a_writer_never_misses_what_the_one_before_it_did(postgres_database: Database) -> None:
    """Its snapshot is not from before it had the lock."""
    with postgres_database.open() as one, postgres_database.open() as other:
        for number in range(3):
            for store in (one, other):
                with store.write(MONDAY_8) as unit:
                    unit.log("test.kind", "s", {"number": number})
        with one.read() as view:
            assert [entry.seq for entry in view.log_entries()] == [1, 2, 3, 4, 5, 6]


def test_what_a_row_cannot_hold_is_a_conflict_and_quotes_nothing_of_it(store: Store) -> None:
    too_long = r"refused a value.*too long.*Nothing of the transaction"
    with pytest.raises(ConflictError, match=too_long), store.write(MONDAY_8) as unit:
        unit.add_orders([order("PO-3", style="x" * 300)])
    with pytest.raises(ConflictError, match="over_tolerance_is_share") as refused, store.write(MONDAY_8) as unit:
        unit.add_orders([order("PO-3", over_tolerance=7.0)])
    assert "Northwind" not in str(refused.value)  # the server's details would name the customer


def test_a_view_cannot_write_on_a_server_either(store: Store) -> None:
    with pytest.raises(StoreError, match="read-only"), store.read() as view:
        view._connection.execute(text("DELETE FROM orders"))


@pytest.mark.parametrize(
    ("state", "error", "what"),
    [
        ("55P03", StoreBusyError, "locked by another process"),
        ("40P01", StoreBusyError, "locked by another process"),  # a deadlock with somebody's own SQL
        ("53100", StoreFullError, "no room left"),
        ("53300", StoreError, "cannot be reached.*too many"),  # it has no connection to spare
        ("57P03", StoreError, "cannot be reached.*too many"),  # it is starting up
        ("08006", StoreError, "cannot be reached.*too many"),
        (None, StoreError, "cannot be reached.*too many"),  # nobody there who could have said a state
        ("25006", StoreError, "does not let Fairloom write"),  # a copy that only reads
        ("22021", ConflictError, "refused a value"),
        ("XX001", StoreError, r"shop on db.example refused: too many \*\*\*; got XX001"),
    ],
)
def test_every_refusal_of_a_server_is_the_stores_own_error(
    state: str | None, error: type[Exception], what: str
) -> None:
    class Refusal(Exception):  # noqa: N818 - stands for psycopg's
        sqlstate = state
        diag = SimpleNamespace(message_primary=None)

    with pytest.raises(error, match=what) as raised, translated(PLACE):
        raise OperationalError("COMMIT", None, Refusal(f"too many\n {PASSWORD}"))
    assert type(raised.value) is error
    assert PASSWORD not in str(raised.value)


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pq wrapper available")

    monkeypatch.setattr("tracker.store.postgres.create_engine", missing)
    with pytest.raises(ConfigError, match=r"no pq wrapper.*pip install .fairloom\[postgres\]"):
        open_store("postgresql://db.example/shop")


def test_an_old_server_is_refused() -> None:

    class Old:
        closed = False

        def execute(self, sql: str) -> Old:
            return self

        def fetchone(self) -> tuple[str, str, int]:
            return "UTF8", "on", 11

        def close(self) -> None:
            self.closed = True

    connection = Old()
    with pytest.raises(StoreError, match=r"version 14 or newer.*got version 11"):
        _set_up(connection, None)
    assert connection.closed
