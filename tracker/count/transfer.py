"""The transfer: a piece that was in one zone comes to rest in another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from tracker.count.emit import Emitter
from tracker.count.view import View, countable
from tracker.domain.events import Direction, Event
from tracker.domain.frames import CameraId, Moment
from tracker.domain.geometry import inside, to_pixels
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
LINK_OVERLAP_S = 0.5
"""The new track may appear this long before the old one was last seen."""


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
        left: When it was last in the destination, once it is outside after being delivered.
        place: Where its centre was when last seen.
        anchor: Where it has stayed since ``stopped``, pixels.
        stopped: When it came to stay at ``anchor``.
        seen: When last seen.
        born_s: When first seen.
        confirmed: Its track may count.
        class_name: What it is.
    """

    due: bool
    delivered: bool
    left: Moment | None
    place: _Place
    anchor: NDArray[np.float32]
    stopped: Moment
    seen: Moment
    born_s: float
    confirmed: bool
    class_name: str


class Transfer:
    """Counts pieces that were in the source and come to rest in the destination, and those that come back out.

    ::

        +--------+   hand   +-------------+
        | source |  ----->  | destination |   moved, +1: at rest for REST_S, or hidden in the pile; dated when it stopped
        +--------+          +-------------+
                   <------                    returned, -1: back in the source, or at rest outside; dated when it left

    What only passes through the destination counts nothing, nor does what is carried from it out of the picture (a full
    tray taken away). State is a piece per track; it goes ``LINK_S`` after the track has ended.
    """

    def __init__(self, rule: TransferRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._labels = labels
        self._counts = countable(labels, rule.target.classes)
        self._emitter = Emitter(camera, rule.id, RuleKind.TRANSFER, rule.target)
        self._pieces: dict[int, _Piece] = {}

    def update(self, view: View) -> list[Event]:
        """Transfers and returns that became certain with this frame."""
        tracks, now = view.tracks, view.moment
        events = []
        rows = np.flatnonzero(tracks.seen & self._counts[tracks.class_id])
        if len(rows):
            centres = tracks.centres()[rows]
            size = np.sqrt(np.maximum((tracks.xyxy[rows, 2:] - tracks.xyxy[rows, :2]).prod(axis=1), 1.0))
            places = self._places(centres, view)
            for row, place, centre, drift in zip(rows.tolist(), places, centres, REST_DRIFT * size, strict=True):
                events += self._judge(self._see(row, place, centre, float(drift), view), now)
        for track_id, piece in list(self._pieces.items()):
            unseen_s = now.t_s - piece.seen.t_s
            if unseen_s >= HIDDEN_S and piece.due and piece.confirmed and piece.place is _Place.DESTINATION:
                events.append(self._deliver(piece, piece.seen, now))
            if unseen_s > LINK_S and not np.isin(track_id, tracks.track_id):
                del self._pieces[track_id]
        return events

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
                left=None,
                place=place,
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
        piece.place, piece.seen, piece.class_name = place, now, name
        piece.confirmed = bool(tracks.confirmed[row])
        return piece

    def _judge(self, piece: _Piece, now: Moment) -> list[Event]:
        if not piece.confirmed:
            return []
        at_rest = now.t_s - piece.stopped.t_s >= REST_S
        if piece.place is _Place.DESTINATION:
            if not at_rest or piece.delivered:
                return []
            if piece.due or self._link(piece, now):
                return [self._deliver(piece, piece.stopped, now)]
            piece.delivered = True
            return []
        if piece.delivered and piece.left is not None and (at_rest or piece.place is _Place.SOURCE):
            left, piece.left = piece.left, None
            piece.delivered, piece.due = False, True
            return [self._emitter.emit(Direction.RETURNED, piece.class_name, left, now.at)]
        if piece.place is _Place.SOURCE:
            piece.due = True
        return []

    def _deliver(self, piece: _Piece, stopped: Moment, now: Moment) -> Event:
        piece.due, piece.delivered = False, True
        return self._emitter.emit(Direction.MOVED, piece.class_name, stopped, now.at)

    def _link(self, arrived: _Piece, now: Moment) -> bool:
        """Whether a piece that was due vanished just before this one appeared; it is used up by the answer."""
        for piece in self._pieces.values():
            gone = piece.seen.t_s < now.t_s - LINK_OVERLAP_S
            in_time = arrived.born_s - LINK_S <= piece.seen.t_s <= arrived.born_s + LINK_OVERLAP_S
            if piece.due and piece.confirmed and gone and in_time:
                piece.due = False
                return True
        return False
