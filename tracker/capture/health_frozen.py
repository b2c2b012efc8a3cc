"""Whether a camera's pictures are still made, or are one and the same: what a living sensor cannot help doing.

No sensor gives the same picture twice: its noise flickers. An encoder hides that for a while, since it sends nothing
for blocks that hardly change; but each key frame is encoded anew, and then nearly every block differs a little from the
key frame before. So key frames are compared with key frames, and motion JPEG has nothing else.

Measured (docs/faults.md): between two key frames of a still scene 25 to 90 % of the pixels differ, at noise of half a
grey level and up and CRF 18 to 35; of a repeated picture none, and a few per cent where an encoder goes on encoding it
with a clock drawn into it, because prediction carries the clock's change across the picture. Behind a sensor that has
stopped most encoders change their quantiser from key frame to key frame, and with it a picture that stands still: that
is told by its grain (``health_noise``).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.capture.health_noise import SameNoise

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
SOLID_AROUND, SOLID_CELLS = 8, 12
"""Something solid has moved when more cells than this have changed with nearly all of the nine around them."""
VISIBLE = 3
"""Grey levels by which the mean of a cell must change to be seen rather than guessed."""
KEPT = 8
"""Looks whose least noise is what is usual: a lamp or a quieter night changes it, slowly."""
LEARNT = 3
"""Key frames that make a camera known to be noisy."""
BRIGHTNESS = 8
"""Grey levels by which the picture's brightness may differ from when its noise was learnt: less light is more noise."""
SURE_S = 3.0
"""Seconds without a change before a camera known to be noisy is frozen."""
SURE_KEYS, SURE_AT_ONCE = 2, 0.1
"""Key frames without noise that it takes, and the share of the limit below which a single one is enough."""
LONG_DEAD_KEYS = 20
"""Key frames without noise, half as many without any, after which noise that comes back is a living sensor's. After
fewer it may be an encoder's that fills a constant rate."""
STRANGE_KEYS, STRANGE_S = 5, 60.0
"""The same for one that has never shown any noise, and not a single pixel may differ there."""
APART_S = 0.5
"""Key frames nearer to each other may be one that was sent twice; nearer pictures may share what a camera averages."""
PAUSE_S = 5.0
"""After so long without a look the encoder may have begun anew, finer or coarser than it was."""
GRAIN_S = 1.5
"""From key frame to key frame whose grain is compared, at least: it costs more than all else."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    luma: NDArray[np.uint8]
    cells: NDArray[np.uint8]
    t_s: float


class FrozenWatch:
    """Compares each key frame with the one before; one per camera.

    State: the last looks, the last key frame, the noise of a few and the usual picture; a picture of another size
    starts over.
    """

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque(maxlen=2)
        self._usual: deque[float] = deque(maxlen=KEPT)
        self._start()

    def _start(self) -> None:
        self._looks.clear()
        self._key: _Look | None = None
        self._usual.clear()
        self._usual_light = 0.0
        self._alive_s = 0.0
        self._dead_keys = 0
        self._needed = (STRANGE_KEYS, STRANGE_S)
        self._grain = SameNoise()
        self._grained_s, self._fresh_s = -math.inf, 0.0

    def update(self, luma: NDArray[np.uint8], *, key: bool, t_s: float, intra: bool = False) -> float | None:
        """Since when the pictures are one and the same, seconds; ``None`` while they are alive or nobody can tell.

        Args:
            luma: Some rows of the picture, the same rows each time; kept, so it must not change.
            key: It is a key frame.
            t_s: When the look was taken, later than the one before.
            intra: There are key frames only, as in motion JPEG: what stands still there repeats to the pixel.
        """
        look = _Look(luma, _cells(luma), t_s)
        if self._looks and self._looks[-1].luma.shape != luma.shape:
            self._start()
        if self._looks:
            self._see_change(self._looks[-1], look)
        else:
            self._alive_s = self._fresh_s = t_s
        if key and (self._key is None or t_s - self._key.t_s >= APART_S):
            self._see_key(look, grain=not intra)
        self._looks.append(look)
        return self._said(t_s)

    def _see_change(self, last: _Look, look: _Look) -> None:
        if _moved(last.cells, look.cells):
            self._alive(look.t_s)
            self._stirs(last, look)
        if look.t_s - last.t_s >= PAUSE_S and not self._grain.same:
            self._grain.stirred()

    def _see_key(self, look: _Look, *, grain: bool) -> None:
        last, self._key = self._key, look
        if last is None:
            return
        self._compare(_change(last.luma, look.luma), look, calm=not _moved(last.cells, look.cells))
        if self._stirs(last, look) or not grain or look.t_s - self._grained_s < GRAIN_S:
            return
        apart = (before for before in reversed(self._looks) if look.t_s - before.t_s >= APART_S)
        self._grained_s = look.t_s
        self._grain.update(look.luma, next(apart, last).luma)
        if not self._grain.suspected:
            self._fresh_s = look.t_s

    def _stirs(self, last: _Look, look: _Look) -> bool:
        """Whether something solid has moved: then the sensor lives, whatever its grain says."""
        stirred = _stirred(last.cells, look.cells)
        if stirred:
            self._grain.stirred()
            self._fresh_s = look.t_s
        return stirred

    def _said(self, t_s: float) -> float | None:
        keys, seconds = self._needed
        if self._dead_keys >= keys and t_s - self._alive_s >= seconds:
            return self._alive_s
        return self._fresh_s if self._grain.same and t_s - self._fresh_s >= SURE_S else None

    def _compare(self, change: NDArray[np.uint8], look: _Look, *, calm: bool) -> None:
        noise, light = _noise(change), float(cv2.mean(look.cells)[0])
        known = len(self._usual) >= LEARNT and abs(light - self._usual_light) <= BRIGHTNESS
        limit = DEAD * min(self._usual) if known else 0.0
        if noise > limit or not calm:
            if self._dead_keys >= LONG_DEAD_KEYS:
                self._grain.stirred()
            self._alive(look.t_s)
            if noise >= LIVELY:
                self._learn(noise, light)
            return
        self._needed = (SURE_KEYS, SURE_S) if known else (STRANGE_KEYS, STRANGE_S)
        self._dead_keys += SURE_KEYS if known and noise <= SURE_AT_ONCE * limit else 1

    def _alive(self, t_s: float) -> None:
        self._alive_s, self._dead_keys = t_s, 0

    def _learn(self, noise: float, light: float) -> None:
        if abs(light - self._usual_light) > BRIGHTNESS:
            self._usual.clear()
            self._usual_light = light
        self._usual_light += (light - self._usual_light) / KEPT
        self._usual.append(noise)


def _change(before: NDArray[np.uint8], luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.absdiff(before, luma), np.uint8)


def _noise(change: NDArray[np.uint8]) -> float:
    """Share of the pixels that differ, in the median block."""
    differs = cv2.threshold(change, 0, 255, cv2.THRESH_BINARY)[1]
    blocks = cv2.resize(cv2.resize(differs, GRID, interpolation=cv2.INTER_AREA), BLOCKS, interpolation=cv2.INTER_AREA)
    return float(np.median(blocks)) / 255


def _cells(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mean light of each cell: noise averages out, what moves does not."""
    return np.asarray(cv2.resize(luma, GRID, interpolation=cv2.INTER_AREA), np.uint8)


def _moved(before: NDArray[np.uint8], cells: NDArray[np.uint8]) -> bool:
    """More than a clock differs visibly."""
    return int(np.count_nonzero(cv2.absdiff(before, cells) >= VISIBLE)) > CLOCK_CELLS


def _stirred(before: NDArray[np.uint8], cells: NDArray[np.uint8]) -> bool:
    """Something solid has moved; what a coarse encoder changes is strewn over the picture."""
    changed = (cv2.absdiff(before, cells) >= VISIBLE).astype(np.uint8)
    if np.count_nonzero(changed) <= CLOCK_CELLS:
        return False
    around = cv2.boxFilter(changed, -1, (3, 3), normalize=False)
    return int(np.count_nonzero(around >= SOLID_AROUND)) > SOLID_CELLS
