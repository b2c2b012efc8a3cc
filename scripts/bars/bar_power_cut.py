"""The power goes away between any two requests that SQLite makes of the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from figures import Figure
from recorded_disk import Kind, Operation, RecordedDisk, Survivor, after_power_cut, sqlite_library
from sqlalchemy import event as listened_event
from sqlalchemy import text

from tracker.domain.errors import StoreError
from tracker.domain.estimates import Assignment
from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import RuleId, RuleKind
from tracker.store import Store, WriteUnit, open_store

NAME = "power-cut"
WHAT = "after a power cut at any write or sync the database opens, whole, with every transaction that was reported"

BATCHES, SAMPLE_BATCHES = 60, 6
BATCH = 4
"""Events a transaction."""
TORN, SAMPLE_TORN = 2, 1
"""Random survivals tried at each cut, beside all and nothing."""
EVERY, SAMPLE_EVERY = 1, 5
"""A cut after each so many requests."""
CHECKPOINT_PAGES = 100
"""The log is folded into the file ten times as often as by itself, so that cuts fall into that too."""
SESSIONS = 3
"""The database is closed and opened again so many times on the way."""
CAMERA, RULE = CameraId("tray"), RuleId("sewn")
BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
FILE = "shop.db"


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Databases that a power cut left as it must not, over every cut there is (sample: every fifth of a short run)."""
    rng = np.random.default_rng(seed)
    batches, torn, every = (SAMPLE_BATCHES, SAMPLE_TORN, SAMPLE_EVERY) if sample else (BATCHES, TORN, EVERY)
    operations = record(batches)
    survivals = [Survivor.NOTHING, Survivor.EVERYTHING, *[Survivor.SOME] * torn]
    cuts = list(states(operations, range(0, len(operations) + 1, every), survivals, rng))
    broken = [fault for files, said in cuts if (fault := found_wrong(files, said, batches)) is not None]
    for fault in broken[:10]:
        print(f"    {fault}", flush=True)
    operations_of_careless = record(batches, synchronous="NORMAL")
    careless = list(states(operations_of_careless, after_reports(operations_of_careless), [Survivor.NOTHING], rng))
    noticed = sum(found_wrong(files, said, batches) is not None for files, said in careless)
    syncs = sum(operation.kind is Kind.SYNC for operation in operations)
    return [
        Figure("transactions", float(batches), "", "", None),
        Figure("writes and syncs recorded", float(len(operations)), f"of them {syncs} syncs", "", None),
        Figure("power cuts", float(len(cuts)), "", "at least 100", len(cuts) >= 100),
        Figure("databases not whole, or short of a reported transaction", float(len(broken)), "", "0", not broken),
        Figure(
            "the same with synchronous = NORMAL, to see that it would be noticed",
            float(noticed),
            f"of {len(careless)}",
            "at least 1",
            noticed >= 1,
        ),
    ]


def record(batches: int, *, synchronous: str | None = None) -> list[Operation]:
    """What a database's first transactions ask of the disk; each is said once ``Store.write`` has returned.

    Args:
        synchronous: Another setting than the program's own.

    Raises:
        RuntimeError: This Python's SQLite cannot be listened to.
    """
    library = sqlite_library()
    if library is None:
        raise RuntimeError("this Python has SQLite built in and hides it; use another, such as the system's")
    with tempfile.TemporaryDirectory() as folder, RecordedDisk(library) as disk:
        ends = np.linspace(0, batches, SESSIONS + 1).astype(int)
        for first, last in pairwise(ends):
            with open_store(Path(folder) / FILE) as store:
                _set(store, f"wal_autocheckpoint = {CHECKPOINT_PAGES}")
                if synchronous is not None:
                    _set(store, f"synchronous = {synchronous}")
                for batch in range(first, last):
                    until = _end_of(batch)
                    with store.write(until) as unit:
                        _write(unit, batch, until)
                    disk.say(batch)
    return disk.operations


def _set(store: Store, pragma: str) -> None:
    engine = store._engine  # noqa: SLF001 - what the program itself never does
    engine.dispose()
    listened_event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))


def _end_of(batch: int) -> datetime:
    return BEGAN + timedelta(seconds=(batch + 1) * 10)


def _write(unit: WriteUnit, batch: int, until: datetime) -> None:
    events = [_event(batch * 10 + second) for second in range(BATCH)]
    assigned = [(event, Assignment(event.id, None, "nobody knows")) for event in events]
    unit.record(CAMERA, events=assigned, stock=(), gaps=(), watermark=until)
    unit.log("batch", CAMERA, {"batch": batch})


def _event(second: int) -> Event:
    at = BEGAN + timedelta(seconds=second)
    return Event(
        id=event_id(CAMERA, RULE, Direction.IN, at, 0),
        camera=CAMERA,
        rule=RULE,
        kind=RuleKind.GATE,
        direction=Direction.IN,
        class_name="garment",
        pieces=1,
        moment=Moment(second * 10, float(second), at),
        decided_at=at,
        step=None,
        cell=None,
        provenance=Provenance.CAMERA,
    )


def after_reports(operations: Sequence[Operation]) -> list[int]:
    """The moments at which a transaction has just been reported as committed."""
    return [index + 1 for index, operation in enumerate(operations) if operation.kind is Kind.SAID]


def states(
    operations: Sequence[Operation], ends: Iterable[int], survivals: Sequence[Survivor], rng: np.random.Generator
) -> Iterator[tuple[dict[str, bytes], int]]:
    """What power cuts leave behind: the files, and the last transaction that was reported by then (-1: none).

    Args:
        ends: After how many operations the power goes away.
        survivals: What to try at each.
    """
    seen: set[tuple[int, int]] = set()
    for end in ends:
        for survives in survivals:
            files, said = after_power_cut(operations[:end], survives, rng)
            state = (hash(frozenset(files.items())), said)
            if state not in seen:  # most cuts differ in nothing from the one before
                seen.add(state)
                yield files, said


def found_wrong(files: dict[str, bytes], said: int, batches: int) -> str | None:
    """What is wrong with what the power cut left, in words; ``None`` when it is as it has to be."""
    with written(files) as folder:
        try:
            with open_store(folder / FILE) as store, store.read() as view:
                damage = view._connection.execute(text("PRAGMA integrity_check")).scalar()  # noqa: SLF001
                events = [stored.event for stored in view.events()]
                logged = [entry for entry in view.log_entries(limit=batches + 1) if entry.kind == "batch"]
                broken, watermark = view.verify_log(), view.watermark(CAMERA)
        except StoreError as error:
            return f"after batch {said}: {error}"
    there = len(logged)
    whole = [_event(batch * 10 + second) for batch in range(there) for second in range(BATCH)]
    if damage != "ok" or broken is not None:
        return f"after batch {said}: integrity {damage}, first broken log entry {broken}"
    if events != whole or watermark != (_end_of(there - 1) if there else None):
        return f"after batch {said}: half a transaction, {len(events)} events of {there} batches"
    if not said + 1 <= there <= said + 2:
        return f"after batch {said}: {there} batches are there"
    return None


@contextmanager
def written(files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with these files, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fairloom-cut-"))
    try:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        yield folder
    finally:
        shutil.rmtree(folder)
