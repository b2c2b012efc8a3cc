"""Brings a database file to this version's schema, and refuses one from a later version."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from tracker.domain.errors import StoreError
from tracker.store.engine import WRITES

HEAD = "0003"
"""Revision of the newest migration; a test keeps it true."""

MIGRATIONS = Path(__file__).parent / "migrations"


def stored_revision(connection: Connection) -> str | None:
    """The schema revision of an open database; ``None`` when it is empty.

    Raises:
        StoreError: The file holds tables, but not Fairloom's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise StoreError(
            "the database belongs to another program",
            expected="a Fairloom database or a new file",
            got=f"tables {', '.join(tables[:5])}",
        )
    return None


def bring_up_to_date(engine: Engine) -> None:
    """Runs the missing migrations in one transaction; two processes that start together wait for each other.

    Raises:
        StoreError: The database was written by a newer version, or by another program.
    """
    with engine.connect() as connection, connection.begin():
        if stored_revision(connection) == HEAD:
            return
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        revision = stored_revision(connection)
        if revision != HEAD:
            _migrate(connection, revision)


def _migrate(connection: Connection, revision: str | None) -> None:
    # Alembic takes 0.2 s to import, and nearly every start finds nothing to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            "the database was written by a newer version of Fairloom",
            expected=f"schema {HEAD} or older",
            got=f"schema {revision}",
            hint="Update fairloom; nothing was changed.",
        )
    command.upgrade(config, "head")
