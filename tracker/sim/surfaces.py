"""Table tops drawn from noise: wood, cutting mat, steel, plaster board."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.drawing import Bgr, Float, smooth_noise
from tracker.sim.fabric import shifted


class Surface(StrEnum):
    """What the table is made of."""

    WOOD = "wood"
    MAT = "mat"
    STEEL = "steel"
    PLASTER = "plaster"
    FELT = "felt"


_WOODS: tuple[Bgr, ...] = (
    (128, 170, 204),
    (96, 138, 176),
    (70, 100, 138),
    (52, 70, 98),
    (160, 190, 210),
    (118, 138, 150),
)
_MATS: tuple[Bgr, ...] = ((92, 104, 46), (110, 84, 48), (70, 66, 64), (92, 112, 64))
_PLASTERS: tuple[Bgr, ...] = ((222, 226, 228), (196, 204, 208), (186, 206, 216), (168, 172, 170), (214, 206, 196))


def draw_surface(surface: Surface, width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The empty table, uint8, shape (height, width, 3)."""
    shape = (height, width)
    draw = {
        Surface.WOOD: _wood, Surface.MAT: _mat, Surface.STEEL: _steel, Surface.PLASTER: _plaster, Surface.FELT: _felt,
    }[surface]  # fmt: skip
    return np.asarray(np.clip(draw(shape, rng), 0, 255), np.uint8)


def random_surface(width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Any table top."""
    return draw_surface(Surface(str(rng.choice(list(Surface)))), width, height, rng)


def _plain(colour: Bgr, shape: tuple[int, int]) -> Float:
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = colour
    return picture


def _wood(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    picture = _plain(shifted(_WOODS[int(rng.integers(len(_WOODS)))], 14, rng), shape)
    height, width = shape
    plank = int(height / rng.integers(2, 5)) + 1 if rng.random() < 0.7 else height
    for top in range(0, height, plank):
        rows = min(plank, height - top)
        size = (rows, width)
        bend = smooth_noise(size, (rows / 2, width / 3), rng) * np.float32(2.2)
        base = np.linspace(0, float(rng.uniform(4, 9)), rows, dtype=np.float32)[:, None]
        rings = np.sin((base + bend) * 2.4) * np.float32(0.5)
        fibres = smooth_noise(size, (1.5, 60), rng) * np.float32(0.6) + smooth_noise(size, (1.2, 14), rng) * np.float32(
            0.35
        )
        tone = 1 + float(rng.normal(0, 0.05)) + 0.042 * rings + 0.036 * fibres
        picture[top : top + rows] *= tone[..., None]
        picture[top : top + 1] *= 0.66
    return picture


def _mat(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    picture = _plain(shifted(_MATS[int(rng.integers(len(_MATS)))], 10, rng), shape)
    picture *= (1 + 0.02 * smooth_noise(shape, (1, 1), rng) + 0.03 * smooth_noise(shape, (90, 90), rng))[..., None]
    step = int(rng.integers(22, 46))
    for index, x in enumerate(range(int(rng.integers(step)), shape[1], step)):
        picture[:, x : x + 1] += 46 if index % 5 == 0 else 20
    for index, y in enumerate(range(int(rng.integers(step)), shape[0], step)):
        picture[y : y + 1] += 46 if index % 5 == 0 else 20
    return picture


def _steel(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    picture = _plain(shifted((178, 174, 170), 16, rng), shape)
    brushed = smooth_noise(shape, (1, 120), rng) * 0.045 + smooth_noise(shape, (shape[0] / 2, shape[1] / 2), rng) * 0.06
    picture *= (1 + brushed)[..., None]
    for _ in range(int(rng.integers(4, 14))):
        start = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        end = start[0] + rng.normal(0, 60), start[1] + rng.normal(0, 14)
        cv2.line(
            picture, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), (205, 204, 202), 1, cv2.LINE_AA
        )
    return picture


def _plaster(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    picture = _plain(shifted(_PLASTERS[int(rng.integers(len(_PLASTERS)))], 10, rng), shape)
    grain = 0.014 * smooth_noise(shape, (2, 2), rng) + 0.02 * smooth_noise(shape, (14, 14), rng)
    stain = 0.03 * np.clip(smooth_noise(shape, (120, 120), rng), -2, 0.5)
    return np.asarray(picture * (1 + grain + stain)[..., None], np.float32)


def _felt(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    picture = _plain(
        shifted(((120, 118, 116), (90, 82, 70), (64, 78, 60), (84, 70, 110))[int(rng.integers(4))], 14, rng), shape
    )
    fluff = 0.05 * smooth_noise(shape, (2, 2), rng) + 0.03 * smooth_noise(shape, (6, 6), rng)
    return np.asarray(picture * (1 + fluff)[..., None], np.float32)
