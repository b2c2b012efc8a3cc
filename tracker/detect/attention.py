"""Which frames are worth a look of the model: those in which something has changed since it last looked."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.geometry import Box
from tracker.domain.rules import Point

LONG_SIDE = 96
"""Cells along the longer side of the picture. In an input of 320 a cell is 3.3 pixels wide, and models see nothing that
is smaller than two of them."""
ROWS_A_CELL = 4
"""Rows of pixels looked at in each cell, at least."""
LEAST_CHANGE = 3
"""Grey levels by which a cell's mean must have changed. What a model finds differs from its ground by more."""
TREMBLE = 8
"""Plus its contrast to the cells around it over this: a camera that trembles by an eighth of a cell moves nothing. What
really moves goes on, and is compared with where it was at the last look."""
NOISE_EVERY = 16
"""Frames from one measurement of the noise to the next."""
NOISE_OF = 8
"""Measurements of which the lowest counts: motion and exposure look like noise, but not for so long."""
MOST_NOISE = 2
"""Grey levels by which cell means tremble in a dark picture; in a well lit one it is less than one."""
FEWEST_CELLS = 2
"""Changed cells that make a change; one alone is a speck."""
HOLD_S = 0.3
"""How long the model goes on looking once nothing changes any more, at most: what was laid down comes to rest then.
After a change that was shorter it goes on only as long as that had lasted: most of those are specks."""
REFRESH_S = 2.0
"""The model looks at least this often. What it missed in one look of a still scene it may see in another, and what
creeps below every threshold is found elsewhere."""

Grid = NDArray[np.uint8]
"""One number a cell, shape (rows, columns)."""

_AROUND = np.ones((3, 3), np.uint8)


