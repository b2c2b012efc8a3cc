"""Where every piece and hand is at a time: the script's moves, played."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.sim.hands import Grip
from tracker.sim.script import Carriage, Gesture, Move, Place, SceneScript

REACH_S = 0.55
"""Time a hand takes from the edge of the picture to a piece, and back."""
_GONE_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class PiecePose:
    """A piece at a time.

    Attributes:
        piece: Its id.
        place: Where.
        lift: 0 on the table, 1 fully lifted.
        since_s: When it was set down there (-1 when it lay there from the start): decides what lies on top.
    """

    piece: int
    place: Place
    lift: float
    since_s: float

    @property
    def held(self) -> bool:
        """A hand carries it."""
        return self.lift > 0


@dataclass(frozen=True, slots=True)
class HandPose:
    """A hand at a time: what it does, where its holding point is, what the fingers do."""

    doing: Move | Gesture
    x: float
    y: float
    grip: Grip


@dataclass(frozen=True, slots=True)
class Poses:
    """All that can be seen at a time.

    Attributes:
        resting: Pieces on the table, bottom to top.
        held: Pieces in hands.
        hands: Hands, those that carry and those that reach or withdraw.
    """

    resting: tuple[PiecePose, ...]
    held: tuple[PiecePose, ...]
    hands: tuple[HandPose, ...]


class Motion:
    """Plays a script's moves. Holds no state beside what it precomputes from the script."""

    def __init__(self, script: SceneScript) -> None:
        self._script = script
        self._moves: dict[int, list[tuple[Move, Place]]] = {piece.id: [] for piece in script.pieces}
        for piece in script.pieces:
            at = piece.home
            for move in sorted((m for m in script.moves if m.piece == piece.id), key=lambda m: m.start_s):
                origin = move.start or at
                if origin is None:
                    msg = f"piece {piece.id} is nowhere at {move.start_s} s; give the move a start"
                    raise ValueError(msg)
                self._moves[piece.id].append((move, origin))
                at = None if out_of_sight(move.to) else move.to

    def at(self, t_s: float) -> Poses:
        """Everything in sight at a time (seconds from the first frame)."""
        resting: list[PiecePose] = []
        held: list[PiecePose] = []
        for piece in self._script.pieces:
            pose = self._piece(piece.id, piece.home, t_s)
            if pose is not None:
                (held if pose.held else resting).append(pose)
        resting.sort(key=lambda pose: (pose.since_s, pose.piece))
        return Poses(tuple(resting), tuple(held), tuple(self._hands(t_s)))

    def _piece(self, piece: int, home: Place | None, t_s: float) -> PiecePose | None:
        lies_at, since = home, -1.0
        for move, origin in self._moves[piece]:
            if t_s < move.start_s:
                break
            if t_s < move.end_s:
                return PiecePose(piece, carried(move, origin, t_s), _lifted(move, origin, t_s), since)
            lies_at, since = (None if out_of_sight(move.to) else move.to), move.end_s
        return None if lies_at is None else PiecePose(piece, lies_at, 0.0, since)

    def _hands(self, t_s: float) -> Sequence[HandPose]:
        hands = []
        for timeline in self._moves.values():
            for move, origin in timeline:
                if move.by is not Carriage.HAND or not move.start_s - REACH_S < t_s < move.end_s + REACH_S:
                    continue
                pose = self._hand(move, origin, t_s)
                if pose is not None:
                    hands.append(pose)
        shown = (one for one in self._script.gestures if one.start_s - REACH_S < t_s < one.end_s + REACH_S)
        return hands + [self._gesture(gesture, t_s) for gesture in shown]

    def _hand(self, move: Move, origin: Place, t_s: float) -> HandPose | None:
        shoulder = self._script.arms[move.arm].shoulder
        if t_s < move.start_s:
            if out_of_sight(origin):
                return None
            share = 1 - (move.start_s - t_s) / REACH_S
            x, y = _between(shoulder, (origin.x, origin.y), 0.15 + 0.85 * _smooth(share))
            return HandPose(move, x, y, Grip.OPEN if share < 0.8 else move.grip)
        if t_s <= move.end_s:
            place = carried(move, origin, t_s)
            return HandPose(move, place.x, place.y, move.grip)
        if out_of_sight(move.to):
            return None
        share = (t_s - move.end_s) / REACH_S
        x, y = _between((move.to.x, move.to.y), shoulder, 0.85 * _smooth(share))
        return HandPose(move, x, y, Grip.OPEN)

    def _gesture(self, gesture: Gesture, t_s: float) -> HandPose:
        shoulder = self._script.arms[gesture.arm].shoulder
        reached = 1.0
        if t_s < gesture.start_s:
            reached = _smooth(1 - (gesture.start_s - t_s) / REACH_S)
        elif t_s > gesture.end_s:
            reached = _smooth(1 - (t_s - gesture.end_s) / REACH_S)
        at = gesture.way[0].x, gesture.way[0].y
        if gesture.way[1:]:
            share = min(1.0, max(0.0, (t_s - gesture.start_s) / gesture.lasts_s))
            start, end, within = _leg(gesture.way[0], gesture.way[1:], share)
            at = _between((start.x, start.y), (end.x, end.y), _smooth(within))
        x, y = _between(shoulder, at, 0.15 + 0.85 * reached)
        return HandPose(gesture, x, y, gesture.grip)


def out_of_sight(place: Place) -> bool:
    """A place whose centre lies clearly outside the picture: what is put there is gone."""
    inside = -_GONE_MARGIN <= place.x <= 1 + _GONE_MARGIN and -_GONE_MARGIN <= place.y <= 1 + _GONE_MARGIN
    return not inside


def _smooth(share: float) -> float:
    """Minimum-jerk progress of a reaching arm (Flash and Hogan 1985, J. Neurosci. 5:1688)."""
    share = min(1.0, max(0.0, share))
    return share**3 * (10 - 15 * share + 6 * share**2)


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def carried(move: Move, origin: Place, t_s: float) -> Place:
    """Where the moved piece is."""
    share = (t_s - move.start_s) / move.lasts_s
    if move.by is Carriage.THROWN:
        x, y = _between((origin.x, origin.y), (move.to.x, move.to.y), share)
        return Place(x, y - 0.1 * math.sin(math.pi * share), origin.angle_deg + 150 * share)
    if not move.via:
        return _along(origin, move.to, share, seed=move.piece)
    start, end, within = _leg(origin, (*move.via, move.to), share)
    return _along(start, end, within, seed=move.piece)


def _leg(origin: Place, stops: tuple[Place, ...], share: float) -> tuple[Place, Place, float]:
    """The part of a way with stops that is reached at a share of its time: from, to, share of this part."""
    passed = min(int(share * len(stops)), len(stops) - 1)
    return (origin, *stops)[passed], stops[passed], share * len(stops) - passed


def _along(start: Place, end: Place, share: float, *, seed: int) -> Place:
    """The carried piece: an arc with a little sway."""
    done = _smooth(share)
    x, y = _between((start.x, start.y), (end.x, end.y), done)
    arc = math.sin(math.pi * done)
    turn = start.angle_deg + (end.angle_deg - start.angle_deg) * done
    sway = 5.0 * math.sin(2.6 * math.pi * share + seed) * arc
    return Place(x, y - 0.025 * arc, turn + sway)


def _lifted(move: Move, start: Place, t_s: float) -> float:
    share = (t_s - move.start_s) / move.lasts_s
    up = 1.0 if out_of_sight(start) else share * 7
    down = 1.0 if out_of_sight(move.to) else (1 - share) * 7
    return max(0.01, min(1.0, up, down))
