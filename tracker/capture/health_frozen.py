"""Whether a camera's pictures are still made, or are one and the same: what a living sensor cannot help doing.

No sensor gives the same picture twice: its noise flickers. An encoder hides that for a while, since it sends nothing
for blocks that hardly change; but each key frame is encoded anew, and then nearly every block differs a little. So only
looks between which a key frame came can tell, and motion JPEG has nothing but key frames.

Measured (docs/faults.md): between two key frames of a still scene 25 to 90 % of the pixels differ, at noise of half a
grey level and up and CRF 18 to 35; of a repeated picture none, and up to 5 % where an encoder goes on encoding it with
a clock drawn into it, because prediction carries the clock's change across the picture.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = (80, 45)
"""Columns and rows of cells: a cell is smaller than a digit of a clock drawn into the picture."""
BLOCKS = (4, 4)
"""What moves is in few of these, noise in all: the median over them does not see what moves."""
LIVELY = 0.02
"""Share of the pixels that must differ between looks with a key frame in between before a camera counts as noisy."""
DEAD = 0.2
"""Below this share of what is usual the noise is gone. Cameras that re-encode stay below 0.1."""
CLOCK_CELLS = 28
"""Cells in which a clock drawn into the picture ticks, at most; a hand is larger."""
VISIBLE = 3
"""Grey levels by which the mean of a cell must change to be seen rather than guessed."""
KEPT = 8
"""Looks whose least noise is what is usual: a lamp or a quieter night changes it, slowly."""
LEARNT = 4
"""Looks with a key frame that make a camera known to be noisy."""
BRIGHTNESS = 8
"""Grey levels by which the picture's brightness may differ from when its noise was learnt: less light is more noise."""
SURE_KEYS, SURE_S = 2, 4.0
"""Looks with a key frame, and seconds, without a change before a camera known to be noisy is frozen."""
STRANGE_KEYS, STRANGE_S = 5, 60.0
"""The same for one that has never shown any noise, and not a single pixel may differ there."""


class FrozenWatch:
    """Compares each look with the one before; one per camera.

    State: one look and the noise of the last few; a picture of another size starts over.
    """

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._usual: deque[float] = deque(maxlen=KEPT)
        self._usual_light = 0.0
        self._alive_s = 0.0
        self._dead_keys = 0

    def update(self, luma: NDArray[np.uint8], *, key: bool, t_s: float) -> float | None:
        """Since when the pictures are one and the same, seconds; ``None`` while they are alive or nobody can tell.

        Args:
            luma: Some rows of the picture, the same rows each time; kept, so it must not change.
            key: A key frame came since the look before.
            t_s: When the look was taken, later than the one before.
        """
        before, self._before = self._before, luma
        if before is None or before.shape != luma.shape:
            self._usual.clear()
            self._alive(t_s)
            return None
        noise, visible, light = _differences(before, luma)
        known = len(self._usual) >= LEARNT and abs(light - self._usual_light) <= BRIGHTNESS
        limit = DEAD * min(self._usual) if known else 0.0
        if visible > CLOCK_CELLS or noise > limit:
            self._alive(t_s)
            if key and noise >= LIVELY:
                self._learn(noise, light)
            return None
        self._dead_keys += key
        keys, seconds = (SURE_KEYS, SURE_S) if known else (STRANGE_KEYS, STRANGE_S)
        return self._alive_s if self._dead_keys >= keys and t_s - self._alive_s >= seconds else None

    def _alive(self, t_s: float) -> None:
        self._alive_s, self._dead_keys = t_s, 0

    def _learn(self, noise: float, light: float) -> None:
        if abs(light - self._usual_light) > BRIGHTNESS:
            self._usual.clear()
            self._usual_light = light
        self._usual_light += (light - self._usual_light) / KEPT
        self._usual.append(noise)


def _differences(before: NDArray[np.uint8], luma: NDArray[np.uint8]) -> tuple[float, int, float]:
    """Share of the pixels that differ, in the median block; cells that differ visibly; brightness, grey levels."""
    change = cv2.absdiff(before, luma)
    differs = cv2.threshold(change, 0, 255, cv2.THRESH_BINARY)[1]
    blocks = cv2.resize(cv2.resize(differs, GRID, interpolation=cv2.INTER_AREA), BLOCKS, interpolation=cv2.INTER_AREA)
    cells = cv2.resize(change, GRID, interpolation=cv2.INTER_AREA)
    return float(np.median(blocks)) / 255, int(np.count_nonzero(cells >= VISIBLE)), float(cv2.mean(luma[::4])[0])
