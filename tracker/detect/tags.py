"""Reading order cards (AprilTag 36h11) and bundle tickets (QR) in pictures, and what a tag looks like.

What decides whether a code is read is pixels; docs/order-cards.md has the tables. A code that is read wrongly is worse
than one that is missed, so no bit of a tag is ever corrected: of 2^36 patterns only 587 in four rotations are tags, and
any two of them differ in at least 11 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from tracker.domain.cards import CARDS, CardNumber
from tracker.domain.errors import NotFoundError, SourceError

FAMILY = cv2.aruco.DICT_APRILTAG_36h11
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
CELLS = 8
"""Cells across a tag's black square; one more of white is needed all around."""
SMALLEST_PX = 14
"""Squares with shorter sides are not even looked at: nothing of a tag survives in them."""
MOST_SIDE_PX = 4000
"""Larger photos are made smaller first."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that was read.

    Attributes:
        number: 0..586.
        corners: Of its black square, pixels; clockwise from its own top left.
    """

    number: CardNumber
    corners: tuple[tuple[float, float], ...]

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the corners, pixels."""
        x, y = np.mean(self.corners, axis=0)
        return float(x), float(y)


class TagReader:
    """Finds tags in luma; one may be shared by all cameras of a thread."""

    def __init__(self) -> None:
        self._dictionary = cv2.aruco.getPredefinedDictionary(FAMILY)
        parameters = cv2.aruco.DetectorParameters()
        parameters.errorCorrectionRate = 0.0
        self._parameters = parameters
        self._detector = cv2.aruco.ArucoDetector(self._dictionary, parameters)
        self._longest = 0

    def read(self, luma: NDArray[np.uint8]) -> tuple[Tag, ...]:
        """Every tag in a picture or a part of one, by number.

        Args:
            luma: uint8, shape (height, width); a view is enough.
        """
        longest = max(luma.shape)
        if longest != self._longest:
            self._longest = longest
            self._parameters.minMarkerPerimeterRate = 4 * SMALLEST_PX / longest
            self._detector.setDetectorParameters(self._parameters)
        found, numbers, _ = self._detector.detectMarkers(np.ascontiguousarray(luma))
        if not found:
            return ()
        tags = [
            Tag(CardNumber(int(number)), tuple((float(x), float(y)) for x, y in quad.reshape(4, 2)))
            for number, quad in zip(numbers.ravel(), found, strict=True)
        ]
        return tuple(sorted(tags, key=lambda tag: (tag.number, tag.corners)))


def tag_cells(number: CardNumber) -> NDArray[np.bool_]:
    """What a tag looks like: bool, shape (8, 8), ``True`` where it is black.

    Raises:
        NotFoundError: No such tag.
    """
    if not 0 <= number < CARDS:
        raise NotFoundError(f"no card {number}", expected=f"a number from 0 to {CARDS - 1}")
    dictionary = cv2.aruco.getPredefinedDictionary(FAMILY)
    return np.asarray(cv2.aruco.generateImageMarker(dictionary, number, CELLS) == 0, np.bool_)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A QR code that was read.

    Attributes:
        centre: Pixels.
    """

    text: str
    centre: tuple[float, float]


def read_tickets(luma: NDArray[np.uint8]) -> tuple[Ticket, ...]:
    """Every QR code in a picture, from top to bottom and left to right.

    Args:
        luma: uint8, shape (height, width).
    """
    found = zxingcpp.read_barcodes(np.ascontiguousarray(luma), formats=QR)
    tickets = [Ticket(code.text, _centre(code.position)) for code in found if code.valid]
    return tuple(sorted(tickets, key=lambda ticket: (ticket.centre[1], ticket.centre[0])))


def _centre(place: zxingcpp.Position) -> tuple[float, float]:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return sum(corner.x for corner in corners) / 4, sum(corner.y for corner in corners) / 4


def read_photo(file: Path) -> NDArray[np.uint8]:
    """A photo as luma, turned upright as its camera noted; uint8, shape (height, width).

    Raises:
        SourceError: No such file, or not a picture.
    """
    try:
        raw = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceError(f"{file} cannot be read", expected="a photo", got=str(error.strerror)) from error
    luma = cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE) if raw.size else None
    if luma is None:
        raise SourceError(f"{file} is not a photo", expected="JPEG, PNG or WebP", got="something else")
    scale = MOST_SIDE_PX / max(luma.shape)
    if scale < 1:
        luma = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(luma, np.uint8)
