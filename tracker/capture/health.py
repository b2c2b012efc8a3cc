"""Whether what a camera delivers shows anything: not frozen, dark, covered, or looking elsewhere.

A look a second at some rows of luma, in the camera's own thread, before the model: 0.9 ms, and 0.7 ms more at a key
frame, so 0.2 ms a frame at five frames a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.capture.health_frozen import FrozenWatch
from tracker.capture.health_moved import Keeper, MovedWatch
from tracker.capture.health_view import COLUMNS, Look, look
from tracker.domain.frames import GapReason, Picture
from tracker.domain.rules import Zone
from tracker.domain.shift import STRAIGHT, Shift

LOOK_S = 1.0
"""Between two looks, at least."""
KEY_LOOK_S = 0.6
"""Between two looks at key frames, which tell most; cameras send one every second or less often."""
ROWS = 180
"""Rows looked at, at least."""
DARK_LUMA, DARK_LUMA_FULL = 32, 19
"""Grey levels below which a cell is dark: 7 % of television range, the same of full range."""
DARK_CELLS = 0.95
"""Share of the cells that must be; a clock drawn into the picture stays bright."""
DIM_LUMA = 60
"""Grey levels of the median cell below which a picture without texture is too dark rather than covered."""
BARE, BARE_SHARE = 0.02, 0.15
"""Share of the cells that show something below which nothing is to be seen, and the share of what is usual."""
SLOWLY = 1 / 300
"""Weight of one look in what is usual."""
SURE_S, SURE_LOOKS = 2.0, 2
"""How long darkness, or light after it, must last."""

PROBLEMS = {
    GapReason.FROZEN: "the camera sends one and the same picture",
    GapReason.DARK: "it is too dark to see anything",
    GapReason.BLOCKED: "something covers or blinds the lens",
    GapReason.MOVED: "the camera looks elsewhere than when its zones were drawn",
}
"""Why pictures show nothing, for people."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How it stands.

    Attributes:
        reason: Why nothing can be counted; ``None`` when all is well.
        since_s: The last good look before it, seconds.
        shift: How the camera has moved, as far as zones follow.
    """

    reason: GapReason | None
    since_s: float
    shift: Shift = STRAIGHT


class HealthWatch:
    """Watches one camera's pictures.

    State: the last look and what was learnt of the camera; it survives reconnections.

    Args:
        masks: Zones that are blacked out: their edges stay where they are when the camera moves.
        keeper: Keeps the view between two runs.
    """

    def __init__(self, masks: tuple[Zone, ...] = (), *, keeper: Keeper | None = None) -> None:
        self._masks = masks
        self._moved = MovedWatch(keeper)
        self._frozen = FrozenWatch()
        self._bare = _Covered()
        self._open: NDArray[np.float32] | None = None
        self._looked_s: float | None = None
        self._key_looked_s = -math.inf
        self._good_s = 0.0
        self._intra = True
        self.sight = Sight(None, 0.0, self._moved.shift)

    def update(self, picture: Picture, t_s: float, *, key: bool) -> Sight:
        """How it stands after this picture.

        Args:
            picture: Masks already burnt in; its luma must not change later.
            t_s: When it was taken, later than the one before.
            key: It is a key frame. These should all be shown, whatever else is left out.
        """
        self._intra = self._intra and key
        if self._looked_s is None:
            self._good_s = t_s
        elif not self._is_time(t_s, key=key):
            return self.sight
        self._looked_s = t_s
        if key:
            self._key_looked_s = t_s
        self.sight = self._look(picture, t_s, key=key)
        return self.sight

    def _is_time(self, t_s: float, *, key: bool) -> bool:
        """Whether to look again. A key frame waits for the key frame before only: else other looks could hide them."""
        return t_s - (self._looked_s or 0.0) >= LOOK_S or (key and t_s - self._key_looked_s >= KEY_LOOK_S)

    def _look(self, picture: Picture, t_s: float, *, key: bool) -> Sight:
        luma = picture.y[:: max(1, picture.height // ROWS)]
        seen = look(luma, aspect=picture.height / picture.width)
        limit = DARK_LUMA_FULL if picture.full_range else DARK_LUMA
        covered, certain = self._bare.update(seen, t_s, dark_luma=limit)
        shift = self._moved.shift
        if certain is not None:
            since_s = self.sight.since_s if self.sight.reason in {GapReason.DARK, GapReason.BLOCKED} else self._good_s
            return Sight(certain, since_s, shift)
        if covered is not None:
            return self.sight
        frozen_s = self._frozen.update(luma, key=key, t_s=t_s, intra=self._intra)
        if frozen_s is not None:
            return Sight(GapReason.FROZEN, frozen_s, shift)
        lost_s = self._moved.update(seen.edges * self._unmasked(seen.edges.shape[0], shift), t_s)
        if lost_s is not None:
            return Sight(GapReason.MOVED, lost_s, self._moved.shift)
        self._good_s = t_s
        return Sight(None, t_s, self._moved.shift)

    def _unmasked(self, rows: int, shift: Shift) -> NDArray[np.float32]:
        """1 for cells without a mask, 0 for those that one touches and their neighbours; shape (rows, columns, 1)."""
        if self._open is None or self._open.shape[0] != rows or self.sight.shift != shift:
            cells = np.ones((rows, COLUMNS), np.uint8)
            for mask in self._masks:
                polygon = np.array(mask.moved(shift, aspect=rows / COLUMNS).polygon)
                corners = np.rint(polygon * (COLUMNS, rows) - 0.5).astype(np.int32)
                cv2.fillPoly(cells, [corners], 0)
                cv2.polylines(cells, [corners], isClosed=True, color=0, thickness=3)
            self._open = cells[..., None].astype(np.float32)
        return self._open


class _Covered:
    """Whether the picture shows nothing at all, because it is dark or because something lies before the lens."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._certain: GapReason | None = None
        self._changed_s: float | None = None
        self._looks = 0

    def update(self, seen: Look, t_s: float, *, dark_luma: int) -> tuple[GapReason | None, GapReason | None]:
        """What this look says, and what is certain by now."""
        now = self._judge(seen, dark_luma)
        if now is None:
            gain = SLOWLY if self._usual else 1.0
            self._usual += gain * (seen.textured - self._usual)
        if (now is None) == (self._certain is None):
            self._changed_s = None
        elif self._changed_s is None:
            self._changed_s, self._looks = t_s, 1
        else:
            self._looks += 1
            if t_s - self._changed_s >= SURE_S and self._looks >= SURE_LOOKS:
                self._certain, self._changed_s = now, None
        return now, self._certain

    def _judge(self, seen: Look, dark_luma: int) -> GapReason | None:
        if np.mean(seen.light < dark_luma) >= DARK_CELLS:
            return GapReason.DARK
        if seen.textured >= max(BARE, BARE_SHARE * self._usual):
            return None
        return GapReason.DARK if np.median(seen.light) < DIM_LUMA else GapReason.BLOCKED
