"""The transfer: a piece that was in one zone comes to rest in another."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from tracker.count.emit import Emitter
from tracker.count.ground import Ground
from tracker.count.view import PART_INSIDE, View, countable, moved_in
from tracker.domain.events import Direction, Event
from tracker.domain.frames import CameraId, Moment
from tracker.domain.geometry import inside, overlap_of_smaller, to_pixels
from tracker.domain.rules import RuleKind, TransferRule

REST_S = 1.0
"""A piece lies at rest when its centre stayed put this long."""
REST_DRIFT = 0.15
"""Staying put: within this share of the piece's size (square root of its box's area)."""
HIDDEN_S = 1.0
"""A piece on its way, last seen in the destination and unseen this long, was laid onto or under others there:
in a pile only the topmost piece has a box of its own."""
LINK_S = 4.0
"""A piece may vanish in a hand and reappear in the destination as a new track within this time."""
HANDLING_S = 2.0
"""What is laid down within this time, and was not seen coming piece by piece, was laid down by one hand at once."""
ARRIVAL_S = 1.5
"""Something must have moved where a new track appears this shortly before: a hand that laid it down."""
LINK_OVERLAP_S = 0.5
"""The new track may appear this long before the old one was last seen; a piece unseen for longer is gone."""


class _Place(Enum):
    SOURCE = auto()
    DESTINATION = auto()
    ELSEWHERE = auto()


@dataclass(slots=True)
class _Piece:
    """What is known of one track.

    Attributes:
        due: It was in the source (or was returned) and has not been delivered since.
        delivered: It came to rest in the destination and has not come back out since.
        settled: It has come to rest at least once.
        left: When it was last in the destination, once it is outside after being delivered.
        place: Where its centre was when last seen.
        box: Where it was last seen, xyxy pixels.
        anchor: Where it has stayed since ``stopped``, pixels.
        stopped: When it came to stay at ``anchor``.
        seen: When last seen.
        born_s: When first seen.
        confirmed: Its track may count.
        class_name: What it is.
    """

    due: bool
    delivered: bool
    settled: bool
    left: Moment | None
    place: _Place
    box: NDArray[np.float32]
    anchor: NDArray[np.float32]
    stopped: Moment
    seen: Moment
    born_s: float
    confirmed: bool
    class_name: str


@dataclass(frozen=True, slots=True, eq=False)
class _Delivery:
    """A piece that came to rest in the destination.

    Attributes:
        t_s: When it stopped.
        box: Where, xyxy pixels.
        told: Nobody saw it all the way: it is known by its two ends.
    """

    t_s: float
    box: NDArray[np.float32]
    told: bool

    def repeats(self, earlier: _Delivery) -> bool:
        """Whether this is the same handling: a hand lays down one piece at a time, and its parts are no pieces."""
        same_time = abs(self.t_s - earlier.t_s) <= HANDLING_S
        return same_time and (self.told or earlier.told or overlap_of_smaller(self.box, earlier.box) >= PART_INSIDE)


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

    State is a piece per track, which goes ``LINK_S`` after the track has ended, and when the destination last stirred.
    """

    def __init__(self, rule: TransferRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._labels = labels
        self._counts = countable(labels, rule.target.classes)
        self._emitter = Emitter(camera, rule.id, RuleKind.TRANSFER, rule.target)
        self._pieces: dict[int, _Piece] = {}
        self._stir: tuple[Moment, Moment] | None = None
        """When the destination last began to move, and when it last moved."""
        self._ground = Ground()
        """When each part of the picture last moved."""
        self._deliveries: deque[_Delivery] = deque()
        """The latest ones, so that one handling is not counted twice."""

    def update(self, view: View) -> list[Event]:
        """Transfers and returns that became certain with this frame."""
        tracks, now = view.tracks, view.moment
        self._feel(view)
        events = []
        rows = np.flatnonzero(tracks.seen & self._counts[tracks.class_id])
        if len(rows):
            centres = tracks.centres()[rows]
            size = np.sqrt(np.maximum((tracks.xyxy[rows, 2:] - tracks.xyxy[rows, :2]).prod(axis=1), 1.0))
            places = self._places(centres, view)
            for row, place, centre, drift in zip(rows.tolist(), places, centres, REST_DRIFT * size, strict=True):
                events += self._judge(self._see(row, place, centre, float(drift), view), view)
        while self._deliveries and self._deliveries[0].t_s < now.t_s - LINK_S - REST_S:
            self._deliveries.popleft()
        live = set(tracks.track_id.tolist())
        for track_id, piece in list(self._pieces.items()):
            unseen_s = now.t_s - piece.seen.t_s
            if unseen_s >= HIDDEN_S and piece.due and piece.confirmed and (laid := self._laid_down(piece, view)):
                events += self._deliver(piece, laid, now, told=True)
            if unseen_s > LINK_S and track_id not in live:
                del self._pieces[track_id]
        return events

    def _feel(self, view: View) -> None:
        self._ground.update(view)
        if moved_in(view.motion, np.asarray(self.rule.destination.polygon, np.float64)):
            began = view.moment
            if self._stir is not None and began.t_s - self._stir[1].t_s < REST_S:
                began = self._stir[0]
            self._stir = (began, view.moment)

    def _laid_down(self, piece: _Piece, view: View) -> Moment | None:
        """When an unseen piece that was due was hidden among others in the destination; ``None`` when it was not."""
        if piece.place is _Place.DESTINATION:
            return piece.seen
        if self._stir is None:
            return None
        began, last = self._stir
        if any(delivery.t_s >= began.t_s for delivery in self._deliveries):
            return None  # the stir that brought a piece in plain view brought no hidden one
        in_time = piece.seen.t_s + LINK_OVERLAP_S < began.t_s <= piece.seen.t_s + LINK_S
        still = view.moment.t_s - last.t_s >= REST_S
        taken = in_time and still and self._was_taken(piece, view)
        return began if taken and self._has_resident(view) else None

    def _was_taken(self, piece: _Piece, view: View) -> bool:
        """Whether an unseen piece left its place: something moved there, and nothing that is seen now covers it."""
        return self._ground.moved_since(piece.box, piece.seen.t_s - LINK_OVERLAP_S) and self._is_bare(piece, view)

    def _has_resident(self, view: View) -> bool:
        """Whether pieces lie in the destination in plain view, and none of them has yet to say where it came from."""
        there = [
            piece
            for piece in self._pieces.values()
            if piece.place is _Place.DESTINATION and view.moment.t_s - piece.seen.t_s < LINK_OVERLAP_S
        ]
        return bool(there) and all(piece.delivered for piece in there)

    @staticmethod
    def _is_bare(piece: _Piece, view: View) -> bool:
        """Whether nothing that is seen now covers the place where a piece was last seen."""
        boxes = view.tracks.xyxy[view.tracks.seen]
        centre = (piece.box[:2] + piece.box[2:]) / 2
        covers = (boxes[:, :2] <= centre).all(axis=1) & (boxes[:, 2:] >= centre).all(axis=1)
        return not covers.any()

    def _places(self, centres: NDArray[np.float32], view: View) -> list[_Place]:
        source, destination = (
            inside(centres, to_pixels(zone.polygon, view.width, view.height))
            for zone in (self.rule.source, self.rule.destination)
        )
        return [
            _Place.DESTINATION if there else _Place.SOURCE if here else _Place.ELSEWHERE
            for here, there in zip(source, destination, strict=True)
        ]

    def _see(self, row: int, place: _Place, centre: NDArray[np.float32], drift_px: float, view: View) -> _Piece:
        """The piece of a track, brought up to this frame."""
        tracks, now = view.tracks, view.moment
        name = self._labels[tracks.class_id[row]]
        track_id = int(tracks.track_id[row])
        piece = self._pieces.get(track_id)
        if piece is None:
            piece = _Piece(
                due=False,
                delivered=False,
                settled=False,
                left=None,
                place=place,
                box=tracks.xyxy[row],
                anchor=centre,
                stopped=now,
                seen=now,
                born_s=now.t_s,
                confirmed=False,
                class_name=name,
            )
            self._pieces[track_id] = piece
        if np.hypot(*(centre - piece.anchor)) > drift_px:
            piece.anchor, piece.stopped = centre, now
        if piece.delivered and piece.place is _Place.DESTINATION and place is not _Place.DESTINATION:
            piece.left = piece.seen
        piece.place, piece.box, piece.seen, piece.class_name = place, tracks.xyxy[row], now, name
        piece.confirmed = bool(tracks.confirmed[row])
        return piece

    def _judge(self, piece: _Piece, view: View) -> list[Event]:
        if not piece.confirmed:
            return []
        at_rest = view.moment.t_s - piece.stopped.t_s >= REST_S
        if piece.place is _Place.DESTINATION:
            return self._arrive(piece, view) if at_rest and not piece.delivered else []
        return self._judge_outside(piece, view, at_rest=at_rest)

    def _arrive(self, piece: _Piece, view: View) -> list[Event]:
        if piece.due or self._link(piece, view, delivered=False):
            return self._deliver(piece, piece.stopped, view.moment, told=not piece.due)
        piece.delivered = piece.settled = True
        return []

    def _judge_outside(self, piece: _Piece, view: View, *, at_rest: bool) -> list[Event]:
        now = view.moment
        if piece.delivered and piece.left is not None and (at_rest or piece.place is _Place.SOURCE):
            left, piece.left = piece.left, None
            piece.due, piece.delivered = True, False
            return [self._emitter.emit(Direction.RETURNED, piece.class_name, left, now.at)]
        if piece.place is _Place.SOURCE:
            piece.due = True
            if at_rest and not piece.settled:
                piece.settled = True
                if gone := self._link(piece, view, delivered=True):
                    return [self._emitter.emit(Direction.RETURNED, piece.class_name, gone.seen, now.at)]
        return []

    def _deliver(self, piece: _Piece, stopped: Moment, now: Moment, *, told: bool) -> list[Event]:
        """Count a delivery, unless it is the one just counted.

        Args:
            told: It is known by its two ends only.
        """
        piece.due, piece.delivered, piece.settled = False, True, True
        new = _Delivery(stopped.t_s, piece.box, told)
        if any(new.repeats(earlier) for earlier in self._deliveries):
            return []
        self._deliveries.append(new)
        return [self._emitter.emit(Direction.MOVED, piece.class_name, stopped, now.at)]

    def _link(self, arrived: _Piece, view: View, *, delivered: bool) -> _Piece | None:
        """The piece that vanished just before this one appeared, used up by the answer.

        Args:
            delivered: Look for one that lay in the destination instead of one that was due.
        """
        if not self._ground.moved_since(arrived.box, arrived.born_s - ARRIVAL_S):
            return None
        for piece in self._pieces.values():
            gone = piece.seen.t_s < view.moment.t_s - LINK_OVERLAP_S and self._was_taken(piece, view)
            in_time = arrived.born_s - LINK_S <= piece.seen.t_s <= arrived.born_s + LINK_OVERLAP_S
            fits = piece.delivered and piece.place is _Place.DESTINATION if delivered else piece.due
            if piece.confirmed and gone and in_time and fits:
                piece.due = piece.delivered = False
                return piece
        return None
