"""Cards on a table, as an overhead camera sees them: made here, so that nothing real is needed."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from tracker.detect import tag_cells
from tracker.domain.cards import CardNumber

Luma = NDArray[np.uint8]


def cloth(width: int = 640, height: int = 360, *, seed: int = 1) -> Luma:
    """A woven, unevenly lit cloth."""
    rng = np.random.default_rng(seed)
    weave = rng.normal(0, 12, (height, width))
    folds = cv2.resize(rng.normal(0, 40, (6, 9)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(120 + weave + folds, 0, 255).astype(np.uint8)


def printed(number: int, *, cell_px: int = 40) -> Luma:
    """A card's tag on white paper, ten cells wide."""
    cells = np.pad(~tag_cells(CardNumber(number)), 1, constant_values=True)
    return (np.kron(cells, np.ones((cell_px, cell_px))) * 255).astype(np.uint8)


def laid(table: Luma, paper: Luma, centre: tuple[float, float], *, side_px: float, turn_deg: float = 0) -> Luma:
    """A table with a square sheet of paper on it."""
    half, angle = side_px / 2, np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]]) @ turn.T + centre
    scale = 4
    large = cv2.resize(table, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    edge = len(paper)
    source = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], np.float32)
    warp = cv2.getPerspectiveTransform(source, (corners * scale).astype(np.float32))
    size = (large.shape[1], large.shape[0])
    large = cv2.warpPerspective(paper, warp, size, dst=large, borderMode=cv2.BORDER_TRANSPARENT, flags=cv2.INTER_AREA)
    return cv2.resize(large, (table.shape[1], table.shape[0]), interpolation=cv2.INTER_AREA)


def with_card(
    number: int, *, tag_px: float = 40, centre: tuple[float, float] = (320, 180), turn_deg: float = 20
) -> Luma:
    """A cloth with one card, its black square so many pixels wide."""
    return laid(cloth(), printed(number), centre, side_px=tag_px * 1.25, turn_deg=turn_deg)


def qr(text: str, scale: int) -> Luma:
    """A QR code with its white border, so many pixels a module."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return np.array(code.to_image(scale=scale, add_quiet_zones=True))
