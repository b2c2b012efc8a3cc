from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from databases import Database
from killed_writer import BATCH
from store_samples import MONDAY_8, TRAY, event, order

from tracker.store import Store

HERE = Path(__file__).parent
KILLS = 3
"""A sample; scripts/bars kills more often."""


def write_until_killed(address: Path | str, *, first: int, acknowledged: int, longer_s: float) -> int:
    """The last batch that the writer said was committed, of a writer killed in the middle of its work."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    writer = subprocess.Popen(
        [sys.executable, str(HERE / "killed_writer.py"), str(address), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    said = [int(writer.stdout.readline()) for _ in range(acknowledged)]
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(timeout=longer_s)
    writer.kill()
    rest, _ = writer.communicate(timeout=30)
    # A line cut off by the kill was not said.
    return int([*said, *(line for line in rest.splitlines(keepends=True) if line.endswith("\n"))][-1])


def check(store: Store, *, committed: int) -> int:
    """Nothing that was committed is lost, nothing is there twice or in part; gives the last batch that is there."""
    with store.read() as view:
        events = view.events()
        batches = [entry for entry in view.log_entries(limit=100_000) if entry.kind == "batch"]
        broken = view.verify_log()
        watermark = view.watermark(TRAY)
    ids = [stored.event.id for stored in events]
    last = len(ids) // BATCH - 1
    assert ids == [event(batch * 10 + second).id for batch in range(last + 1) for second in range(BATCH)]
    assert committed <= last <= committed + 1  # at most one more was committed than could be said
    assert (watermark - MONDAY_8).total_seconds() == last * 10 + 9
    assert len(batches) >= last + 1
    assert broken is None
    return last


@pytest.mark.timeout(120)
def test_a_killed_writer_loses_and_repeats_nothing(database: Database) -> None:
    chance = random.Random(20260302)
    with database.open() as store, store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    last = -1
    for _ in range(KILLS):
        resume = max(0, last - 1)  # what is not known to be committed is sent again, and a little more
        committed = write_until_killed(
            database.address, first=resume, acknowledged=chance.randint(3, 9), longer_s=chance.uniform(0.0, 0.02)
        )
        with database.open() as store:
            last = check(store, committed=max(committed, last))
