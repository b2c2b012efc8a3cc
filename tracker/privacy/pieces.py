"""Which pieces may be shown as the camera sees them: those that nobody can have a hand in."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.geometry import Box
from tracker.privacy.background import Background
from tracker.privacy.people import Boxes, covered
from tracker.privacy.reduced import CHROMA_CHANGE, PIXELS, Cells, Small, changed, grown, reduce, relit, same_view

MARGIN_CELLS = 3
"""Width of the frame around a piece, 3 % of the picture: an arm that reaches into it has to cross this frame."""
STIR = 0.03
"""Picture widths around a change in which a piece is not at rest."""
LARGEST = 0.2
"""Share of the picture above which a box is not shown: it could be somebody, whole."""
SKIN_U, SKIN_V, SKIN_WARM = (77.0, 127.0), (133.0, 180.0), 14.0
"""Colour differences of skin (Chai and Ngan 1999, widened upwards in V), and how much V is above U at least. The very
lightest and the darkest tones are as grey as cloth: this catches most hands, and is not what keeps hands out."""
MOST_SKIN = 3
"""Pixels of the small picture in whose whole neighbourhood colours may be a skin's: the back of a hand has more. Where
a piece meets a wooden table colours mix, but in lines. A garment of a skin's colour is drawn instead."""
_AROUND = np.ones((5, 5), np.uint8)
LEAST_AGREEMENT = 0.4
"""Agreement of edges below which the picture does not show the background's view."""


def clear_of_people(
    pieces: Sequence[Box], background: Background, pictures: Sequence[Picture], people: Sequence[Boxes]
) -> NDArray[np.bool_]:
    """Which pieces may be shown whole.

    ::

        +-------------+      every cell of the frame around the piece looks as the empty background does, so that what
        |  +-------+  |      lies in it hangs together with nothing; in all the pictures nobody was seen near it,
        |  | piece |  |      nothing changed, and nothing in it has a skin's colour
        |  +-------+  |
        +-------------+

    Args:
        pieces: Boxes in the last picture, pixels.
        background: What the view looks like when it is empty.
        pictures: The last few, oldest first; at least two.
        people: Boxes of everything that may be a person, one array for each picture.

    Returns:
        bool, shape (number of pieces,).
    """
    looks = [reduce(picture) for picture in pictures]
    last = pictures[-1]
    empty = reduce(background.picture)
    if len(looks) < 2 or any(look.shape != empty.shape for look in looks):
        return np.zeros(len(pieces), np.bool_)
    shape = background.shown.shape
    touched = np.zeros(shape, np.bool_)
    for boxes in people:
        touched |= covered(boxes, width=last.width, height=last.height, shape=shape)
    for before, now in itertools.pairwise(looks):
        touched |= grown(changed(before, now), STIR)
    agreement = same_view(empty, looks[-1], background.shown & ~grown(~background.shown, 0.01))
    if agreement is not None and agreement < LEAST_AGREEMENT:
        return np.zeros(len(pieces), np.bool_)
    empty = relit(empty, looks[-1], background.shown)[0]
    differs = changed(empty, looks[-1]) | ~background.shown
    look = _Look(touched, differs, looks[-1], empty, (shape[1] / last.width, shape[0] / last.height))
    return np.array([_is_clear(piece, look) for piece in pieces], np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What is known of the last picture.

    Attributes:
        touched: Cells in which or near which something moved or somebody was seen.
        differs: Cells that do not look as the empty background does.
        now: The small picture.
        empty: The empty background in the same light.
        scale: Cells a pixel, across and down.
    """

    touched: Cells
    differs: Cells
    now: Small
    empty: Small
    scale: tuple[float, float]


def _is_clear(piece: Box, look: _Look) -> bool:
    scale, touched, differs, now, empty = look.scale, look.touched, look.differs, look.now, look.empty
    left, right = math.floor(piece[0] * scale[0]), math.ceil(piece[2] * scale[0])
    top, bottom = math.floor(piece[1] * scale[1]), math.ceil(piece[3] * scale[1])
    rows, columns = touched.shape
    inside = min(left, top) >= MARGIN_CELLS and right <= columns - MARGIN_CELLS and bottom <= rows - MARGIN_CELLS
    if not inside or (right - left) * (bottom - top) > LARGEST * touched.size:
        return False
    around = slice(top - MARGIN_CELLS, bottom + MARGIN_CELLS), slice(left - MARGIN_CELLS, right + MARGIN_CELLS)
    if touched[around].any():
        return False
    frame = differs[around].copy()
    # a box is rarely drawn to the cell
    frame[MARGIN_CELLS - 1 : 1 - MARGIN_CELLS, MARGIN_CELLS - 1 : 1 - MARGIN_CELLS] = False
    if frame.any():
        return False
    pixels = slice(top * PIXELS, bottom * PIXELS), slice(left * PIXELS, right * PIXELS)
    apart = np.abs(now[pixels] - empty[pixels]).max(axis=-1) > CHROMA_CHANGE
    skin = cv2.erode((_skin(now[pixels]) & apart).astype(np.uint8), _AROUND)
    return cv2.countNonZero(skin) <= MOST_SKIN


def _skin(pixels: Small) -> NDArray[np.bool_]:
    u, v = pixels[..., 1], pixels[..., 2]
    inside = (u >= SKIN_U[0]) & (u <= SKIN_U[1]) & (v >= SKIN_V[0]) & (v <= SKIN_V[1])
    return np.asarray(inside & (v - u >= SKIN_WARM))
