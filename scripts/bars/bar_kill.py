"""kill -9 of `tracker run` at random moments, in front of a camera that never stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect
from pathlib import Path

import numpy as np
from figures import Figure
from workshop_film import EndlessCamera, film, write_workshop

from tracker.app import open_workshop
from tracker.domain.events import EventId
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.store import Store, StoredEvent

NAME = "kill"
WHAT = "kill -9 of `tracker run` at random moments loses no committed event and repeats none"

_CAMERA = CameraId("packing")
KILLS, SAMPLE = 20, 2
FILM_S = 48.0
LIVES_S = (6.0, 16.0)
"""Each run lives for a random time between these, counted from its first frame."""
START_S = 60.0
"""Longest wait for a run's first frame."""
NEAR_S = 2.5
"""An event belongs to the true crossing nearest to it, at most this far away."""
SETTLE_S = 3.0
"""Around a kill, a crossing this close may be in neither run's sight: its track was new or not yet across."""


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Lost, repeated and unexplained events over twenty kills (sample: two)."""
    rng = np.random.default_rng(seed)
    kills = SAMPLE if sample else KILLS
    shown = film(seed, seconds=FILM_S)
    with tempfile.TemporaryDirectory() as name, EndlessCamera(shown) as camera:
        folder = Path(name)
        write_workshop(folder, shown, source=camera.url)
        _tracker("orders", "import", str(folder / "orders.csv"), "-w", str(folder))
        _, store = open_workshop(folder)
        with store:
            committed: dict[EventId, StoredEvent] = {}
            lost = 0
            killed_at: list[float] = []
            for _ in range(kills):
                lost += _one_life(folder, store, committed, float(rng.uniform(*LIVES_S)))
                killed_at.append(time.time())
            lost += _one_life(folder, store, committed, LIVES_S[1], polite=True)
            ended = time.time()
            with store.read() as view:
                events = list(view.events())
                gaps = list(view.gaps())
                broken = view.verify_log()
        truth = camera.crossings_at(ended - SETTLE_S)
    counted = sorted(
        (stored.event.moment.at.timestamp(), bisect(killed_at, stored.event.decided_at.timestamp()))
        for stored in events
    )
    matched, repeated, doubled = _match(counted, truth)
    unseen = [at for index, at in enumerate(truth) if index not in matched]
    unexplained = sum(not _in_gap(at, gaps, ended) for at in unseen)
    stops = sum(gap.reason is GapReason.STOPPED for gap in gaps)
    return [
        Figure("kills", float(kills), "", "", None),
        Figure("events committed", float(len(events)), f"of {len(truth)} crossings", "at least one", bool(events)),
        Figure("committed events lost", float(lost), "", "0", lost == 0),
        Figure("events repeated by a later run", float(repeated), "", "0", repeated == 0),
        Figure("events without a crossing of their own in one run", float(doubled), "", "", None),
        Figure("gaps for the time not running", float(stops), "", f"at least {kills}", stops >= kills),
        Figure("crossings neither counted nor in a gap", float(unexplained), f"of {len(truth)}", "", None),
        Figure("broken links of the log", float(broken is not None), "", "0", broken is None),
    ]


def _one_life(
    folder: Path, store: Store, committed: dict[EventId, StoredEvent], life_s: float, *, polite: bool = False
) -> int:
    """Run, watch what it commits, end it; returns how many events seen committed before are gone."""
    process = subprocess.Popen([sys.executable, "-m", "tracker", "run", "-w", str(folder)])
    deadline = time.monotonic() + START_S
    first: float | None = None
    with store.read() as view:
        before = view.watermark(_CAMERA)
    while first is None or time.monotonic() < first + life_s:
        if process.poll() is not None:
            raise RuntimeError(f"`tracker run` ended by itself with {process.returncode}")
        with store.read() as view:
            committed |= {stored.event.id: stored for stored in view.events()}
            if first is None and view.watermark(_CAMERA) != before:
                first = time.monotonic()
        if first is None and time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"no frame within {START_S:.0f} s")
        time.sleep(0.02)
    if polite:
        process.terminate()
    else:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    with store.read() as view:
        now = {stored.event.id: stored for stored in view.events()}
    lost = sum(now.get(known) != stored for known, stored in committed.items())
    committed |= now
    return lost


def _match(events: list[tuple[float, int]], truth: list[float]) -> tuple[dict[int, int], int, int]:
    """Give every crossing the event that saw it.

    Args:
        events: When each happened, and in which run it was decided; ascending.
        truth: When packs crossed.

    Returns:
        The run that counted each crossing; how many events counted one again that an earlier run had counted; and how
        many others belong to no crossing, which is the eye's mistake and not the database's.
    """
    matched: dict[int, int] = {}
    repeated = doubled = 0
    for at, run in events:
        near = [(abs(true - at), index) for index, true in enumerate(truth) if abs(true - at) <= NEAR_S]
        free = [pair for pair in near if pair[1] not in matched]
        if free:
            matched[min(free)[1]] = run
        elif any(matched[index] != run for _, index in near):
            repeated += 1
        else:
            doubled += 1
    return matched, repeated, doubled


def _in_gap(at: float, gaps: list[Gap], ended: float) -> bool:
    return any(
        gap.start.timestamp() - SETTLE_S <= at <= (gap.end.timestamp() if gap.end else ended) + SETTLE_S for gap in gaps
    )


def _tracker(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "tracker", *arguments], check=True, stdout=subprocess.DEVNULL)
