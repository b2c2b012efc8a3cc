"""People who sit in the picture, from above: shoulders in clothes and a head of hair. What they wear is no piece."""

from __future__ import annotations

import math

import cv2
import numpy as np

from tracker.sim.drawing import OVERSAMPLE, Mask, blurred, both, grown, rounded_edges, shade, smooth_noise, tint
from tracker.sim.fabric import cloth, wrinkles
from tracker.sim.script import Place, Seated
from tracker.sim.sprite import Sprite

HAIR = ((24, 22, 24), (34, 38, 52), (52, 66, 92), (110, 112, 116), (60, 100, 140))
"""Blue, green, red: black, dark brown, brown, grey, fair."""
SWAY = 0.012
"""How far somebody sways, over the picture's width."""


def draw_seated(person: Seated, width_px: int) -> Sprite:
    """Shoulders and head, looking up in the picture; the same person always looks the same."""
    rng = np.random.default_rng(person.seed)
    across = person.size * width_px * OVERSAMPLE
    shape = (int(across * 0.72), int(across * 1.06))
    middle = (shape[1] // 2, int(shape[0] * 0.56))
    torso = _ellipse(shape, middle, (across * 0.5, across * 0.25))
    picture = cloth(person.clothes, shape, rng) * wrinkles(shape, 0.8, rng)[..., None]
    picture *= rounded_edges(torso, across * 0.12, darkest=0.45)[..., None]
    head_at = (middle[0] + round(across * float(rng.uniform(-0.03, 0.03))), int(shape[0] * 0.42))
    head = _ellipse(shape, head_at, (across * 0.15, across * 0.19))
    shade(picture, both(blurred(grown(head, 3), across * 0.03), torso), 0.6)
    tint(picture, head, person.hair)
    strands = np.asarray(smooth_noise(shape, (across * 0.12, 2), rng), np.float32)
    picture *= (1 + 0.12 * strands * (head > 127))[..., None]
    picture *= np.where(head > 127, rounded_edges(head, across * 0.1, darkest=0.55), 1.0)[..., None]
    return Sprite.of(picture, np.maximum(torso, head))


def sway(person: Seated, t_s: float) -> Place:
    """Where somebody sits at a time: nobody sits still."""
    slow, fast = 0.11 + 0.01 * (person.seed % 7), 0.31 + 0.02 * (person.seed % 5)
    lean = math.sin(2 * math.pi * slow * t_s + person.seed) + 0.4 * math.sin(2 * math.pi * fast * t_s)
    place = person.place
    return Place(place.x + SWAY * lean, place.y + 0.6 * SWAY * math.sin(2 * math.pi * slow * t_s), place.angle_deg)


def _ellipse(shape: tuple[int, int], centre: tuple[int, int], axes: tuple[float, float]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, centre, (round(axes[0]), round(axes[1])), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return mask
