"""All that is PostgreSQL's alone: how a connection is set up, how transactions begin, what its refusals mean."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from tracker.domain.errors import ConfigError, ConflictError, StoreBusyError, StoreError, StoreFullError
from tracker.store.place import Place

WRITERS_LOCK = 0x6661_6972_6C6F_6F6D
"""Number of the advisory lock that makes writers wait for each other ("fairloom"); locks are a database's own."""

CONNECT_S = 5
"""Longest wait for a server that does not answer."""

OLDEST = 14
"""Oldest version that is still kept up by its makers."""

_BEGIN_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# READ COMMITTED, because a snapshot would be taken before the lock is granted and miss what the last writer did; under
# the lock there is nobody else to be protected from. A writer that falls silent would keep everybody waiting.
_BEGIN_WRITING = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
    "SET LOCAL lock_timeout = {busy_timeout_ms};"
    "SET LOCAL idle_in_transaction_session_timeout = '60s';"
    f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"
)
_BUSY_TIMEOUT_MS = "fairloom_busy_timeout_ms"

_WAITED_TOO_LONG = {"55P03", "40P01", "40001", "57014"}
_GONE = {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"}
_MAY_NOT_WRITE = {"42501", "25006"}


def make_engine(place: Place, *, busy_timeout_s: float) -> Engine:
    """An engine whose connections notice a server that has gone, and come back with it.

    Raises:
        ConfigError: The driver is not installed.
    """
    try:
        engine = create_engine(
            place.url,
            pool_pre_ping=True,  # a connection from before a restart of the server is replaced, not handed out
            max_overflow=-1,  # each thread of a web server may read at once
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_S,
                "application_name": "fairloom",
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 20_000,
            },
            execution_options={_BUSY_TIMEOUT_MS: max(1, round(busy_timeout_s * 1000))},
        )
    except ImportError as error:
        raise ConfigError(
            "PostgreSQL needs a driver that is not installed",
            got=str(error),
            hint='Run `pip install "fairloom[postgres]"`.',
        ) from error
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg is an extra: its types may be missing
    """Settings of one connection; refuses a server that would mangle text, and has each commit on disk."""
    encoding, syncs, version = connection.execute(
        "SELECT current_setting('server_encoding'), current_setting('synchronous_commit'),"
        " current_setting('server_version_num')::int / 10000"
    ).fetchone()
    if encoding != "UTF8" or version < OLDEST:
        connection.close()
        raise StoreError(
            "this PostgreSQL database cannot be used",
            expected=f"version {OLDEST} or newer and encoding UTF8",
            got=f"version {version} and encoding {encoding}",
        )
    if syncs == "off":
        connection.execute("SET synchronous_commit = on")
    connection.commit()


def begin(connection: Connection, *, writes: bool) -> None:
    """One writer at a time; readers get a snapshot, wait for nobody and cannot write."""
    options = connection.get_execution_options()
    sql = _BEGIN_WRITING.format(busy_timeout_ms=options[_BUSY_TIMEOUT_MS]) if writes else _BEGIN_READING
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def refusal(error: BaseException | None, place: Place) -> StoreError | ConflictError:
    """The error to raise for what the driver raised."""
    state = getattr(error, "sqlstate", None) or ""
    text = said(error, place)
    kept = "Nothing of the transaction was kept."
    if state.startswith("22"):
        return ConflictError(f"{place.name} refused a value: {text}", hint=kept)
    if state in _WAITED_TOO_LONG:
        return StoreBusyError(
            f"{place.name} is locked by another process",
            hint="Wait until the other command has finished, or look for a tracker process that hangs.",
        )
    if state == "53100":
        return StoreFullError(
            f"no room left on the disk of {place.name}", hint=f"{kept} Free some space and try again."
        )
    if state in _MAY_NOT_WRITE:
        return StoreError(
            f"{place.name} does not let Fairloom write",
            got=text,
            hint="The user of the URL must own the database, and the server must not be a copy that only reads.",
        )
    if not state or state in _GONE or state.startswith(("08", "53")):  # a connection that fails is given no state
        return StoreError(
            f"{place.name} cannot be reached",
            got=text.rstrip("?.!"),
            hint="Is the server running, and are host, user, password and database of the URL right?",
        )
    return StoreError(f"{place.name} refused: {text}", got=state)


def said(error: BaseException | None, place: Place) -> str:
    """What the server said, in one line, without its details: they quote the whole row."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return " ".join(place.redact(primary or str(error)).split())
