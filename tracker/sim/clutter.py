"""Things that lie about in a workshop and are no pieces: scissors, rulers, cups, offcuts, pincushions, paper."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tracker.sim.drawing import (
    OVERSAMPLE,
    Points,
    blurred,
    line_mask,
    polygon_mask,
    rounded_edges,
    rounded_rectangle,
    shade,
    smooth_noise,
    smooth_outline,
    tint,
)
from tracker.sim.fabric import cloth, random_fabric, wrinkles
from tracker.sim.sprite import Sprite

Draw = Callable[[float, np.random.Generator], Sprite]


def random_clutter(size_px: float, rng: np.random.Generator) -> Sprite:
    """Any of them; ``size_px`` is the length a pair of scissors would have in final pixels."""
    return CLUTTER[str(rng.choice(list(CLUTTER)))](size_px, rng)


def scissors(size_px: float, rng: np.random.Generator) -> Sprite:
    """Tailor's scissors, a little open."""
    size = size_px * OVERSAMPLE
    shape = (int(size * 1.04), int(size * 0.5))
    middle, pivot = shape[1] / 2, size * 0.56
    picture = np.full((*shape, 3), 160, np.float32)
    mask = np.zeros(shape, np.uint8)
    opening = float(rng.uniform(0.03, 0.1)) * size
    handle = ((40, 40, 44), (40, 40, 190), (150, 90, 30), (30, 140, 220))[int(rng.integers(4))]
    for side in (-1, 1):
        blade = np.array([(middle + side * opening, 2), (middle + side * (opening + size * 0.035), size * 0.06),
                          (middle + size * 0.045, pivot), (middle - size * 0.045, pivot)], np.float32)  # fmt: skip
        steel = polygon_mask(shape, blade)
        tint(picture, steel, (196, 192, 188) if side > 0 else (170, 166, 162))
        mask = np.maximum(mask, steel)
        shank = np.array([(middle, pivot), (middle - side * size * 0.1, size * 0.76)], np.float32)
        bow = line_mask(shape, shank, size * 0.06)
        centre = (round(middle - side * size * 0.125), round(size * 0.86))
        axes = (round(size * 0.075), round(size * 0.115))
        cv2.ellipse(bow, centre, axes, side * 12, 0, 360, 255, round(size * 0.045), cv2.LINE_AA)
        tint(picture, bow, handle)
        mask = np.maximum(mask, bow)
    screw = np.zeros(shape, np.uint8)
    cv2.circle(screw, (round(middle), round(pivot)), round(size * 0.022), 255, -1, cv2.LINE_AA)
    tint(picture, screw, (110, 108, 106))
    return Sprite.of(picture * rounded_edges(mask, 5, darkest=0.6)[..., None], mask)


def ruler(size_px: float, rng: np.random.Generator) -> Sprite:
    """A ruler or a tape of wood, steel or yellow plastic."""
    size = size_px * OVERSAMPLE * float(rng.uniform(1.0, 1.7))
    wide = size * float(rng.uniform(0.06, 0.1))
    shape = (int(wide) + 8, int(size) + 8)
    mask = polygon_mask(shape, rounded_rectangle(size, wide, 3) + np.array([shape[1] / 2, shape[0] / 2], np.float32))
    colour = ((120, 176, 206), (190, 190, 190), (80, 215, 240), (235, 238, 240))[int(rng.integers(4))]
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = colour
    picture *= (1 + 0.03 * smooth_noise(shape, (2, 60), rng))[..., None]
    for tick in range(int(size / 8)):
        x, long = 6 + tick * 8, 0.5 if tick % 5 == 0 else 0.28
        tint(picture, line_mask(shape, _line((x, 4), (x, 4 + wide * long)), 1), (40, 40, 40), 0.8)
    return Sprite.of(picture * rounded_edges(mask, 3, darkest=0.8)[..., None], mask)


