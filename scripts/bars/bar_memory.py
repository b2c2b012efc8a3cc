"""Memory over an hour of frames: what is kept per track, per event and per gap must go again."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import numpy as np
from figures import Figure

from tracker.domain.detections import Detections
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Moment, Picture
from tracker.domain.rules import (
    ActivityRule,
    Calibration,
    CountUnit,
    GateRule,
    RuleId,
    StepId,
    StockRule,
    Target,
    TransferRule,
    Zone,
)
from tracker.recording import ReplayRecorder
from tracker.replay import steps
from tracker.store import open_store

NAME = "memory"
WHAT = "an hour of frames with pieces, gaps and flicker leaves no memory behind"

FPS = 10
WIDTH, HEIGHT = 640, 360
GAP_EVERY_S = 300
MOST_GROWTH_KIB = 256
"""Python memory may grow by this between the first and the last tenth: allocator noise, not a leak an hour long."""

CAMERA = CameraId("hour")
START = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
LABELS = ("garment", "hand")


class _Belt:
    """A made-up detector: pieces cross the picture, some stop and lie, hands come and go, boxes flicker."""

    labels = LABELS
    provider = "made up"

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._things: list[list[float]] = []
        self.born = 0

    def detect(self, picture: Picture) -> Detections:  # noqa: ARG002 - it sees what it makes up
        rng = self._rng
        if rng.random() < 0.06:
            self._things.append([-40.0, rng.uniform(60, 300), rng.uniform(4, 25), float(rng.random() < 0.2)])
            self.born += 1
        for thing in self._things:
            thing[0] += thing[2]
            if thing[0] > 420 and rng.random() < 0.05:
                thing[2] = 0.0
        self._things = [t for t in self._things if t[0] < WIDTH + 40 and not (t[2] == 0.0 and rng.random() < 0.01)]
        seen = [t for t in self._things if rng.random() > 0.1]
        boxes = np.array([[t[0] - 30, t[1] - 30, t[0] + 30, t[1] + 30] for t in seen], np.float32).reshape(-1, 4)
        boxes += rng.normal(0, 1.5, boxes.shape).astype(np.float32)
        score = rng.uniform(0.2, 0.95, len(seen)).astype(np.float32)
        return Detections(boxes, score, np.array([t[3] for t in seen], np.int32))


def _source(seconds: int, rng: np.random.Generator) -> Iterator[Frame | Gap]:
    planes = [rng.integers(16, 235, (HEIGHT, WIDTH), np.uint8) for _ in range(4)]
    half = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    for index in range(seconds * FPS):
        t_s = index / FPS
        at = START + timedelta(seconds=t_s)
        if index and index % (GAP_EVERY_S * FPS) == 0:
            yield Gap(CAMERA, GapReason.DISCONNECTED, at - timedelta(seconds=0.1), at)
        picture = Picture(planes[index // 7 % 4], half, half, full_range=False)
        yield Frame(CAMERA, Moment(index, t_s, at), picture)


class _Source:
    def __init__(self, seconds: int, rng: np.random.Generator) -> None:
        self._seconds, self._rng = seconds, rng

    def __iter__(self) -> Iterator[Frame | Gap]:
        return _source(self._seconds, self._rng)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Python memory after a tenth and at the end of an hour (sample: six minutes) through pipeline and store."""
    seconds = 360 if sample else 3600
    left = Zone("left", ((0, 0), (0.45, 0), (0.45, 1), (0, 1)))
    right = Zone("right", ((0.55, 0), (1, 0), (1, 1), (0.55, 1)))
    target = Target((), CountUnit.PIECE, 1, StepId("sew"), None)
    calibration = Calibration(
        CAMERA,
        "an hour of made-up frames",
        (),
        (
            GateRule(RuleId("gate"), target, (0.5, 1.0), (0.5, 0.0)),
            TransferRule(RuleId("transfer"), target, left, right),
            StockRule(RuleId("stock"), target, right),
            ActivityRule(RuleId("activity"), left, (), None, 4),
        ),
    )
    rng = np.random.default_rng(seed)
    detector = _Belt(rng)
    events, early_kib = 0, 0.0
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "hour.db") as store:
        recorder = ReplayRecorder(store, CAMERA)
        tracemalloc.start()
        try:
            for index, step in enumerate(steps(_Source(seconds, rng), calibration, detector, every_frame=True)):
                recorder.take(step)
                events += len(step.counted.events)
                if index == seconds * FPS // 10:
                    early_kib = _kib()
            recorder.commit()
            late_kib = _kib()
        finally:
            tracemalloc.stop()
    growth = late_kib - early_kib
    return [
        Figure("frames", float(seconds * FPS), "", "", None),
        Figure("events counted", float(events), "", "at least 1 a minute", events >= seconds / 60),
        Figure("growth", round(growth, 1), "KiB", f"at most {MOST_GROWTH_KIB}", growth <= MOST_GROWTH_KIB),
    ]


def _kib() -> float:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1024
