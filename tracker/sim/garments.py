"""Finished garments as sprites: laid flat, folded into a rectangle, folded over, or crumpled in a hand."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tracker.sim.drawing import (
    OVERSAMPLE,
    Float,
    Mask,
    Points,
    blurred,
    both,
    dashed_mask,
    densified,
    line_mask,
    polygon_mask,
    rounded_edges,
    rounded_rectangle,
    shade,
    smooth_outline,
    tint,
)
from tracker.sim.fabric import Fabric, cloth, wrinkles
from tracker.sim.outlines import HALVES, GarmentKind, garment_outline
from tracker.sim.sprite import Sprite


@dataclass(frozen=True, slots=True, eq=False)
class _Sewn:
    """A garment while its details are drawn: picture and mask are drawn into.

    Attributes:
        picture: float32 BGR.
        mask: Its shape.
        kind: What was sewn.
        fabric: From what.
        x: Middle of the neck or waist, oversampled pixels.
        y: Top edge, oversampled pixels.
        size: Height of the whole garment, oversampled pixels.
    """

    picture: Float
    mask: Mask
    kind: GarmentKind
    fabric: Fabric
    x: float
    y: float
    size: float

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.mask.shape[0]), int(self.mask.shape[1])


_COLLARED = (GarmentKind.POLO, GarmentKind.SHIRT)
_MARGIN_PX = 6


def flat_garment(kind: GarmentKind, fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """The garment laid out flat, neck up.

    Args:
        kind: What was sewn.
        fabric: What it was sewn from.
        size_px: Its height in final pixels.
        rng: Where chance comes from.
    """
    size = size_px * OVERSAMPLE
    points = garment_outline(kind, rng) * np.float32(size)
    points = smooth_outline(densified(points, size * 0.05), 2)
    points -= points.min(axis=0) - _MARGIN_PX
    far = points.max(axis=0)
    shape = (int(far[1]) + _MARGIN_PX, int(far[0]) + _MARGIN_PX)
    mask = polygon_mask(shape, points)
    picture = _sewn_cloth(fabric, mask, creases=float(rng.uniform(0.25, 0.8)), rng=rng)
    _stitch_edge(picture, mask, size)
    _draw_details(_Sewn(picture, mask, kind, fabric, shape[1] / 2, float(_MARGIN_PX), size), rng)
    return Sprite.of(picture, mask)


def folded_garment(kind: GarmentKind, fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """The garment folded into a rectangle, collar or waistband up; ``size_px`` is its height in final pixels."""
    size = size_px * OVERSAMPLE
    width = size * float(rng.uniform(0.7, 0.86))
    points = rounded_rectangle(width, size, size * 0.06)
    points += rng.normal(0, size * 0.006, points.shape).astype(np.float32)
    points += np.array([width / 2, size / 2], np.float32) + _MARGIN_PX
    shape = (int(size) + 2 * _MARGIN_PX, int(width) + 2 * _MARGIN_PX)
    mask = polygon_mask(shape, smooth_outline(points, 1))
    picture = _sewn_cloth(fabric, mask, creases=float(rng.uniform(0.1, 0.35)), rng=rng)
    # The fold's thick lower edge: two or three layers show as lines.
    for layer in range(1, int(rng.integers(2, 4))):
        y = shape[0] - _MARGIN_PX - layer * size * 0.022
        shade(picture, line_mask(shape, _polyline((_MARGIN_PX, y), (shape[1] - _MARGIN_PX, y)), 2), 0.62)
    _draw_details(_Sewn(picture, mask, kind, fabric, shape[1] / 2, float(_MARGIN_PX), size * 1.35), rng)
    return Sprite.of(picture, mask)


def half_folded_garment(kind: GarmentKind, fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """The garment folded once across, hem up to the shoulders, as a sewer lays it off.

    Args:
        kind: What was sewn.
        fabric: What it was sewn from.
        size_px: Its height before folding in final pixels; it is a little more than half as high.
        rng: Where chance comes from.
    """
    size = size_px * OVERSAMPLE
    outline = densified(garment_outline(kind, rng), 0.04)
    fold = float(rng.uniform(0.52, 0.6))
    # What lay below the fold now lies on the upper half.
    outline[:, 1] = np.where(outline[:, 1] > fold, fold + (outline[:, 1] - fold) * np.float32(0.03), outline[:, 1])
    points = smooth_outline(outline * np.float32(size), 2)
    points -= points.min(axis=0) - _MARGIN_PX
    far = points.max(axis=0)
    shape = (int(far[1]) + _MARGIN_PX, int(far[0]) + _MARGIN_PX)
    mask = polygon_mask(shape, points)
    picture = _sewn_cloth(fabric, mask, creases=float(rng.uniform(0.5, 0.9)), rng=rng)
    _stitch_edge(picture, mask, size)
    hem_y = _MARGIN_PX + size * float(rng.uniform(0.08, 0.16))
    hem = _polyline((shape[1] * 0.24, hem_y), (shape[1] * 0.5, hem_y + size * 0.012), (shape[1] * 0.76, hem_y))
    soft = blurred(line_mask(shape, hem - np.float32(2), 5), 2)
    shade(picture, both(np.asarray(soft, np.uint8), mask), 0.45)
    return Sprite.of(picture, mask)


def crumpled_garment(fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """A garment in a heap or dangling from a hand, ``size_px`` across in final pixels."""
    size = size_px * OVERSAMPLE
    count = int(rng.integers(9, 14))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.normal(0, 0.12, count)
    radius = size / 2 * rng.uniform(0.62, 1.0, count)
    stretch = float(rng.uniform(0.65, 1.0))
    points = np.stack([np.cos(angles) * radius * stretch, np.sin(angles) * radius], axis=1).astype(np.float32)
    points = smooth_outline(points, 3)
    points -= points.min(axis=0) - _MARGIN_PX
    far = points.max(axis=0)
    shape = (int(far[1]) + _MARGIN_PX, int(far[0]) + _MARGIN_PX)
    mask = polygon_mask(shape, points)
    picture = _sewn_cloth(fabric, mask, creases=float(rng.uniform(0.9, 1.5)), rng=rng)
    return Sprite.of(picture, mask)


def _sewn_cloth(fabric: Fabric, mask: Mask, *, creases: float, rng: np.random.Generator) -> Float:
    """Cloth with creases and edges that roll away from the light."""
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    picture = cloth(fabric, shape, rng)
    light = wrinkles(shape, creases, rng)
    # Black cloth still shows its creases as a grey sheen.
    sheen = np.clip(light - 1.0, 0.0, 1.0) * 34
    picture *= (light * rounded_edges(mask, max(shape) * 0.025, darkest=0.62))[..., None]
    picture += sheen[..., None]
    return picture


def _stitch_edge(picture: Float, mask: Mask, size: float) -> None:
    """A row of stitches a little inside the edge, as along a hem."""
    inset = max(3, round(size * 0.018))
    inner = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * inset + 1, 2 * inset + 1)))
    contours, _ = cv2.findContours(inner, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        points = contour[:, 0, :].astype(np.float32)
        if len(points) > 8:
            shade(picture, dashed_mask(mask.shape[:2], points, width_px=1, dash_px=max(3.0, size * 0.012)), 0.8)


def _draw_details(sewn: _Sewn, rng: np.random.Generator) -> None:
    """Collar, placket, pocket or waistband."""
    if sewn.kind in (GarmentKind.TROUSERS, GarmentKind.SHORTS, GarmentKind.SKIRT):
        _draw_waist(sewn)
    elif sewn.kind in _COLLARED:
        _draw_placket(sewn)
        _draw_collar(sewn)
    elif sewn.kind is GarmentKind.HOODIE:
        _draw_hood(sewn)
    else:
        _draw_neck(sewn)
        if rng.random() < 0.3:
            _draw_print(sewn, rng)


def _draw_neck(sewn: _Sewn) -> None:
    """A round neck with its rib; inside it the back shows darker."""
    picture, mask, fabric, size, x, y = sewn.picture, sewn.mask, sewn.fabric, sewn.size, sewn.x, sewn.y
    width = HALVES[sewn.kind].width
    neck = np.zeros(sewn.shape, np.uint8)
    cv2.ellipse(neck, (round(x), round(y)), (round(0.105 * width * size), round(0.075 * size)), 0, 0, 180, 255, -1)
    tint(picture, both(neck, mask), (np.asarray(fabric.colour) * 0.55).tolist())
    ring = np.zeros(sewn.shape, np.uint8)
    axes = (round(0.118 * width * size), round(0.092 * size))
    cv2.ellipse(ring, (round(x), round(y)), axes, 0, 0, 180, 255, max(2, round(size * 0.02)), cv2.LINE_AA)
    shade(picture, both(ring, mask), 0.86 if sum(fabric.colour) > 180 else 1.35)


def _draw_print(sewn: _Sewn, rng: np.random.Generator) -> None:
    picture, mask, shape, size, x, y = sewn.picture, sewn.mask, sewn.shape, sewn.size, sewn.x, sewn.y
    colour = rng.uniform(20, 245, 3).tolist()
    badge = np.zeros(shape, np.uint8)
    centre = (round(x + rng.normal(0, 0.02) * size), round(y + size * 0.38))
    if rng.random() < 0.5:
        cv2.circle(badge, centre, round(size * rng.uniform(0.06, 0.13)), 255, -1, cv2.LINE_AA)
        cv2.circle(badge, centre, round(size * 0.04), 0, -1, cv2.LINE_AA)
    else:
        for row in range(3):
            half = size * rng.uniform(0.06, 0.15)
            line_y = centre[1] + row * size * 0.055
            badge |= line_mask(shape, _polyline((x - half, line_y), (x + half, line_y)), size * 0.025)
    tint(picture, both(badge, mask), colour, 0.9)


def _draw_collar(sewn: _Sewn) -> None:
    picture, fabric, size, x, y = sewn.picture, sewn.fabric, sewn.size, sewn.x, sewn.y
    colour = np.clip(np.asarray(fabric.colour) * 1.08 + 6, 0, 250)
    for side in (-1, 1):
        wing = [(0, 0.012), (0.115, -0.004), (0.125, 0.045), (0.075, 0.135), (0, 0.06)]
        points = np.array([(x + side * dx * size, y + dy * size) for dx, dy in wing], np.float32)
        leaf = polygon_mask(sewn.shape, points)
        shadow = blurred(leaf, max(1.0, size * 0.01))
        shade(picture, shadow, 0.72)
        tint(picture, leaf, colour.tolist(), 0.92)
        shade(picture, line_mask(sewn.shape, np.vstack([points, points[:1]]), 2), 0.72)


def _draw_placket(sewn: _Sewn) -> None:
    picture, mask, shape, size, x, y = sewn.picture, sewn.mask, sewn.shape, sewn.size, sewn.x, sewn.y
    end = y + size * (0.3 if sewn.kind is GarmentKind.POLO else 0.95)
    half = size * 0.022
    for offset in (-half, half):
        line = both(line_mask(shape, _polyline((x + offset, y), (x + offset, end)), 2), mask)
        shade(picture, line, 0.74)
    gap = size * (0.075 if sewn.kind is GarmentKind.POLO else 0.115)
    button_y = y + size * 0.1
    while button_y < min(end, shape[0] - size * 0.03):
        button = np.zeros(shape, np.uint8)
        cv2.circle(button, (round(x), round(button_y)), max(2, round(size * 0.011)), 255, -1, cv2.LINE_AA)
        tint(picture, button, (215, 222, 226))
        button_y += gap
    if sewn.kind is GarmentKind.SHIRT:
        left, top, wide = x + size * 0.07, y + size * 0.24, size * 0.1
        pocket = _polyline(
            (left, top), (left, top + wide * 1.1), (left + wide, top + wide * 1.1), (left + wide, top), (left, top)
        )
        shade(picture, both(line_mask(shape, pocket, 2), mask), 0.76)


def _draw_hood(sewn: _Sewn) -> None:
    picture, mask, shape, size, x, y = sewn.picture, sewn.mask, sewn.shape, sewn.size, sewn.x, sewn.y
    hood = np.zeros(shape, np.uint8)
    cv2.ellipse(hood, (round(x), round(y + size * 0.06)), (round(size * 0.16), round(size * 0.11)), 0, 0, 360, 255, -1)
    shade(picture, both(blurred(hood, size * 0.012), mask), 0.82)
    opening = np.zeros(shape, np.uint8)
    cv2.ellipse(
        opening, (round(x), round(y + size * 0.075)), (round(size * 0.1), round(size * 0.055)), 0, 0, 360, 255, -1
    )
    shade(picture, both(opening, mask), 0.5)
    low, high = y + size * 0.82, y + size * 0.6
    pocket = [(-0.17, 0.0), (-0.17, -0.1), (-0.11, -0.22), (0.11, -0.22), (0.17, -0.1), (0.17, 0.0)]
    points = _polyline(*[(x + dx * size, low + dy * size) for dx, dy in pocket])
    shade(picture, both(line_mask(shape, points, max(2, size * 0.01)), mask), 0.7)
    for side in (-0.03, 0.035):
        cord = _polyline((x + side * size, y + size * 0.12), (x + side * 1.3 * size, min(high, y + size * 0.33)))
        tint(picture, both(line_mask(shape, cord, max(2, size * 0.009)), mask), (225, 228, 230))


def _draw_waist(sewn: _Sewn) -> None:
    picture, mask, shape, size, x, y = sewn.picture, sewn.mask, sewn.shape, sewn.size, sewn.x, sewn.y
    band = _polyline((0, y + size * 0.05), (shape[1], y + size * 0.05))
    shade(picture, both(line_mask(shape, band, 2), mask), 0.62)
    if sewn.kind is GarmentKind.SKIRT:
        return
    fly = _polyline((x, y), (x, y + size * 0.2), (x - size * 0.03, y + size * 0.24))
    shade(picture, both(line_mask(shape, fly, 2), mask), 0.66)
    for side in (-1, 1):
        pocket = _polyline((x + side * size * 0.13, y + size * 0.05), (x + side * size * 0.2, y + size * 0.17))
        shade(picture, both(line_mask(shape, pocket, 2), mask), 0.66)
    button = np.zeros(shape, np.uint8)
    cv2.circle(button, (round(x), round(y + size * 0.025)), max(2, round(size * 0.01)), 255, -1, cv2.LINE_AA)
    tint(picture, button, (150, 165, 175))


def _polyline(*points: tuple[float, float]) -> Points:
    return np.array(points, np.float32)
