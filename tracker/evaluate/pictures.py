"""Picture files as a camera would have delivered them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import SourceError
from tracker.domain.frames import Picture

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of picture files, lower case; everything else in a data set is left alone."""

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG"


def find_pictures(folder: Path) -> list[Path]:
    """Every picture file below a folder, in order of name; what a system hides (names with a dot) is left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def read_picture(path: Path, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """A picture file as BGR, uint8, shape (height, width, 3): grey, 16-bit and transparent ones too.

    It is turned upright as its EXIF orientation says, as trainers and labelling tools do. Labels that speak of the
    unturned picture are recognised by ``size``.

    Args:
        path: The file.
        size: Width and height that its labels speak of; ``None`` for any.

    Raises:
        SourceError: The file cannot be read, is cut short, is no picture, or has another size.
    """
    try:
        data = np.fromfile(path, np.uint8)  # OpenCV's own reader does not open Chinese paths on Windows
    except OSError as error:
        raise SourceError(f"cannot read {path}", got=error.strerror or str(error)) from error
    picture = None if _cut_short(data.tobytes()) else _decoded(data, cv2.IMREAD_COLOR)
    if picture is None:
        raise SourceError(f"{path} is damaged or no picture", got=f"{data.size} bytes")
    got = (picture.shape[1], picture.shape[0])
    if size is None or got == size:
        return picture
    if got == size[::-1]:
        unturned = _decoded(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if unturned is not None and (unturned.shape[1], unturned.shape[0]) == size:
            return unturned
    raise SourceError(
        f"{path} is not the picture that its labels speak of",
        expected=f"{size[0]}x{size[1]}",
        got=f"{got[0]}x{got[1]}",
    )


def as_picture(bgr: NDArray[np.uint8]) -> Picture:
    """A BGR picture as a camera delivers it: planar YUV 4:2:0, television range; odd sides as well."""
    height, width = bgr.shape[:2]
    if height % 2 or width % 2:
        bgr = np.asarray(cv2.copyMakeBorder(bgr, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    high, wide = bgr.shape[:2]
    planes = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
    luma, chroma = high * wide, (high // 2) * (wide // 2)
    return Picture(
        planes[:luma].reshape(high, wide)[:height, :width],
        planes[luma : luma + chroma].reshape(high // 2, wide // 2),
        planes[luma + chroma :].reshape(high // 2, wide // 2),
        full_range=False,
    )


def _decoded(data: NDArray[np.uint8], how: int) -> NDArray[np.uint8] | None:
    try:
        picture = cv2.imdecode(data, how)
    except cv2.error:  # an empty file, or sides that no camera has
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def _cut_short(data: bytes) -> bool:
    """Whether the end is missing, which OpenCV would fill with grey: a JPEG's end comes after its last scan."""
    if data.startswith(_JPEG):
        return data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")
    return data.startswith(_PNG) and b"IEND" not in data[-64:]
