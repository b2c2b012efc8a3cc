"""What can be measured of a picture and its boxes without anybody's notes: light, and cloth against table."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 320
"""Longer side to which pictures are shrunk first: colours of areas need no more."""
_CORE, _RIM = 0.6, 0.15
"""Of a box's sides: the middle that is surely cloth, and the width of the ring around it that is surely not."""
_FEWEST = 8
"""Fewer pixels tell no colour."""


def brightness(bgr: NDArray[np.uint8]) -> float:
    """Mean luma, 0..255."""
    return float(cv2.cvtColor(_small(bgr), cv2.COLOR_BGR2GRAY).mean())


def contrasts(bgr: NDArray[np.uint8], xyxy: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each box's colour is from its surroundings': distance of medians in CIE L*a*b* (CIE76), shape (n,).

    ::

        +-------------------+
        |   ring            |     other boxes in the ring do not count;
        |   +-----------+   |     NaN when nothing of it is left, or the box is tiny
        |   |  +-----+  |   |
        |   |  |core |  |   |
        |   |  +-----+  |   |
        |   +-----------+   |
        +-------------------+
    """
    small = _small(bgr)
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)
    boxes = xyxy * (small.shape[1] / bgr.shape[1])
    things = np.zeros(lab.shape[:2], np.bool_)
    for box in boxes:
        things[_window(box, 0)] = True
    return np.array([_contrast(lab, box, things) for box in boxes], np.float64)


def _contrast(lab: NDArray[np.float32], box: NDArray[np.float32], things: NDArray[np.bool_]) -> float:
    ring = np.zeros(things.shape, np.bool_)
    ring[_window(box, _RIM)] = True
    core, outside = lab[_window(box, (_CORE - 1) / 2)].reshape(-1, 3), lab[ring & ~things]
    if min(len(core), len(outside)) < _FEWEST:
        return float("nan")
    return float(np.linalg.norm(np.median(core, axis=0) - np.median(outside, axis=0)))


def _window(box: NDArray[np.float32], grow: float) -> tuple[slice, slice]:
    """Rows and columns of a box grown on every side by a share of its own size."""
    left, top, right, bottom = (float(edge) for edge in box)
    x, y = (right - left) * grow, (bottom - top) * grow
    rows = slice(max(0, round(top - y)), max(0, round(bottom + y)))
    return rows, slice(max(0, round(left - x)), max(0, round(right + x)))


def _small(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = bgr.shape[:2]
    factor = _SIDE / max(height, width)
    if factor >= 1:
        return bgr
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
