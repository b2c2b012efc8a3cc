"""Small collections and fakes for the tests of teaching."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tracker.domain.detections import Detections
from tracker.domain.frames import Picture
from tracker.teach.collection import Box, Collection, Decision, Item, Part, State

LABELS = ("garment", "bundle", "hand")


def piece(left: float = 0.2, *, label: str = "garment", score: float = 0.9) -> Box:
    return Box(label, (left, 0.3, left + 0.3, 0.7), score)


def item(name: str = "", *, part: Part = Part.LEARN, group: str = "1-0", doubt: float = 0.5) -> Item:
    return Item(name, "sewing", group, "2026-11-23", part, (64, 48), doubt, (piece(),))


def jpeg(seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", cv2.resize(noise, (64, 48), interpolation=cv2.INTER_NEAREST))[1])


def collection_of(folder: Path, count: int, *, kept_every: int = 4, state: State | None = None) -> Collection:
    """Pictures with one piece each; every fourth is kept back."""
    made = Collection(folder, labels=LABELS, items=())
    for number in range(count):
        part = Part.KEPT if number % kept_every == kept_every - 1 else Part.LEARN
        added = made.add(item(part=part, group=f"1-{number}", doubt=1 - number / 1000), jpeg(number))
        if state is not None:
            made.decide(added.name, Decision(state, (piece(),)))
    return made


class FakeDetector:
    """Sees what it is told, one list a picture; the last one again and again."""

    provider = "fake"

    def __init__(self, *seen: Detections, labels: tuple[str, ...] = LABELS) -> None:
        self.labels, self._seen = labels, list(seen)

    def detect(self, _picture: Picture) -> Detections:
        return self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]


def seen(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    """Rows of left, top, right, bottom, score and class."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int32))


def flat(level: int = 128, *, width: int = 640, height: int = 360, full_range: bool = False) -> Picture:
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return Picture(np.full((height, width), level, np.uint8), chroma, chroma.copy(), full_range=full_range)
