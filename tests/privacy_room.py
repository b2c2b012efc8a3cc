"""A room with a table, people drawn with exact masks, and detectors that see them, or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import cv2
import numpy as np

from tracker.domain.detections import Detections
from tracker.domain.frames import Picture
from tracker.privacy.colours import bgr_of, picture_of

WIDTH, HEIGHT = 480, 272
SKIN = (120, 160, 215)
"""Blue, green, red."""
TABLE = (150, 165, 180)
NO_BOXES = np.empty((0, 4), np.float32)


def empty_room(seed: int = 3) -> np.ndarray:
    """Nobody in it: a floor with planks, a table with a grain, a shelf."""
    noise = np.random.default_rng(seed)
    room = np.full((HEIGHT, WIDTH, 3), (90, 100, 110), np.uint8)
    for x in range(0, WIDTH, 32):
        cv2.line(room, (x, 0), (x + 40, HEIGHT), (70, 80, 90), 2)
    cv2.rectangle(room, (90, 110), (400, 262), TABLE, -1)
    for y in range(120, 260, 17):
        cv2.line(room, (92, y), (398, y + 3), (135, 150, 168), 1)
    for x in range(20, 460, 55):
        cv2.rectangle(room, (x, 8), (x + 38, 34), (60 + x // 4, 120, 150), -1)
    grain = noise.normal(0, 3, room.shape[:2])[..., None]
    return np.clip(room + grain, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Maker:
    """Somebody who sits at the table, seen from above and in front.

    Attributes:
        x: Middle of the chest.
        cloth: Colour of the clothes.
        hand: How far the hands are from where they rest, pixels.
        lean: How far the whole body is, pixels.
    """

    x: int = 240
    cloth: tuple[int, int, int] = (60, 40, 120)
    hand: int = 0
    lean: int = 0

    def draw(self, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The room with her in it, and which pixels are hers."""
        picture, mask = room.copy(), np.zeros(room.shape[:2], np.uint8)
        x, parts = self.x + self.lean, []
        parts.append((lambda to, c: cv2.ellipse(to, (x, 120), (52, 44), 0, 0, 360, c, -1), self.cloth))
        parts.append((lambda to, c: cv2.circle(to, (x, 82), 20, c, -1), SKIN))
        parts.append((lambda to, c: cv2.ellipse(to, (x, 74), (21, 16), 0, 180, 360, c, -1), (30, 30, 35)))
        for side in (-1, 1):
            elbow, hand = (x + side * 46, 130), (x + side * 22 + self.hand, 190 + self.hand)
            parts.append((lambda to, c, a=elbow, b=hand: cv2.line(to, a, b, c, 16), self.cloth))
            parts.append((lambda to, c, b=hand: cv2.circle(to, b, 10, c, -1), SKIN))
        for paint, colour in parts:
            paint(picture, colour)
            paint(mask, 1)
        return picture, mask.astype(np.bool_)

    def box(self) -> np.ndarray:
        """What a good detector says."""
        _, mask = self.draw(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        return np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]], np.float32)


def sewing(look: int, **rest) -> Maker:
    """Hands that go to and fro."""
    return Maker(hand=(look * 7) % 23 - 11, **rest)


@cache
def _grain(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def seen(bgr: np.ndarray, look: int, *, gain: float = 1.0, noise: float = 2.0) -> Picture:
    """As a camera delivers it: noisy, in the light of the moment."""
    grain = noise * _grain(look % 16, bgr.shape)
    return picture_of(np.clip(bgr * gain + grain, 0, 255).astype(np.uint8))


class Finder:
    """A detector with one thing to say about every picture."""

    provider = "cpu"

    def __init__(self, labels: Sequence[str], find: Callable[[Picture], Sequence[Sequence[float]]]) -> None:
        self.labels, self._find = tuple(labels), find
        self.card = SimpleNamespace(name="finder", sha256="0" * 64, labels=self.labels)
        self.looks = 0

    def detect(self, picture: Picture) -> Detections:
        """Boxes with a score and a class id each: left, top, right, bottom, score, class."""
        self.looks += 1
        rows = np.array(self._find(picture), np.float32).reshape(-1, 6)
        return Detections(rows[:, :4].copy(), rows[:, 4].copy(), rows[:, 5].astype(np.int32))


def patches(wanted: Callable[[np.ndarray], np.ndarray], *, score: float, class_id: int, least: int = 30):
    """What finds the patches of a colour: a function of blue, green, red says which pixels."""

    def find(picture: Picture) -> list[list[float]]:
        _, _, found, _ = cv2.connectedComponentsWithStats(wanted(bgr_of(picture).astype(np.int16)).astype(np.uint8))
        return [[x, y, x + w, y + h, score, class_id] for x, y, w, h, area in found[1:].tolist() if area >= least]

    return find


__all__ = ["NO_BOXES", "Finder", "Maker", "empty_room", "patches", "replace", "seen", "sewing"]
