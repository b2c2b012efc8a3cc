"""From a camera's frames to candidates: person-free pictures, or crops of pieces that nobody touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from tracker.count import people
from tracker.domain.detections import Detections
from tracker.domain.frames import Frame, Picture
from tracker.domain.ports import Detector
from tracker.privacy import PeopleEye
from tracker.teach.choose import SKETCH, Candidate, Chooser, doubt
from tracker.teach.collection import Box, Item, Part
from tracker.teach.people import GRID, Cells, cells_of, moved, where_in
from tracker.teach.pictures import bgr_of, jpeg_of, luma_of, part_of, sketch

PROPOSED = 0.2
"""Score from which a box is proposed: a wrong one goes with a key, a missing one has to be drawn."""
KEPT_EVERY = 4
"""Every fourth block of time is kept back."""
MARGIN = 0.5
"""A crop shows so much of a piece's longer side around it, where nobody is."""
LEAST_LEFT = 0.35
"""Share of a box that must lie in a crop to be proposed there."""
SMALLEST = 0.1
"""Crops with a shorter side below this share of the picture show too little."""
Shares = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What is remembered of the frame before; replaced with every frame."""

    luma: NDArray[np.float32]
    pieces: Detections
    people: Cells


class _CloseLook:
    """A last look at a frame of which something is about to be kept; taken when it is first needed, and once.

    Args:
        eye: Finds people.
        picture: The frame's.
    """

    def __init__(self, eye: PeopleEye, picture: Picture) -> None:
        self._eye, self._picture = eye, picture
        self.finds_somebody = False

    @cached_property
    def cells(self) -> Cells:
        """Where somebody may be."""
        found = where_in(self._picture, self._eye.check(self._picture))
        self.finds_somebody = bool(found.any())
        return found

    def is_clear(self, part: Shares) -> bool:
        """Whether nobody is in a part of the frame."""
        return not self.cells[cells_of(part)].any()


class Collector:
    """Looks at frames one after another and offers what may leave RAM to a chooser.

    Args:
        detector: The current model: it proposes.
        eye: Finds people.
        chooser: Decides what is worth a person's time.
        run: Number of this collecting run, part of the groups' names.
        block_s: Seconds of one block of time, which is learnt from or kept back as a whole.
    """

    def __init__(self, detector: Detector, eye: PeopleEye, *, chooser: Chooser, run: int, block_s: float) -> None:
        self._detector, self._eye, self._chooser = detector, eye, chooser
        self._run, self._block_s = run, block_s
        self._pieces = ~people(detector.labels)
        self._before: _Look | None = None

    def blind(self) -> None:
        """After a gap there is no neighbouring frame to compare with."""
        self._before = None

    def update(self, frame: Frame) -> int:
        """Offers what may leave of one frame.

        Returns:
            How many pictures were kept, for now.
        """
        seen = self._detector.detect(frame.picture)
        somebody = where_in(frame.picture, self._eye.look(frame.picture))
        now = _Look(sketch(frame.picture.y, GRID), seen[self._pieces[seen.class_id]], somebody)
        before, self._before = self._before, now
        if before is None:
            return 0
        somebody = now.people | before.people | moved(before.luma, now.luma)
        unsure = doubt(now.pieces, before.pieces)
        proposals = _shares(now.pieces, frame.picture, self._detector.labels)
        candidate_of = partial(self._candidate, frame, proposals=proposals, unsure=unsure)
        close = _CloseLook(self._eye, frame.picture)
        kept = self._offer(_parts(somebody, proposals), candidate_of, close)
        if close.finds_somebody:
            kept += self._offer(_parts(somebody | close.cells, proposals), candidate_of, close)
        return kept

    def _offer(self, parts: Iterable[Shares], candidate_of: Callable[[Shares], Candidate], close: _CloseLook) -> int:
        return sum(self._chooser.offer(candidate_of(part), clear=partial(close.is_clear, part)) for part in parts)

    def _candidate(self, frame: Frame, part: Shares, *, proposals: tuple[Box, ...], unsure: float) -> Candidate:
        bgr = part_of(bgr_of(frame.picture), part)
        block = int(frame.moment.t_s // self._block_s)
        item = Item(
            name="",
            camera=str(frame.camera),
            group=f"{self._run}-{block}",
            day=frame.moment.at.date().isoformat(),
            part=Part.KEPT if block % KEPT_EVERY == KEPT_EVERY - 1 else Part.LEARN,
            size=(bgr.shape[1], bgr.shape[0]),
            doubt=unsure,
            proposals=_inside(part, proposals),
        )
        return Candidate(item, jpeg_of(bgr), sketch(luma_of(bgr), SKETCH))


def _parts(somebody: Cells, proposals: tuple[Box, ...]) -> Iterator[Shares]:
    """The whole picture when nobody is in it, else crops around pieces that nobody touches."""
    if not somebody.any():
        yield (0.0, 0.0, 1.0, 1.0)
        return
    taken: list[Shares] = []
    for box in proposals:
        if somebody[cells_of(box.xyxy)].any() or any(_holds(part, box.xyxy) for part in taken):
            continue
        left, top, right, bottom = box.xyxy
        room = MARGIN * max(right - left, bottom - top)
        while room > 0.01:
            part = (max(0.0, left - room), max(0.0, top - room), min(1.0, right + room), min(1.0, bottom + room))
            wide = min(part[2] - part[0], part[3] - part[1]) >= SMALLEST
            if wide and not somebody[cells_of(part)].any():
                taken.append(part)
                yield part
                break
            room /= 2


def _holds(part: Shares, xyxy: Shares) -> bool:
    return part[0] <= xyxy[0] and part[1] <= xyxy[1] and xyxy[2] <= part[2] and xyxy[3] <= part[3]


def _shares(pieces: Detections, picture: Picture, labels: tuple[str, ...]) -> tuple[Box, ...]:
    sides = np.array([picture.width, picture.height] * 2, np.float32)
    found = []
    for xyxy, score, class_id in zip(pieces.xyxy, pieces.score, pieces.class_id, strict=True):
        left, top, right, bottom = (float(value) for value in np.clip(xyxy / sides, 0, 1))
        if score >= PROPOSED and left < right and top < bottom:
            found.append(Box(labels[class_id], (left, top, right, bottom), float(score)))
    return tuple(found)


def _inside(part: Shares, proposals: tuple[Box, ...]) -> tuple[Box, ...]:
    """Boxes as shares of a part, cut at its edges; what lies mostly outside is left out."""
    left, top, right, bottom = part
    wide, high = right - left, bottom - top
    found = []
    for box in proposals:
        x0, y0, x1, y1 = box.xyxy
        a, b, c, d = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
        if a < c and b < d and (c - a) * (d - b) >= LEAST_LEFT * (x1 - x0) * (y1 - y0):
            inner = ((a - left) / wide, (b - top) / high, (c - left) / wide, (d - top) / high)
            found.append(Box(box.label, inner, box.score))
    return tuple(found)
