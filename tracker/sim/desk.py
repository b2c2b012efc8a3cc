"""Who does what when at one table: arms that do one thing at a time, places that hold what was laid there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tracker.domain.orders import OrderId
from tracker.sim.fabric import Fabric
from tracker.sim.hands import Grip
from tracker.sim.motion import REACH_S
from tracker.sim.outlines import GarmentKind
from tracker.sim.plan import Range, drawn
from tracker.sim.script import Carriage, Form, Gesture, Move, Piece, Place

BETWEEN_S = 2 * REACH_S + 0.1
"""An arm withdraws and reaches out again between two things it does."""


@dataclass(slots=True, eq=False)
class Spot:
    """One place where pieces are laid.

    Attributes:
        place: Its middle.
        lies: Pieces there, bottom to top.
        free_s: From when it may be used again; infinite while nobody knows.
        still_s: When something was last laid down there.
    """

    place: Place
    lies: list[int] = field(default_factory=list)
    free_s: float = 0.0
    still_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Cloth:
    """What the pieces of one order are.

    Attributes:
        order: Whose.
        kind: What is sewn.
        fabric: From what.
    """

    order: OrderId
    kind: GarmentKind
    fabric: Fabric


class Desk:
    """Collects pieces, moves and gestures; never gives an arm or a piece two things to do at once.

    Args:
        rng: Where chance comes from.
        carry_s: How long a hand carries a piece.
        mirrored: The same table seen from the other side: left is right.
    """

    def __init__(self, rng: np.random.Generator, *, carry_s: Range, mirrored: bool) -> None:
        self.rng = rng
        self.pieces: list[Piece] = []
        self.moves: list[Move] = []
        self.gestures: list[Gesture] = []
        self._carry_s, self.mirrored = carry_s, mirrored
        self._arm_free_s: dict[int, float] = {}
        self._piece_free_s: dict[int, float] = {}

    @property
    def end_s(self) -> float:
        """When the last thing is done."""
        ends = [move.end_s for move in self.moves] + [gesture.end_s for gesture in self.gestures]
        return max(ends, default=0.0)

    def seen(self, place: Place) -> Place:
        """A place as the camera sees it."""
        return Place(1 - place.x, place.y, -place.angle_deg) if self.mirrored else place

    def add(
        self, form: Form, cloth: Cloth, size: float, *, carried: Form | None = None, home: Place | None = None
    ) -> int:
        """A new piece; its id. Things count as nothing."""
        piece = Piece(
            id=len(self.pieces),
            form=form,
            kind=cloth.kind,
            fabric=cloth.fabric,
            size=size * float(self.rng.uniform(0.95, 1.05)),
            seed=int(self.rng.integers(2**31)),
            pieces=0 if form in {Form.THING, Form.BIN} else 1,
            order=cloth.order,
            home=self.seen(home) if home is not None else None,
            carried=carried,
        )
        self.pieces.append(piece)
        return piece.id

    def free_s(self, arm: int, *pieces: int) -> float:
        """From when an arm and pieces may do something."""
        arm_s = self._arm_free_s.get(arm, 0.0)
        return max(arm_s, *(self._piece_free_s.get(piece, 0.0) for piece in pieces)) if pieces else arm_s

    def carry(
        self, pieces: list[int], arm: int, to: Place, *, after_s: float, way: Way | None = None
    ) -> tuple[float, float]:
        """An arm carries pieces, the first in the hand and the others along with it; when it begins and ends."""
        way = way or Way()
        start_s = max(after_s, self.free_s(arm, *pieces))
        lasts_s = way.lasts_s or drawn(self._carry_s, self.rng)
        grip = Grip.HOLD if self.rng.random() < 0.7 else Grip.FIST
        start = self.seen(way.start) if way.start is not None else None
        via = tuple(self.seen(place) for place in way.via)
        for index, piece in enumerate(pieces):
            by = Carriage.ALONG if index else way.by
            self.moves.append(Move(piece, arm, start_s, lasts_s, self.seen(self.near(to)), start, grip, via, by))
            self._piece_free_s[piece] = start_s + lasts_s + 0.05
        if way.by is Carriage.HAND:
            self._arm_free_s[arm] = start_s + lasts_s + BETWEEN_S
        return start_s, start_s + lasts_s

    def gesture(self, arm: int, way: list[Place], *, after_s: float, lasts_s: float) -> float:
        """An empty hand goes somewhere; when it ends."""
        start_s = max(after_s, self.free_s(arm))
        grip = Grip.OPEN if self.rng.random() < 0.7 else Grip.FIST
        self.gestures.append(Gesture(arm, start_s, lasts_s, tuple(self.seen(place) for place in way), grip))
        self._arm_free_s[arm] = start_s + lasts_s + BETWEEN_S
        return start_s + lasts_s

    def near(self, place: Place, play: float = 0.008) -> Place:
        """A place close to that one: nobody lays two pieces down alike."""
        dx, dy, turn = self.rng.normal(0, 1, 3)
        return Place(place.x + dx * play, place.y + dy * play * 1.6, place.angle_deg + turn * 6)


@dataclass(frozen=True, slots=True)
class Way:
    """How something is carried.

    Attributes:
        lasts_s: How long; ``None``: as usual at this desk.
        start: Where it comes from when it was out of sight.
        via: Stops on the way.
        by: By hand, or thrown.
    """

    lasts_s: float | None = None
    start: Place | None = None
    via: tuple[Place, ...] = ()
    by: Carriage = Carriage.HAND


def soonest(spots: list[Spot]) -> Spot:
    """The place that is free first."""
    return min(spots, key=lambda spot: (spot.free_s, spot.place.x, spot.place.y))


def taken(spot: Spot) -> None:
    """Nobody knows yet when the place will be free."""
    spot.free_s = math.inf