class Worth(Enum):
    """What a frame is worth."""

    LOOK = "look"
    """Something has changed, or it is time to look again."""
    SAME = "same"
    """All is as it was when the model last looked."""
    SOON = "soon"
    """Only what is being followed has changed, and will be found again; or what is still far from the rules."""
    LATER = "later"
    """Something is moving where it matters only once it rests."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A part of the picture in which a change is looked at in the frame that shows it.

    Attributes:
        points: A line or a polygon, 0..1 of the picture.
        reach: How far around it changes matter, as a share of the picture's longer side.
    """

    points: tuple[Point, ...]
    reach: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of the next moments.

    Attributes:
        boxes: Where things that are being followed may change the picture until then, xyxy pixels.
        until_s: Until when they will be found again from where they are expected to be.
        moving: Whether any of them moves, so that a look is due by then even if nothing seems to change.
    """

    boxes: tuple[Box, ...]
    until_s: float
    moving: bool


class Attention:
    """Compares each frame with the one that the model saw last, cell by cell; one per camera.

    The comparison is not with the frame before, so what moves slowly adds up until it shows. A change of brightness
    that the whole picture shares is subtracted before anything is called a change: after something bright has left the
    picture, cameras open up for seconds.

    ::

        the model's last look     now                   changed cells
        +-----------------+   +-----------------+   +-----------------+
        |  ##             |   |     ##          |   |  ## ##          |     a look is due at once, and on every frame
        |  ##             |   |     ##          |   |  ## ##          |     until HOLD_S after the last change
        +-----------------+   +-----------------+   +-----------------+

    What changes far from all rules is looked at now and then while it moves, or only once it rests; meanwhile the model
    looks every ``REFRESH_S``.

    State is a few arrays with one number a cell; they start over when the picture's size changes.

    Args:
        near: Where a change is looked at in the frame that shows it; empty means everywhere.
        far_every_s: How often what moves elsewhere is looked at; infinity means once it rests.
    """

    def __init__(self, near: Iterable[Surroundings] = (), *, far_every_s: float = math.inf) -> None:
        self._places, self._far_every_s = tuple(near), far_every_s
        self._size = self._grid = (0, 0)
        self._rows = self._columns = slice(0)
        self._far: Grid | None = None
        self._frames, self._noise = 0, 0
        self._noises: deque[int] = deque(maxlen=NOISE_OF)
        nothing: Grid = np.zeros((0, 0), np.uint8)
        self._cells = self._before = self._seen = self._change = self._hot = self._hot_too = nothing
        self._needed = self._needed_near = self._needed_beside = nothing
        self._looked_s = self._changed_s = self._began_s = self._stirred_s = -math.inf
        self._expected_until_s, self._due_s = -math.inf, math.inf
        self._stays = False

    def judge(self, picture: Picture, t_s: float) -> Worth:
        """What a frame is worth; when it is worth a look, later frames are compared with this one.

        Args:
            picture: The frame's; only luma is read.
            t_s: When it was taken, greater than in the call before.
        """
        size = (picture.width, picture.height)
        fresh = size != self._size
        if fresh:
            self._lay_out(*size)
        pixels = picture.y[self._rows, self._columns]
        cv2.resize(pixels, self._grid, dst=self._cells, interpolation=cv2.INTER_AREA)
        self._frames += 1
        if self._frames % NOISE_EVERY == 0:
            self._measure_noise()
        worth = Worth.LOOK if fresh else self._compare(t_s)
        if self._stays or t_s >= self._due_s or t_s - self._looked_s >= REFRESH_S:
            worth = Worth.LOOK
        if worth is Worth.LOOK:
            self._looked_s, self._stays = t_s, False
            self._expected_until_s, self._due_s = -math.inf, math.inf
            self._remember()
        self._cells, self._before = self._before, self._cells
        return worth

    def stay(self) -> None:
        """Look at the next frame, too: what the model saw was new, or something is missing."""
        self._stays = True

    def expect(self, outlook: Outlook) -> None:
        """Do not look before a time at changes that are known already: those of things that are being followed.

        Whatever changes elsewhere is looked at in the frame that shows it, as ever.
        """
        self._expected_until_s, self._due_s = outlook.until_s, outlook.until_s if outlook.moving else math.inf
        np.copyto(self._needed_beside, self._needed_near)
        columns, rows = self._grid
        x_scale, y_scale = columns / (self._columns.stop or 1), rows / (self._rows.stop or 1)
        for left, top, right, bottom in outlook.boxes:
            across = slice(max(0, int(left * x_scale)), max(0, math.ceil(right * x_scale)))
            down = slice(max(0, int(top * y_scale)), max(0, math.ceil(bottom * y_scale)))
            self._needed_beside[down, across] = 255

    def _compare(self, t_s: float) -> Worth:
        changed = self._has_changed(self._seen, self._needed_near)
        if changed and t_s < self._expected_until_s and not self._has_changed(self._seen, self._needed_beside):
            self._changed_s = t_s
            return Worth.SOON
        far = not changed and self._far is not None and self._has_changed(self._seen, self._needed)
        if far and self._far_every_s < math.inf:
            return Worth.LOOK if t_s - self._looked_s >= self._far_every_s else Worth.SOON
        if far:
            # elsewhere: wait until it has come to rest
            if self._stirred_s == -math.inf or self._has_changed(self._before, self._needed):
                self._stirred_s = t_s
            if t_s - self._stirred_s < HOLD_S:
                return Worth.LATER
            changed, self._began_s = True, t_s
        self._stirred_s = -math.inf
        if changed:
            if t_s - self._changed_s > HOLD_S and not far:
                self._began_s = t_s
            self._changed_s = t_s
        held = t_s - self._changed_s <= min(HOLD_S, self._changed_s - self._began_s)
        return Worth.LOOK if held else Worth.SAME

    def _lay_out(self, width: int, height: int) -> None:
        """Make cells of whole pixels, since averaging those is three times as fast.

        What is left over at the right and the lower edge is less than a cell wide and is not looked at.
        """
        self._size = (width, height)
        cell = max(1, round(max(width, height) / LONG_SIDE))
        step = max(1, cell // ROWS_A_CELL)
        cell_rows = max(1, round(cell / step)) * step
        self._grid = max(1, width // cell), max(1, height // cell_rows)
        self._rows = slice(0, min(self._grid[1] * cell_rows, height), step)
        self._columns = slice(0, self._grid[0] * cell)
        shape = self._grid[::-1]
        self._cells, self._before, self._seen, self._change = (np.zeros(shape, np.uint8) for _ in range(4))
        self._hot, self._hot_too = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        self._needed, self._needed_near, self._needed_beside = (np.zeros(shape, np.uint8) for _ in range(3))
        self._far = _far_from(self._places, self._grid)
        self._frames, self._noise = 0, 0
        self._noises.clear()

    def _has_changed(self, since: Grid, needed: Grid) -> bool:
        """Whether enough cells differ by more than a shared change of brightness."""
        if not self._differs(self._cells, since, needed):
            return False
        shift = float(np.median(np.subtract(self._cells, since, dtype=np.int16)))
        if not shift:
            return True
        relit = np.clip(self._cells - np.float32(shift), 0, 255).astype(np.uint8)
        # encoders leave some blocks under the light of before, so what has changed differs under both
        self._hot, self._hot_too = self._hot_too, self._hot
        self._differs(relit, since, needed)
        cv2.bitwise_and(self._hot, self._hot_too, self._hot)
        return cv2.countNonZero(self._hot) >= FEWEST_CELLS

    def _differs(self, cells: Grid, since: Grid, needed: Grid) -> bool:
        cv2.absdiff(cells, since, self._change)
        cv2.compare(self._change, needed, cv2.CMP_GT, self._hot)
        return cv2.countNonZero(self._hot) >= FEWEST_CELLS

    def _remember(self) -> None:
        """Compare later frames with this one; edges in it may tremble."""
        np.copyto(self._seen, self._cells)
        cv2.morphologyEx(self._seen, cv2.MORPH_GRADIENT, _AROUND, self._change)
        least = LEAST_CHANGE * (1 + self._noise)
        cv2.addWeighted(self._change, 1 / TREMBLE, self._change, 0, least, self._needed)
        if self._far is None:
            self._needed_near = self._needed
        else:
            cv2.max(self._needed, self._far, self._needed_near)

    def _measure_noise(self) -> None:
        change = np.subtract(self._cells, self._before, dtype=np.int16)
        change -= np.int16(np.median(change))  # a lamp that flickers is no noise
        self._noises.append(min(int(np.median(np.abs(change))), MOST_NOISE))
        self._noise = min(self._noises)


def _far_from(places: Sequence[Surroundings], grid: tuple[int, int]) -> Grid | None:
    """255 in every cell that is far from all places, else 0; ``None`` where no cell is far."""
    if not places:
        return None
    columns, rows = grid
    near = np.zeros((rows, columns), np.uint8)
    for place in places:
        corners = np.asarray(place.points, np.float64) * grid - 0.5
        drawn = np.zeros_like(near)
        cv2.fillPoly(drawn, [np.rint(corners).astype(np.int32)], 1)
        reach = 2 * round(place.reach * max(grid)) + 1
        cv2.bitwise_or(near, cv2.dilate(drawn, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))), near)
    far = np.where(near == 0, np.uint8(255), np.uint8(0))
    return far if far.any() else None
