"""Pictures without people, as PNG files: the empty background of a camera, and scenes."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import SourceError
from tracker.domain.frames import CameraId
from tracker.privacy.background import Background
from tracker.privacy.colours import Bgr
from tracker.privacy.reduced import COLUMNS

FOLDER = "backgrounds"


def background_path(folder: Path, camera: CameraId) -> Path:
    """Where a camera's empty background is kept.

    Args:
        folder: The workshop's folder.
        camera: Any characters.
    """
    return folder / FOLDER / f"{quote(camera, safe='')}.png"


def save_background(path: Path, background: Background) -> None:
    """Writes a background, transparent where nothing may be shown; whole or not at all.

    Raises:
        SourceError: The file cannot be written.
    """
    opaque = np.where(background.pixels(), np.uint8(255), np.uint8(0))
    save_picture(path, np.dstack((background.bgr, opaque)))


def load_background(path: Path) -> Background:
    """What :func:`save_background` wrote. A cell is shown only when every pixel of it is opaque.

    Raises:
        SourceError: There is no such file, or it is no such picture.
    """
    expected = "a PNG with transparency, as `tracker camera empty` writes it"
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise SourceError(f"{path} cannot be read", expected=expected, got=str(error.strerror)) from error
    read = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if read is None or read.dtype != np.uint8 or read.shape[2:] != (4,) or read.shape[0] % 2 or read.shape[1] % 2:
        got = "no picture" if read is None else f"{read.shape}"
        raise SourceError(f"{path} is no background of a camera", expected=expected, got=got)
    height, width = read.shape[:2]
    rows = max(1, round(COLUMNS * height / width))
    seen = cv2.resize((read[..., 3] == 255).astype(np.float32), (COLUMNS, rows), interpolation=cv2.INTER_AREA)
    background = Background(np.asarray(read[..., :3], np.uint8), seen > 0.999)
    return background.without(np.zeros_like(background.shown))


def save_picture(path: Path, pixels: Bgr | NDArray[np.uint8]) -> None:
    """Writes a PNG, whole or not at all; its folder is made.

    Raises:
        SourceError: The file cannot be written.
    """
    _, data = cv2.imencode(".png", pixels)
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data.tofile(beside)
        os.replace(beside, path)  # noqa: PTH105  atomic, over an existing file, on Windows too
    except OSError as error:
        raise SourceError(f"{path} cannot be written", got=str(error.strerror)) from error
