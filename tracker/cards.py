"""Wiring: a camera's eye for order cards, beside the eye for pieces.

It looks every second and a half, and as soon as a place comes to rest; only inside the zones where cards may lie, and
only at masked pictures, since it gets no others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from tracker.assign import Place
from tracker.count.view import moved_in
from tracker.detect import TagReader, read_tickets
from tracker.domain.cards import CardSighting, Mark, OrderCard, read_code
from tracker.domain.detections import Motion
from tracker.domain.errors import ConfigError
from tracker.domain.frames import Frame
from tracker.domain.geometry import inside, to_pixels
from tracker.domain.rules import ActivityRule, Calibration, Zone

LOOK_S = 1.5
"""Between two looks: a card is taken for there after two, so pieces that pass 3 s after it are its order's."""
SETTLED_S = 0.4
"""A place where something moved is looked at again when it was still this long: a hand has just laid something down."""


@dataclass(slots=True)
class _Spot:
    """A zone with cards, and the rules whose cards lie there."""

    zone: Zone
    polygon: NDArray[np.float64]
    tickets: bool
    places: list[Place]
    moved_s: float = math.inf
    """When something last moved there; infinite once that was looked into."""


class CardEye:
    """Reads the order cards of one camera's rules.

    State: the last looks of each place; made anew after a gap.

    Args:
        calibration: The camera's rules; those without a place for cards are passed over.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._spots: dict[tuple[Zone, bool], _Spot] = {}
        for rule in calibration.rules:
            if not isinstance(rule, ActivityRule) and (cards := rule.target.cards) is not None:
                fresh = _Spot(cards.zone, np.asarray(cards.zone.polygon), cards.tickets, [])
                spot = self._spots.setdefault((cards.zone, cards.tickets), fresh)
                hold = timedelta(seconds=cards.hold_s)
                spot.places.append(Place(calibration.camera, rule.id, rule.target.cell, hold=hold))
        self._reader = TagReader() if self._spots else None
        self._looked_s = -math.inf

    def update(self, frame: Frame, motion: Motion | None) -> tuple[CardSighting, ...]:
        """The cards that this frame made certain; nothing between two looks.

        Args:
            motion: Where the picture changed; ``None`` when nobody looked, which only delays a look.
        """
        if self._reader is None or not self._due(frame.moment.t_s, motion):
            return ()
        self._looked_s = frame.moment.t_s
        sightings: list[CardSighting] = []
        for spot in self._spots.values():
            seen = self._read(self._reader, spot, frame)
            for place in spot.places:
                sightings += place.update(seen, frame.moment)
        return tuple(sightings)

    def _due(self, now_s: float, motion: Motion | None) -> bool:
        """Whether it is time to look, or something has just come to rest."""
        settled = False
        for spot in self._spots.values():
            if moved_in(motion, spot.polygon):
                spot.moved_s = now_s
            elif now_s - spot.moved_s >= SETTLED_S:
                spot.moved_s, settled = math.inf, True
        return settled or now_s - self._looked_s >= LOOK_S

    def _read(self, reader: TagReader, spot: _Spot, frame: Frame) -> set[Mark]:
        """What is read of cards and tickets whose centre lies in the zone."""
        picture = frame.picture
        corners = to_pixels(spot.zone.polygon, picture.width, picture.height)
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int)
        part = picture.y[top:bottom, left:right]
        read: list[tuple[Mark, tuple[float, float]]] = [(tag.number, tag.centre) for tag in reader.read(part)]
        if spot.tickets:
            for ticket in read_tickets(part):
                read += [(mark, ticket.centre) for mark in _marks(ticket.text)]
        if not read:
            return set()
        centres = np.add([centre for _, centre in read], (left, top))
        return {mark for (mark, _), there in zip(read, inside(centres, corners), strict=True) if there}


def _marks(text: str) -> tuple[Mark, ...]:
    """What a QR code says of an order; nothing when it is somebody else's, such as one on a wrapper."""
    try:
        code = read_code(text)
    except ConfigError:
        return ()
    return (code.card if isinstance(code, OrderCard) else code.order,)
