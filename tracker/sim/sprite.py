"""Things seen from above, and how they are laid into a picture.

A ``Sprite`` is what a thing looks like; a ``Stamp`` is the same made ready for pasting, with its shadow, so that
pasting is one multiply and one add::

    canvas = canvas * keep / 255 + light
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.drawing import OVERSAMPLE, Float, Mask

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """What a thing looks like from above, drawn at ``OVERSAMPLE`` times its final size.

    Attributes:
        bgr: uint8, shape (h, w, 3): colour, also sensible just outside the shape.
        alpha: uint8, shape (h, w): 255 where the thing is solid.
    """

    bgr: NDArray[np.uint8]
    alpha: Mask

    @classmethod
    def of(cls, picture: Float, alpha: Mask) -> Sprite:
        """A sprite from a float drawing (0..255) and its mask."""
        return cls(np.clip(picture, 0, 255).astype(np.uint8), alpha)


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A sprite turned, shrunk to its final size and joined with its shadow.

    Attributes:
        light: uint8, shape (h, w, 3): colour times opacity.
        keep: uint8, shape (h, w, 3): share of what lies below that stays visible, 0..255.
        solid: uint8, shape (h, w): opacity of the thing itself, without its shadow.
        origin: x, y of the sprite's centre inside the stamp, pixels.
        box: Extent of the solid pixels, relative to the centre.
    """

    light: NDArray[np.uint8]
    keep: NDArray[np.uint8]
    solid: Mask
    origin: tuple[float, float]
    box: Box


@dataclass(frozen=True, slots=True)
class Shadow:
    """The soft shadow a lamp throws.

    Attributes:
        dx_px: How far it falls to the right.
        dy_px: How far it falls downwards.
        softness_px: Blur radius, above 0.
        strength: Share of light it takes, 0..1.
    """

    dx_px: float
    dy_px: float
    softness_px: float
    strength: float


