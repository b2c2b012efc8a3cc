"""Things seen from above, and how they are laid into a picture.

A ``Sprite`` is what a thing looks like; a ``Stamp`` is the same made ready for pasting, with its shadow, so that pasting is one
multiply and one add::

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


def make_stamp(sprite: Sprite, angle_deg: float, shadow: Shadow | None, *, focus_px: float = 0.45) -> Stamp:
    """The sprite, turned clockwise and made ready for pasting.

    Args:
        sprite: What to paste.
        angle_deg: Clockwise turn about its centre.
        shadow: The shadow it throws on what lies below, or ``None``.
        focus_px: Blur of the lens, sigma in pixels; 0 for none.
    """
    bgr, alpha = _shrunk(sprite, angle_deg, margin_px=_margin(shadow))
    if focus_px > 0:
        alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), focus_px), np.uint8)
    light = cv2.multiply(bgr, cv2.merge([alpha] * 3), scale=1 / 255)
    keep = 255 - alpha
    if shadow is not None:
        keep = np.asarray(cv2.multiply(keep, _shadow_keep(alpha, shadow), scale=1 / 255), np.uint8)
    height, width = alpha.shape
    origin = (width / 2, height / 2)
    return Stamp(np.asarray(light, np.uint8), cv2.merge([keep] * 3), alpha, origin, _solid_box(alpha, origin))


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
    """Where the stamp meets the canvas: (top, left, bottom, right) there and (y, x) in the stamp; ``None`` if nowhere."""
    left, top = round(x - stamp.origin[0]), round(y - stamp.origin[1])
    height, width = stamp.solid.shape
    inner = max(0, top), max(0, left), min(shape[0], top + height), min(shape[1], left + width)
    if inner[2] <= inner[0] or inner[3] <= inner[1]:
        return None
    return inner, (inner[0] - top, inner[1] - left)


def stamp_box(stamp: Stamp, x: float, y: float) -> Box:
    """Box of the solid pixels when the stamp is pasted at x, y, in canvas pixels (pasting rounds to whole pixels)."""
    left, top = round(x - stamp.origin[0]) + stamp.origin[0], round(y - stamp.origin[1]) + stamp.origin[1]
    x0, y0, x1, y1 = stamp.box
    return left + x0, top + y0, left + x1, top + y1


def _margin(shadow: Shadow | None) -> int:
    if shadow is None:
        return 3
    return math.ceil(max(abs(shadow.dx_px), abs(shadow.dy_px)) + 2.5 * shadow.softness_px) + 3


def _shrunk(sprite: Sprite, angle_deg: float, *, margin_px: int) -> tuple[NDArray[np.uint8], Mask]:
    height, width = sprite.alpha.shape
    angle = math.radians(angle_deg)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    out_w = math.ceil((width * cos + height * sin) / OVERSAMPLE) + 2 * margin_px
    out_h = math.ceil((width * sin + height * cos) / OVERSAMPLE) + 2 * margin_px
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle_deg, 1 / OVERSAMPLE)
    turn[0, 2] += (out_w - 1) / 2 - (width - 1) / 2
    turn[1, 2] += (out_h - 1) / 2 - (height - 1) / 2
    bgr = cv2.warpAffine(sprite.bgr, turn, (out_w, out_h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(sprite.alpha, turn, (out_w, out_h), flags=cv2.INTER_LINEAR)
    return np.asarray(bgr, np.uint8), np.asarray(alpha, np.uint8)


def _shadow_keep(alpha: Mask, shadow: Shadow) -> Mask:
    move = np.array([[1, 0, shadow.dx_px], [0, 1, shadow.dy_px]], np.float32)
    fallen = cv2.warpAffine(alpha, move, (alpha.shape[1], alpha.shape[0]))
    soft = cv2.GaussianBlur(fallen, (0, 0), max(0.5, shadow.softness_px))
    return np.asarray(cv2.convertScaleAbs(soft, alpha=-shadow.strength, beta=255), np.uint8)


def _solid_box(alpha: Mask, origin: tuple[float, float]) -> Box:
    rows, columns = np.flatnonzero((alpha > 127).any(axis=1)), np.flatnonzero((alpha > 127).any(axis=0))
    if len(rows) == 0:
        return 0.0, 0.0, 0.0, 0.0
    x0, y0 = columns[0] - origin[0], rows[0] - origin[1]
    x1, y1 = columns[-1] + 1 - origin[0], rows[-1] + 1 - origin[1]
    return float(x0), float(y0), float(x1), float(y1)
