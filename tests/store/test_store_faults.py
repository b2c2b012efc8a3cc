from __future__ import annotations

import ctypes
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from databases import Database
from sqlalchemy import event as listened_event
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from store_samples import MONDAY_8, OTHER, PO, TRAY, event, given, order, record

from tracker.domain.errors import ConflictError, StoreBusyError, StoreError, StoreFullError
from tracker.store import Store, open_store
from tracker.store.faults import translated
from tracker.store.place import place_of
from tracker.store.postgres import WRITERS_LOCK

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


TAKE_LOCK = {
    "sqlite": ["BEGIN IMMEDIATE"],
    "postgresql": ["BEGIN", f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"],
}


@contextmanager
def write_lock(database: Database) -> Iterator[None]:
    """Another process's transaction, as far as the database can tell."""
    with database.raw() as other:
        for statement in TAKE_LOCK[database.kind]:
            other.execute(statement)
        yield
        other.execute("ROLLBACK")


def test_a_locked_database_is_busy_for_writers_only(database: Database) -> None:
    with database.open(busy_timeout_s=0.05) as store:
        record_one(store)
        with write_lock(database):
            with pytest.raises(StoreBusyError, match=r"locked by another process\. Wait"):
                record(store, [event(2)], until_s=3)
            with store.read() as view:
                assert len(view.events()) == 1
        assert record(store, [event(2)], until_s=3).added == 1


def test_a_lock_that_ends_in_time_is_waited_for(database: Database) -> None:
    about_to_begin = threading.Event()
    with database.open(busy_timeout_s=30) as store, ThreadPoolExecutor(1) as pool:
        listened_event.listen(store._engine, "engine_connect", lambda _: about_to_begin.set())
        with write_lock(database):
            written = pool.submit(record_one, store)
            assert about_to_begin.wait(timeout=30)
        written.result(timeout=50)
        with store.read() as view:
            assert len(view.events()) == 1


def test_opening_an_old_database_while_it_is_locked_is_busy(database: Database) -> None:
    with database.raw() as raw:
        raw.execute("DROP TABLE alembic_version")
        for table in ("disclosures", "releases"):  # the rest does not matter: nobody gets as far as looking
            raw.execute(f"DROP TABLE {table}")
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with write_lock(database), pytest.raises(StoreBusyError):
        database.open(busy_timeout_s=0.05)


def record_one(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(PO), order(OTHER)])
    record(store, [event(1)], until_s=2)


def fill_up(store: Store) -> None:
    for batch in range(10_000):
        seconds = range(10 + batch * 50, 60 + batch * 50)
        record(store, [event(second) for second in seconds], until_s=seconds[-1] + 1)


def check_whole_batches(store: Store) -> None:
    """Every batch is there as a whole or not at all, and everything still works."""
    with store.read() as view:
        events = view.events()
        assert (len(events) - 1) % 50 == 0
        latest = max(stored.event.moment.t_s for stored in events)
        assert view.watermark(TRAY) == MONDAY_8 + timedelta(seconds=max(latest, 1) + 1)
        assert view.verify_log() is None


def test_a_full_disk_keeps_nothing_of_the_transaction(path: Path) -> None:
    with open_store(path) as store:
        record_one(store)

        @listened_event.listens_for(store._engine, "begin")
        def limit(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 150")

        with pytest.raises(StoreFullError, match="no room left"):
            fill_up(store)
        check_whole_batches(store)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    if not (AS_ROOT and sys.platform == "linux"):
        pytest.skip("only root can mount a small disk")
    libc = ctypes.CDLL(None, use_errno=True)
    folder = tmp_path / "disk"
    folder.mkdir()
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=1m") != 0:
        pytest.skip(f"cannot mount a small disk here: {os.strerror(ctypes.get_errno())}")
    yield folder
    assert libc.umount(os.fsencode(folder)) == 0


def test_a_disk_that_is_really_full_keeps_nothing_of_the_transaction(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with open_store(small_disk / "shop.db") as store:
        record_one(store)
        ballast.write_bytes(bytes(200_000))
        with pytest.raises(StoreFullError, match="free some space"):
            fill_up(store)
        check_whole_batches(store)
        ballast.unlink()
        assert record(store, [event(900_000)], until_s=900_001).added == 1


def test_a_new_database_on_a_full_disk_is_refused_as_full(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    with pytest.raises(StoreFullError):
        open_store(small_disk / "shop.db")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"order,customer,quantity\n" * 100, "damaged or not a database"),  # somebody named a sheet
        (b"\0" * 5000, "damaged or not a database"),  # a disk that forgot
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=what):
        open_store(path)
    assert path.read_bytes() == content


def test_a_damaged_database_says_so(path: Path) -> None:
    with open_store(path) as store:
        record_one(store)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    with (
        pytest.raises(StoreError, match=r"damaged.*Restore it from a backup"),
        open_store(path) as store,
        store.read() as view,
    ):
        view.events()


@pytest.mark.skipif(AS_ROOT or sys.platform == "win32", reason="root may write anywhere; Windows has no such mode")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        open_store(folder / "shop.db")


def test_a_read_only_file_system_is_refused(small_disk: Path) -> None:
    open_store(small_disk / "shop.db").close()
    libc = ctypes.CDLL(None, use_errno=True)
    remount, read_only = 32, 1
    if libc.mount(b"tmpfs", os.fsencode(small_disk), b"tmpfs", remount | read_only, b"size=1m") != 0:
        pytest.skip(f"cannot remount here: {os.strerror(ctypes.get_errno())}")
    with pytest.raises(StoreError, match=r"cannot be opened for writing.*must be writable"):
        open_store(small_disk / "shop.db")


@pytest.mark.parametrize("name", ["", "sub/"])
def test_a_folder_or_a_file_in_the_way_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "taken").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be"):
        open_store(tmp_path / "sub" if name else tmp_path / "taken" / "shop.db")


