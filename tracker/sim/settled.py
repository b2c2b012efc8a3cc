"""What a suite holds to be true: where pieces were in the end, not how often they trembled over a line.

A piece that hovers on the line and is laid down beyond it has crossed once; one that is carried to the brink and back
has not. So a move counts by the places where it began and ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tracker.domain.events import Direction
from tracker.domain.rules import GateRule, Point, TransferRule
from tracker.sim.motion import carried, out_of_sight
from tracker.sim.script import Move, Piece, Place, SceneScript, TruthEvent
from tracker.sim.truth import inside

STEP_S = 0.02
"""How finely the instant of a crossing is looked for."""


def settled_events(script: SceneScript, rules: Sequence[GateRule | TransferRule]) -> tuple[TruthEvent, ...]:
    """What each rule should report of a script, in order of time.

    A gate is crossed by a move that begins on one side and ends on the other, when the piece's middle last crosses. A
    transfer is ``moved`` when a piece that came from the source is laid into the destination, ``returned`` when it is
    lifted out and stays in sight.
    """
    events: list[TruthEvent] = []
    for piece in script.pieces:
        if piece.pieces:
            moves = sorted((move for move in script.moves if move.piece == piece.id), key=lambda move: move.start_s)
            for rule in rules:
                events += (
                    _crossings(piece, moves, rule) if isinstance(rule, GateRule) else _transfers(piece, moves, rule)
                )
    return tuple(sorted(events, key=lambda event: (event.t_s, event.piece, event.rule)))


def _crossings(piece: Piece, moves: Sequence[Move], rule: GateRule) -> list[TruthEvent]:
    events = []
    for move, origin in _with_origins(piece, moves):
        before, after = _side(origin, rule), _side(move.to, rule)
        if before != after:
            t_s = _last_change(move, origin, lambda place: _side(place, rule))
            events.append(_event(piece, rule, Direction.IN if after else Direction.OUT, t_s))
    return events


def _transfers(piece: Piece, moves: Sequence[Move], rule: TransferRule) -> list[TruthEvent]:
    events, due, delivered = [], False, False
    for move, origin in _with_origins(piece, moves):
        due = due or inside((origin.x, origin.y), rule.source)
        ends_there = inside((move.to.x, move.to.y), rule.destination)
        if delivered and not ends_there:
            delivered = False
            if not out_of_sight(move.to):
                left_s = _last_change(move, origin, lambda place: inside((place.x, place.y), rule.destination))
                events.append(_event(piece, rule, Direction.RETURNED, left_s))
                due = True
        elif due and ends_there:
            due, delivered = False, True
            events.append(_event(piece, rule, Direction.MOVED, move.end_s))
        due = due or inside((move.to.x, move.to.y), rule.source)
    return events


def _with_origins(piece: Piece, moves: Sequence[Move]) -> list[tuple[Move, Place]]:
    found, at = [], piece.home
    for move in moves:
        origin = move.start or at
        assert origin is not None, "motion has checked that a lifted piece lies somewhere"  # noqa: S101
        found.append((move, origin))
        at = move.to
    return found


def _last_change(move: Move, origin: Place, where: Callable[[Place], bool]) -> float:
    """When, on its way, a piece last came to be where the move ends."""
    steps = math.ceil(move.lasts_s / STEP_S)
    end = where(move.to)
    for step in range(steps - 1, 0, -1):
        t_s = move.start_s + step * move.lasts_s / steps
        if where(carried(move, origin, t_s)) != end:
            return t_s
    return move.start_s


def _side(place: Place, rule: GateRule) -> bool:
    """Whether a place lies on the gate's ``in`` side."""
    (x0, y0), (x1, y1) = rule.start, rule.end
    point: Point = place.x, place.y
    return (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0) >= 0


def _event(piece: Piece, rule: GateRule | TransferRule, direction: Direction, t_s: float) -> TruthEvent:
    back = direction in {Direction.OUT, Direction.RETURNED}
    return TruthEvent(t_s, rule.id, piece.id, direction, -piece.pieces if back else piece.pieces, piece.order)
