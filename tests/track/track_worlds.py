"""Things that move as a formula says, and what a detector would report of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Detections
from tracker.domain.tracks import Tracks
from tracker.track import ByteTracker

RATE_HZ = 10


@dataclass(frozen=True)
class Thing:
    """A thing on a straight way.

    Attributes:
        start: Centre at time 0, pixels.
        speed: Pixels per second in x and y.
        side: Width and height, pixels.
        score: What the detector gives it.
        class_id: What the detector takes it for.
    """

    start: tuple[float, float]
    speed: tuple[float, float] = (0.0, 0.0)
    side: float = 40.0
    score: float = 0.8
    class_id: int = 0

    def box(self, t_s: float) -> NDArray[np.float32]:
        """Its box at a time."""
        centre = np.array(self.start) + np.array(self.speed) * t_s
        return np.concatenate([centre - self.side / 2, centre + self.side / 2]).astype(np.float32)


def detections(things: list[Thing], t_s: float, *, jitter: np.random.Generator | None = None) -> Detections:
    """All things at a time, in order; edges off by a hundredth of the box where there is jitter."""
    if not things:
        return Detections.empty()
    xyxy = np.stack([thing.box(t_s) for thing in things])
    if jitter is not None:
        xyxy += jitter.normal(0, 0.01 * things[0].side, xyxy.shape).astype(np.float32)
    return Detections(
        xyxy,
        np.array([thing.score for thing in things], np.float32),
        np.array([thing.class_id for thing in things], np.int32),
    )


def nothing(tracker: ByteTracker, *, start_s: float, seconds: float) -> list[Tracks]:
    """Feed empty frames for a while."""
    return [tracker.update(Detections.empty(), start_s + i / RATE_HZ) for i in range(1, round(seconds * RATE_HZ) + 1)]


def ids_at(tracks: Tracks, things: list[Thing], t_s: float) -> list[int | None]:
    """The id of the seen track nearest to each thing, ``None`` when none is within its side."""
    found: list[int | None] = []
    for thing in things:
        centre = (thing.box(t_s)[:2] + thing.box(t_s)[2:]) / 2
        apart = np.hypot(*(tracks.centres() - centre).T) if len(tracks) else np.empty(0)
        near = np.flatnonzero(tracks.seen & (apart < thing.side))
        found.append(int(tracks.track_id[near[apart[near].argmin()]]) if len(near) else None)
    return found


def follow(
    things: list[Thing], times: Sequence[float], *, seed: int = 0, tracker: ByteTracker | None = None
) -> list[list[int | None]]:
    """The ids each thing had, frame by frame, confirmed or not."""
    tracker = tracker or ByteTracker()
    rng = np.random.default_rng(seed)
    return [ids_at(tracker.update(detections(things, t, jitter=rng), t), things, t) for t in times]
