"""Where the picture changed: a coarse map from luma alone."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Motion
from tracker.domain.frames import Picture

GRID = (48, 27)
"""Columns and rows of the map: a cell of a 1080p frame is 40 pixels, smaller than a hand over a table."""
ROWS = 108
"""Rows of pixels looked at, at least: four a cell, which is enough for strong noise to average out."""
MOST_MOVED = 0.5
"""Share of the cells that hands, bodies and what they carry move from one frame to the next; a lamp moves more."""
MIN_CHANGE = 8
"""Grey levels a cell's mean must change. Sensor and encoder noise average out to under 3 over a cell."""


LEAST_LIGHT = 2
"""Grey levels that the middle cell must change before that is light; less is noise."""
BLACK = 16
"""Luma without light; full-range pictures begin at 0, where the difference hardly matters."""

LOOK_S = 0.2
"""Between two looks, at least: so motion does not depend on the frame rate, and a hand moves more than a cell."""


class MotionSensor:
    """Compares cell means with those of the look before; one per camera.

    A change that the whole picture shares (auto-exposure, a lamp that comes up) is taken out first, in proportion to
    how bright each cell is: it is light, not motion. So is one that most of the picture takes part in, if not alike,
    and all of a look in which a lamp was switched.
    """

    def __init__(self) -> None:
        self._previous: NDArray[np.int16] | None = None
        self._looked_s = -math.inf
        self._stillness = Motion(np.zeros((GRID[1], GRID[0]), np.bool_))

    def update(self, picture: Picture, t_s: float) -> Motion:
        """Cells that moved since the look before; none in the first frame, and none between two looks.

        Args:
            picture: The frame's.
            t_s: When it was taken.
        """
        if t_s - self._looked_s < LOOK_S:
            return self._stillness
        self._looked_s = t_s
        # A view of some rows costs no copy, and is enough for cell means.
        rows = picture.y[:: max(1, picture.height // ROWS)]
        cells = cv2.resize(rows, GRID, interpolation=cv2.INTER_AREA).astype(np.int16)
        previous, self._previous = self._previous, cells
        if previous is None:
            return self._stillness
        change = cells - previous
        shared = _median(change)
        if abs(shared) > MIN_CHANGE:
            return self._stillness
        if abs(shared) >= LEAST_LIGHT:
            change = cells - _relit(previous, cells)
            shared = _median(change)
        moved = np.abs(change - shared) > MIN_CHANGE
        return self._stillness if np.count_nonzero(moved) > MOST_MOVED * moved.size else Motion(moved)


def _median(values: NDArray[np.int16]) -> np.int16:
    """The lower median."""
    middle = (values.size - 1) // 2
    return np.int16(np.partition(values, middle, axis=None)[middle])


def _relit(previous: NDArray[np.int16], cells: NDArray[np.int16]) -> NDArray[np.int16]:
    """The look before in the light of this one: a lamp multiplies, also after gamma."""
    before, now = previous - BLACK, cells - BLACK
    lit = before >= BLACK
    if not lit.any():
        return previous
    gain = np.median(now[lit] / before[lit])
    return np.rint(before * gain + BLACK).astype(np.int16)