def make_stamp(sprite: Sprite, angle_deg: float, shadow: Shadow | None) -> Stamp:
    """The sprite, turned clockwise and made ready for pasting.

    Args:
        sprite: What to paste.
        angle_deg: Clockwise turn about its centre.
        shadow: The shadow it throws on what lies below, or ``None``.
    """
    turn, size = _turn(sprite, angle_deg, margin_px=_margin(shadow))
    bgr = cv2.warpAffine(sprite.bgr, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = turned_alpha(sprite, angle_deg, shadow)
    light = cv2.multiply(bgr, cv2.merge([alpha] * 3), scale=1 / 255)
    keep = 255 - alpha
    if shadow is not None:
        keep = np.asarray(cv2.multiply(keep, _shadow_keep(alpha, shadow), scale=1 / 255), np.uint8)
    height, width = alpha.shape
    origin = (width / 2, height / 2)
    return Stamp(
        np.asarray(light, np.uint8), np.asarray(cv2.merge([keep] * 3), np.uint8), alpha, origin, solid_box(alpha)
    )


def turned_alpha(sprite: Sprite, angle_deg: float, shadow: Shadow | None) -> Mask:
    """Opacity of the sprite inside the stamp that ``make_stamp`` makes with the same arguments."""
    turn, size = _turn(sprite, angle_deg, margin_px=_margin(shadow))
    alpha = cv2.warpAffine(sprite.alpha, turn, size, flags=cv2.INTER_LINEAR)
    # No lens draws a perfectly sharp edge.
    return np.asarray(cv2.GaussianBlur(alpha, (3, 3), 0.5), np.uint8)


def part_of(stamp: Stamp, solid: Mask) -> Stamp:
    """The same stamp with only a part of it counted as solid."""
    return Stamp(stamp.light, stamp.keep, solid, stamp.origin, solid_box(solid))


def paste(canvas: NDArray[np.uint8], stamp: Stamp, x: float, y: float) -> None:
    """Lay the stamp into the canvas with its centre at x, y (pixels); parts outside are cut off."""
    window = visible_window(canvas.shape[:2], stamp, x, y)
    if window is None:
        return
    (top, left, bottom, right), (from_y, from_x) = window
    source = np.s_[from_y : from_y + bottom - top, from_x : from_x + right - left]
    region = canvas[top:bottom, left:right]
    cv2.multiply(region, stamp.keep[source], dst=region, scale=1 / 255)
    cv2.add(region, stamp.light[source], dst=region)


def visible_window(
    shape: tuple[int, ...], stamp: Stamp, x: float, y: float
) -> tuple[tuple[int, int, int, int], tuple[int, int]] | None:
    """Where the stamp meets the canvas: (top, left, bottom, right) there and (y, x) in the stamp; ``None``: nowhere."""
    left, top = stamp_corner(stamp, x, y)
    height, width = stamp.solid.shape
    inner = max(0, top), max(0, left), min(shape[0], top + height), min(shape[1], left + width)
    if inner[2] <= inner[0] or inner[3] <= inner[1]:
        return None
    return inner, (inner[0] - top, inner[1] - left)


def stamp_corner(stamp: Stamp, x: float, y: float) -> tuple[int, int]:
    """Left and top of the stamp in the canvas when pasted at x, y: pasting goes to whole pixels."""
    return math.floor(x - stamp.origin[0] + 0.5), math.floor(y - stamp.origin[1] + 0.5)


def stamp_box(stamp: Stamp, x: float, y: float) -> Box:
    """Box of the solid pixels when the stamp is pasted at x, y, in canvas pixels."""
    return box_at(stamp.box, x, y)


def box_at(box: Box, x: float, y: float) -> Box:
    """A box relative to a sprite's centre, moved to where pasting the sprite at x, y really puts it."""
    # A box edge is a whole number minus the origin, so rounding the edge rounds the corner.
    left, top = math.floor(x + box[0] + 0.5), math.floor(y + box[1] + 0.5)
    return float(left), float(top), left + box[2] - box[0], top + box[3] - box[1]


def solid_box(alpha: Mask) -> Box:
    """Extent of the pixels that are more solid than not, relative to the middle of the mask."""
    rows, columns = np.flatnonzero((alpha > 127).any(axis=1)), np.flatnonzero((alpha > 127).any(axis=0))
    if len(rows) == 0:
        return 0.0, 0.0, 0.0, 0.0
    middle_x, middle_y = alpha.shape[1] / 2, alpha.shape[0] / 2
    left, right = float(columns[0] - middle_x), float(columns[-1] + 1 - middle_x)
    return left, float(rows[0] - middle_y), right, float(rows[-1] + 1 - middle_y)


def _margin(shadow: Shadow | None) -> int:
    if shadow is None:
        return 3
    return math.ceil(max(abs(shadow.dx_px), abs(shadow.dy_px)) + 2.5 * shadow.softness_px) + 3


def _turn(sprite: Sprite, angle_deg: float, *, margin_px: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The affine map into the stamp, and the stamp's width and height."""
    height, width = sprite.alpha.shape
    angle = math.radians(angle_deg)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    out_w = math.ceil((width * cos + height * sin) / OVERSAMPLE) + 2 * margin_px
    out_h = math.ceil((width * sin + height * cos) / OVERSAMPLE) + 2 * margin_px
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle_deg, 1 / OVERSAMPLE)
    turn[0, 2] += (out_w - 1) / 2 - (width - 1) / 2
    turn[1, 2] += (out_h - 1) / 2 - (height - 1) / 2
    return np.asarray(turn, np.float64), (out_w, out_h)


def _shadow_keep(alpha: Mask, shadow: Shadow) -> Mask:
    """Share of light left around the thing; computed at half size, since a shadow has no fine detail."""
    height, width = alpha.shape
    small = cv2.resize(alpha, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    move = np.array([[1, 0, shadow.dx_px / 2], [0, 1, shadow.dy_px / 2]], np.float32)
    fallen = cv2.warpAffine(small, move, (small.shape[1], small.shape[0]))
    soft = cv2.GaussianBlur(fallen, (0, 0), max(0.5, shadow.softness_px / 2))
    keep = cv2.convertScaleAbs(soft, alpha=-shadow.strength, beta=255)
    return np.asarray(cv2.resize(keep, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
