"""What is remembered of the pieces in the picture: where each rests, and which of them a hand has taken away."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.count.ground import Ground
from tracker.count.view import View, countable
from tracker.domain.frames import Moment
from tracker.domain.geometry import Box, centre_of, iou, size_of

REST_S = 1.0
"""A piece lies at rest when its centre stayed put this long."""
REST_DRIFT = 0.15
"""Staying put: within this share of the piece's size (square root of its box's area)."""
LINK_S = 4.0
"""A piece may vanish in a hand and reappear elsewhere as a new track within this time."""
LINK_OVERLAP_S = 0.5
"""The new track may appear this long before the old one was last seen; a piece unseen for longer is gone."""
ARRIVAL_S = 1.5
"""Something must have moved where a new track appears this shortly before: a hand that laid it down."""
EDGE_PX = 2.0
"""A box that comes this near the picture's edge ends there: detectors are off by a pixel."""
FASTEST_CARRY = 15.0
"""Sizes of a piece per second; a quick hand makes about ten."""
USUAL_CARRY = (2.5, 8.0)
"""Sizes of a piece per second at which hands carry one that they do not hurry with."""
LEAVES_S = 0.3
"""A piece whose way leads out of the picture within this time after it was last seen has left it."""
FLIES_S = 0.15
FLIES_FAR = 1.0
"""A piece that had not stayed anywhere for this long when it was last seen, and was this many sizes from where it lay
before, was in flight: it was not laid down there."""
HEADING = 0.15
"""Sizes by which a piece must have moved to show where it was going, or where it came from."""
SAME_PLACE = 0.8
"""IoU from which a box lies as another did: a hand never lays a piece down just as one lay before."""
UNSEEN_S = 1.0
"""A piece may have been in a hand this long before anything of it was seen: models lose what is gripped and blurred."""
FLIGHT_SIZES, FLIGHT_S = 0.5, 0.4
"""A piece was in flight when it was first seen if it went this many sizes within this time; what starts from where it
lay takes longer."""
LEAST_LIKENESS = 0.25
"""Ratio of the areas of two boxes that may show one piece: hands fold and crumple, but not to less."""


@dataclass(slots=True, eq=False)
class Piece:
    """What is known of one track.

    Attributes:
        track_id: Whose.
        box: Where it was last seen, xyxy pixels.
        anchor: Where it has stayed since ``stopped``, pixels.
        stopped: When it came to stay at ``anchor``.
        born: When first seen.
        cradle: Where its middle was then, pixels.
        seen: When last seen.
        entered: It was cut off by the picture's edge when first seen.
        rested: It has lain at rest at least once.
        confirmed: Its track may count.
        class_name: What it is.
        left: It was on its way out of the picture when last seen.
        flew: It was on its way when first seen.
        lay: Where its middle was when it last lay at rest, pixels; ``None`` before it ever did.
    """

    track_id: int
    box: Box
    anchor: tuple[float, float]
    stopped: Moment
    born: Moment
    cradle: tuple[float, float]
    seen: Moment
    entered: bool
    rested: bool
    confirmed: bool
    class_name: str
    left: bool = False
    flew: bool = False
    lay: tuple[float, float] | None = None

    @property
    def centre(self) -> tuple[float, float]:
        """Of its box, pixels."""
        return centre_of(self.box)

    @property
    def size(self) -> float:
        """Square root of its box's area, pixels."""
        return size_of(self.box)

    @property
    def at_rest(self) -> bool:
        """Whether it lay still when it was last seen."""
        return self.seen.t_s - self.stopped.t_s >= REST_S

    @property
    def in_flight(self) -> bool:
        """Whether it was moving when it was first seen, a moment ago."""
        return self.flew and self.seen.t_s - self.born.t_s <= UNSEEN_S

    def is_like(self, other: Piece, least: float = LEAST_LIKENESS) -> bool:
        """Whether both boxes may show the same piece: their areas differ by no more than a factor of 1 / ``least``."""
        return min(self.size, other.size) ** 2 >= least * max(self.size, other.size) ** 2


