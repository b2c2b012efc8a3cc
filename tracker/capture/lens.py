"""What a lens bends, measured from photographs of a flat pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError, SourceError, UsageError
from tracker.domain.optics import Lens

FEWEST_PHOTOS = 5
"""Fewer leave the focal length and the bend to be mistaken for each other."""
WORST_ERROR = 0.001
"""Error in widths of the picture above which a calibration is refused: 2 pixels of 1080p."""
_FEWEST_CORNERS = 8
_DICTIONARIES = {
    "4x4": cv2.aruco.DICT_4X4_250,
    "5x5": cv2.aruco.DICT_5X5_250,
    "6x6": cv2.aruco.DICT_6X6_250,
    "april": cv2.aruco.DICT_APRILTAG_36h11,
}
Corners = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Board:
    """A flat pattern that was photographed.

    Attributes:
        columns: Squares across.
        rows: Squares down.
        marker: Side of a marker in sides of a square, for a ChArUco board; ``None`` for a checkerboard.
        dictionary: Of the markers: ``4x4``, ``5x5``, ``6x6`` or ``april``.
    """

    columns: int
    rows: int
    marker: float | None = None
    dictionary: str = "5x5"

    def __post_init__(self) -> None:
        if not (3 <= self.columns <= 40 and 3 <= self.rows <= 40):
            raise UsageError(
                "a board has 3 to 40 squares on each side", expected="such as 9x6", got=f"{self.columns}x{self.rows}"
            )
        if self.dictionary not in _DICTIONARIES:
            raise UsageError("unknown markers", expected=f"one of: {', '.join(_DICTIONARIES)}", got=self.dictionary)
        if self.marker is not None and not 0 < self.marker < 1:
            raise UsageError(
                "a marker is smaller than its square", expected="a share such as 0.75", got=str(self.marker)
            )

    def corners(self, grey: NDArray[np.uint8]) -> tuple[Corners, Corners] | None:
        """Inner corners on the board (squares; shape (n, 3)) and in the picture (pixels; shape (n, 2)), if it shows."""
        if self.marker is not None:
            return self._marked(grey, self.marker)
        inner = (self.columns - 1, self.rows - 1)
        found, seen = cv2.findChessboardCornersSB(grey, inner, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
        if not found:
            return None
        places = np.zeros((inner[0] * inner[1], 3), np.float32)
        places[:, :2] = np.mgrid[: inner[0], : inner[1]].T.reshape(-1, 2)
        return places, np.asarray(seen, np.float32).reshape(-1, 2)

    def _marked(self, grey: NDArray[np.uint8], marker: float) -> tuple[Corners, Corners] | None:
        markers = cv2.aruco.getPredefinedDictionary(_DICTIONARIES[self.dictionary])
        board = cv2.aruco.CharucoBoard((self.columns, self.rows), 1.0, marker, markers)
        found: tuple[Any, ...] = cv2.aruco.CharucoDetector(board).detectBoard(grey)
        seen, ids, *_ = found
        if ids is None or len(ids) < _FEWEST_CORNERS:
            return None
        places = np.asarray(board.getChessboardCorners(), np.float32)[np.asarray(ids).ravel()]
        return places, np.asarray(seen, np.float32).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class LensFound:
    """What photographs say about a lens.

    Attributes:
        lens: Its table.
        error: Mean distance between where corners are and where the table puts them, in widths of the picture.
        used: Photographs on which the board was found.
        unused: Those on which it was not.
    """

    lens: Lens
    error: float
    used: tuple[Path, ...]
    unused: tuple[Path, ...]


def measure_lens(photos: Sequence[Path], board: Board) -> LensFound:
    """The table of a lens.

    Source: Zhang, "A flexible new technique for camera calibration", IEEE PAMI 22(11), 2000, as OpenCV does it.

    Args:
        photos: Photographs of the board by the camera itself, of one size, the board tilted and in every corner.
        board: What is on them.

    Raises:
        SourceError: A file is no picture, the sizes differ, or the board is found on too few.
        ConfigError: The board is not what it is said to be, so that the table fits badly.
    """
    places: list[Corners] = []
    seen: list[Corners] = []
    used: list[Path] = []
    sizes: dict[tuple[int, int], Path] = {}
    for photo in photos:
        grey = _grey(photo)
        sizes.setdefault((grey.shape[1], grey.shape[0]), photo)
        if corners := board.corners(grey):
            places.append(corners[0])
            seen.append(corners[1])
            used.append(photo)
    if len(sizes) > 1:
        got = ", ".join(f"{path.name} is {width}x{height}" for (width, height), path in sizes.items())
        raise SourceError("the photographs differ in size", expected="photographs of one camera in one mode", got=got)
    if len(used) < FEWEST_PHOTOS:
        raise SourceError(
            "the board is found on too few photographs",
            expected=f"at least {FEWEST_PHOTOS} that show all of it",
            got=f"{len(used)} of {len(photos)}",
            hint="Count the squares, not the corners; hold the board still, flat and well lit.",
        )
    size = next(iter(sizes))
    error_px, camera, bends, _, _ = cv2.calibrateCamera(places, seen, size, np.eye(3), np.zeros(5))
    if error_px / size[0] > WORST_ERROR:
        raise ConfigError(
            "no lens bends like this",
            expected=f"an error of at most {WORST_ERROR * size[0]:.1f} pixels",
            got=f"{error_px:.1f} pixels",
            hint="Is the board flat, and is its number of squares right?",
        )
    unused = tuple(photo for photo in photos if photo not in used)
    return LensFound(_lens(camera, bends, size), error_px / size[0], tuple(used), unused)


def _grey(photo: Path) -> NDArray[np.uint8]:
    """A photograph; read by Python, because OpenCV cannot open Chinese paths on Windows."""
    try:
        data = np.frombuffer(photo.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceError(f"{photo} cannot be opened", expected="a photograph", got=str(error.strerror)) from None
    grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if grey is None:
        raise SourceError(f"{photo} is not a photograph", expected="a JPEG or PNG file", got="something else")
    return np.asarray(grey, np.uint8)


def _lens(camera: NDArray[Any], bends: NDArray[Any], size: tuple[int, int]) -> Lens:
    """OpenCV's matrix and coefficients as shares of the picture, and a zoom that keeps the middle of each edge."""
    width, height = size
    k1, k2, p1, p2, k3 = (float(value) for value in np.ravel(bends)[:5])
    edges = np.array([[-0.5, height / 2], [width - 0.5, height / 2], [width / 2, -0.5], [width / 2, height - 0.5]])
    straight = cv2.undistortPoints(edges.reshape(-1, 1, 2), camera, bends).reshape(-1, 2)
    fx, fy = float(camera[0, 0]), float(camera[1, 1])
    cx, cy = float(camera[0, 2]), float(camera[1, 2])
    # How far the edge lies from where the lens looks, as it is sent and as it will be.
    sent = np.abs(edges - (cx, cy))
    after = np.abs(straight * (fx, fy))
    across, down = sent[:2, 0] / after[:2, 0], sent[2:, 1] / after[2:, 1]
    zoom = float(min(1.0, across.min(), down.min()))
    return Lens(
        fx=fx / width,
        fy=fy / height,
        cx=(cx + 0.5) / width,
        cy=(cy + 0.5) / height,
        k1=k1,
        k2=k2,
        p1=p1,
        p2=p2,
        k3=k3,
        zoom=zoom,
    )
