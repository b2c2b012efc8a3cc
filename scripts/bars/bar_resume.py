"""A replay that is killed and repeated ends in the database of one that was not."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
from figures import Figure
from postgres_server import postgres_databases
from sqlalchemy import select
from warm_tracker import WarmTracker
from workshop_film import film, write_clip_file, write_workshop

from tracker.app import open_workshop
from tracker.store.tables import Row

NAME = "resume"
WHAT = "replays killed at random moments and repeated end in the same database as an uninterrupted one"

KILLS, SAMPLE = 40, 3
ON_SERVER = 4
"""Every so manieth kill is one of a replay into PostgreSQL."""
FILM_S = 40.0
START = "2026-11-23T08:00:00+08:00"
POLL_S = 0.01
NUMBERED = ("seq", "event_seq")
"""Numbers that only hold rows together: on PostgreSQL they have holes where a transaction was taken back."""
CLOCKED = {
    "disclosures",
    "estimates",
    "log",
    "order_revisions",
    "orders",
    "releases",
    "sheet_mappings",
}
"""Tables that tell when something was done on this machine; everything that was counted is in the others."""


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Rows that differ between killed and repeated replays and a whole one."""
    rng = np.random.default_rng(seed)
    kills = SAMPLE if sample else KILLS
    on_server = 0 if sample else kills // ON_SERVER
    shown = film(seed, seconds=FILM_S)
    with (
        tempfile.TemporaryDirectory() as name,
        postgres_databases(min(on_server, 1)) as urls,
        WarmTracker() as tracker,
    ):
        clip = Path(name) / "clip.mp4"
        write_clip_file(clip, shown)
        databases = ["fairloom.db", "fairloom.db", *urls]
        shops = [Path(name) / f"shop{number}" for number in range(len(databases))]
        for shop, database in zip(shops, databases, strict=True):
            write_workshop(shop, shown, source="../../clip.mp4", database=database)
            tracker.run(["orders", "import", str(shop / "orders.csv"), "-w", str(shop)])
        began = time.monotonic()
        tracker.run(_replay(clip, shops[0]))
        took_s = time.monotonic() - began
        killed = 0
        for number in range(kills):
            shop = shops[2] if number < on_server else shops[1]
            killed += _killed(tracker, _replay(clip, shop), float(rng.uniform(0.05, 0.95)) * took_s)
        for shop in shops[1:]:
            tracker.run(_replay(clip, shop))
        whole, *others = map(_rows, shops)
    differing = sum(len(whole[table] ^ other[table]) for other in others for table in whole)
    events = len(whole["events"])
    return [
        Figure("replays killed", float(killed), f"of {kills}, {on_server} on PostgreSQL", "half", killed >= kills / 2),
        Figure("events", float(events), "", "at least 3", events >= 3),
        Figure("rows compared", float(sum(map(len, whole.values()))), f"in {1 + len(others)} databases", "", None),
        Figure("rows that differ", float(differing), "", "0", differing == 0),
    ]


def _replay(clip: Path, folder: Path) -> list[str]:
    camera = str(folder / "calibration" / "packing.toml")
    return ["replay", str(clip), "--camera", camera, "--into", str(folder), "--start", START, "--json"]


def _killed(tracker: WarmTracker, arguments: list[str], life_s: float) -> bool:
    """Whether a command was still at work when its time had come."""
    pid = tracker.start(arguments)
    deadline = time.monotonic() + life_s
    while time.monotonic() < deadline and tracker.running():
        time.sleep(POLL_S)
    if tracker.running():
        os.kill(pid, signal.SIGKILL)
    return tracker.wait() == -signal.SIGKILL


def _rows(folder: Path) -> dict[str, set[tuple[object, ...]]]:
    """Every row of every table in which counts are kept, without the numbers that databases give."""
    _, store = open_workshop(folder)
    found: dict[str, set[tuple[object, ...]]] = {}
    with store, store.read() as view:
        connection = view._connection  # noqa: SLF001 - a comparison of everything, which nobody else asks for
        events = Row.metadata.tables["events"]
        ids = {row.seq: row.id for row in connection.execute(select(events.c.seq, events.c.id))}
        for table in Row.metadata.sorted_tables:
            if table.name in CLOCKED:
                continue
            columns = [column for column in table.columns if column.name not in NUMBERED]
            rows = {tuple(row) for row in connection.execute(select(*columns))}
            if "event_seq" in table.c:
                rows = {(*row[1:], ids[row[0]]) for row in connection.execute(select(table.c.event_seq, *columns))}
            found[table.name] = rows
    return found
