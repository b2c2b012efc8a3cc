r"""The shapes of finished garments laid flat, as outlines in a unit box.

The neck or waist is at the top, y runs down from 0 to 1, x from about -0.5 to 0.5. Each outline is its right half,
mirrored with a little play, since no two garments lie alike::

        (0, 0) neck
          ____
      ___/ |  \\___   shoulder
     /     |       \\  sleeve: turned about the shoulder by chance
     \\_|   |     |_/
       |   |     |
       |___|_____|    hem
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tracker.sim.drawing import Points, rotated


class GarmentKind(StrEnum):
    """What was sewn."""

    TSHIRT = "t-shirt"
    POLO = "polo"
    SHIRT = "shirt"
    HOODIE = "hoodie"
    LONGSLEEVE = "longsleeve"
    VEST = "vest"
    TROUSERS = "trousers"
    SHORTS = "shorts"
    SKIRT = "skirt"
    DRESS = "dress"


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """The right half of an outline.

    Attributes:
        body: Points from the middle of the top to the middle of the bottom, without the sleeve.
        sleeve: Points of the sleeve, inserted after ``body[shoulder]``; empty without sleeves.
        shoulder: Index into ``body`` of the shoulder tip; the sleeve turns about it.
        width: Width of the whole garment over its height.
    """

    body: tuple[tuple[float, float], ...]
    sleeve: tuple[tuple[float, float], ...]
    shoulder: int
    width: float


_TOP = ((0.0, 0.055), (0.07, 0.04), (0.11, 0.0), (0.27, 0.045))
_TORSO = ((0.265, 0.27), (0.262, 0.6), (0.275, 0.97), (0.0, 0.985))
_SHORT_SLEEVE = ((0.36, 0.12), (0.5, 0.27), (0.4, 0.36))
_LONG_SLEEVE = ((0.34, 0.12), (0.44, 0.42), (0.5, 0.7), (0.42, 0.725), (0.35, 0.47))

HALVES: dict[GarmentKind, Half] = {
    GarmentKind.TSHIRT: Half(_TOP + _TORSO, _SHORT_SLEEVE, 3, 1.0),
    GarmentKind.POLO: Half(_TOP + _TORSO, _SHORT_SLEEVE, 3, 0.98),
    GarmentKind.SHIRT: Half(_TOP + _TORSO, _LONG_SLEEVE, 3, 1.0),
    GarmentKind.LONGSLEEVE: Half(_TOP + _TORSO, _LONG_SLEEVE, 3, 1.0),
    GarmentKind.HOODIE: Half(
        ((0.0, 0.10), (0.10, 0.02), (0.14, 0.06), (0.29, 0.11), (0.285, 0.32), (0.28, 0.6), (0.28, 0.93), (0.0, 0.945)),
        ((0.36, 0.18), (0.46, 0.46), (0.5, 0.74), (0.41, 0.765), (0.36, 0.5)), 3, 1.04),
    GarmentKind.VEST: Half(
        ((0.0, 0.12), (0.09, 0.09), (0.13, 0.0), (0.21, 0.0), (0.22, 0.16), (0.3, 0.27), (0.29, 0.6), (0.31, 0.97),
         (0.0, 0.985)), (), 3, 0.92),
    GarmentKind.TROUSERS: Half(
        ((0.0, 0.0), (0.24, 0.0), (0.29, 0.2), (0.32, 0.6), (0.33, 0.98), (0.1, 0.985), (0.055, 0.6), (0.0, 0.36)),
        (), 1, 0.62),
    GarmentKind.SHORTS: Half(
        ((0.0, 0.0), (0.32, 0.0), (0.38, 0.4), (0.45, 0.94), (0.08, 0.98), (0.0, 0.56)), (), 1, 1.0),
    GarmentKind.SKIRT: Half(
        ((0.0, 0.02), (0.22, 0.0), (0.3, 0.25), (0.46, 0.94), (0.25, 0.985), (0.0, 0.97)), (), 1, 0.85),
    GarmentKind.DRESS: Half(
        ((0.0, 0.08), (0.09, 0.06), (0.12, 0.0), (0.22, 0.02), (0.21, 0.14), (0.26, 0.2), (0.2, 0.4), (0.42, 0.95),
         (0.2, 0.985), (0.0, 0.97)), (), 3, 0.66),
}  # fmt: skip


def garment_outline(kind: GarmentKind, rng: np.random.Generator) -> Points:
    """A closed outline in the unit box, clockwise from the neck; no two alike."""
    half = HALVES[kind]
    sides = [_side(half, rng), _side(half, rng) * np.array([-1.0, 1.0], np.float32)]
    outline = np.concatenate([sides[0], sides[1][::-1]])
    outline[:, 0] *= half.width
    return outline


def _side(half: Half, rng: np.random.Generator) -> Points:
    body = np.array(half.body, np.float32)
    play = rng.normal(0, 0.007, body.shape).astype(np.float32)
    play[[0, -1], 0] = 0
    body += play
    if not half.sleeve:
        return body
    droop = float(rng.normal(4, 9)) if len(half.sleeve) == len(_SHORT_SLEEVE) else float(rng.normal(6, 16))
    sleeve = np.array(half.sleeve, np.float32) + rng.normal(0, 0.008, (len(half.sleeve), 2)).astype(np.float32)
    tip = (float(body[half.shoulder, 0]), float(body[half.shoulder, 1]))
    turned = rotated(sleeve, droop, tip)
    return np.concatenate([body[: half.shoulder + 1], turned, body[half.shoulder + 1 :]])
