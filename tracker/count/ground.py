"""When each part of the picture last moved."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tracker.count.view import View
from tracker.domain.geometry import Box


class Ground:
    """Remembers the time of the last motion in every cell of the motion map; one number a cell, nothing to evict.

    Without motion maps everything counts as moving: then nothing can be ruled out by stillness.
    """

    def __init__(self) -> None:
        self._moved_s: NDArray[np.float64] | None = None
        self._size = (1, 1)

    def update(self, view: View) -> None:
        """Take in one frame."""
        self._size = (view.width, view.height)
        if view.motion is None:
            return
        if self._moved_s is None:
            self._moved_s = np.full(view.motion.moved.shape, -np.inf)
        self._moved_s[view.motion.moved] = view.moment.t_s

    def moved_since(self, box: Box, t_s: float) -> bool:
        """Whether anything moved inside a box at or after ``t_s``."""
        if self._moved_s is None:
            return True
        rows, columns = self._moved_s.shape
        width, height = self._size
        left, right = int(box[0] / width * columns), math.ceil(box[2] / width * columns)
        top, bottom = int(box[1] / height * rows), math.ceil(box[3] / height * rows)
        inside = self._moved_s[top : max(bottom, top + 1), left : max(right, left + 1)]
        return bool(inside.size and inside.max() >= t_s)