class Pieces:
    """The pieces of one rule, by track; each goes ``LINK_S`` after its track has ended.

    Args:
        labels: The model's class names by class id.
        classes: Those the rule counts.
    """

    def __init__(self, labels: tuple[str, ...], classes: tuple[str, ...]) -> None:
        self._labels = labels
        self._counts: list[bool] = countable(labels, classes).tolist()
        self._pieces: dict[int, Piece] = {}
        self._ground = Ground()

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._pieces.values())

    def __len__(self) -> int:
        return len(self._pieces)

    def update(self, view: View) -> list[Piece]:
        """Take in a frame; the pieces whose tracks are seen in it."""
        self._ground.update(view)
        tracks, now = view.tracks, view.moment
        columns = (c.tolist() for c in (tracks.track_id, tracks.xyxy, tracks.class_id, tracks.confirmed, tracks.seen))
        seen = []
        for track_id, box, class_id, confirmed, visible in zip(*columns, strict=True):
            if visible and self._counts[class_id]:
                piece = self._see(track_id, tuple(box), self._labels[class_id], view)
                piece.confirmed = confirmed
                seen.append(piece)
            elif not visible and (lost := self._pieces.get(track_id)) and now.t_s - lost.seen.t_s <= LEAVES_S:
                lost.left = lost.left or _is_outside(tuple(box), view)
        live: set[int] | None = None
        for track_id, piece in list(self._pieces.items()):
            if now.t_s - piece.seen.t_s > LINK_S:
                live = set(tracks.track_id.tolist()) if live is None else live
                if track_id not in live:
                    del self._pieces[track_id]
        return seen

    def moved_since(self, piece: Piece, t_s: float) -> bool:
        """Whether anything moved where a piece is, or was last seen, at or after ``t_s``."""
        return self._ground.moved_since(piece.box, t_s)

    def was_laid(self, piece: Piece) -> bool:
        """Whether something moved where a piece first appeared: what a detector merely finds again moves nothing."""
        return self._ground.moved_since(piece.box, piece.born.t_s - ARRIVAL_S)

    def was_taken(self, piece: Piece, view: View) -> bool:
        """Whether an unseen piece left its place for another one in the picture.

        Something moved there, and nothing that is seen now covers it, or the piece was in flight.
        """
        if piece.left or view.moment.t_s - piece.seen.t_s <= LINK_OVERLAP_S:
            return False
        return self.moved_since(piece, piece.seen.t_s - LINK_OVERLAP_S) and (_flew(piece) or self._is_free(piece, view))

    def gone_before(self, arrived: Piece, view: View) -> list[Piece]:
        """Confirmed pieces that were taken away shortly before another appeared and may be it, the latest first."""
        gone = [
            piece
            for piece in self._pieces.values()
            if piece is not arrived
            and piece.confirmed
            and arrived.born.t_s - LINK_S <= piece.seen.t_s <= arrived.born.t_s + LINK_OVERLAP_S
            and piece.is_like(arrived)
            and _in_reach(piece, arrived)
            and heading(piece, arrived) >= 0
            and self.was_taken(piece, view)
        ]
        return sorted(gone, key=lambda piece: -piece.seen.t_s)

    def flew_off(self, piece: Piece) -> Piece | None:
        """Where a piece first seen in flight was taken from: something that lies, or lay, there; a pile, mostly.

        Its way leads straight back there, something moved there shortly before, and it was near enough to have come in
        ``UNSEEN_S``. The nearest such place is it.
        """
        if piece.entered or not piece.in_flight:
            return None
        behind = (rest for rest in self._pieces.values() if rest.rested and self._is_behind(rest, piece))
        return min(behind, key=lambda rest: math.dist(rest.centre, piece.cradle), default=None)

    def _is_behind(self, rest: Piece, piece: Piece) -> bool:
        if rest is piece:
            return False
        way = piece.centre[0] - piece.cradle[0], piece.centre[1] - piece.cradle[1]
        back = piece.cradle[0] - rest.centre[0], piece.cradle[1] - rest.centre[1]
        along = (back[0] * way[0] + back[1] * way[1]) / math.hypot(*way)
        across = abs(back[0] * way[1] - back[1] * way[0]) / math.hypot(*way)
        if not 0 <= along <= USUAL_CARRY[1] * UNSEEN_S * rest.size or across > rest.size:
            return False
        return self.moved_since(rest, piece.born.t_s - UNSEEN_S)

    def _is_free(self, piece: Piece, view: View) -> bool:
        """Whether nothing covers the place where a piece was last seen, or only what was laid down there since."""
        x, y = piece.centre
        tracks = view.tracks
        for track_id, (left, top, right, bottom) in zip(
            tracks.track_id[tracks.seen].tolist(), tracks.xyxy[tracks.seen].tolist(), strict=True
        ):
            if left <= x <= right and top <= y <= bottom:
                above = self._pieces.get(track_id)
                if above is None or above.born.t_s <= piece.seen.t_s or iou(above.box, piece.box) >= SAME_PLACE:
                    return False
        return True

    def _see(self, track_id: int, box: Box, name: str, view: View) -> Piece:
        """The piece of a track, brought up to this frame."""
        now = view.moment
        piece = self._pieces.get(track_id)
        if piece is None:
            piece = Piece(
                track_id=track_id,
                box=box,
                anchor=centre_of(box),
                stopped=now,
                born=now,
                cradle=centre_of(box),
                seen=now,
                entered=at_edge(box, view),
                rested=False,
                confirmed=False,
                class_name=name,
            )
            self._pieces[track_id] = piece
        piece.box, piece.seen, piece.class_name = box, now, name
        piece.left = at_edge(box, view) and not piece.at_rest
        centre = piece.centre
        if now.t_s - piece.born.t_s <= FLIGHT_S and math.dist(centre, piece.cradle) >= FLIGHT_SIZES * piece.size:
            piece.flew = True
        if math.dist(centre, piece.anchor) > REST_DRIFT * piece.size:
            piece.anchor, piece.stopped = centre, now
        if piece.at_rest:
            piece.rested, piece.lay = True, centre
        return piece


