"""The transfer: a piece that was in one zone comes to rest in another."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from tracker.count.emit import Emitter
from tracker.count.pieces import LINK_OVERLAP_S, LINK_S, REST_S, Piece, Pieces, came_back
from tracker.count.view import PART_INSIDE, View, moved_in
from tracker.domain.events import Direction, Event
from tracker.domain.frames import CameraId, Moment
from tracker.domain.geometry import Box, centre_of, inside, overlap_of_smaller, share_inside, size_of, to_pixels
from tracker.domain.rules import RuleKind, TransferRule

HIDDEN_S = 1.0
"""A piece on its way, last seen in the destination and unseen this long, was laid onto or under others there:
in a pile only the topmost piece has a box of its own."""
HANDLING_S = 1.0
HANDLING_SIZES = 2.0
"""What comes to rest within this time and this many of its sizes of another, and was not seen coming piece by piece, is
the same piece: what a hand does not let see has more than one box at first."""
LEAST_HIDDEN_LIKENESS = 0.4
"""Ratio of areas of a piece that nobody saw lying anywhere and of one in whose pile it vanished. A hand in flight that
a model took for a piece is smaller than most."""
SLOW_S = 0.15
"""Or it was still for at least this long before it vanished: laid down, not in flight."""
LEAST_OVER = 0.1
"""Share of its box by which a piece in flight was over the destination when it vanished."""
PART_LEFT = 0.3
"""What lay this far inside the place of a piece, and is gone with it, was a part of it."""
REACH = 1.0
"""A piece that first shows this many sizes of a source's piece from its centre, or nearer, was taken from there."""


class _Place(Enum):
    SOURCE = auto()
    DESTINATION = auto()
    ELSEWHERE = auto()


@dataclass(slots=True, eq=False)
class _Way:
    """How far a piece has come.

    Attributes:
        piece: What is known of it.
        place: Where its centre was when last seen.
        due: It was in the source (or was returned) and has not been delivered since.
        delivered: It came to rest in the destination and has not come back out since.
        settled: It has come to rest at least once.
        left: When it was last in the destination, once it is outside after being delivered.
        origin: Where it last lay in the source, xyxy pixels.
        berth: Where it last lay in the destination.
    """

    piece: Piece
    place: _Place
    due: bool = False
    delivered: bool = False
    settled: bool = False
    left: Moment | None = None
    origin: Box | None = None
    berth: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Handling:
    """A piece that came to rest in the destination, or was taken out of it.

    Attributes:
        t_s: When it stopped, or left.
        box: Where, xyxy pixels.
        told: Nobody saw it all the way: it is known by its two ends.
    """

    t_s: float
    box: Box
    told: bool

    def repeats(self, earlier: _Handling) -> bool:
        """Whether this is the same handling: parts of a piece are no pieces, nor are two boxes of what was not seen."""
        if abs(self.t_s - earlier.t_s) > HANDLING_S:
            return False
        if not self.told and not earlier.told:
            return overlap_of_smaller(self.box, earlier.box) >= PART_INSIDE
        apart = math.dist(centre_of(self.box), centre_of(earlier.box))
        return apart < HANDLING_SIZES * max(size_of(self.box), size_of(earlier.box))