def test_an_error_in_the_block_takes_everything_back(store: Store) -> None:
    def break_off() -> None:
        with store.write(MONDAY_8) as unit:
            unit.add_orders([order()])
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        break_off()
    with store.read() as view:
        assert view.orders() == ()
        assert view.log_entries() == ()


def test_a_constraint_that_refuses_takes_everything_back(store: Store) -> None:
    bad = order(OTHER, over_tolerance=7.0)
    refused = r"over_tolerance_is_share.*Nothing of the transaction was kept"
    with pytest.raises(ConflictError, match=refused), store.write(MONDAY_8) as unit:
        unit.add_orders([order(), bad])
    with store.read() as view:
        assert view.orders() == ()


def test_a_view_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as view:
        view._connection.execute(text("DELETE FROM orders"))
    with store.write(MONDAY_8) as unit:  # and the connection is not spoilt for the next writer
        unit.add_orders([order()])


def test_a_view_is_one_moment(database: Database) -> None:
    with database.open() as store, database.open() as other:
        record_one(store)
        with store.read() as view:
            assert len(view.events()) == 1
            record(other, [event(5)], until_s=6)
            assert len(view.events()) == 1
            assert view.watermark(TRAY) == MONDAY_8 + timedelta(seconds=2)
        with store.read() as view:
            assert len(view.events()) == 2


def test_a_unit_sees_its_own_changes(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.record(TRAY, events=given([event(1)]), stock=(), gaps=(), watermark=MONDAY_8 + timedelta(seconds=2))
        assert len(unit.events(order=PO)) == 1


@pytest.mark.parametrize(
    ("name", "free", "error"),
    [
        ("SQLITE_BUSY_SNAPSHOT", 1 << 40, StoreBusyError),
        ("SQLITE_LOCKED", 1 << 40, StoreBusyError),
        ("SQLITE_IOERR_SHMSIZE", 0, StoreFullError),  # a full disk by another name
        ("SQLITE_IOERR_WRITE", 1 << 40, StoreError),  # a broken one
        ("SQLITE_READONLY_DIRECTORY", 1 << 40, StoreError),
        ("SQLITE_INTERNAL", 1 << 40, StoreError),
    ],
)
def test_every_refusal_of_sqlite_is_the_stores_own_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, free: int, error: type[StoreError]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    refusal = sqlite3.OperationalError("no")
    refusal.sqlite_errorname = name
    with pytest.raises(StoreError) as raised, translated(place_of(path, {})):
        raise OperationalError("COMMIT", None, refusal)
    assert type(raised.value) is error
    assert raised.value.__cause__.orig is refusal


def test_many_threads_read_while_one_writes(store: Store) -> None:
    record_one(store)
    readers = 40  # as many as a web server has
    all_inside = threading.Barrier(readers + 1)

    def look(_: int) -> int:
        with store.read() as view:
            before = len(view.events())
            all_inside.wait(timeout=50)
            all_inside.wait(timeout=50)
            return len(view.events()) - before

    with ThreadPoolExecutor(readers) as pool:
        seen = pool.map(look, range(readers))
        all_inside.wait(timeout=50)
        record(store, [event(5)], until_s=6)
        all_inside.wait(timeout=50)
        assert set(seen) == {0}
