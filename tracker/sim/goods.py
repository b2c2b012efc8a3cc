"""What stands for several pieces, or wraps one: tied bundles of cut panels, polybag packs, trays and cartons."""

from __future__ import annotations

import cv2
import numpy as np

from tracker.sim.drawing import (
    OVERSAMPLE,
    Float,
    Mask,
    Points,
    blurred,
    both,
    densified,
    grown,
    line_mask,
    polygon_mask,
    rounded_edges,
    rounded_rectangle,
    shade,
    smooth_noise,
    smooth_outline,
    tint,
)
from tracker.sim.fabric import Fabric, cloth, wrinkles
from tracker.sim.garments import folded_garment
from tracker.sim.outlines import GarmentKind
from tracker.sim.sprite import Sprite

_MARGIN_PX = 8

# Outlines of stacks of cut panels in a unit box: a front, a sleeve head, a trouser leg, a plain rectangle.
_PANELS: tuple[tuple[tuple[float, float], ...], ...] = (
    (
        (-0.36, -0.42),
        (-0.12, -0.5),
        (0.12, -0.5),
        (0.36, -0.42),
        (0.3, -0.18),
        (0.34, 0.5),
        (-0.34, 0.5),
        (-0.3, -0.18),
    ),
    ((-0.44, -0.2), (-0.2, -0.42), (0.2, -0.42), (0.44, -0.2), (0.34, 0.5), (-0.34, 0.5)),
    ((-0.28, -0.5), (0.18, -0.5), (0.32, -0.3), (0.24, 0.5), (-0.2, 0.5)),
    ((-0.34, -0.5), (0.34, -0.5), (0.34, 0.5), (-0.34, 0.5)),
)


