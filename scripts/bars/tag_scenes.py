"""Pictures of cards and tickets as cameras take them: perspective, shadow, cloth, clutter, blur, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from tracker.detect import tag_cells
from tracker.domain.cards import CardNumber

Luma = NDArray[np.uint8]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
OVERSAMPLED = 4
"""Paper is drawn so many times finer than the camera sees, as a lens averages what falls on a pixel."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a code is seen.

    Attributes:
        size_px: Across the tag's black square, or a module of the QR code.
        blur_px: Standard deviation of the blur.
        tilt_deg: The paper is tilted so far out of the picture's plane.
        light: Share of the light; below a half it is evening, with the noise that gain makes.
        covered: Share of the code under something.
        turn_deg: Turned by so much in the picture.
    """

    size_px: float
    blur_px: float = 0.6
    tilt_deg: float = 15.0
    light: float = 0.8
    covered: float = 0.0
    turn_deg: float = 0.0


def tag_paper(number: int) -> Luma:
    """A tag with its white border, ten cells wide."""
    cells = np.pad(~tag_cells(CardNumber(number)), 1, constant_values=True)
    return np.kron(cells, np.full((48, 48), 245, np.uint8)) + np.uint8(8)


def qr_paper(text: str) -> tuple[Luma, int]:
    """A QR code with its white border, and how many modules wide it is with it."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.pad(np.array(code.to_image(scale=1, add_quiet_zones=False)) > 0, 4, constant_values=True)
    return np.kron(modules, np.full((16, 16), 245, np.uint8)) + np.uint8(8), len(modules)


class Clutter:
    """Tables full of cloth, garments and print; real photos where they lie beside the checkout."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._photos = sorted((SHARED / "clothing-cc0" / "dev").rglob("*.jpg"))[:120]
        self._tables = sorted((SHARED / "backgrounds-robosuite-mit").glob("*.png"))
        self._read = cache(lambda path: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))

    @property
    def real(self) -> int:
        """Real pictures at hand."""
        return len(self._photos) + len(self._tables)

    def scene(self, width: int, height: int, *, things: int = 8) -> Luma:
        """A table with things on it."""
        rng = self._rng
        table = self._table(width, height)
        for _ in range(things):
            thing = (self._label, self._plaid, self._garment, self._garment)[rng.integers(4)]()
            thing = thing[: height - 2, : width - 2]
            top, left = rng.integers(0, height - thing.shape[0]), rng.integers(0, width - thing.shape[1])
            table[top : top + thing.shape[0], left : left + thing.shape[1]] = thing
        return table

    def _table(self, width: int, height: int) -> Luma:
        if self._tables:
            picture = self._read(self._tables[self._rng.integers(len(self._tables))])
            return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        folds = cv2.resize(self._rng.normal(0, 40, (6, 9)).astype(np.float32), (width, height))
        return np.clip(130 + folds + self._rng.normal(0, 12, (height, width)), 0, 255).astype(np.uint8)

    def _garment(self) -> Luma:
        side = int(self._rng.integers(80, 320))
        if not self._photos:
            return self._plaid()
        picture = self._read(self._photos[self._rng.integers(len(self._photos))])
        return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)

    def _plaid(self) -> Luma:
        side, step = int(self._rng.integers(60, 220)), int(self._rng.integers(3, 16))
        rows = self._rng.integers(20, 235, side // step + 1)
        stripes = np.repeat(rows, step)[:side].astype(np.uint16)
        return ((stripes[:, None] + stripes[None, :]) // 2).astype(np.uint8)

    def _label(self) -> Luma:
        """A label in a black frame with squares in it, such as a washing symbol: the worst that is not a tag."""
        cells = self._rng.integers(0, 2, (6, 6)).astype(np.uint8) * 230
        framed = np.pad(np.pad(cells, 1), 1, constant_values=235)
        return cv2.resize(framed, None, fx=(scale := int(self._rng.integers(2, 9))), fy=scale, interpolation=0)


def put(table: Luma, paper: Luma, centre: tuple[float, float], *, side_px: float, look: Look) -> None:
    """Lay a sheet on a table, in place."""
    half, turn, tilt = side_px / 2, np.deg2rad(look.turn_deg), np.deg2rad(look.tilt_deg)
    flat = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    flat = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    depth = 1 + flat[:, 1] * np.sin(tilt) / (side_px * 6)  # the far edge is farther away
    corners = np.stack([flat[:, 0] / depth, flat[:, 1] * np.cos(tilt) / depth], axis=1) + centre
    x0, y0 = np.floor(corners.min(axis=0)).astype(int) - 3
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 3
    edge = len(paper)
    source = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], np.float32)
    fine = ((corners - (x0, y0)) * OVERSAMPLED).astype(np.float32)
    size = ((x1 - x0) * OVERSAMPLED, (y1 - y0) * OVERSAMPLED)
    under = cv2.resize(table[y0:y1, x0:x1], size, interpolation=cv2.INTER_CUBIC)
    warp = cv2.getPerspectiveTransform(source, fine)
    over = cv2.warpPerspective(paper, warp, size, dst=under, borderMode=cv2.BORDER_TRANSPARENT, flags=cv2.INTER_AREA)
    table[y0:y1, x0:x1] = cv2.resize(over, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)


def covered(paper: Luma, share: float, rng: np.random.Generator) -> Luma:
    """The same paper with cloth over a share of it, from one side."""
    if share <= 0:
        return paper
    cloth = np.clip(rng.normal(110, 25, paper.shape), 0, 255).astype(np.uint8)
    cloth[:, round(paper.shape[1] * share) :] = paper[:, round(paper.shape[1] * share) :]
    return np.ascontiguousarray(np.rot90(cloth, int(rng.integers(4))))


def taken(table: Luma, look: Look, rng: np.random.Generator) -> Luma:
    """What the camera makes of the scene."""
    height, width = table.shape
    light = np.linspace(-1, 1, width, dtype=np.float32) * rng.uniform(-0.25, 0.25) + rng.uniform(0.9, 1.1)
    shadow = np.ones(width, np.float32)
    shadow[int(rng.integers(0, width)) :] *= rng.uniform(0.55, 1.0)  # somebody stands in the light
    light *= cv2.GaussianBlur(shadow[None, :], (0, 0), 9)[0] * look.light
    seen = table * light.astype(np.float32)
    if look.blur_px:
        seen = cv2.GaussianBlur(seen, (0, 0), look.blur_px)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    noise = cv2.randn(np.empty((height, width), np.float32), 12.0, 3 + 5 * max(0.0, 0.6 - look.light))
    dim = np.clip(seen + noise, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", dim, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_GRAYSCALE)
