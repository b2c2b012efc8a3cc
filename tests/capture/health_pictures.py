"""Pictures for the tests of what a camera shows: a drawn table with noise, and what may happen to it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture

WIDTH, HEIGHT = 320, 180

Luma = NDArray[np.uint8]


def table() -> Luma:
    """A room from above: a table with trays, shelves and cartons; edges in every part of the picture."""
    luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
    cv2.rectangle(luma, (40, 30), (280, 150), 150, -1)
    cv2.rectangle(luma, (60, 50), (130, 130), 110, -1)
    cv2.rectangle(luma, (180, 60), (260, 120), 60, -1)
    cv2.line(luma, (0, 20), (90, 0), 180, 3)
    cv2.line(luma, (250, 0), (319, 40), 30, 4)
    cv2.line(luma, (0, 120), (36, 179), 200, 3)
    cv2.circle(luma, (300, 160), 14, 190, -1)
    cv2.line(luma, (120, 170), (220, 176), 20, 3)
    cv2.line(luma, (140, 10), (230, 24), 190, 2)
    return luma


def elsewhere() -> Luma:
    """Another room: tubes of yarn on a rack."""
    luma = np.full((HEIGHT, WIDTH), 120, np.uint8)
    for left in range(8, WIDTH, 26):
        cv2.ellipse(luma, (left, 30 + left // 3), (9, 22), 30, 0, 360, 60 + left // 3, -1)
        cv2.line(luma, (left, 179), (left + 30, 130), 220, 2)
    return luma


def pushed(luma: Luma, dx: float, dy: float) -> Luma:
    """The picture of a camera that was pushed, in widths."""
    matrix = np.array([[1, 0, dx * WIDTH], [0, 1, dy * WIDTH]], np.float64)
    return np.asarray(cv2.warpAffine(luma, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)


class Sensor:
    """Adds the noise that no sensor is without."""

    def __init__(self, sigma: float = 1.5) -> None:
        self._rng, self._sigma = np.random.default_rng(7), sigma

    def see(self, luma: NDArray[np.number]) -> Luma:
        noisy = luma.astype(np.float64) + self._rng.normal(0, self._sigma, luma.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)


def picture(luma: Luma, *, full_range: bool = False) -> Picture:
    """A grey picture."""
    half = np.full(((luma.shape[0] + 1) // 2, (luma.shape[1] + 1) // 2), 128, np.uint8)
    return Picture(np.ascontiguousarray(luma), half, half, full_range=full_range)
