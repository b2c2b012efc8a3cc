"""Hands with forearms, seen from above, in every skin tone and with any sleeve.

The sprite points up: fingertips at the top, the forearm runs down and out of the picture. ``Hand.grip`` is the point
between thumb and fingers that holds things.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
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
    rotated,
    rounded_edges,
    shade,
    smooth_noise,
    smooth_outline,
    tint,
)
from tracker.sim.fabric import Fabric, cloth, random_fabric, wrinkles
from tracker.sim.sprite import Sprite

# The ten tones of the Monk Skin Tone scale (Monk 2022), as blue, green, red.
SKIN_TONES: tuple[Bgr, ...] = (
    (228, 237, 246), (219, 231, 243), (208, 234, 247), (186, 218, 234), (150, 189, 215),
    (86, 126, 160), (67, 92, 130), (52, 65, 96), (42, 49, 58), (32, 36, 41),
)  # fmt: skip


class Grip(StrEnum):
    """What the fingers do."""

    OPEN = "open"
    """Flat, fingers a little apart: smoothing, pushing."""
    HOLD = "hold"
    """Fingers together, thumb aside: carrying by an edge."""
    FIST = "fist"
    """Fingers curled under: gripping cloth."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Whose arm it is, as far as a camera over a table can tell: skin and sleeve, nothing else.

    Attributes:
        skin: Index into ``SKIN_TONES``.
        sleeve: Cloth of the sleeve, or ``None`` for a bare arm.
        sleeve_start: Where the sleeve ends, 0 at the wrist, 1 at the elbow.
        left: A left hand (thumb on the right).
    """

    skin: int
    sleeve: Fabric | None
    sleeve_start: float
    left: bool


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """A drawn hand.

    Attributes:
        sprite: Hand and forearm.
        grip: Vector from the sprite's centre to the holding point, final pixels, before turning.
        hand_share: Length of hand and wrist over the whole sprite's height, 0..1.
    """

    sprite: Sprite
    grip: tuple[float, float]
    hand_share: float

    def without_forearm(self) -> Sprite:
        """The part that carries the label ``hand``."""
        alpha = self.sprite.alpha.copy()
        alpha[round(alpha.shape[0] * self.hand_share) :] = 0
        return Sprite(self.sprite.bgr, alpha)


def random_arm(rng: np.random.Generator) -> Arm:
    """Any arm: all tones alike, two of three with a sleeve."""
    sleeve = random_fabric(rng) if rng.random() < 0.68 else None
    return Arm(int(rng.integers(len(SKIN_TONES))), sleeve, float(rng.uniform(0.02, 0.6)), bool(rng.random() < 0.5))


def draw_hand(arm: Arm, grip: Grip, size_px: float, rng: np.random.Generator, *, reach_px: float) -> Hand:
    """The hand and its forearm, pointing up.

    Args:
        arm: Skin and sleeve.
        grip: What the fingers do.
        size_px: Length of the hand, wrist to fingertips, in final pixels.
        rng: Where chance comes from.
        reach_px: Length of forearm that is drawn, in final pixels.
    """
    hand, reach = size_px * OVERSAMPLE, reach_px * OVERSAMPLE
    shape = (int(hand + reach), int(hand * 1.3))
    middle = shape[1] / 2
    skin = np.asarray(SKIN_TONES[arm.skin], np.float32) * np.float32(rng.uniform(0.93, 1.02))
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = skin
    # Blood shows a little redder in patches, more on light skin.
    warmth = smooth_noise(shape, (hand * 0.25, hand * 0.25), rng)[..., None]
    picture *= 1 + np.array([-0.02, -0.012, 0.008], np.float32) * warmth
    alpha = _forearm(picture, middle, hand, reach)
    # The hand needs only the upper rows; leaving the forearm out saves most of the work.
    upper = picture[: int(hand * 1.2)], alpha[: int(hand * 1.2)]
    for part in _palm_and_fingers(grip, rng):
        _lay_part(*upper, part * np.float32(hand) + np.array([middle, 0], np.float32), hand)
    _nails(*upper, grip, middle, hand)
    if arm.sleeve is not None:
        _sleeve(picture, alpha, arm, (middle, hand, reach), rng)
    if arm.left:
        picture, alpha = picture[:, ::-1].copy(), alpha[:, ::-1].copy()
    holding = hand * (0.2 if grip is not Grip.FIST else 0.42)
    return Hand(Sprite.of(picture, alpha), (0.0, (holding - shape[0] / 2) / OVERSAMPLE), hand * 1.05 / shape[0])


def _forearm(picture: Float, middle: float, hand: float, reach: float) -> Mask:
    shape = (int(picture.shape[0]), int(picture.shape[1]))
    wrist, elbow = hand * 0.155, hand * (0.2 + 0.05 * min(2.0, reach / hand))
    outline = np.array(
        [(middle - wrist, hand * 0.86), (middle + wrist, hand * 0.86), (middle + wrist * 1.02, hand * 1.15),
         (middle + elbow, hand + reach + 2), (middle - elbow, hand + reach + 2), (middle - wrist * 1.02, hand * 1.15)],
        np.float32)  # fmt: skip
    alpha = polygon_mask(shape, outline)
    _light_inside(picture, alpha, _limb_light(alpha, hand * 0.2))
    return alpha


def _light_inside(picture: Float, mask: Mask, light: Float) -> None:
    """Darken by ``light`` inside the mask; skin keeps its red in the shade longer than its blue."""
    weight = (mask.astype(np.float32) / 255)[..., None]
    picture *= 1 + weight * (light[..., None] ** np.array([1.15, 1.0, 0.8], np.float32) - 1)


def _limb_light(mask: Mask, radius: float) -> Float:
    """Light on a round limb: it falls off towards the sides, more on the right, away from the lamp."""
    light = rounded_edges(mask, radius, darkest=0.62)
    slope = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, radius * 0.35)), np.float32) / 255
    side = np.asarray(cv2.Sobel(slope, cv2.CV_32F, 1, 0, ksize=3), np.float32)
    return np.asarray(light * (1 + np.clip(side * radius * 0.08, -0.14, 0.1)), np.float32)


def _palm_and_fingers(grip: Grip, rng: np.random.Generator) -> list[Points]:
    """Outlines in hand lengths, thumb first so that the palm lies over its root; x around 0, y from the fingertips."""
    curl = {Grip.OPEN: 1.0, Grip.HOLD: 0.86, Grip.FIST: 0.5}[grip]
    spread = {Grip.OPEN: 9.0, Grip.HOLD: 2.5, Grip.FIST: 1.0}[grip]
    knuckle_y = 0.5
    parts = []
    thumb_angle = {Grip.OPEN: -46.0, Grip.HOLD: -24.0, Grip.FIST: -14.0}[grip] + float(rng.normal(0, 5))
    thumb = _capsule(0.062, 0.36 if grip is not Grip.FIST else 0.27, 0.75)
    parts.append(rotated(thumb, thumb_angle) + np.array([-0.15, 0.76], np.float32))
    for index, (x, length) in enumerate(((-0.135, 0.42), (-0.046, 0.475), (0.046, 0.44), (0.132, 0.345))):
        finger = _capsule(0.049, length * curl * float(rng.uniform(0.96, 1.03)), 0.8)
        angle = (index - 1.5) * spread + float(rng.normal(0, 1.6))
        parts.append(rotated(finger, angle) + np.array([x, knuckle_y + 0.02], np.float32))
    palm = [(-0.19, 0.47), (-0.1, 0.43), (0.0, 0.42), (0.1, 0.435), (0.185, 0.48), (0.185, 0.7), (0.15, 0.92),
            (-0.15, 0.92), (-0.2, 0.74)]  # fmt: skip
    parts.append(smooth_outline(np.array(palm, np.float32), 2))
    return parts


def _capsule(radius: float, length: float, taper: float) -> Points:
    """A finger pointing up from the origin."""
    tip = np.deg2rad(np.linspace(180, 360, 9))
    head = np.stack([np.cos(tip) * radius * taper, np.sin(tip) * radius * taper - length + radius], axis=1)
    return np.vstack([head, [(radius, 0.0), (-radius, 0.0)]]).astype(np.float32)


def _lay_part(picture: Float, alpha: Mask, outline: Points, hand: float) -> None:
    part = polygon_mask((int(alpha.shape[0]), int(alpha.shape[1])), outline)
    soft = blurred(part, hand * 0.014)
    shade(picture, both(soft, 255 - part), 0.72)
    light = rounded_edges(part, hand * 0.045, darkest=0.7)
    _light_inside(picture, part, light)
    np.maximum(alpha, part, out=alpha)


def _nails(picture: Float, alpha: Mask, grip: Grip, middle: float, hand: float) -> None:
    shape = (int(alpha.shape[0]), int(alpha.shape[1]))
    if grip is Grip.FIST:
        for x in (-0.09, 0.0, 0.09):
            crease = np.array(
                [[middle + (x - 0.03) * hand, hand * 0.5], [middle + (x + 0.03) * hand, hand * 0.5]], np.float32
            )
            shade(picture, line_mask(shape, crease, hand * 0.012), 0.8)
        return
    curl = 1.0 if grip is Grip.OPEN else 0.86
    spread = 9.0 if grip is Grip.OPEN else 2.5
    for index, (x, length) in enumerate(((-0.135, 0.42), (-0.046, 0.475), (0.046, 0.44), (0.132, 0.345))):
        tip = rotated(np.array([[0.0, -length * curl + 0.045]], np.float32), (index - 1.5) * spread)[0]
        where = (round(middle + float(tip[0] + x) * hand), round(float(tip[1] + 0.52) * hand))
        nail = np.zeros(shape, np.uint8)
        cv2.ellipse(
            nail, where, (max(1, round(hand * 0.02)), max(1, round(hand * 0.028))), 0, 0, 360, 255, -1, cv2.LINE_AA
        )
        tint(picture, both(nail, alpha), (205, 205, 240), 0.3)


def _sleeve(picture: Float, alpha: Mask, arm: Arm, size: tuple[float, float, float], rng: np.random.Generator) -> None:
    if arm.sleeve is None:
        return
    middle, hand, reach = size
    shape = (int(alpha.shape[0]), int(alpha.shape[1]))
    start = hand * (1.0 + arm.sleeve_start * 1.2)
    cuff, upper = hand * 0.225, hand * (0.27 + 0.06 * min(2.0, reach / hand))
    wave = float(rng.normal(0, hand * 0.02))
    outline = np.array(
        [(middle - cuff, start + wave), (middle, start - hand * 0.02), (middle + cuff, start - wave),
         (middle + upper, shape[0] + 2), (middle - upper, shape[0] + 2)], np.float32)  # fmt: skip
    mask = polygon_mask(shape, outline)
    soft = blurred(mask, hand * 0.03)
    shade(picture, both(soft, alpha), 0.6)
    ground = cloth(arm.sleeve, shape, rng) * (wrinkles(shape, 0.9, rng) * _limb_light(mask, hand * 0.22))[..., None]
    weight = (mask.astype(np.float32) / 255)[..., None]
    picture += weight * (ground - picture)
    hem = outline[:3] + np.array([0, hand * 0.07], np.float32)
    shade(picture, both(line_mask(shape, hem, 2), mask), 0.7)
    np.maximum(alpha, mask, out=alpha)