def cup(size_px: float, rng: np.random.Generator) -> Sprite:
    """A mug with tea or coffee, from above."""
    radius = size_px * OVERSAMPLE * 0.24
    side = int(radius * 3)
    shape = (side, side)
    centre = (side // 2, side // 2)
    mask = line_mask(shape, _line(centre, (centre[0] + radius * 1.4, centre[1])), radius * 0.3)
    cv2.circle(mask, centre, round(radius), 255, -1, cv2.LINE_AA)
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = rng.uniform(60, 245, 3)
    picture *= rounded_edges(mask, radius * 0.2, darkest=0.6)[..., None]
    drink = np.zeros(shape, np.uint8)
    cv2.circle(drink, centre, round(radius * 0.82), 255, -1, cv2.LINE_AA)
    tint(picture, drink, ((30, 50, 80), (60, 110, 160), (130, 170, 190))[int(rng.integers(3))])
    glint = np.zeros(shape, np.uint8)
    cv2.ellipse(
        glint,
        (round(side * 0.45), round(side * 0.42)),
        (round(radius * 0.3), round(radius * 0.1)),
        -40,
        0,
        360,
        255,
        -1,
    )
    tint(picture, blurred(glint, 3), (255, 255, 255), 0.5)
    return Sprite.of(picture, mask)


def offcut(size_px: float, rng: np.random.Generator) -> Sprite:
    """A scrap of cloth: a narrow strip or a jagged corner, never the size of a piece."""
    size = size_px * OVERSAMPLE * float(rng.uniform(0.25, 0.5))
    count = int(rng.integers(4, 8))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radius = size / 2 * rng.uniform(0.5, 1.0, count)
    points = np.stack([np.cos(angles) * radius * rng.uniform(0.25, 0.8), np.sin(angles) * radius], axis=1).astype(
        np.float32
    )
    points -= points.min(axis=0) - 5
    shape = (int(points[:, 1].max()) + 6, int(points[:, 0].max()) + 6)
    mask = polygon_mask(shape, points)
    picture = cloth(random_fabric(rng), shape, rng) * wrinkles(shape, 0.5, rng)[..., None]
    return Sprite.of(picture * rounded_edges(mask, 3, darkest=0.7)[..., None], mask)


def pincushion(size_px: float, rng: np.random.Generator) -> Sprite:
    """A stuffed cushion full of pins with coloured heads."""
    radius = size_px * OVERSAMPLE * 0.2
    side = int(radius * 2.4)
    shape = (side, side)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    wave = radius * (1 + 0.06 * np.cos(angles * 6))
    points = np.stack([np.cos(angles) * wave, np.sin(angles) * wave], axis=1).astype(np.float32) + side / 2
    mask = polygon_mask(shape, smooth_outline(points, 2))
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = ((50, 50, 190), (60, 150, 70), (170, 90, 140))[int(rng.integers(3))]
    picture *= rounded_edges(mask, radius * 0.8, darkest=0.45)[..., None]
    for _ in range(14):
        angle, distance = float(rng.uniform(0, 6.28)), radius * float(rng.uniform(0, 0.8))
        where = (round(side / 2 + np.cos(angle) * distance), round(side / 2 + np.sin(angle) * distance))
        cv2.circle(picture, where, 3, rng.uniform(120, 255, 3).tolist(), -1, cv2.LINE_AA)
    return Sprite.of(picture, mask)


def spool(size_px: float, rng: np.random.Generator) -> Sprite:
    """A cone of thread, from above."""
    radius = size_px * OVERSAMPLE * float(rng.uniform(0.12, 0.2))
    side = int(radius * 2.3)
    centre = (side // 2, side // 2)
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, centre, round(radius), 255, -1, cv2.LINE_AA)
    picture = np.empty((side, side, 3), np.float32)
    picture[:] = rng.uniform(30, 235, 3)
    for ring in range(int(radius / 3)):
        thread = np.zeros((side, side), np.uint8)
        cv2.circle(thread, centre, round(radius * 0.3 + ring * 3), 255, 1, cv2.LINE_AA)
        shade(picture, thread, float(rng.uniform(0.75, 0.95)))
    hole = np.zeros((side, side), np.uint8)
    cv2.circle(hole, centre, round(radius * 0.28), 255, -1, cv2.LINE_AA)
    tint(picture, hole, (60, 70, 80))
    return Sprite.of(picture * rounded_edges(mask, radius * 0.4, darkest=0.6)[..., None], mask)


def paper(size_px: float, rng: np.random.Generator) -> Sprite:
    """An order sheet or a note, printed or written on."""
    high = size_px * OVERSAMPLE * float(rng.uniform(0.5, 1.0))
    wide = high * float(rng.uniform(0.6, 0.8))
    shape = (int(high) + 6, int(wide) + 6)
    mask = polygon_mask(shape, rounded_rectangle(wide, high, 2) + np.array([shape[1] / 2, shape[0] / 2], np.float32))
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = ((240, 242, 242), (196, 236, 246), (214, 228, 222))[int(rng.integers(3))]
    for row in range(2, int(rng.integers(4, 9))):
        y = row * high * 0.1
        end = wide * float(rng.uniform(0.5, 0.9))
        tint(picture, line_mask(shape, _line((wide * 0.1, y), (end, y)), 2), (90, 84, 80), 0.8)
    return Sprite.of(picture, mask)


CLUTTER: dict[str, Draw] = {
    "scissors": scissors, "ruler": ruler, "cup": cup, "offcut": offcut,
    "pincushion": pincushion, "spool": spool, "paper": paper,
}  # fmt: skip


def _line(start: tuple[float, float], end: tuple[float, float]) -> Points:
    return np.array([start, end], np.float32)
