r"""Open bins seen from above: a plastic crate, a carton with its flaps out, a canvas tub. Pieces lie in them.

A camera over the middle sees the rim, a little of each inner wall, and the floor::

    +--------------------+  rim
    |\__________________/|
    | |                | |  walls: the lamp stands top left, so these two are dark
    | |     floor      | |
    | |________________| |
    |/__________________\|  and these two are lit
    +--------------------+
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from tracker.sim.drawing import (
    OVERSAMPLE,
    Bgr,
    Float,
    Mask,
    Points,
    blurred,
    both,
    line_mask,
    polygon_mask,
    rounded_edges,
    rounded_rectangle,
    shade,
    smooth_noise,
    tint,
)
from tracker.sim.fabric import wrinkles
from tracker.sim.sprite import Sprite


class BinKind(StrEnum):
    """What it is made of."""

    CRATE = "crate"
    CARTON = "carton"
    TUB = "tub"


_MARGIN_PX = 6
_PLASTICS: tuple[Bgr, ...] = (
    (150, 96, 40),
    (52, 60, 188),
    (70, 130, 60),
    (60, 180, 220),
    (120, 122, 124),
    (60, 58, 56),
)
_BOARD: Bgr = (104, 152, 190)
_CANVASES: tuple[Bgr, ...] = ((196, 210, 216), (92, 100, 104), (120, 96, 70))
_WALLS = (0.6, 0.92, 1.02, 0.7)
"""Light on the inner walls: top, right, bottom, left."""


def open_bin(kind: BinKind, size_px: float, rng: np.random.Generator) -> Sprite:
    """An empty bin, a little higher than wide.

    Args:
        kind: What it is made of.
        size_px: Its height in final pixels, flaps included.
        rng: Where chance comes from.
    """
    size = size_px * OVERSAMPLE
    wide = size * float(rng.uniform(0.68, 0.8))
    shape = (int(size) + 2 * _MARGIN_PX, int(wide) + 2 * _MARGIN_PX)
    return _DRAWN[kind](shape, size, rng)


def random_bin(size_px: float, rng: np.random.Generator) -> Sprite:
    """Any bin."""
    kinds = list(BinKind)
    return open_bin(kinds[int(rng.integers(len(kinds)))], size_px, rng)


def _crate(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Sprite:
    colour = _PLASTICS[int(rng.integers(len(_PLASTICS)))]
    outer = _inset(shape, 0)
    mask = polygon_mask(shape, rounded_rectangle(*_sides(outer), size * 0.03) + _middle(shape))
    picture = _filled(shape, colour, rng)
    picture *= rounded_edges(mask, size * 0.015, darkest=0.7)[..., None]
    rim = _inset(shape, size * 0.035)
    floor = _inset(shape, size * float(rng.uniform(0.11, 0.15)))
    _inside(picture, rim, floor)
    # Ribs and slots make it look like a crate rather than a tray.
    for side in range(4):
        _slots(picture, rim, floor, side=side, count=int(rng.integers(5, 9)))
    _grid(picture, floor, size * float(rng.uniform(0.035, 0.06)))
    return Sprite.of(picture, mask)


def _carton(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Sprite:
    """Four flaps lie outwards around the opening."""
    flap = size * float(rng.uniform(0.12, 0.18))
    rim, floor = _inset(shape, flap), _inset(shape, flap + size * float(rng.uniform(0.07, 0.11)))
    picture = _filled(shape, _BOARD, rng)
    mask = polygon_mask(shape, rim)
    outer = _inset(shape, 0)
    for side, light in enumerate((1.06, 1.0, 0.94, 1.02)):
        ends = [side, (side + 1) % 4]
        near, far = rim[ends], outer[ends]
        # No flap lies quite flat: seen from above, it is a little shorter than it is.
        end = _squeezed(far + (near.mean(axis=0) - far.mean(axis=0)) * np.float32(rng.uniform(0, 0.3)), near)
        leaf = polygon_mask(shape, np.vstack([near, end[::-1]]))
        shade(picture, leaf, light)
        shade(picture, both(leaf, line_mask(shape, near, 4)), 0.6)
        np.maximum(mask, leaf, out=mask)
    _inside(picture, rim, floor)
    seam = np.array([[floor[:, 0].mean(), floor[:, 1].min()], [floor[:, 0].mean(), floor[:, 1].max()]], np.float32)
    shade(picture, line_mask(shape, seam, 2), 0.6)
    if rng.random() < 0.6:
        tint(picture, line_mask(shape, seam, size * 0.06), (120, 178, 206), 0.35)
    return Sprite.of(picture, mask)


def _tub(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Sprite:
    """Cloth over a frame: round corners, a thick seam around the rim, creased walls."""
    colour = _CANVASES[int(rng.integers(len(_CANVASES)))]
    mask = polygon_mask(shape, rounded_rectangle(*_sides(_inset(shape, 0)), size * 0.14) + _middle(shape))
    picture = _filled(shape, colour, rng) * wrinkles(shape, 0.6, rng)[..., None]
    picture *= rounded_edges(mask, size * 0.03, darkest=0.6)[..., None]
    wall, depth = size * 0.05, size * float(rng.uniform(0.13, 0.18))
    opening = polygon_mask(shape, rounded_rectangle(*_sides(_inset(shape, wall)), size * 0.1) + _middle(shape))
    floor = polygon_mask(shape, rounded_rectangle(*_sides(_inset(shape, depth)), size * 0.06) + _middle(shape))
    shade(picture, opening, 0.72)
    shade(picture, both(np.asarray(blurred(255 - floor, size * 0.03), np.uint8), opening), 0.8)
    shade(picture, floor, 0.86)
    return Sprite.of(picture, mask)


_DRAWN: dict[BinKind, Callable[[tuple[int, int], float, np.random.Generator], Sprite]] = {
    BinKind.CRATE: _crate,
    BinKind.CARTON: _carton,
    BinKind.TUB: _tub,
}


def _inset(shape: tuple[int, int], by: float) -> Points:
    """Corners of the bin's rectangle, so far inside: top left, top right, bottom right, bottom left."""
    left, top = _MARGIN_PX + by, _MARGIN_PX + by
    right, bottom = shape[1] - _MARGIN_PX - by, shape[0] - _MARGIN_PX - by
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _sides(corners: Points) -> tuple[float, float]:
    """Width and height of a rectangle."""
    return float(np.ptp(corners[:, 0])), float(np.ptp(corners[:, 1]))


