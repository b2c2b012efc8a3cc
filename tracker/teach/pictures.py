"""Pictures between their three shapes: planes from a camera, BGR to cut, JPEG on disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.domain.frames import Picture

LONGEST_PX = 1280
QUALITY = 92
Bgr = NDArray[np.uint8]


def bgr_of(picture: Picture) -> Bgr:
    """A camera's picture as BGR, uint8, shape (height, width, 3), sides even."""
    height, width = picture.height // 2 * 2, picture.width // 2 * 2
    y, u, v = picture.y[:height, :width], picture.u[: height // 2, : width // 2], picture.v[: height // 2, : width // 2]
    if picture.full_range:
        y = np.asarray(np.round(y * (219 / 255) + 16), np.uint8)
        u, v = (np.asarray(np.round((c - 128.0) * (224 / 255) + 128), np.uint8) for c in (u, v))
    planes = np.concatenate([plane.reshape(-1) for plane in (y, u, v)]).reshape(height * 3 // 2, width)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def picture_of(bgr: Bgr) -> Picture:
    """BGR as a camera delivers it, cut to even sides."""
    height, width = bgr.shape[0] // 2 * 2, bgr.shape[1] // 2 * 2
    planes = np.asarray(cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
    luma, chroma = height * width, height * width // 4
    u, v = planes[luma : luma + chroma], planes[luma + chroma :]
    half = (height // 2, width // 2)
    return Picture(planes[:luma].reshape(height, width), u.reshape(half), v.reshape(half), full_range=False)


def part_of(bgr: Bgr, xyxy: tuple[float, float, float, float]) -> Bgr:
    """A part of a picture, given as shares, at most ``LONGEST_PX`` long, sides even."""
    height, width = bgr.shape[:2]
    left, top, right, bottom = (round(v * s) for v, s in zip(xyxy, (width, height, width, height), strict=True))
    part = bgr[top:bottom, left:right]
    factor = min(1.0, LONGEST_PX / max(part.shape[:2]))
    size = [max(2, round(side * factor) // 2 * 2) for side in (part.shape[1], part.shape[0])]
    return np.asarray(cv2.resize(part, (size[0], size[1]), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg_of(bgr: Bgr) -> bytes:
    """JPEG bytes without any metadata."""
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])


def read_picture(path: Path) -> Bgr:
    """A picture from disk as BGR; paths may hold Chinese.

    Raises:
        ConfigError: It is missing or no picture.
    """
    try:
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise ConfigError(f"{path} cannot be read", got=str(error)) from error
    if found is None:
        raise ConfigError(f"{path} cannot be read", expected="a picture")
    return np.asarray(found, np.uint8)


def sketch(luma: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Mean luma of each cell of a grid of so many rows and columns."""
    return np.asarray(cv2.resize(luma, shape[::-1], interpolation=cv2.INTER_AREA), np.float32)


def luma_of(bgr: Bgr) -> NDArray[np.uint8]:
    """Luma of a BGR picture."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)