class Transfer:
    """Counts pieces that were in the source and come to rest in the destination, and those that come back out.

    ::

        +--------+   hand   +-------------+
        | source |  ----->  | destination |   moved, +1: at rest for REST_S, or hidden in a pile
        +--------+          +-------------+
                   <------                    returned, -1: back in the source, or at rest outside

    What only passes through the destination counts nothing, nor does what is carried from it out of the picture (a full
    tray taken away).

    Hands hide what they carry. So a piece may be told by its two ends: it is gone from its place in one zone, nothing
    covers that place, and within ``LINK_S`` a new track comes to rest in the other zone. In a pile there is no new
    track either: then the destination must have been stirred in that time, and be still again with a piece on top.
    Both ends must have moved in the picture: a detector that loses a lying piece and finds it again moves nothing.

    A pile has one box, which stays when a piece is taken from it: what first shows beside a pile of the source that was
    just stirred comes from there, and so does what is first seen in flight straight away from it.

    State is a way per piece, which goes with it, and when the destination last stirred.
    """

    def __init__(self, rule: TransferRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._emitter = Emitter(camera, rule.id, RuleKind.TRANSFER, rule.target)
        self._pieces = Pieces(labels, rule.target.classes)
        self._ways: dict[int, _Way] = {}
        self._stir: tuple[Moment, Moment] | None = None
        """When the destination last began to move, and when it last moved."""
        self._deliveries: deque[_Handling] = deque()
        self._returns: deque[_Handling] = deque()
        """The latest ones of each, so that one handling is not counted twice."""

    def update(self, view: View) -> list[Event]:
        """Transfers and returns that became certain with this frame."""
        now = view.moment
        self._feel(view)
        events = []
        seen = self._pieces.update(view)
        if seen:
            centres = np.array([piece.centre for piece in seen])
            for piece, place in zip(seen, self._places(centres, view), strict=True):
                events += self._judge(self._follow(piece, place, view), view)
        for handlings in (self._deliveries, self._returns):
            while handlings and handlings[0].t_s < now.t_s - LINK_S - REST_S:
                handlings.popleft()
        self._ways = {piece.track_id: self._ways[piece.track_id] for piece in self._pieces}
        for way in self._ways.values():
            unseen_s = now.t_s - way.piece.seen.t_s
            if unseen_s >= HIDDEN_S and way.due and way.piece.confirmed and (laid := self._laid_down(way, view)):
                events += self._deliver(way, laid, now, told=True)
        return events

    def _feel(self, view: View) -> None:
        if moved_in(view.motion, np.asarray(self.rule.destination.polygon, np.float64)):
            began = view.moment
            if self._stir is not None and began.t_s - self._stir[1].t_s < REST_S:
                began = self._stir[0]
            self._stir = (began, view.moment)

    def _places(self, centres: NDArray[np.float64], view: View) -> list[_Place]:
        source, destination = (
            inside(centres, to_pixels(zone.polygon, view.width, view.height))
            for zone in (self.rule.source, self.rule.destination)
        )
        return [
            _Place.DESTINATION if there else _Place.SOURCE if here else _Place.ELSEWHERE
            for here, there in zip(source, destination, strict=True)
        ]

    def _follow(self, piece: Piece, place: _Place, view: View) -> _Way:
        """The way of a piece that is seen, brought up to this frame."""
        way = self._ways.get(piece.track_id)
        if way is None:
            way = self._ways[piece.track_id] = _Way(piece, place)
            way.due = place is _Place.ELSEWHERE and self._emerged(piece, view)
        if way.delivered and way.place is _Place.DESTINATION and place is not _Place.DESTINATION:
            way.left = view.moment
        way.place = place
        way.due = way.due or place is _Place.SOURCE
        if not way.due and not way.settled and (lay := self._flew_off(piece)):
            way.due, way.origin = True, lay.origin
        if piece.at_rest and place is _Place.SOURCE:
            way.origin = piece.box
        elif piece.at_rest and place is _Place.DESTINATION:
            way.berth = piece.box
        return way

    def _emerged(self, piece: Piece, view: View) -> bool:
        """Whether a new piece comes from a pile of the source that has just been stirred."""
        for way in self._ways.values():
            pile = way.piece
            if way.place is _Place.SOURCE and pile.rested and pile is not piece:
                near = math.dist(piece.centre, pile.centre) <= REACH * pile.size
                if near and self._pieces.moved_since(pile, view.moment.t_s - LINK_OVERLAP_S):
                    return True
        return False

    def _flew_off(self, piece: Piece) -> _Way | None:
        """What lies, or lay, in the source where a piece that was first seen in flight was taken from."""
        rest = self._pieces.flew_off(piece)
        way = None if rest is None else self._ways.get(rest.track_id)
        return way if way is not None and way.place is _Place.SOURCE else None

    def _judge(self, way: _Way, view: View) -> list[Event]:
        if not way.piece.confirmed:
            return []
        if way.place is _Place.DESTINATION:
            return self._arrive(way, view) if way.piece.at_rest and not way.delivered else []
        return self._judge_outside(way, view)

    def _arrive(self, way: _Way, view: View) -> list[Event]:
        if way.due or self._link(way, view, delivered=False):
            return self._deliver(way, way.piece.stopped, view.moment, told=not way.due)
        way.delivered = way.settled = True
        return []

    def _judge_outside(self, way: _Way, view: View) -> list[Event]:
        piece, now = way.piece, view.moment
        if way.delivered and way.left is not None and (piece.at_rest or way.place is _Place.SOURCE):
            left, way.left = way.left, None
            way.due, way.delivered = True, False
            return self._return(way, left, now, told=False)
        if way.place is _Place.SOURCE and piece.at_rest and not way.settled:
            way.settled = True
            if gone := self._link(way, view, delivered=True):
                return self._return(gone, gone.piece.seen, now, told=True)
        return []

    def _deliver(self, way: _Way, stopped: Moment, now: Moment, *, told: bool) -> list[Event]:
        """Count a delivery, unless it is the one just counted.

        Args:
            told: It is known by its two ends only.
        """
        way.due, way.delivered, way.settled = False, True, True
        self._use_up(way.origin, now)
        new = _Handling(stopped.t_s, way.piece.box, told)
        if any(new.repeats(earlier) for earlier in self._deliveries):
            return []
        self._deliveries.append(new)
        return [self._emitter.emit(Direction.MOVED, way.piece.class_name, stopped, now.at)]

    def _return(self, way: _Way, left: Moment, now: Moment, *, told: bool) -> list[Event]:
        """The same for a piece that was taken out again."""
        new = _Handling(left.t_s, way.piece.box if way.berth is None else way.berth, told)
        if any(new.repeats(earlier) for earlier in self._returns):
            return []
        self._returns.append(new)
        return [self._emitter.emit(Direction.RETURNED, way.piece.class_name, left, now.at)]

    def _link(self, arrived: _Way, view: View, *, delivered: bool) -> _Way | None:
        """The piece that vanished just before this one appeared, used up by the answer.

        Args:
            delivered: Look for one that lay in the destination instead of one that was due.
        """
        if arrived.piece.entered or not self._pieces.was_laid(arrived.piece):
            return None
        for piece in self._pieces.gone_before(arrived.piece, view):
            way = self._ways[piece.track_id]
            if delivered and not came_back(piece, arrived.piece):
                continue
            if way.delivered and way.place is _Place.DESTINATION if delivered else way.due and piece.rested:
                way.due = way.delivered = False
                self._use_up(way.origin, view.moment)
                return way
        return None

    def _use_up(self, origin: Box | None, now: Moment) -> None:
        """Take what else was seen at a place, and went with the piece that lay there, for parts of that piece."""
        if origin is None:
            return
        for way in self._ways.values():
            gone = way.place is not _Place.SOURCE or now.t_s - way.piece.seen.t_s > LINK_OVERLAP_S
            lay = way.piece.box if way.origin is None else way.origin
            if way.due and gone and overlap_of_smaller(lay, origin) >= PART_LEFT:
                way.due = False

    def _laid_down(self, way: _Way, view: View) -> Moment | None:
        """When an unseen piece that was due was hidden among others in the destination; ``None`` when it was not."""
        piece = way.piece
        if self._reached(way, view):
            slowed = piece.seen.t_s - piece.stopped.t_s >= SLOW_S
            return piece.seen if piece.rested or slowed or self._fits(piece) else None
        if self._stir is None or not piece.rested:
            return None
        began, last = self._stir
        if any(delivery.t_s >= began.t_s for delivery in self._deliveries):
            return None  # the stir that brought a piece in plain view brought no hidden one
        in_time = piece.seen.t_s + LINK_OVERLAP_S < began.t_s <= piece.seen.t_s + LINK_S
        still = view.moment.t_s - last.t_s >= REST_S
        taken = in_time and still and self._pieces.was_taken(piece, view)
        return began if taken and self._has_resident(view) else None

    def _reached(self, way: _Way, view: View) -> bool:
        """Whether a piece was in the destination when last seen, or on its way there with its box over the edge."""
        if way.place is not _Place.ELSEWHERE:
            return way.place is _Place.DESTINATION
        polygon = to_pixels(self.rule.destination.polygon, view.width, view.height)
        return bool(share_inside(np.array([way.piece.box]), polygon)[0] >= LEAST_OVER)

    def _fits(self, piece: Piece) -> bool:
        """Whether a piece may be hidden among those in the destination: under a pile of its like, not of crumbs."""
        return any(
            way.place is _Place.DESTINATION and way.piece.rested and way.piece.is_like(piece, LEAST_HIDDEN_LIKENESS)
            for way in self._ways.values()
            if way.piece is not piece
        )

    def _has_resident(self, view: View) -> bool:
        """Whether pieces lie in the destination in plain view, and none of them has yet to say where it came from."""
        there = [
            way
            for way in self._ways.values()
            if way.place is _Place.DESTINATION and view.moment.t_s - way.piece.seen.t_s < LINK_OVERLAP_S
        ]
        return bool(there) and all(way.delivered for way in there)
