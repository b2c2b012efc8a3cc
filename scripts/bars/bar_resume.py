"""A replay that is killed and repeated ends in the database of one that was not."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from figures import Figure
from workshop_film import film, write_clip_file, write_workshop

NAME = "resume"
WHAT = "replays killed at random moments and repeated end in the same database as an uninterrupted one"

KILLS, SAMPLE = 12, 3
FILM_S, SAMPLE_FILM_S = 110.0, 40.0
START = "2026-11-23T08:00:00+08:00"
CLOCKED = {
    "alembic_version",
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
    """Rows that differ between a killed and repeated replay and a whole one."""
    rng = np.random.default_rng(seed)
    kills = SAMPLE if sample else KILLS
    shown = film(seed, seconds=SAMPLE_FILM_S if sample else FILM_S)
    with tempfile.TemporaryDirectory() as name:
        whole, broken = Path(name) / "whole", Path(name) / "broken"
        clip = Path(name) / "clip.mp4"
        write_clip_file(clip, shown)
        for folder in (whole, broken):
            write_workshop(folder, shown, source="../../clip.mp4")
            _run(["orders", "import", str(folder / "orders.csv"), "-w", str(folder)])
        began = time.monotonic()
        _run(_replay(clip, whole))
        took_s = time.monotonic() - began
        killed = 0
        for _ in range(kills):
            process = subprocess.Popen(
                [sys.executable, "-m", "tracker", *_replay(clip, broken)], stdout=subprocess.DEVNULL
            )
            try:
                process.wait(float(rng.uniform(0.2, 0.95)) * took_s)
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
            process.wait()
        _run(_replay(clip, broken))
        first, second = _rows(whole / "fairloom.db"), _rows(broken / "fairloom.db")
    differing = sum(len(first[table] ^ second[table]) for table in first.keys() | second.keys())
    events = len(first.get("events", ()))
    return [
        Figure("replays killed", float(killed), f"of {kills}", "at least half", killed >= kills / 2),
        Figure("events", float(events), "", "at least 3", events >= 3),
        Figure("rows compared", float(sum(map(len, first.values()))), "", "", None),
        Figure("rows that differ", float(differing), "", "0", differing == 0),
    ]


def _replay(clip: Path, folder: Path) -> list[str]:
    camera = str(folder / "calibration" / "packing.toml")
    return ["replay", str(clip), "--camera", camera, "--into", str(folder), "--start", START, "--json"]


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "tracker", *arguments], check=True, stdout=subprocess.DEVNULL)


def _rows(database: Path) -> dict[str, set[tuple[object, ...]]]:
    """Every row of every table in which counts are kept."""
    with sqlite3.connect(database) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in CLOCKED and not name.startswith("sqlite_")]
        return {name: set(connection.execute(f'SELECT * FROM "{name}"')) for name in kept}  # noqa: S608 - own names