def at_edge(box: Box, view: View) -> bool:
    """Whether a box ends at the picture's edge, so that there may be more of it outside."""
    left, top, right, bottom = box
    return min(left, top, view.width - right, view.height - bottom) <= EDGE_PX


def came_back(gone: Piece, arrived: Piece) -> bool:
    """Whether a piece that appeared where pieces come from is one that is gone from where they go to.

    Mostly one was fetched away there while another was brought here. So it takes a sign of the way back: either was
    seen to go it, or the time between is what a hand takes for it.
    """
    sign = heading(gone, arrived)
    carry_s = arrived.born.t_s - gone.seen.t_s
    sizes = math.dist(arrived.centre, gone.centre) / gone.size
    slowest, quickest = USUAL_CARRY
    return sign > 0 or (sign == 0 and slowest * carry_s <= sizes <= quickest * carry_s)


def heading(gone: Piece, arrived: Piece) -> int:
    """Whether a piece that is gone was on its way to where another appeared, and that one came from there.

    Returns:
        1 when either was seen to go the right way, -1 when either went the other way, 0 when both were seen lying only.
    """
    way = arrived.centre[0] - gone.centre[0], arrived.centre[1] - gone.centre[1]
    went = 0 if gone.lay is None else _along(gone.lay, gone.centre, way, gone.size)
    came = _along(arrived.cradle, arrived.centre, way, arrived.size)
    return min(went, came) or max(went, came)


def _along(start: tuple[float, float], end: tuple[float, float], way: tuple[float, float], size: float) -> int:
    """1 when something moved along a way, -1 against it, 0 when it hardly moved."""
    moved = ((end[0] - start[0]) * way[0] + (end[1] - start[1]) * way[1]) / max(math.hypot(*way), 1.0)
    return 0 if abs(moved) < HEADING * size else int(math.copysign(1, moved))


def _flew(piece: Piece) -> bool:
    """Whether a piece was on its way, far from where it lay, when last seen."""
    if piece.lay is None or piece.seen.t_s - piece.stopped.t_s >= FLIES_S:
        return False
    return math.dist(piece.centre, piece.lay) >= FLIES_FAR * piece.size


def _is_outside(box: Box, view: View) -> bool:
    """Whether the middle of a box is not in the picture."""
    x, y = centre_of(box)
    return not (0 <= x <= view.width and 0 <= y <= view.height)


def _in_reach(gone: Piece, arrived: Piece) -> bool:
    """Whether a hand can have carried a piece from where it was to where another appeared in that time."""
    sizes = math.dist(arrived.centre, gone.centre) / gone.size
    return sizes <= FASTEST_CARRY * (arrived.born.t_s - gone.seen.t_s + LINK_OVERLAP_S)
