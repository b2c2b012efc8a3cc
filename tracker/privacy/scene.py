"""The picture that may leave memory: the empty background, a flat pattern where nothing is known, pieces on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.geometry import Box
from tracker.privacy.background import Background, spread
from tracker.privacy.colours import Bgr, bgr_of, picture_of
from tracker.privacy.people import PeopleEye, covered

GREY, HATCH = (186, 186, 186), (170, 170, 170)
"""Not shown: neither black, which could be a dark room, nor white, which could be a lamp."""
HATCH_STEP = 0.02
"""From one line of the pattern to the next, in picture widths."""
OUTLINE = (40, 40, 40)
MOST_CHECKS = 3
"""A scene in which somebody is still seen after so many corrections is not shown at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture without people.

    Attributes:
        bgr: What may be shown.
        real: Which pixels come from the camera; the others are drawn. Shape (height, width).
        pieces: Boxes of the pieces in it, pixels.
        photos: Which of them are shown as the camera saw them, bool, shape (number of pieces,).
    """

    bgr: Bgr
    real: NDArray[np.bool_]
    pieces: tuple[Box, ...]
    photos: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Share of the picture that comes from the camera."""
        return float(np.mean(self.real))


def draw(background: Background, pieces: Sequence[Box], picture: Picture, photos: NDArray[np.bool_]) -> Scene:
    """The scene: nothing of ``picture`` is in it but one colour for each piece, and the pieces that may be shown whole.

    Args:
        background: What may be shown of the room.
        pieces: Their boxes, pixels.
        picture: The present one, of the background's size.
        photos: Which pieces may be shown as the camera sees them, bool, shape (number of pieces,).
    """
    real = background.pixels()
    bgr = np.where(real[..., None], background.bgr, _hatched(*real.shape))
    now = bgr_of(picture)
    for box, photo in zip(pieces, photos, strict=True):
        rows, columns = _slices(box, real.shape)
        if now[rows, columns].size == 0:
            continue
        if photo:
            bgr[rows, columns], real[rows, columns] = now[rows, columns], True
            continue
        cv2.rectangle(bgr, (columns.start, rows.start), (columns.stop - 1, rows.stop - 1), _colour(now, box), -1)
        real[rows, columns] = False
    thick = max(1, round(real.shape[1] / 500))
    frames = np.zeros(real.shape, np.uint8)
    for box in pieces:
        rows, columns = _slices(box, real.shape)
        cv2.rectangle(frames, (columns.start, rows.start), (columns.stop - 1, rows.stop - 1), 1, thick)
    bgr[frames > 0], real[frames > 0] = OUTLINE, False
    return Scene(bgr, real, tuple(pieces), np.asarray(photos, np.bool_))


def hide_people(scene: Scene, eye: PeopleEye) -> tuple[Scene, int]:
    """The scene after a last look at it: whatever may be a person in it is hidden, whoever is right.

    Pictures on walls, printed faces and reflections go the same way.

    Returns:
        The scene, and how many places were hidden. Where somebody is still seen in the end, nothing is shown.
    """
    hidden = 0
    for _ in range(MOST_CHECKS):
        boxes = eye.check(picture_of(scene.bgr))
        boxes = boxes[[_has_real(scene, tuple(box)) for box in boxes.tolist()]] if len(boxes) else boxes
        if not len(boxes):
            return scene, hidden
        hidden += len(boxes)
        scene = _hide(scene, boxes)
    nothing = np.zeros_like(scene.real)
    return replace(scene, bgr=_hatched(*nothing.shape), real=nothing, photos=np.zeros_like(scene.photos)), hidden


def _hide(scene: Scene, boxes: NDArray[np.float32]) -> Scene:
    height, width = scene.real.shape
    cells = covered(boxes, width=width, height=height, shape=(height // 4, width // 4))
    where = spread(cells, (height, width)) & scene.real
    bgr = np.where(where[..., None], _hatched(height, width), scene.bgr)
    return replace(scene, bgr=bgr, real=scene.real & ~where)


def _has_real(scene: Scene, box: tuple[float, ...]) -> bool:
    """Whether there is anything of the camera's in a box; what was drawn is nobody."""
    left, top, right, bottom = box
    return bool(scene.real[_slices((left, top, right, bottom), scene.real.shape)].any())


def _hatched(height: int, width: int) -> Bgr:
    """The pattern of what is not shown."""
    step = max(4, round(HATCH_STEP * width))
    row, column = np.ogrid[:height, :width]
    lines = (row + column) % step < max(1, step // 8)
    return np.where(lines[..., None], np.array(HATCH, np.uint8), np.array(GREY, np.uint8))


def _slices(box: Box, size: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, right, bottom = box
    rows = slice(max(0, round(top)), min(size[0], round(bottom)))
    columns = slice(max(0, round(left)), min(size[1], round(right)))
    return rows, columns


def _colour(now: Bgr, box: Box) -> tuple[float, float, float]:
    """The mean colour of the middle of a box."""
    left, top, right, bottom = box
    across, down = (right - left) / 4, (bottom - top) / 4
    rows, columns = _slices((left + across, top + down, right - across, bottom - down), now.shape)
    middle = now[rows, columns] if now[rows, columns].size else now[_slices(box, now.shape)]
    blue, green, red = middle.reshape(-1, 3).mean(axis=0).tolist()
    return blue, green, red
