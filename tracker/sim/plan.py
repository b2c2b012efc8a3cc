"""What a suite asks for: how a table is worked at, what goes wrong there, and what the camera suffers, as ranges.

A plan says how often; the seed says when, where, with what and by whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.sim.hardship import Flicker, Hardship, Knock, Switch
from tracker.sim.script import Form

Range = tuple[float, float]
"""Least and most."""

KNOCK_AFTER_S, KNOCK_BEFORE_END_S = 40.0, 15.0
"""No knock in the first part of a clip: a camera has looked for a while before anybody hits it."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """What may happen to a piece on its way, as chances from 0 to 1.

    Attributes:
        hovers: It is held over the line for a while, to and fro, before it is laid down.
        turns_back: It is carried as far as the line, back to where it lay, and only then over it.
        taken_back: It is laid down, fetched back by hand, and handed over again.
        thrown_back: It is laid down, thrown back, and handed over again.
        second_pass: It is laid down, fetched back, taken away, and comes again after some others.
        meets_another: On its way it meets one that is carried back.
        beside_another: It is carried over together with the next one, side by side, by two people.
        covered: Hands lie on pieces or on the line for a while, or smooth them.
        decoy: Something that is no piece, or an empty hand, crosses the line.
        merged: A pile is put onto another.
    """

    hovers: float = 0.0
    turns_back: float = 0.0
    taken_back: float = 0.0
    thrown_back: float = 0.0
    second_pass: float = 0.0
    meets_another: float = 0.0
    beside_another: float = 0.0
    covered: float = 0.0
    decoy: float = 0.0
    merged: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """How a table is worked at.

    Attributes:
        pieces: Pieces of the order.
        pace_s: Between one hand-over and the next, at least.
        carry_s: How long a hand carries a piece.
        hover_s: How long a piece hovers.
        forms: How pieces lie.
        carried: How they look in a hand; empty: as they lie.
        size: Height of a piece over the picture's width.
        pile: Pieces on one place before they are fetched away; 1: side by side.
        stack: Pieces that are brought at a time.
        seated: People who sit in the picture, at most.
        bin: An open bin stands where the tray is, and pieces are laid into it.
    """

    pieces: int
    pace_s: Range = (2.0, 4.0)
    carry_s: Range = (0.9, 1.6)
    hover_s: Range = (2.0, 5.0)
    forms: tuple[Form, ...] = (Form.FOLDED, Form.HALF_FOLDED, Form.FLAT)
    carried: tuple[Form, ...] = ()
    size: Range = (0.13, 0.17)
    pile: int = 1
    stack: int = 1
    seated: int = 0
    bin: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What the camera delivers and suffers.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        fps: Frames a second.
        bit_rate: Of the stream, bits a second.
        shutter_s: How long the shutter is open.
        bend: Barrel distortion.
        dirt: On the lens, 0..1.
        auto_exposure: The camera follows the light.
        switches_per_min: How often a lamp is switched off and on again.
        dark_level: Light that is left then.
        dark_s: How long.
        flicker: Swing of a flickering lamp, 0..1.
        flicker_hz: How fast.
        knocks: How often the camera is knocked in a clip.
        knock: How far, in picture widths.
    """

    width: int = 640
    height: int = 360
    fps: Range = (8.0, 12.0)
    bit_rate: Range = (1e6, 2e6)
    shutter_s: Range = (0.0, 0.0)
    bend: Range = (0.0, 0.0)
    dirt: Range = (0.0, 0.0)
    auto_exposure: bool = False
    switches_per_min: float = 0.0
    dark_level: Range = (0.2, 0.6)
    dark_s: Range = (3.0, 15.0)
    flicker: Range = (0.0, 0.0)
    flicker_hz: Range = (0.3, 4.0)
    knocks: int = 0
    knock: Range = (0.01, 0.03)


@dataclass(frozen=True, slots=True)
class Plan:
    """One order's way over the tables of a suite."""

    work: Work
    incidents: Incidents = Incidents()
    sight: Sight = Sight()


def drawn(bounds: Range, rng: np.random.Generator) -> float:
    """A number between the two."""
    return float(rng.uniform(*bounds))


def drawn_hardship(sight: Sight, duration_s: float, rng: np.random.Generator) -> Hardship:
    """What one camera suffers in a clip of that length."""
    flicker = None
    if sight.flicker[1] > 0:
        bands = float(rng.choice([0.0, 1.0, 2.0, 3.0]))
        flicker = Flicker(drawn(sight.flicker, rng), drawn(sight.flicker_hz, rng), bands)
    return Hardship(
        switches=_drawn_switches(sight, duration_s, rng),
        flicker=flicker,
        auto_exposure_s=float(rng.uniform(0.3, 1.5)) if sight.auto_exposure else None,
        knocks=_drawn_knocks(sight, duration_s, rng),
        shutter_s=drawn(sight.shutter_s, rng),
        bend=drawn(sight.bend, rng),
        dirt=drawn(sight.dirt, rng),
        bit_rate=round(drawn(sight.bit_rate, rng)),
    )


def _drawn_switches(sight: Sight, duration_s: float, rng: np.random.Generator) -> tuple[Switch, ...]:
    switches: list[Switch] = []
    if sight.switches_per_min <= 0:
        return ()
    t_s = float(rng.exponential(60 / sight.switches_per_min))
    while t_s < duration_s - sight.dark_s[1]:
        dark_s = drawn(sight.dark_s, rng)
        strikes_s = float(rng.uniform(0.5, 1.5)) if rng.random() < 0.5 else 0.0
        switches += [Switch(t_s, drawn(sight.dark_level, rng)), Switch(t_s + dark_s, 1.0, strikes_s)]
        t_s += dark_s + 3.0 + float(rng.exponential(60 / sight.switches_per_min))
    return tuple(switches)


def _drawn_knocks(sight: Sight, duration_s: float, rng: np.random.Generator) -> tuple[Knock, ...]:
    last_s = duration_s - KNOCK_BEFORE_END_S
    if last_s <= KNOCK_AFTER_S:
        return ()
    knocks = []
    for _ in range(sight.knocks):
        angle, far = float(rng.uniform(0, 2 * np.pi)), drawn(sight.knock, rng)
        t_s = float(rng.uniform(KNOCK_AFTER_S, last_s))
        knocks.append(Knock(t_s, far * float(np.cos(angle)), far * float(np.sin(angle)), float(rng.normal(0, 0.5))))
    return tuple(knocks)
