"""A stage for rules: actors on scripted ways, shown to a rule as the tracks and motion a camera would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.count.view import View
from tracker.domain.detections import Motion
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import CellId, CountUnit, StepId, Target, Zone
from tracker.domain.tracks import Tracks

CAMERA = CameraId("stage")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WIDTH, HEIGHT = 640, 360
RATE_HZ = 10
LABELS = ("shirt", "sleeve", "person", "hand")
SHIRT, SLEEVE, PERSON, HAND = range(4)
ANYTHING = Target((), CountUnit.PIECE, 1, StepId("sew"), CellId("cell-1"))
GRID = (27, 48)


def zone(name: str, left: float, top: float, right: float, bottom: float) -> Zone:
    """A rectangle, in pixels of the stage."""
    x0, y0, x1, y1 = left / WIDTH, top / HEIGHT, right / WIDTH, bottom / HEIGHT
    return Zone(name, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


@dataclass(frozen=True)
class Actor:
    """One track.

    Attributes:
        way: (second, x, y) of its centre, in order; straight lines between, there from the first to the last second.
        size: Width and height, pixels.
        unseen: Stretches, in seconds, in which the detector misses it.
        confirmed_s: From when its track is confirmed.
        dies: Its track ends with the way; otherwise the track stays, unseen, where it was last.
    """

    way: Sequence[tuple[float, float, float]]
    size: tuple[float, float] = (40, 40)
    class_id: int = SHIRT
    score: float = 0.8
    unseen: Sequence[tuple[float, float]] = ()
    confirmed_s: float = 0.0
    dies: bool = True

    def centre(self, t_s: float) -> tuple[float, float]:
        """Where it is, or was last."""
        times, xs, ys = zip(*self.way, strict=True)
        return float(np.interp(t_s, times, xs)), float(np.interp(t_s, times, ys))

    def box(self, t_s: float) -> NDArray[np.float32]:
        """Its box, cut off at the picture's edges."""
        (x, y), (w, h) = self.centre(t_s), self.size
        return np.array(
            [max(x - w / 2, 0), max(y - h / 2, 0), min(x + w / 2, WIDTH), min(y + h / 2, HEIGHT)], np.float32
        )

    def seen(self, t_s: float) -> bool:
        """Whether the detector sees it."""
        there = self.way[0][0] <= t_s <= self.way[-1][0]
        return there and not any(start <= t_s < end for start, end in self.unseen)


def lying(x: float, y: float, *, until_s: float = 60.0, since_s: float = 0.0, **rest: Any) -> Actor:
    """An actor that does not move."""
    return Actor([(since_s, x, y), (until_s, x, y)], **rest)


def moment(t_s: float) -> Moment:
    """The frame at a time."""
    return Moment(round(t_s * RATE_HZ), t_s, START + timedelta(seconds=t_s))


def views(actors: Sequence[Actor], times: Sequence[float]) -> list[View]:
    """What the rules see at each time; an actor's track id is its place in the list."""
    shown, alive_before, previous = [], set[int](), None
    for t_s in times:
        alive = {
            i
            for i, actor in enumerate(actors)
            if actor.way[0][0] <= t_s
            and (t_s <= actor.way[-1][0] or not actor.dies)
            and (i in alive_before or actor.seen(t_s))
        }
        rows = sorted(alive)
        tracks = Tracks(
            track_id=np.array(rows, np.int64),
            xyxy=np.array([actors[i].box(t_s) for i in rows], np.float32).reshape(-1, 4),
            score=np.array([actors[i].score for i in rows], np.float32),
            class_id=np.array([actors[i].class_id for i in rows], np.int32),
            confirmed=np.array([t_s >= actors[i].confirmed_s for i in rows], np.bool_),
            seen=np.array([actors[i].seen(t_s) for i in rows], np.bool_),
            ended=np.array(sorted(alive_before - alive), np.int64),
        )
        shown.append(View(moment(t_s), WIDTH, HEIGHT, tracks, Motion(_moved(actors, previous, t_s))))
        alive_before, previous = alive, t_s
    return shown


def play(watcher: Any, actors: Sequence[Actor], *, seconds: float, rate_hz: float = RATE_HZ) -> list[Any]:
    """Everything a rule says about a scene."""
    times = [i / rate_hz for i in range(round(seconds * rate_hz) + 1)]
    return [found for view in views(actors, times) for found in watcher.update(view)]


def _moved(actors: Sequence[Actor], before_s: float | None, t_s: float) -> NDArray[np.bool_]:
    """Cells covered by what moved, came or went; the detector's misses move nothing."""
    moved = np.zeros(GRID, np.bool_)
    if before_s is None:
        return moved
    for actor in actors:
        there = [actor.way[0][0] <= t <= actor.way[-1][0] for t in (before_s, t_s)]
        if any(there) and (not all(there) or np.abs(actor.box(t_s) - actor.box(before_s)).max() > 1):
            for t, is_there in zip((before_s, t_s), there, strict=True):
                if is_there:
                    x0, y0, x1, y1 = (
                        (actor.box(t) / (WIDTH, HEIGHT, WIDTH, HEIGHT) * (48, 27, 48, 27)).round().astype(int)
                    )
                    moved[y0:y1, x0:x1] = True
    return moved