def tied_bundle(fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """A stack of cut panels tied crosswise with a strip of cloth, a white ticket under the strip.

    Args:
        fabric: What the panels were cut from.
        size_px: Its height in final pixels.
        rng: Where chance comes from.
    """
    size = size_px * OVERSAMPLE
    outline = np.array(_PANELS[int(rng.integers(len(_PANELS)))], np.float32)
    outline = outline * np.array([float(rng.uniform(0.9, 1.2)), 1.0], np.float32) * np.float32(size * 0.9)
    low, high = outline.min(axis=0), outline.max(axis=0)
    shape = (int(high[1] - low[1] + size * 0.1) + 2 * _MARGIN_PX, int(high[0] - low[0] + size * 0.1) + 2 * _MARGIN_PX)
    centre = np.array([shape[1] / 2, shape[0] / 2], np.float32)
    mask, picture = _stack_of_panels(fabric, shape, outline + centre, rng)
    for across in (False, True):
        _tie_strip(picture, mask, across=across, size=size, rng=rng)
    _knot(picture, centre, size, rng)
    _ticket(picture, mask, centre, size, rng)
    return Sprite.of(picture, mask)


def polybag_pack(kind: GarmentKind, fabric: Fabric, size_px: float, rng: np.random.Generator) -> Sprite:
    """A folded garment in a glossy bag with a sticker; ``size_px`` is the bag's height in final pixels."""
    inner = folded_garment(kind, fabric, size_px * 0.82, rng)
    size = size_px * OVERSAMPLE
    height, width = inner.alpha.shape
    shape = (int(size) + 2 * _MARGIN_PX, int(width * 1.14) + 2 * _MARGIN_PX)
    points = rounded_rectangle(shape[1] - 2 * _MARGIN_PX, shape[0] - 2 * _MARGIN_PX, size * 0.03)
    points += np.array([shape[1] / 2, shape[0] / 2]) + rng.normal(0, size * 0.006, points.shape)
    mask = polygon_mask(shape, points.astype(np.float32))
    picture = np.full((*shape, 3), (214, 212, 208), np.float32)
    picture *= wrinkles(shape, 0.9, rng)[..., None]
    top, left = shape[0] - _MARGIN_PX - height - int(size * 0.02), (shape[1] - width) // 2
    region = picture[max(0, top) : top + height, left : left + width]
    seen = inner.alpha[-region.shape[0] :, : region.shape[1], None].astype(np.float32) / 255
    region += seen * 0.94 * (inner.bgr[-region.shape[0] :, : region.shape[1]].astype(np.float32) - region)
    _film(picture, mask, size, rng)
    _sticker(picture, shape, size, rng)
    # The empty margin of the bag lets the table shine through.
    film = blurred(grown(_pasted_mask(shape, inner.alpha, (max(0, top), left)), 3), 2)
    alpha = np.minimum(mask, np.maximum(film, 178)).astype(np.uint8)
    return Sprite.of(picture, alpha)


def tray(width_px: float, height_px: float, colour: tuple[float, float, float], rng: np.random.Generator) -> Sprite:
    """A shallow plastic tray or an open carton, seen from above; sizes in final pixels."""
    width, height = width_px * OVERSAMPLE, height_px * OVERSAMPLE
    shape = (int(height) + 2 * _MARGIN_PX, int(width) + 2 * _MARGIN_PX)
    centre = np.array([shape[1] / 2, shape[0] / 2], np.float32)
    rim = polygon_mask(shape, rounded_rectangle(width, height, 14) + centre)
    floor = polygon_mask(shape, rounded_rectangle(width - 30, height - 30, 10) + centre)
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = colour
    picture *= (1 + 0.035 * smooth_noise(shape, (3, 40), rng))[..., None]
    picture *= rounded_edges(rim, 7, darkest=0.7)[..., None]
    shade(picture, floor, 0.74)
    # The rim's inner wall throws a shadow from the lamp at the top left.
    inner = blurred(_moved(floor, 12, 14), 9)
    shade(picture, both(floor, 255 - inner), 0.68)
    return Sprite.of(picture, rim)


def _stack_of_panels(
    fabric: Fabric, shape: tuple[int, int], points: Points, rng: np.random.Generator
) -> tuple[Mask, Float]:
    """Layers shifted a little against each other, so that their edges show."""
    mask = np.zeros(shape, np.uint8)
    picture = np.zeros((*shape, 3), np.float32)
    points = smooth_outline(densified(points, float(np.ptp(points)) * 0.06), 2)
    layers = int(rng.integers(5, 9))
    slide = rng.normal(0, 1, 2) * 2.2
    ground = cloth(fabric, shape, rng)
    for layer in range(layers, -1, -1):
        shift = slide * layer + rng.normal(0, 1.6, 2)
        ply = polygon_mask(shape, (points + shift).astype(np.float32))
        light = 0.62 + 0.3 * (layer % 2) if layer else 1.0
        edge = rounded_edges(ply, 5, darkest=0.55)
        visible = (ply > 127)[..., None]
        picture = np.where(visible, ground * np.float32(light) * edge[..., None], picture)
        mask = np.maximum(mask, ply)
    return mask, picture * wrinkles(shape, 0.3, rng)[..., None]


def _tie_strip(picture: Float, mask: Mask, *, across: bool, size: float, rng: np.random.Generator) -> None:
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    colour = ((225, 232, 235), (60, 60, 200), (70, 190, 225), (90, 150, 90), (40, 40, 40))[int(rng.integers(5))]
    middle = np.array([shape[1] / 2, shape[0] / 2])
    reach = np.array([shape[1], 0.0]) if across else np.array([0.0, shape[0]])
    sway = rng.normal(0, size * 0.012, 2)
    points = np.stack([middle - reach / 2, middle + sway, middle + reach / 2]).astype(np.float32)
    strip = both(line_mask(shape, points, size * 0.05), mask)
    soft = blurred(grown(strip, 3), size * 0.014)
    shade(picture, both(np.asarray(soft, np.uint8), mask), 0.55)
    tint(picture, strip, colour)
    shade(picture, both(line_mask(shape, points + np.float32(size * 0.017), 2), strip), 0.7)


def _knot(picture: Float, centre: Points, size: float, rng: np.random.Generator) -> None:
    shape = (int(picture.shape[0]), int(picture.shape[1]))
    for _ in range(2):
        angle = float(rng.uniform(0, 360))
        loop = np.zeros(shape, np.uint8)
        where = (round(float(centre[0])), round(float(centre[1])))
        cv2.ellipse(loop, where, (round(size * 0.075), round(size * 0.035)), angle, 0, 360, 255, -1, cv2.LINE_AA)
        shade(picture, blurred(loop, size * 0.012), 0.6)
        tint(picture, loop, (205, 214, 220))
        shade(picture, grown(loop, -3), 0.8)


def _ticket(picture: Float, mask: Mask, centre: Points, size: float, rng: np.random.Generator) -> None:
    """A white slip with a few printed lines and a barcode."""
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    side = 1 if rng.random() < 0.5 else -1
    wide, high = size * 0.22, size * 0.15
    middle = centre + np.array([side * size * 0.19, -size * 0.2], np.float32)
    slip = polygon_mask(shape, rounded_rectangle(wide, high, 3) + middle)
    shade(picture, blurred(grown(slip, 3), 4), 0.6)
    tint(picture, slip, (236, 240, 240) if rng.random() < 0.7 else (150, 230, 245))
    for row in range(2):
        y = float(middle[1]) - high * (0.28 - 0.2 * row)
        line = np.array(
            [[middle[0] - wide * 0.4, y], [middle[0] + wide * float(rng.uniform(0.05, 0.4)), y]], np.float32
        )
        tint(picture, line_mask(shape, line, 2), (60, 60, 60))
    x = float(middle[0]) - wide * 0.4
    while x < middle[0] + wide * 0.4:
        bar = np.array([[x, middle[1] + high * 0.05], [x, middle[1] + high * 0.36]], np.float32)
        tint(picture, line_mask(shape, bar, int(rng.integers(1, 4))), (40, 40, 40))
        x += float(rng.uniform(3, 7))


def _film(picture: Float, mask: Mask, size: float, rng: np.random.Generator) -> None:
    """White streaks where the plastic mirrors the lamp, and a sealed strip along the top."""
    shape = (int(mask.shape[0]), int(mask.shape[1]))
    cell = size * 0.22
    ridges = smooth_noise(shape, (cell, cell * 0.4), rng)
    ridges = 1 - np.abs(np.asarray(cv2.GaussianBlur(ridges, (0, 0), 2), np.float32)) * 5
    fade = np.clip(smooth_noise(shape, (cell * 1.6, cell * 1.6), rng), 0, 1)
    gloss = np.clip(ridges, 0, 1) * fade
    picture += (gloss * 165)[..., None]
    picture += np.float32(14)
    seal = np.array([[0, size * 0.075], [shape[1], size * 0.07]], np.float32) + np.array([0, _MARGIN_PX], np.float32)
    tint(picture, line_mask(shape, seal, 3), (245, 246, 246), 0.8)
    rim = both(mask, 255 - grown(mask, -3))
    tint(picture, rim, (240, 241, 242), 0.75)


def _sticker(picture: Float, shape: tuple[int, int], size: float, rng: np.random.Generator) -> None:
    wide, high = size * 0.2, size * 0.12
    x = shape[1] / 2 + (1 if rng.random() < 0.5 else -1) * shape[1] * 0.2
    y = shape[0] * float(rng.uniform(0.72, 0.84))
    label = polygon_mask(shape, rounded_rectangle(wide, high, 3) + np.array([x, y], np.float32))
    tint(picture, label, (243, 244, 244))
    left = x - wide * 0.38
    while left < x + wide * 0.38:
        bar = np.array([[left, y - high * 0.3], [left, y + high * 0.22]], np.float32)
        tint(picture, line_mask(shape, bar, int(rng.integers(1, 4))), (35, 35, 35))
        left += float(rng.uniform(3, 6))


def _moved(mask: Mask, dx_px: int, dy_px: int) -> Mask:
    move = np.array([[1, 0, dx_px], [0, 1, dy_px]], np.float32)
    return np.asarray(cv2.warpAffine(mask, move, (mask.shape[1], mask.shape[0])), np.uint8)


def _pasted_mask(shape: tuple[int, int], alpha: Mask, corner: tuple[int, int]) -> Mask:
    top, left = corner
    out = np.zeros(shape, np.uint8)
    region = out[top : top + alpha.shape[0], left : left + alpha.shape[1]]
    region[:] = alpha[-region.shape[0] :, : region.shape[1]]
    return out
