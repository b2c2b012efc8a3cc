"""Between the planes that cameras send and the colours that picture files hold."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture

Bgr = NDArray[np.uint8]
"""Blue, green, red; shape (height, width, 3), both even."""

_FULL_TO_TELEVISION = np.array([219 / 255, 224 / 255, 224 / 255], np.float32)
_OFFSET = np.array([16, 128 - 128 * 224 / 255, 128 - 128 * 224 / 255], np.float32)


def squeezed(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels 0..255 as television has them, 16..235; shape (..., 3) of luma and colour differences."""
    return (levels * _FULL_TO_TELEVISION + _OFFSET).astype(np.float32)


def bgr_of(picture: Picture) -> Bgr:
    """A picture in colour; an odd last row or column is left out."""
    width, height = picture.width // 2 * 2, picture.height // 2 * 2
    half = slice(height // 2), slice(width // 2)
    planes = [picture.y[:height, :width], picture.u[half], picture.v[half]]
    if picture.full_range:
        planes = [_squeeze(plane, row) for row, plane in enumerate(planes)]
    planar = np.concatenate([plane.ravel() for plane in planes]).reshape(height * 3 // 2, width)
    return np.asarray(cv2.cvtColor(planar, cv2.COLOR_YUV2BGR_I420), np.uint8)


def picture_of(bgr: Bgr) -> Picture:
    """The same the other way round, in television range, so that a detector can look at it."""
    height, width = bgr.shape[:2]
    planar = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
    luma, chroma = np.split(planar.reshape(-1), [width * height])
    u, v = chroma.reshape(2, height // 2, width // 2)
    return Picture(luma.reshape(height, width), u, v, full_range=False)


def _squeeze(plane: NDArray[np.uint8], row: int) -> NDArray[np.uint8]:
    levels = np.arange(256, dtype=np.float32) * _FULL_TO_TELEVISION[row] + _OFFSET[row]
    squeezed_levels: NDArray[np.uint8] = np.rint(levels).astype(np.uint8)[plane]
    return squeezed_levels
