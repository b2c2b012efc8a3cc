"""A small picture in which noise has averaged out, and whether it shows the same as another one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.privacy.colours import squeezed

COLUMNS = 96
"""Cells across: one is about 1 % of the width, a third of a hand over a table."""
PIXELS = 4
"""Pixels of the small picture in a cell, both ways."""
LUMA_CHANGE, CHROMA_CHANGE = 8.0, 5.0
"""Levels by which a pixel of the small picture must differ to have changed. Noise of 8 a pixel of a 1080p camera leaves
2, an encoder's key frames pulse by 3."""
BLACK, GREY = 16.0, 128.0
"""Luma without light, and colour differences without colour."""
SLOPE = 6.0
"""Levels a pixel from which an edge counts when views are compared."""
FEWEST_EDGES = 200
"""Pixels with edges below which nothing can be said about the view."""

Small = NDArray[np.float32]
"""Luma and both colour differences, shape (rows, columns, 3), all at the luma's size."""
Cells = NDArray[np.bool_]
"""One answer a cell, shape (rows, columns) of the grid."""


def reduce(picture: Picture) -> Small:
    """The small picture: ``COLUMNS * PIXELS`` wide, as high as the shape wants, whole cells."""
    rows = max(1, round(COLUMNS * picture.height / picture.width))
    size = (COLUMNS * PIXELS, rows * PIXELS)
    planes = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (picture.y, picture.u, picture.v)]
    small = cv2.blur(cv2.merge(planes).astype(np.float32), (3, 3)).astype(np.float32)
    return squeezed(small) if picture.full_range else small


def relit(before: Small, now: Small, where: Cells | None = None) -> tuple[Small, float]:
    """An earlier look in the light of a later one, and by how much the light has changed: 1 for not at all.

    A lamp multiplies luma and colour differences, also after gamma; most of the picture does not move, so the median of
    luma tells by how much.

    Args:
        before: The earlier look.
        now: The later one.
        where: Cells of which the earlier look is known; ``None`` for all.
    """
    # one pixel of each cell is enough for a median
    was, is_ = (look[::PIXELS, ::PIXELS, 0] - np.float32(BLACK) for look in (before, now))
    lit = was >= BLACK if where is None else (was >= BLACK) & where
    if not lit.any():
        return before, 1.0
    gain = np.float32(np.median(is_[lit] / was[lit]))
    zero = np.array([BLACK, GREY, GREY], np.float32)
    return np.asarray((before - zero) * gain + zero, np.float32), float(gain)


def changed(before: Small, now: Small) -> Cells:
    """Cells in which any pixel differs."""
    most = (LUMA_CHANGE, CHROMA_CHANGE, CHROMA_CHANGE)
    alike = cv2.inRange(cv2.absdiff(before, now), (0, 0, 0), most)
    grid = (alike.shape[1] // PIXELS, alike.shape[0] // PIXELS)
    return np.asarray(cv2.resize(alike, grid, interpolation=cv2.INTER_AREA) < 255)


def grown(cells: Cells, reach: float) -> Cells:
    """The cells and what lies within a reach of them, in picture widths."""
    side = 2 * round(reach * COLUMNS) + 1
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(cells.astype(np.uint8), around).astype(np.bool_)


def same_view(before: Small, now: Small, where: Cells) -> float | None:
    """How well the edges of two looks agree, -1 to 1; ``None`` where there are too few to tell.

    Light hardly changes where edges run; a push by two pixels of the small picture changes nearly all of them.

    Args:
        before: The look that tells which edges there should be.
        now: The other one.
        where: Cells to compare.
    """
    pixels = np.repeat(np.repeat(where, PIXELS, axis=0), PIXELS, axis=1)
    one, other = _slopes(before[..., 0]), _slopes(now[..., 0])
    length = np.hypot(one[..., 0], one[..., 1])
    edges = pixels & (length >= SLOPE)
    if np.count_nonzero(edges) < FEWEST_EDGES:
        return None
    ours, theirs = one[edges], other[edges]
    lengths = np.hypot(ours[:, 0], ours[:, 1]) * np.maximum(np.hypot(theirs[:, 0], theirs[:, 1]), 1.0)
    return float(np.mean(np.sum(ours * theirs, axis=1) / lengths))


def _slopes(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = (cv2.Sobel(luma, cv2.CV_32F, x, 1 - x, ksize=3, scale=1 / 4) for x in (1, 0))
    return np.stack((across, down), axis=-1).astype(np.float32)
