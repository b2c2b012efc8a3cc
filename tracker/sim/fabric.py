"""Cloth: colours, weaves, patterns and wrinkles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from tracker.sim.drawing import Bgr, Float, smooth_noise

_SLANT = np.array([[1, 0, 2], [0, 1, 2]], np.float32)
"""Two pixels right and down: the lamp stands top left."""


class Pattern(StrEnum):
    """What is woven into or printed on the cloth."""

    PLAIN = "plain"
    MELANGE = "melange"
    STRIPES = "stripes"
    CHECK = "check"
    DOTS = "dots"
    DENIM = "denim"
    FLORAL = "floral"


@dataclass(frozen=True, slots=True)
class Fabric:
    """One kind of cloth.

    Attributes:
        colour: Ground colour.
        second: Colour of stripes, checks, dots or flowers.
        pattern: What is on it.
        repeat_px: Length of one repeat of the pattern in final pixels.
    """

    colour: Bgr
    second: Bgr
    pattern: Pattern
    repeat_px: float


# Colours that workshops really sew most of: white, black, navy, greys, earth tones, then the bright ones.
COLOURS: dict[str, Bgr] = {
    "white": (238, 240, 240), "ecru": (205, 222, 232), "black": (34, 32, 32), "charcoal": (66, 62, 60),
    "grey": (150, 148, 146), "navy": (84, 50, 36), "royal": (168, 84, 38), "sky": (226, 190, 150),
    "red": (48, 42, 186), "wine": (58, 34, 104), "coral": (110, 122, 232), "pink": (186, 170, 236),
    "mustard": (52, 160, 214), "lemon": (130, 226, 244), "olive": (60, 96, 104), "bottle": (62, 78, 34),
    "mint": (190, 214, 168), "teal": (128, 116, 32), "lilac": (202, 160, 178), "sand": (150, 184, 208),
    "rust": (44, 84, 172), "brown": (52, 70, 98),
}  # fmt: skip


def random_fabric(rng: np.random.Generator) -> Fabric:
    """Any cloth: a workshop colour shifted a little, plain more often than not."""
    names = list(COLOURS)
    first, second = (COLOURS[names[int(i)]] for i in rng.choice(len(names), 2, replace=False))
    pattern = Pattern(str(rng.choice(list(Pattern), p=[0.42, 0.14, 0.14, 0.1, 0.06, 0.07, 0.07])))
    if pattern is Pattern.DENIM:
        first = ((118, 84, 58), (150, 116, 84), (92, 62, 44))[int(rng.integers(3))]
    return Fabric(shifted(first, 14, rng), shifted(second, 14, rng), pattern, float(rng.uniform(6, 22)))


def shifted(colour: Bgr, amount: float, rng: np.random.Generator) -> Bgr:
    """The colour moved at random by up to about ``amount`` in each channel."""
    moved = np.clip(np.asarray(colour) + rng.normal(0, amount / 2, 3), 8, 250)
    return float(moved[0]), float(moved[1]), float(moved[2])


def cloth(fabric: Fabric, shape: tuple[int, int], rng: np.random.Generator) -> Float:
    """A flat piece of the cloth, oversampled.

    Returns:
        float32, shape (h, w, 3), BGR 0..255.
    """
    height, width = shape
    ground = np.empty((height, width, 3), np.float32)
    ground[:] = fabric.colour
    _draw_pattern(ground, fabric, rng)
    weave = smooth_noise(shape, (1, 3), rng) * 0.5 + smooth_noise(shape, (3, 1), rng) * 0.5
    contrast = 0.10 if fabric.pattern in (Pattern.DENIM, Pattern.MELANGE) else 0.035
    blotch = smooth_noise(shape, (height / 3, width / 3), rng)
    ground *= (1.0 + contrast * weave + 0.02 * blotch)[..., None]
    return ground


def wrinkles(shape: tuple[int, int], strength: float, rng: np.random.Generator) -> Float:
    """Brightness factor of creased cloth lit from one side.

    Height fields of stretched noise are lit from the top left, so that creases show a bright and a dark flank.

    Args:
        shape: Height and width.
        strength: 0 ironed, 1 crumpled.
        rng: Where chance comes from.

    Returns:
        float32, shape ``shape``, around 1.
    """
    size = max(shape)
    slope = np.zeros(shape, np.float32)
    for share, stretch, weight in ((0.34, 0.5, 1.0), (0.17, 0.3, 0.6), (0.07, 0.5, 0.22 + 0.3 * strength)):
        cell = max(9.0, share * size * float(rng.uniform(0.8, 1.25)))
        height = smooth_noise(shape, (cell, cell * stretch), rng)
        # A fold has a sharp crest and a wide valley: fold the noise over at zero.
        crest = -np.abs(height) if rng.random() < 0.5 else height
        crest = np.asarray(cv2.GaussianBlur(crest, (0, 0), max(0.8, size * 0.009)), np.float32)
        lit = crest - np.asarray(cv2.warpAffine(crest, _SLANT, (shape[1], shape[0]), borderMode=cv2.BORDER_REPLICATE))
        slope += np.float32(weight) * lit / np.float32(float(lit.std()) + 1e-6)
    return np.asarray(1.0 + np.tanh(slope * np.float32(0.3)) * np.float32(0.26 * strength), np.float32)


def _draw_pattern(ground: Float, fabric: Fabric, rng: np.random.Generator) -> None:
    height, width = ground.shape[:2]
    repeat = max(6.0, fabric.repeat_px * 2)
    second = np.asarray(fabric.second, np.float32)
    phase = float(rng.uniform(0, repeat))
    across = (np.arange(width, dtype=np.float32) + phase) % repeat / repeat
    down = (np.arange(height, dtype=np.float32) + phase) % repeat / repeat
    if fabric.pattern is Pattern.STRIPES:
        share = float(rng.uniform(0.2, 0.55))
        ground[(down < share)] = second if rng.random() < 0.6 else 0.5 * (second + ground[0, 0])
    elif fabric.pattern is Pattern.CHECK:
        weight = 0.38 * (across < 0.45)[None, :] + 0.38 * (down < 0.45)[:, None]
        ground += weight[..., None].astype(np.float32) * (second - ground)
    elif fabric.pattern is Pattern.DOTS:
        inside = ((across - 0.5)[None, :] ** 2 + (down - 0.5)[:, None] ** 2) < 0.06
        ground[inside] = second
    elif fabric.pattern is Pattern.FLORAL:
        blossoms = smooth_noise((height, width), (repeat * 0.5, repeat * 0.5), rng)
        ground[blossoms > 0.9] = second
        ground[blossoms < -1.3] = 0.4 * second + 0.5 * ground[0, 0]
    elif fabric.pattern is Pattern.MELANGE:
        threads = smooth_noise((height, width), (1, 5), rng)
        ground += (0.10 * threads)[..., None] * (second * 0.5 + 100 - ground)
