r"""Single cut pieces: a front, a back, a sleeve, a collar, a cuff, a yoke, a pocket, as the knife leaves them.

Outlines are curves of a few measures that chance draws; no pattern of anybody's is in them. x runs to the right, y
down, a front is about 1 high::

      neck                        cap
     __  __  shoulder            __---__
    |  \/  |                   /         \\      collar  ________       pocket  ____
     )    (  armhole          /___________\\            /________\\            |    |
    |      |                   \\         /                                    |    |
    |______| hem                \\_______/  hem         cuff [______]           \\__/
      front                       sleeve
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import cv2
import numpy as np

from tracker.sim.drawing import (
    OVERSAMPLE,
    Float,
    Mask,
    Points,
    blurred,
    densified,
    grown,
    line_mask,
    polygon_mask,
    rounded_edges,
    rounded_rectangle,
    shade,
    tint,
)
from tracker.sim.fabric import Fabric, cloth, wrinkles
from tracker.sim.sprite import Sprite


class PanelKind(StrEnum):
    """Which part of a garment it will be."""

    FRONT = "front"
    BACK = "back"
    SLEEVE = "sleeve"
    COLLAR = "collar"
    CUFF = "cuff"
    YOKE = "yoke"
    POCKET = "pocket"


_MARGIN_PX = 10
_STEPS = 10
"""Points of a curve."""
_CHALK = (236, 240, 240)


def cut_panel(kind: PanelKind, fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """One ply, flat on the table: raw edges with loose threads, notches, now and then a chalk mark or a ply ticket.

    Args:
        kind: Which part.
        fabric: What it was cut from.
        size_px: Height of a front of this garment, final pixels; smaller parts are in proportion.
        rng: Where chance comes from.
    """
    size = size_px * OVERSAMPLE
    points = panel_outline(kind, rng) * np.float32(size)
    points -= points.min(axis=0) - _MARGIN_PX
    far = points.max(axis=0)
    shape = (int(far[1]) + _MARGIN_PX, int(far[0]) + _MARGIN_PX)
    edge = densified(points, max(3.0, size * 0.015))
    mask = polygon_mask(shape, edge + rng.normal(0, 0.4, edge.shape).astype(np.float32))
    _cut_notches(mask, edge, size, rng)
    picture = cloth(fabric, shape, rng) * wrinkles(shape, float(rng.uniform(0.05, 0.35)), rng)[..., None]
    if rng.random() < 0.35:
        _turn_over(picture)
    picture *= rounded_edges(mask, 2.5, darkest=0.82)[..., None]
    _mark(picture, mask, size, rng)
    _fray(picture, mask, edge, rng)
    return Sprite.of(picture, mask)


def random_panel(fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """Any part, the large ones more often: there are two sleeves, and nobody counts by cuffs."""
    kinds = list(PanelKind)
    return cut_panel(kinds[int(rng.choice(len(kinds), p=_SHARES))], fabric, size_px, rng)


_SHARES = (0.24, 0.2, 0.26, 0.08, 0.06, 0.08, 0.08)


def panel_outline(kind: PanelKind, rng: np.random.Generator) -> Points:
    """A closed outline, clockwise, in heights of a front; no two alike."""
    return _OUTLINES[kind](rng).astype(np.float32)


def _front(rng: np.random.Generator) -> Points:
    """A whole front, or the half of one that will be buttoned."""
    half = _half_body(float(rng.uniform(0.13, 0.2)), rng)
    if rng.random() < 0.35:
        overlap = float(rng.uniform(0.02, 0.05))
        return np.vstack([[(-overlap, half[0, 1])], half, [(-overlap, half[-1, 1])]])
    return _mirrored(half)


def _back(rng: np.random.Generator) -> Points:
    return _mirrored(_half_body(float(rng.uniform(0.02, 0.05)), rng))


def _half_body(neck_depth: float, rng: np.random.Generator) -> Points:
    """From the middle of the neck over shoulder, armhole and side to the middle of the hem."""
    neck, shoulder, chest = rng.uniform(0.1, 0.14), rng.uniform(0.23, 0.29), rng.uniform(0.3, 0.38)
    drop, armhole = rng.uniform(0.04, 0.08), rng.uniform(0.3, 0.38)
    waist, hem = chest * rng.uniform(0.86, 1.0), chest * rng.uniform(0.92, 1.1)
    return np.vstack(
        [
            _curve((0, neck_depth), (neck, neck_depth), (neck, 0)),
            _curve((shoulder, drop), (shoulder - 0.06, armhole), (chest, armhole)),
            _curve((chest, armhole), (waist, 0.62), (hem, 1.0)),
            _curve((hem, 1.0), (hem / 2, 1 + rng.uniform(0, 0.03)), (0, 1 + rng.uniform(0, 0.02))),
        ]
    )


def _sleeve(rng: np.random.Generator) -> Points:
    """A cap like a bell, then long or short down to the hem."""
    wide, cap = rng.uniform(0.26, 0.34), rng.uniform(0.14, 0.24)
    short = rng.random() < 0.5
    long, hem = (rng.uniform(0.32, 0.42), 0.9) if short else (rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.68))
    half = np.vstack(
        [
            _curve((0, 0), (wide * 0.45, 0), (wide * 0.62, cap * 0.55)),
            _curve((wide * 0.62, cap * 0.55), (wide * 0.76, cap), (wide, cap)),
            [(wide * hem, long), (0, long)],
        ]
    )
    return _mirrored(half)


def _collar(rng: np.random.Generator) -> Points:
    """A leaf with points, or a plain stand."""
    half, high, bow = rng.uniform(0.2, 0.27), rng.uniform(0.06, 0.1), rng.uniform(0.01, 0.04)
    point = rng.uniform(0.0, 0.05)
    upper = _curve((0, 0), (half * 0.6, 0), (half, bow))
    lower = _curve((half + point, high + bow + point / 2), (half * 0.6, high), (0, high))
    return _mirrored(np.vstack([upper, lower]))


def _cuff(rng: np.random.Generator) -> Points:
    long, high, radius = rng.uniform(0.24, 0.32), rng.uniform(0.07, 0.11), rng.uniform(0.004, 0.03)
    return rounded_rectangle(long, high, radius)


def _yoke(rng: np.random.Generator) -> Points:
    """What lies over the shoulders: neck above, armhole ends at the sides, a nearly straight seam below."""
    neck, shoulder, high = rng.uniform(0.1, 0.14), rng.uniform(0.25, 0.3), rng.uniform(0.13, 0.2)
    half = np.vstack(
        [
            _curve((0, 0.04), (neck * 0.9, 0.045), (neck, 0)),
            _curve((shoulder, 0.06), (shoulder - 0.01, high * 0.7), (shoulder + 0.01, high)),
            _curve((shoulder + 0.01, high), (shoulder / 2, high + rng.uniform(-0.01, 0.02)), (0, high)),
        ]
    )
    return _mirrored(half)


def _pocket(rng: np.random.Generator) -> Points:
    """A patch: square above, a point or round corners below."""
    half, high = rng.uniform(0.065, 0.085), rng.uniform(0.15, 0.19)
    tip = high + (rng.uniform(0.02, 0.04) if rng.random() < 0.6 else 0.0)
    low = _curve((half, high * 0.8), (half, high), (half * rng.uniform(0.4, 0.8), high))
    return _mirrored(np.vstack([[(0, 0), (half, 0)], low, [(0, tip)]]))


_OUTLINES: dict[PanelKind, Callable[[np.random.Generator], Points]] = {
    PanelKind.FRONT: _front,
    PanelKind.BACK: _back,
    PanelKind.SLEEVE: _sleeve,
    PanelKind.COLLAR: _collar,
    PanelKind.CUFF: _cuff,
    PanelKind.YOKE: _yoke,
    PanelKind.POCKET: _pocket,
}


def _curve(start: Sequence[float], pull: Sequence[float], end: Sequence[float]) -> Points:
    """A quadratic Bezier curve, both ends in it; shape (n, 2)."""
    share = np.linspace(0, 1, _STEPS)[:, None]
    first, middle, last = (np.asarray(point, np.float64) for point in (start, pull, end))
    return ((1 - share) ** 2 * first + 2 * share * (1 - share) * middle + share**2 * last).astype(np.float32)


def _mirrored(half: Points) -> Points:
    """The right half from the middle's top to its bottom, and the left one back up."""
    left = half[::-1] * np.array([-1.0, 1.0], np.float32)
    return np.vstack([half, left]).astype(np.float32)


