"""What lamps, lens, mount and wire do to a picture, as values; ``exposure``, ``lens`` and ``writers`` carry it out."""

from __future__ import annotations

from dataclasses import dataclass

BIT_RATE = 1_000_000
"""Bits a second: what cheap cameras send at 640x360 and 10 fps."""


@dataclass(frozen=True, slots=True)
class Switch:
    """The main lamp is switched.

    Attributes:
        t_s: When, seconds from the first frame.
        level: Light on the table from then on, 1 with every lamp on.
        strikes_s: How long the tube flickers before it burns; 0: at once.
    """

    t_s: float
    level: float
    strikes_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Flicker:
    """A lamp on mains whose frequency beats with the camera's: bright and dark bands that wander up the picture.

    Attributes:
        strength: Share by which the light swings, 0..1.
        hz: Bands that pass a row each second.
        bands: Bands in one picture height; 0: the whole picture pulses.
    """

    strength: float
    hz: float
    bands: float


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody hits the camera: it shakes for a moment and then looks a little elsewhere.

    Attributes:
        t_s: When, seconds from the first frame.
        dx: How far the picture's contents move to the right, in picture widths.
        dy: How far downwards, in picture widths too.
        angle_deg: How far they turn, clockwise.
    """

    t_s: float
    dx: float
    dy: float
    angle_deg: float


@dataclass(frozen=True, slots=True)
class Hardship:
    """Everything that makes a camera's picture worse than the scene.

    Attributes:
        switches: Of the main lamp, any order.
        flicker: ``None`` where nothing flickers.
        auto_exposure_s: Time constant of the camera's exposure control, above 0; ``None``: fixed exposure.
        knocks: Against the mount, any order.
        shutter_s: How long the shutter is open: what moves meanwhile is smeared; 0: no smear.
        bend: Barrel distortion: share by which the picture's left and right edges move inwards.
        dirt: Drops and dust on the lens, 0 clean to 1 filthy.
        bit_rate: Of the H.264 stream, bits a second.
    """

    switches: tuple[Switch, ...] = ()
    flicker: Flicker | None = None
    auto_exposure_s: float | None = None
    knocks: tuple[Knock, ...] = ()
    shutter_s: float = 0.0
    bend: float = 0.0
    dirt: float = 0.0
    bit_rate: int = BIT_RATE


NO_HARDSHIP = Hardship()
"""An ordinary lamp, a clean and straight lens, a firm mount."""
