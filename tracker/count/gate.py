"""The gate: a directed line that counts a piece once it is clearly across."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tracker.count.emit import Emitter, between
from tracker.count.pieces import LINK_OVERLAP_S, LINK_S, REST_S, UNSEEN_S, Piece, Pieces, at_edge, came_back
from tracker.count.view import View
from tracker.domain.events import Direction, Event
from tracker.domain.frames import CameraId, Moment
from tracker.domain.geometry import Box, Line, centre_of, overlap_of_smaller, to_pixels
from tracker.domain.rules import GateRule, RuleKind

BAND_OF_BOX = 0.1
"""Half width of the band around the line, in extents of the box across it: more than a detector's jitter."""
BAND_OF_PICTURE = 0.01
"""The same in shorter picture sides; the larger of the two counts."""
LEAST_TRAIL = 0.25
"""The slower edge of a crossing box must go this share of its centre's way; a box that only changes shape does not."""
PART_WITHIN_S = 1.0
"""How long after a crossing the parts of the same thing may follow."""
PART_OVERLAP = 0.25
"""Share of the smaller of two boxes inside the other from which both are one thing, if both cross within that time the
same way. Pieces side by side touch by less; a sleeve, a hand taken for a piece, the upper half of a walker by more."""


@dataclass(slots=True)
class _Passage:
    """One track's way past the line.

    Attributes:
        side: -1 or 1: the last side on which the centre was clear of the band; 0 before it ever was.
        edges: Signed distances of the box's two edges when it was last clear on that side.
        distance: Signed distance of the centre when last seen.
        moment: When last seen.
        crossed: When the centre last changed sign, and where along the line.
        counted: It was counted, or told by its two ends.
    """

    side: int
    edges: tuple[float, float]
    distance: float
    moment: Moment
    crossed: tuple[Moment, float] | None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A counted crossing, kept for a while so that nothing is counted twice.

    Attributes:
        track_id: Whose.
        t_s: When it was counted.
        traced: It was first seen in flight, behind the line.
    """

    track_id: int
    direction: Direction
    t_s: float
    traced: bool = False


class Gate:
    """Counts confirmed tracks whose centre crossed the line and left the band on the other side.

    ::

            -h      0      +h        h: half width of the band, from the box and the picture
        A    :      |      :    B
        *----:--*---|---*--:--*      seen clear on side A, then clear on side B: counted,
             :      |      :         dated when the centre crossed 0
        *----:--*   |      :         turns back inside the band: never counted

    A hand that moves fast hides what it carries, and blurs it. So a piece may be told by its two ends, too: one that
    lay on side A is gone from its place, and within ``LINK_S`` a new track comes to rest on side B. Both ends must have
    moved in the picture, not over its edge, and nothing may have been counted in that time that was not laid down
    elsewhere: that was it.

    What is gripped and blurred may also be seen for the first time behind the line, in flight. Then it is traced back:
    straight behind it something must lie, or have lain, on side A, and have been stirred within ``UNSEEN_S`` before. A
    pile's box stays, so nothing has to be gone. What crosses the same way within ``PART_WITHIN_S`` after it is it.

    State is a piece and a passage per track; they go ``LINK_S`` after the track has ended.
    """

    def __init__(self, rule: GateRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._pieces = Pieces(labels, rule.target.classes)
        self._emitter = Emitter(camera, rule.id, RuleKind.GATE, rule.target)
        self._passages: dict[int, _Passage] = {}
        self._size = (1, 1)
        self._line = Line.between(rule.start, rule.end)
        self._recent: deque[_Crossing] = deque()

    def update(self, view: View) -> list[Event]:
        """Crossings that became certain with this frame."""
        seen = self._pieces.update(view)
        if len(self._passages) > len(self._pieces):
            known = {piece.track_id for piece in self._pieces}
            self._passages = {track_id: way for track_id, way in self._passages.items() if track_id in known}
        if not seen:
            return []
        while self._recent and self._recent[0].t_s < view.moment.t_s - LINK_S - 3 * REST_S:
            self._recent.popleft()
        if self._size != (view.width, view.height):
            self._size = (view.width, view.height)
            self._line = Line.between(*to_pixels((self.rule.start, self.rule.end), *self._size).tolist())
        line = self._line
        found = (
            self._pass(piece, _sight(piece.box, line, view), view)
            or self._trace(piece, line, view)
            or self._tell(piece, line, view)
            for piece in seen
        )
        return [event for event in found if event]

    def _pass(self, piece: Piece, sight: _Sight, view: View) -> Event | None:
        track_id = piece.track_id
        side = 0 if abs(sight.distance) < sight.band else (1 if sight.distance > 0 else -1)
        passage = self._passages.get(track_id)
        if passage is None:
            self._passages[track_id] = _Passage(side, sight.edges, sight.distance, view.moment, None)
            return None
        if (sight.distance > 0) != (passage.distance > 0):
            share = passage.distance / (passage.distance - sight.distance)
            passage.crossed = (between(passage.moment, view.moment, share), sight.along)
        passage.distance, passage.moment = sight.distance, view.moment
        if side in (0, passage.side):
            if side:
                passage.edges = sight.edges
            return None
        if passage.side == 0:
            passage.side, passage.edges = side, sight.edges
            return None
        if not piece.confirmed or not (at_edge(piece.box, view) or _translated(passage.edges, sight, side)):
            return None
        crossed, passage.side, passage.edges = passage.crossed, side, sight.edges
        if crossed is None or not 0.0 <= crossed[1] <= 1.0:
            return None
        passage.counted = True
        return None if self._is_part(piece, _direction(side), view) else self._count(piece, side, crossed[0], view)

    def _is_part(self, piece: Piece, direction: Direction, view: View) -> bool:
        """Whether a piece that has crossed is a part of something that crossed just before."""
        since_s = view.moment.t_s - PART_WITHIN_S
        before = [c for c in self._recent if c.direction is direction and c.t_s >= since_s]
        if any(crossing.traced for crossing in before):
            return True
        earlier = {crossing.track_id for crossing in before} - {piece.track_id}
        if not earlier:
            return False
        tracks = view.tracks
        boxes = zip(tracks.track_id.tolist(), tracks.xyxy.tolist(), strict=True)
        return any(
            track_id in earlier and overlap_of_smaller(piece.box, tuple(box)) >= PART_OVERLAP for track_id, box in boxes
        )

    def _count(self, piece: Piece, side: int, crossed: Moment, view: View, *, traced: bool = False) -> Event:
        direction = _direction(side)
        self._recent.append(_Crossing(piece.track_id, direction, view.moment.t_s, traced))
        return self._emitter.emit(direction, piece.class_name, crossed, view.moment.at)

    def _trace(self, piece: Piece, line: Line, view: View) -> Event | None:
        """The crossing of a piece that was first seen in flight behind the line, from something that lies before it."""
        passage = self._passages[piece.track_id]
        if view.motion is None or passage.counted or not passage.side or not piece.confirmed:
            return None
        rest = self._pieces.flew_off(piece)
        before = None if rest is None else self._passages.get(rest.track_id)
        if rest is None or before is None or before.side != -passage.side or not line.meets(rest.centre, piece.cradle):
            return None
        passage.counted = True
        if rest.seen.t_s < view.moment.t_s:
            before.side = 0  # used up: it lies nowhere now
        if self._was_under_way(_direction(passage.side), piece, view):
            return None
        return self._count(piece, passage.side, piece.born, view, traced=True)

    def _was_under_way(self, direction: Direction, piece: Piece, view: View) -> bool:
        """Whether a piece in flight was counted already: by a part of it, or by a track that lost it.

        Where two pieces meet on the line, a track that crosses one way and turns back has changed pieces.
        """
        seen = set(view.tracks.track_id[view.tracks.seen].tolist())
        recent = [crossing for crossing in self._recent if crossing.t_s >= piece.born.t_s - UNSEEN_S]
        turned = {crossing.track_id for crossing in recent if crossing.direction is not direction}
        return any(
            crossing.direction is direction
            and (
                crossing.t_s >= view.moment.t_s - PART_WITHIN_S
                or crossing.track_id in turned
                or crossing.track_id not in seen
            )
            for crossing in recent
        )

    def _tell(self, arrived: Piece, line: Line, view: View) -> Event | None:
        """The crossing of a piece that has come to rest where nobody saw it come."""
        passage = self._passages[arrived.track_id]
        waited_s = view.moment.t_s - arrived.stopped.t_s
        if view.motion is None or passage.counted or not passage.side or not REST_S <= waited_s <= 2 * REST_S:
            return None
        if not arrived.confirmed or arrived.entered or not self._pieces.was_laid(arrived):
            return None
        for gone in self._pieces.gone_before(arrived, view):
            before = self._passages[gone.track_id]
            lay = gone.rested and before.side == -passage.side and not at_edge(gone.box, view)
            strange = passage.side < 0 and not came_back(gone, arrived)
            if lay and not strange and line.meets(gone.centre, arrived.centre):
                before.side, passage.counted = 0, True  # used up: it lies nowhere now
                if self._was_seen(_direction(passage.side), gone, arrived):
                    return None
                return self._count(arrived, passage.side, between(gone.seen, arrived.born, 0.5), view)
        return None

    def _was_seen(self, direction: Direction, gone: Piece, arrived: Piece) -> bool:
        """Whether the way of a piece was counted already, by a track that did not come to rest elsewhere since."""
        elsewhere = {
            piece.track_id: piece.stopped.t_s
            for piece in self._pieces
            if piece.at_rest and overlap_of_smaller(piece.box, arrived.box) < PART_OVERLAP
        }
        return any(
            crossing.direction is direction
            and gone.seen.t_s - LINK_OVERLAP_S <= crossing.t_s <= arrived.stopped.t_s + REST_S
            and elsewhere.get(crossing.track_id, 0.0) < crossing.t_s - REST_S
            for crossing in self._recent
        )


def _direction(side: int) -> Direction:
    return Direction.IN if side > 0 else Direction.OUT


@dataclass(frozen=True, slots=True)
class _Sight:
    """One box relative to the line, pixels: centre's signed distance, position along, half extent across, band."""

    distance: float
    along: float
    half_extent: float
    band: float

    @property
    def edges(self) -> tuple[float, float]:
        return self.distance - self.half_extent, self.distance + self.half_extent


def _sight(box: Box, line: Line, view: View) -> _Sight:
    centre = centre_of(box)
    extent = line.half_extent(box)
    band = max(2 * BAND_OF_BOX * extent, BAND_OF_PICTURE * min(view.width, view.height))
    return _Sight(line.distance(centre), line.position(centre), extent, band)


def _translated(before: tuple[float, float], now: _Sight, side: int) -> bool:
    """Whether both edges of the box came along."""
    moved = [side * (edge - old) for edge, old in zip(now.edges, before, strict=True)]
    return min(moved) >= LEAST_TRAIL * sum(moved) / 2
