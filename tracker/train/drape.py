"""What happens to a garment before it lies on the table: another dye, pulled, folded, thrown down in a heap."""

from __future__ import annotations

import cv2
import numpy as np

from tracker.sim.drawing import smooth_noise
from tracker.sim.fabric import wrinkles
from tracker.train.cutouts import Sprite


def recoloured(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    """Another dye and another light: hue turned in a third, brightness, contrast and warmth always a little."""
    picture = sprite.bgr
    if rng.random() < 0.35:
        hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(rng.integers(180))) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * float(rng.uniform(0.6, 1.5)), 0, 255)
        picture = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)
    gain = float(rng.uniform(0.75, 1.25)) * (1 + rng.normal(0, 0.03, 3))
    lifted = (picture.astype(np.float32) - 110) * float(rng.uniform(0.85, 1.15)) + 110
    return Sprite(np.clip(lifted * gain.astype(np.float32), 0, 255).astype(np.uint8), sprite.alpha)


def pulled(sprite: Sprite, rng: np.random.Generator, *, strength: float) -> Sprite:
    """Pulled out of shape, with more creases.

    Args:
        sprite: The garment.
        rng: Where chance comes from.
        strength: How far points move, share of the garment's size.
    """
    height, width = sprite.alpha.shape
    margin = int(strength * max(height, width)) + 2
    picture = np.pad(sprite.bgr, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    alpha = np.pad(sprite.alpha, margin)
    shape = alpha.shape
    cell, size = float(rng.uniform(0.2, 0.45)), max(height, width)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x += np.float32(strength * size / 2) * smooth_noise(shape, (cell * height, cell * width), rng)
    y += np.float32(strength * size / 2) * smooth_noise(shape, (cell * height, cell * width), rng)
    creases = wrinkles(shape, float(rng.uniform(0.3, 1.0)) * (1 + 5 * strength), rng)[..., None]
    creased = np.clip(picture.astype(np.float32) * creases, 0, 255).astype(np.uint8)
    return trimmed(
        np.asarray(cv2.remap(creased, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8),
        np.asarray(cv2.remap(alpha, x, y, cv2.INTER_LINEAR), np.uint8),
    )


def folded(sprite: Sprite, rng: np.random.Generator, *, corner: bool) -> Sprite:
    """The part beyond a line turned over onto the rest: folded in half, or with a corner turned in."""
    height, width = sprite.alpha.shape
    angle = float(rng.uniform(0, 2 * np.pi)) if corner else float(rng.choice([0.0, 0.5, 1.0, 1.5])) * np.pi
    angle += float(rng.normal(0, 0.1))
    normal = np.array([np.cos(angle), np.sin(angle)])
    reach = abs(normal[0]) * width / 2 + abs(normal[1]) * height / 2
    offset = reach * float(rng.uniform(0.4, 0.7) if corner else rng.uniform(0.0, 0.25))
    middle = np.array([width / 2, height / 2]) + normal * offset
    # Reflection about the line through ``middle``: x' = x - 2 n (n . (x - middle)).
    mirror = np.eye(2) - 2 * np.outer(normal, normal)
    turn = np.hstack([mirror, (2 * normal * (normal @ middle))[:, None]]).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    beyond = (x - np.float32(middle[0])) * np.float32(normal[0]) + (y - np.float32(middle[1])) * np.float32(normal[1])
    flap_alpha = cv2.warpAffine(np.where(beyond > 0, sprite.alpha, 0).astype(np.uint8), turn, (width, height))
    flap = cv2.warpAffine(sprite.bgr, turn, (width, height)).astype(np.float32) * float(rng.uniform(0.72, 1.0))
    shadow = cv2.GaussianBlur(flap_alpha, (0, 0), max(1.0, width * 0.015)).astype(np.float32)[..., None] / 255
    weight = flap_alpha.astype(np.float32)[..., None] / 255
    below = sprite.bgr.astype(np.float32) * (1 - float(rng.uniform(0.15, 0.5)) * shadow)
    joined = below + weight * (flap - below)
    whole = np.where(beyond > 0, 0, np.maximum(sprite.alpha, flap_alpha)).astype(np.uint8)
    return trimmed(np.clip(joined, 0, 255).astype(np.uint8), whole)


def crumpled(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    """Thrown down in a heap: squashed, folded over several times, pulled far out of shape."""
    height, width = sprite.alpha.shape
    long, share = max(height, width), float(rng.uniform(0.5, 0.85))
    squashed = (max(8, int(width * share)), height) if width == long else (width, max(8, int(height * share)))
    heap = Sprite(
        np.asarray(cv2.resize(sprite.bgr, squashed, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(sprite.alpha, squashed, interpolation=cv2.INTER_AREA), np.uint8),
    )
    for _ in range(int(rng.integers(1, 4))):
        heap = folded(heap, rng, corner=True)
    return pulled(heap, rng, strength=float(rng.uniform(0.06, 0.16)))


def trimmed(bgr: np.ndarray, alpha: np.ndarray) -> Sprite:
    """A sprite without its empty margins."""
    rows, columns = np.flatnonzero((alpha > 20).any(axis=1)), np.flatnonzero((alpha > 20).any(axis=0))
    if len(rows) < 4 or len(columns) < 4:
        return Sprite(bgr, alpha)
    area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Sprite(np.ascontiguousarray(bgr[area]), np.ascontiguousarray(alpha[area]))
