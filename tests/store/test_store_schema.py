from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql, sqlite
from store_samples import MONDAY_8, PO, order

from tracker.domain.errors import StoreError
from tracker.store import Store, open_store
from tracker.store.engine import _set_up
from tracker.store.schema import HEAD, MIGRATIONS
from tracker.store.tables import Row, UtcDateTime


def columns_and_checks(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as raw:
        made = raw.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in made if name != "alembic_version"}


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_the_migrations_make_what_the_models_say(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()


def test_checks_and_indexes_are_the_models_too(path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    Row.metadata.create_all(engine)
    engine.dispose()

    def parts(sql: str) -> list[str]:
        return sorted(part.strip() for part in sql.split("(", 1)[1].rstrip(")").split(", "))

    migrated, modelled = columns_and_checks(path), columns_and_checks(tmp_path / "models.db")
    assert {name: parts(sql) for name, sql in migrated.items()} == {name: parts(sql) for name, sql in modelled.items()}


def test_a_database_is_opened_again_with_what_it_held(path: Path) -> None:
    with open_store(path) as store, store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    with open_store(f"sqlite:///{path}") as store, store.read() as view:
        assert view.order(PO) == order()


def test_a_database_of_before_keeps_its_cameras_and_learns_to_say_why_one_is_blind(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("ALTER TABLE cameras DROP COLUMN problem")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
        old.execute(
            "INSERT INTO cameras VALUES ('tray', 'counts', NULL, NULL, NULL, NULL, 0, 0, 'blind', '2026-03-02')"
        )
    with open_store(path) as store, store.read() as view:
        assert [(camera.camera, camera.problem) for camera in view.cameras()] == [("tray", None)]


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(StoreError, match=r"newer version of Fairloom.*got schema 9999.*Update fairloom"):
        open_store(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE songs (title)")
    with pytest.raises(StoreError, match=r"belongs to another program.*songs"):
        open_store(path)
    assert list(columns_and_checks(path)) == ["songs"]


def test_a_missing_database_is_made_only_when_wanted(tmp_path: Path) -> None:
    path = tmp_path / "车间 100%" / "订单.db"
    with pytest.raises(StoreError, match="tracker init"):
        open_store(path, create=False)
    assert not path.parent.exists()
    open_store(path).close()
    open_store(path, create=False).close()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://somewhere/shop", "not supported yet"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("oracle://somewhere/shop", "not supported yet"),
        ("://", "cannot be read"),
    ],
)
def test_other_databases_are_refused(url: str, what: str) -> None:
    with pytest.raises(StoreError, match=what):
        open_store(url)


def test_a_url_with_a_password_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://shop:hunter2@somewhere/shop")
    assert "hunter2" not in str(refused.value)


def test_threads_that_open_a_new_database_at_once_all_get_it(tmp_path: Path) -> None:
    def write_one(number: int) -> None:
        with open_store(tmp_path / "new.db", busy_timeout_s=30) as store, store.write(MONDAY_8) as unit:
            unit.add_orders([order(f"PO-{number}")])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write_one, range(6)))
    with open_store(tmp_path / "new.db") as store, store.read() as view:
        assert len(view.orders()) == 6


def test_processes_that_open_a_new_database_at_once_all_get_it(tmp_path: Path) -> None:
    code = f"from tracker.store import open_store; open_store({str(tmp_path / 'new.db')!r}, busy_timeout_s=30).close()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)]
    for process in started:
        _, errors = process.communicate(timeout=50)
        assert process.returncode == 0, errors.decode()


def test_every_connection_syncs_each_commit_and_checks_keys(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        ask = unit._connection.exec_driver_sql
        pragmas = {name: ask(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def test_instants_are_stored_as_utc(dialect: object) -> None:
    kind = UtcDateTime()
    noon = datetime(2026, 3, 2, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    stored = kind.process_bind_param(noon, dialect)
    assert stored.isoformat().startswith("2026-03-02T04:30:00.123456")
    back = kind.process_result_value(stored, dialect)
    assert (back, back.tzinfo) == (noon, UTC)
    assert kind.process_bind_param(None, dialect) is kind.process_result_value(None, dialect) is None


def test_naive_instants_are_refused(store: Store) -> None:
    naive = datetime(2026, 3, 2, 8)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(naive, sqlite.dialect())
    with pytest.raises(ValueError, match="naive"), store.write(naive):
        pass


def test_the_alembic_command_cannot_bypass_the_store() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with pytest.raises(RuntimeError, match="open_store"):
        command.upgrade(config, "head")


def test_the_first_schema_refuses_a_database_it_has_no_triggers_for() -> None:
    elsewhere = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": io.StringIO()}
    )
    first = ScriptDirectory(str(MIGRATIONS)).get_revision("0001").module
    with Operations.context(elsewhere), pytest.raises(NotImplementedError, match="SQLite only"):
        first.upgrade()


def test_a_place_without_a_write_ahead_log_is_refused() -> None:
    class NetworkShare:
        def execute(self, statement: str) -> NetworkShare:
            return self

        def fetchone(self) -> tuple[str]:
            return ("delete",)

    with pytest.raises(StoreError, match=r"journal mode delete.*local disk"):
        _set_up(NetworkShare(), None)
