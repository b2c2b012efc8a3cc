"""kill -9 of `tracker run` at random moments, in front of cameras that never stop."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from bisect import bisect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from figures import Figure
from postgres_server import postgres_databases
from warm_tracker import WarmTracker
from workshop_film import EndlessCamera, Film, film, write_workshop

from tracker.app import open_workshop
from tracker.domain.events import EventId
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.store import Store, StoredEvent

NAME = "kill"
WHAT = "kill -9 of `tracker run` at random moments loses no committed event and repeats none"

_CAMERA = CameraId("packing")
KILLS, SAMPLE = 200, 4
SHOPS_ON_FILES, SAMPLE_SHOPS_ON_FILES, SHOPS_ON_SERVER = 3, 1, 1
"""Workshops that are watched and killed at the same time: most of a life is waiting for frames."""
FILM_S, SAMPLE_FILM_S = 48.0, 24.0
LIVES_S = (0.2, 7.0)
"""Each run lives for a random time between these, counted from its first frame; packs come about every 7 s."""
LAST_LIFE_S = 12.0
START_S = 180.0
"""Longest wait for a run's first frame, on a machine with much else to do."""
POLL_S = 0.1
NEAR_S = 2.5
"""An event belongs to the true crossing nearest to it, at most this far away."""
SETTLE_S = 3.0
"""Around a kill, a crossing this close may be in neither run's sight: its track was new or not yet across."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one workshop, or of all: numbers that add up.

    Attributes:
        misled: Workshops whose watermark was ever lower than before.
    """

    kills: int = 0
    events: int = 0
    crossings: int = 0
    lost: int = 0
    repeated: int = 0
    doubled: int = 0
    stops: int = 0
    unexplained: int = 0
    broken: int = 0
    misled: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Lost, repeated and unexplained events over two hundred kills (sample: four), a quarter of them on PostgreSQL."""
    on_files = SAMPLE_SHOPS_ON_FILES if sample else SHOPS_ON_FILES
    shops = on_files + SHOPS_ON_SERVER
    kills = (SAMPLE if sample else KILLS) // shops
    shown = film(seed, seconds=SAMPLE_FILM_S if sample else FILM_S)
    rngs = np.random.default_rng(seed).spawn(shops)
    with postgres_databases(SHOPS_ON_SERVER) as urls, ThreadPoolExecutor(shops) as pool:
        databases = ["fairloom.db"] * on_files + urls
        work = [
            pool.submit(_one_shop, shown, database, kills, rng) for database, rng in zip(databases, rngs, strict=True)
        ]
        told = [one.result() for one in work]
    all_told = sum(told, Tally())
    on_server = sum(told[on_files:], Tally())
    crossings = f"of {all_told.crossings} crossings"
    return [
        Figure("kills", float(all_told.kills), f"of them {on_server.kills} on PostgreSQL", "", None),
        Figure("events committed", float(all_told.events), crossings, "at least one", all_told.events >= 1),
        Figure("committed events lost", float(all_told.lost), "", "0", all_told.lost == 0),
        Figure("events repeated by a later run", float(all_told.repeated), "", "0", all_told.repeated == 0),
        Figure("events without a crossing of their own in one run", float(all_told.doubled), "", "", None),
        Figure(
            "gaps for the time not running",
            float(all_told.stops),
            "",
            f"at least {all_told.kills}",
            all_told.stops >= all_told.kills,
        ),
        Figure("crossings neither counted nor in a gap", float(all_told.unexplained), crossings, "", None),
        Figure("kills after which the log's chain was broken", float(all_told.broken), "", "0", all_told.broken == 0),
        Figure("kills after which a watermark had gone back", float(all_told.misled), "", "0", all_told.misled == 0),
    ]


def _one_shop(shown: Film, database: str, kills: int, rng: np.random.Generator) -> Tally:
    """A workshop of its own, killed so often and then stopped politely."""
    with tempfile.TemporaryDirectory() as name, EndlessCamera(shown) as camera, WarmTracker() as tracker:
        folder = Path(name)
        write_workshop(folder, shown, source=camera.url, database=database)
        tracker.run(["orders", "import", str(folder / "orders.csv"), "-w", str(folder)])
        _, store = open_workshop(folder)
        with store:
            committed: dict[EventId, StoredEvent] = {}
            tally = Tally(kills=kills)
            killed_at: list[float] = []
            for _ in range(kills):
                tally += _one_life(tracker, folder, store, committed, float(rng.uniform(*LIVES_S)))
                killed_at.append(time.time())
            tally += _one_life(tracker, folder, store, committed, LAST_LIFE_S, polite=True)
            ended = time.time()
            with store.read() as view:
                events, gaps = view.events(), view.gaps()
                began = next(entry.at for entry in view.log_entries() if entry.kind == "watch.started").timestamp()
        truth = [at for at in camera.crossings_at(ended - SETTLE_S) if at > began]
    counted = sorted(
        (stored.event.moment.at.timestamp(), bisect(killed_at, stored.event.decided_at.timestamp()))
        for stored in events
    )
    matched, repeated, doubled = _match(counted, truth)
    unseen = [at for index, at in enumerate(truth) if index not in matched]
    return tally + Tally(
        events=len(events),
        crossings=len(truth),
        repeated=repeated,
        doubled=doubled,
        stops=sum(gap.reason is GapReason.STOPPED for gap in gaps),
        unexplained=sum(not _in_gap(at, list(gaps), ended) for at in unseen),
    )


def _one_life(  # noqa: PLR0913 - a life has that much to it
    tracker: WarmTracker,
    folder: Path,
    store: Store,
    committed: dict[EventId, StoredEvent],
    life_s: float,
    *,
    polite: bool = False,
) -> Tally:
    """Run, watch what it commits, end it; what was lost of that, and whether the rest is whole."""
    pid = tracker.start(["run", "-w", str(folder)])
    deadline = time.monotonic() + START_S
    first: float | None = None
    with store.read() as view:
        before = view.watermark(_CAMERA)
    while first is None or time.monotonic() < first + life_s:
        if not tracker.running():
            raise RuntimeError(f"`tracker run` ended by itself with {tracker.wait()}")
        with store.read() as view:
            committed |= {stored.event.id: stored for stored in view.events()}
            if first is None and view.watermark(_CAMERA) != before:
                first = time.monotonic()
        if first is None and time.monotonic() > deadline:
            raise RuntimeError(f"no frame within {START_S:.0f} s")
        time.sleep(POLL_S if first is None else max(0.0, min(POLL_S, first + life_s - time.monotonic())))
    os.kill(pid, signal.SIGTERM if polite else signal.SIGKILL)
    tracker.wait()
    with store.read() as view:
        now = {stored.event.id: stored for stored in view.events()}
        broken, heard = view.verify_log(), view.watermark(_CAMERA)
    lost = sum(now.get(known) != stored for known, stored in committed.items())
    committed |= now
    went_back = before is not None and (heard is None or heard < before)
    return Tally(lost=lost, broken=int(broken is not None), misled=int(went_back))


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
