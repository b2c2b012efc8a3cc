"""What lies under and beside garments: tables, floors, and flat patches that have a garment's outline and are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.sim.drawing import polygon_mask, rounded_rectangle, smooth_noise, smooth_outline
from tracker.sim.surfaces import random_surface
from tracker.train.cutouts import Cutout, Sprite, emptied_photo, floor_patch, load_cutout

Bgr = NDArray[np.uint8]
_OUTLINES = ("rectangle", "polygon", "blob", "garment")
OUTLINE_SHARES = (0.5, 0.2, 0.15, 0.15)
"""How many patches have which outline."""


class Scenery:
    """Backgrounds and patches of one side of the split. Holds decoded textures, nothing that grows."""

    def __init__(
        self, textures: Sequence[Path], photos: Sequence[Cutout], outline_shares: Sequence[float] = OUTLINE_SHARES
    ) -> None:
        """``outline_shares``: shares of rectangles, polygons, blobs and silhouettes of garments; 1 in all."""
        self._textures = [_picture(path) for path in textures]
        self._photos = photos
        self._shares = outline_shares

    def background(self, width: int, height: int, rng: np.random.Generator) -> Bgr:
        """An empty table, floor, bed or wall, BGR."""
        chance = rng.random()
        if chance < 0.3:
            made = self._texture(width, height, rng)
        elif chance < 0.66:
            made = _cropped(_turned(emptied_photo(self._photo(rng)), rng), width, height, rng)
        elif chance < 0.8:
            floor = floor_patch(self._photo(rng), rng)
            made = _painted(width, height, rng) if floor is None else _quilted(floor, width, height, rng)
        elif chance < 0.92:
            made = np.ascontiguousarray(random_surface(width, height, rng))
        else:
            made = _painted(width, height, rng)
        return _tinted(made, rng) if rng.random() < 0.5 else made

    def patch(self, size_px: float, rng: np.random.Generator) -> Sprite:
        """Something flat that is no piece: a mat, a board, a sheet, a piece of another floor."""
        wide, high = (max(8, int(side)) for side in size_px * np.array([1.0, float(rng.uniform(0.35, 1.0))]))
        outline = _OUTLINES[int(rng.choice(len(_OUTLINES), p=self._shares))]
        if outline == "garment":
            alpha = load_cutout(self._photo(rng)).alpha
            factor = size_px / max(alpha.shape)
            wide, high = max(8, int(alpha.shape[1] * factor)), max(8, int(alpha.shape[0] * factor))
            mask = np.asarray(cv2.resize(alpha, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
        else:
            mask = _outline(outline, wide, high, rng)
        chance, floor = rng.random(), None
        if chance < 0.6:
            floor = floor_patch(self._photo(rng), rng)
        elif chance < 0.8:
            floor = self._texture(wide, high, rng)
        if floor is None:
            return Sprite(_painted(wide, high, rng), mask)
        picture = np.asarray(cv2.resize(floor, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)
        return Sprite(_tinted(picture, rng) if rng.random() < 0.3 else picture, mask)

    def _photo(self, rng: np.random.Generator) -> Cutout:
        return self._photos[int(rng.integers(len(self._photos)))]

    def _texture(self, width: int, height: int, rng: np.random.Generator) -> Bgr:
        return _cropped(_turned(self._textures[int(rng.integers(len(self._textures)))], rng), width, height, rng)


def _outline(kind: str, wide: int, high: int, rng: np.random.Generator) -> Bgr:
    middle = np.array([wide / 2, high / 2], np.float32)
    if kind == "rectangle":
        if rng.random() < 0.5:
            return np.full((high, wide), 255, np.uint8)
        points = rounded_rectangle(wide - 4, high - 4, min(wide, high) * float(rng.choice([0.02, 0.1, 0.45])))
        return polygon_mask((high, wide), points + middle)
    count = int(rng.integers(3, 11))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    reach = rng.uniform(0.45, 1.0, (count, 1))
    points = (np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach * (middle - 2)).astype(np.float32)
    if kind == "blob":
        points = smooth_outline(points, 3)
    return polygon_mask((high, wide), np.asarray(points + middle, np.float32))


def _picture(path: Path) -> Bgr:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ConfigError(f"cannot read the background {path.name}")
    return np.asarray(picture, np.uint8)


def _turned(picture: Bgr, rng: np.random.Generator) -> Bgr:
    turned = np.rot90(picture, int(rng.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def _cropped(picture: Bgr, width: int, height: int, rng: np.random.Generator) -> Bgr:
    """A part of the picture in the wanted shape and size."""
    most = min(picture.shape[1] / width, picture.shape[0] / height)
    scale = most * float(rng.uniform(0.45, 1.0))
    columns, rows = max(1, int(width * scale)), max(1, int(height * scale))
    left = int(rng.integers(picture.shape[1] - columns + 1))
    top = int(rng.integers(picture.shape[0] - rows + 1))
    cut = picture[top : top + rows, left : left + columns]
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (width, height), interpolation=how), np.uint8)


def _quilted(floor: Bgr, width: int, height: int, rng: np.random.Generator) -> Bgr:
    """A whole floor from a small patch: its mirror images, with turned pieces of it laid over their seams."""
    row = np.concatenate([floor, floor[:, ::-1]] * 2, axis=1)
    whole = np.concatenate([row, row[::-1]] * 2, axis=0)
    canvas = _cropped(whole, width, height, rng).astype(np.float32)
    for _ in range(int(rng.integers(0, 14))):
        share = rng.uniform(0.15, 0.5, 2)
        wide, high = max(8, int(share[0] * width)), max(8, int(share[1] * height))
        piece = _cropped(_turned(floor, rng), wide, high, rng).astype(np.float32)
        y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j].astype(np.float32)
        weight = np.clip(2 - 2 * np.sqrt(x * x + y * y), 0, 1)[..., None]
        left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1))
        region = canvas[top : top + high, left : left + wide]
        region += weight * (piece - region)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _painted(width: int, height: int, rng: np.random.Generator) -> Bgr:
    """Plain colour with a little structure: gradient, mottle, stripes, checks or grain."""
    colour = rng.uniform(10, 250, 3) if rng.random() < 0.4 else rng.uniform(10, 250) * (1 + rng.normal(0, 0.06, 3))
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = np.clip(colour, 5, 250)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    turn = float(rng.uniform(0, 2 * np.pi))
    along = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))
    light = 1 + np.float32(rng.uniform(0, 0.3)) * (along - 0.5)
    kind = rng.random()
    if kind < 0.25:
        cell = float(rng.uniform(0.03, 0.3)) * width
        light = light + np.float32(rng.uniform(0.02, 0.15)) * smooth_noise((height, width), (cell, cell), rng)
    elif kind < 0.5:
        period, depth = float(rng.uniform(6, 60)), float(rng.uniform(0.05, 0.5))
        waves = np.sin(along * np.float32(2 * np.pi * period / 4))
        if rng.random() < 0.5:
            across = y * np.float32(np.cos(turn)) - x * np.float32(np.sin(turn))
            waves = waves * np.sin(across * np.float32(2 * np.pi * period / 4))
        light = light * (1 + np.float32(depth) * (np.sign(waves) if rng.random() < 0.5 else waves) / 2)
    canvas *= light[..., None]
    canvas += rng.normal(0, rng.uniform(0, 8), (height, width, 1)).astype(np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _tinted(picture: Bgr, rng: np.random.Generator) -> Bgr:
    gain = float(rng.uniform(0.6, 1.35)) * (1 + rng.normal(0, 0.08, 3))
    return np.clip(picture.astype(np.float32) * gain.astype(np.float32), 0, 255).astype(np.uint8)