def _cut_notches(mask: Mask, edge: Points, size: float, rng: np.random.Generator) -> None:
    """Small nicks into the edge, by which parts are matched when they are sewn."""
    for index in rng.choice(len(edge), min(len(edge), int(rng.integers(2, 6))), replace=False):
        centre = (round(float(edge[index, 0])), round(float(edge[index, 1])))
        cv2.circle(mask, centre, max(1, round(size * 0.007)), 0, -1, cv2.LINE_AA)


def _turn_over(picture: Float) -> None:
    """The wrong side of the cloth: paler, its pattern only shining through."""
    mean = picture.mean(axis=(0, 1), keepdims=True)
    picture += 0.55 * (mean - picture)
    picture += 0.12 * (215 - picture)


def _mark(picture: Float, mask: Mask, size: float, rng: np.random.Generator) -> None:
    """A stroke of chalk, or the ticket that says which ply it is."""
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    middle = np.array([shape[1] * rng.uniform(0.35, 0.65), shape[0] * rng.uniform(0.35, 0.65)], np.float32)
    chance = rng.random()
    if chance < 0.25:
        stroke = middle + rng.normal(0, size * 0.05, (3, 2)).astype(np.float32)
        tint(picture, line_mask(shape, stroke, max(1.0, size * 0.006)), _CHALK, 0.6)
    elif chance < 0.45:
        slip = polygon_mask(shape, rounded_rectangle(size * 0.06, size * 0.04, 1) + middle)
        shade(picture, blurred(grown(slip, 1), 1.5), 0.8)
        tint(picture, slip, _CHALK)


def _fray(picture: Float, mask: Mask, edge: Points, rng: np.random.Generator) -> None:
    """Threads that hang out of the raw edge, drawn into picture and mask."""
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    colour = np.median(picture[mask > 127], axis=0) * 0.9
    for index in rng.choice(len(edge), min(len(edge), int(rng.integers(0, 7)))):
        away = rng.normal(0, _MARGIN_PX * 0.4, (2, 2)).cumsum(axis=0)
        thread = line_mask(shape, np.vstack([edge[index], edge[index] + away]).astype(np.float32), 1)
        loose = np.asarray(cv2.subtract(thread, mask), np.uint8)
        tint(picture, loose, colour.tolist())
        np.maximum(mask, loose, out=mask)
