"""Where the picture changed: a coarse map from luma alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Motion
from tracker.domain.frames import Picture

GRID = (48, 27)
"""Columns and rows of the map: a cell of a 1080p frame is 40 pixels, smaller than a hand over a table."""
SAMPLE = (384, 216)
"""Columns and rows of the pixels looked at: eight by eight a cell, enough for strong noise to average out."""
MOST_MOVED = 0.5
"""Share of the cells that hands, bodies and what they carry move from one frame to the next; a lamp moves more."""
MIN_CHANGE = 8
"""Grey levels a cell's mean must change. Sensor and encoder noise average out to under 3 over a cell."""


class MotionSensor:
    """Compares each frame's cell means with the frame before; one per camera.

    A change that the whole picture shares (auto-exposure, a lamp) is subtracted first: it is light, not motion. So is
    one that most of the picture takes part in, if not alike.
    """

    def __init__(self) -> None:
        self._previous: NDArray[np.int16] | None = None

    def update(self, picture: Picture) -> Motion:
        """Cells that moved since the frame before; none in the first frame."""
        # A sparse sample is enough for cell means, and costs a tenth of the whole.
        sample = cv2.resize(picture.y, SAMPLE, interpolation=cv2.INTER_NEAREST)
        cells = cv2.resize(sample, GRID, interpolation=cv2.INTER_AREA).astype(np.int16)
        previous, self._previous = self._previous, cells
        if previous is None:
            return Motion(np.zeros((GRID[1], GRID[0]), np.bool_))
        change = cells - previous
        moved = np.abs(change - _median(change)) > MIN_CHANGE
        if np.count_nonzero(moved) > MOST_MOVED * moved.size:
            moved[:] = False
        return Motion(moved)


def _median(values: NDArray[np.int16]) -> np.int16:
    """The lower median."""
    middle = (values.size - 1) // 2
    return np.int16(np.partition(values, middle, axis=None)[middle])