def _middle(shape: tuple[int, int]) -> Points:
    return np.array([shape[1] / 2, shape[0] / 2], np.float32)


def _squeezed(end: Points, near: Points) -> Points:
    """The end of a flap, no longer than the side it hangs on and a little narrower."""
    along = int(np.argmax(np.ptp(near, axis=0)))
    squeezed = end.copy()
    squeezed[:, along] = near[:, along] * np.float32(0.97) + near[:, along].mean() * np.float32(0.03)
    return squeezed


def _filled(shape: tuple[int, int], colour: Bgr, rng: np.random.Generator) -> Float:
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = colour
    picture *= (1 + 0.03 * smooth_noise(shape, (4, 30), rng) + 0.03 * smooth_noise(shape, (60, 60), rng))[..., None]
    return picture


def _inside(picture: Float, rim: Points, floor: Points) -> None:
    """The four inner walls and the floor, each in its light."""
    shape = (int(picture.shape[0]), int(picture.shape[1]))
    for side, light in enumerate(_WALLS):
        ends = [side, (side + 1) % 4]
        wall = polygon_mask(shape, np.vstack([rim[ends], floor[ends][::-1]]))
        shade(picture, wall, 0.78 * light)
    ground = polygon_mask(shape, floor)
    shade(picture, ground, 0.62)
    corner = blurred(polygon_mask(shape, floor + np.float32(np.ptp(floor) * 0.06)), float(np.ptp(floor)) * 0.04)
    shade(picture, both(ground, np.asarray(255 - corner, np.uint8)), 0.7)
    for start, end in zip(rim, floor, strict=True):
        shade(picture, line_mask(shape, np.vstack([start, end]), 2), 0.7)


def _slots(picture: Float, rim: Points, floor: Points, *, side: int, count: int) -> None:
    """Openings in a wall, one beside the other."""
    shape = (int(picture.shape[0]), int(picture.shape[1]))
    ends = [side, (side + 1) % 4]
    for slot in range(count):
        shares = np.array([(slot + 0.2) / count, (slot + 0.8) / count], np.float32)[:, None]
        high = rim[ends][0] + shares * (rim[ends][1] - rim[ends][0])
        low = floor[ends][0] + shares * (floor[ends][1] - floor[ends][0])
        hole = np.vstack([high + 0.3 * (low - high), (high + 0.75 * (low - high))[::-1]]).astype(np.float32)
        shade(picture, polygon_mask(shape, hole), 0.45)


def _grid(picture: Float, floor: Points, step: float) -> None:
    """A floor of ribs."""
    shape = (int(picture.shape[0]), int(picture.shape[1]))
    (left, top), (right, bottom) = floor[0], floor[2]
    ribs: Mask = np.zeros(shape, np.uint8)
    for x in np.arange(left + step, right, step):
        np.maximum(ribs, line_mask(shape, np.array([[x, top], [x, bottom]], np.float32), 2), out=ribs)
    for y in np.arange(top + step, bottom, step):
        np.maximum(ribs, line_mask(shape, np.array([[left, y], [right, y]], np.float32), 2), out=ribs)
    shade(picture, ribs, 0.75)
