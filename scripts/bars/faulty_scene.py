"""What a camera shows that goes wrong: films of one simulated table, changed, and played by the tests' RTSP server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "capture"))
from rtsp_camera import Film  # the server that the tests use too

from tracker.capture.health_moved import Reference
from tracker.capture.health_view import look
from tracker.sim.render import Stage
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import SEWING, make_workshop

RATE, WIDTH, HEIGHT, KEY_EVERY = 10, 320, 180, 20

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """A table as several films.

    Attributes:
        base: RGB without noise.
    """

    base: Rgb
    rng: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> Scene:
        """A sewing table of the simulator."""
        picture = Stage(Wardrobe(make_workshop(seed, fps=8).script(SEWING))).picture(0)
        small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return cls(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.random.default_rng(seed))

    def film(self, change: Callable[[Rgb], Rgb] = lambda picture: picture, *, frames: int = 6 * KEY_EVERY) -> Film:
        """The scene, changed, with a living sensor's noise. A loop of one key frame would be a frozen picture."""
        changed = change(self.base).astype(np.float64)
        pictures = [self._noisy(changed) for _ in range(frames)]
        return Film.of(pictures, rate=RATE, key_every=KEY_EVERY)

    def frozen(self, *, clock: bool) -> Film:
        """One noisy picture over and over, with or without a clock drawn into it."""
        still = self._noisy(self.base.astype(np.float64))
        pictures = []
        for number in range(2 * KEY_EVERY + 60):
            picture = still.copy()
            if clock:
                cv2.putText(picture, f"12:00:{number // RATE:02d}", (4, 12), 0, 0.35, (235, 235, 235), 1)
            pictures.append(picture)
        film = Film.of(pictures, rate=RATE, key_every=KEY_EVERY)
        # An encoder takes two key frames to settle; a camera's has long been running when its sensor stops.
        return replace(film, units=film.units[2 * KEY_EVERY :], keys=film.keys[2 * KEY_EVERY :])

    def larger(self) -> Film:
        """The same at another size."""
        big = np.asarray(cv2.resize(self.base, (2 * WIDTH, 2 * HEIGHT)), np.uint8)
        pictures = [self._noisy(big.astype(np.float64)) for _ in range(3 * KEY_EVERY)]
        return Film.of(pictures, rate=RATE, key_every=KEY_EVERY)

    def reference(self) -> Reference:
        """What the camera should see."""
        luma = np.asarray(cv2.cvtColor(self.base, cv2.COLOR_RGB2YUV), np.uint8)[..., 0]
        edges = look(np.ascontiguousarray(luma), aspect=HEIGHT / WIDTH).edges
        clear = np.hypot(edges[..., 0], edges[..., 1]) > 0.35
        return Reference(np.where(clear[..., None], edges, np.float32(0)))

    def _noisy(self, picture: NDArray[np.float64]) -> Rgb:
        return np.clip(picture + self.rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def pushed(picture: Rgb, dx: float, dy: float) -> Rgb:
    """The picture of a camera that was pushed, in widths."""
    matrix = np.array([[1, 0, dx * WIDTH], [0, 1, dy * WIDTH]], np.float64)
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)


def covered(picture: Rgb) -> Rgb:
    """A cloth before the lens."""
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 60) * 0.5 + 50, 0, 255), np.uint8)


def dimmed(picture: Rgb, gain: float) -> Rgb:
    """Less light."""
    return (picture * gain).astype(np.uint8)
