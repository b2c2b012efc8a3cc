"""Which of many pictures are worth a person's time: unlike one another, and those the model doubts first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import matches
from tracker.domain.detections import Detections
from tracker.teach.collection import Item, Part

SKETCH = (18, 32)
"""Rows and columns of the small luma by which pictures are compared."""
CHANGED_LEVELS = 10.0
"""A cell of it that differs by more shows something else."""
LEAST_DIFFERENCE = 0.04
"""Pictures of which fewer cells differ are near duplicates."""
SURE, UNDECIDED = 0.55, 0.3
"""A score from which a box is sure, and the one at which it could be either way."""

Sketch = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A picture that may be kept; in RAM only.

    Attributes:
        item: What the manifest would say.
        jpeg: The file's bytes.
        sketch: Mean luma, shape ``SKETCH``.
    """

    item: Item
    jpeg: bytes
    sketch: Sketch


def difference(one: Sketch, other: Sketch) -> float:
    """Share of cells that show something else, 0..1; lamps that brighten the whole picture do not count."""
    change = one - other
    return float((np.abs(change - np.median(change)) > CHANGED_LEVELS).mean())


def doubt(now: Detections, before: Detections) -> float:
    """How unsure a model is of a picture, 0..1: scores in the middle, boxes that flicker, classes that disagree.

    Args:
        now: Boxes of pieces in this frame.
        before: And in the neighbouring one.
    """
    middling = np.clip(1 - np.abs(now.score - UNDECIDED) / (SURE - UNDECIDED), 0, 1).max(initial=0.0)
    sure = [seen[seen.score >= UNDECIDED] for seen in (now, before)]
    total = len(sure[0]) + len(sure[1])
    found = matches(sure[0].xyxy, sure[1].xyxy)
    flicker = 1 - 2 * found / total if total else 0.0
    return float(1 - (1 - middling) * (1 - flicker) * (1 - _disagreement(*sure)))


def _disagreement(now: Detections, before: Detections) -> float:
    """Share of boxes at one place whose class changed."""
    same = [
        (now.class_id[i], before.class_id[j])
        for i in range(len(now))
        for j in range(len(before))
        if matches(now.xyxy[i : i + 1], before.xyxy[j : j + 1])
    ]
    return sum(a != b for a, b in same) / len(same) if same else 0.0


class Chooser:
    """Keeps the pictures that are worth labelling; never more than asked for, whatever is offered.

    Of near duplicates the more doubtful stays. For learning, the most doubtful stay; for the kept-back part chance
    decides, since figures measured on hard pictures alone would say too little of the rest. A picture that resembles
    one of the other part is dropped, so that nothing is compared on what it was learnt from.

    Args:
        wanted: How many pictures of each part.
        rng: Decides which pictures are kept back.
        known: Sketches of pictures that were collected before.
    """

    def __init__(self, wanted: dict[Part, int], rng: np.random.Generator, known: Iterable[Sketch] = ()) -> None:
        self._wanted, self._rng, self._known = wanted, rng, tuple(known)
        self._chosen: dict[Part, list[Candidate]] = {Part.LEARN: [], Part.KEPT: []}
        self._offered = 0

    def chosen(self) -> tuple[Candidate, ...]:
        """What is kept, most doubtful first."""
        return tuple(sorted([*self._chosen[Part.LEARN], *self._chosen[Part.KEPT]], key=lambda c: -c.item.doubt))

    def offer(self, candidate: Candidate, *, clear: Callable[[], bool]) -> bool:
        """Whether it is kept, for now.

        Args:
            candidate: The picture.
            clear: Whether a close look finds nobody in it; asked only when everything else speaks for it.
        """
        part = candidate.item.part
        mine, others = self._chosen[part], self._chosen[Part.KEPT if part is Part.LEARN else Part.LEARN]
        seen = [*self._known, *(other.sketch for other in others)]
        if not self._wanted[part] or any(difference(candidate.sketch, each) < LEAST_DIFFERENCE for each in seen):
            return False
        alike = [i for i, other in enumerate(mine) if difference(candidate.sketch, other.sketch) < LEAST_DIFFERENCE]
        if part is Part.KEPT:
            return not alike and clear() and self._draws(candidate)
        leaving = alike or self._least_doubtful()
        if any(mine[i].item.doubt >= candidate.item.doubt for i in leaving) or not clear():
            return False
        self._chosen[part] = [other for i, other in enumerate(mine) if i not in leaving] + [candidate]
        return True

    def _least_doubtful(self) -> list[int]:
        """Which picture to learn from gives way to a more doubtful one; none while there is room."""
        mine = self._chosen[Part.LEARN]
        full = len(mine) >= self._wanted[Part.LEARN]
        return [min(range(len(mine)), key=lambda i: mine[i].item.doubt)] if full else []

    def _draws(self, candidate: Candidate) -> bool:
        """Whether chance keeps it back, and in whose place."""
        mine = self._chosen[Part.KEPT]
        self._offered += 1
        if len(mine) < self._wanted[Part.KEPT]:
            mine.append(candidate)
            return True
        # Algorithm R (Vitter 1985): every picture offered has the same chance to stay.
        place = int(self._rng.integers(self._offered))
        if place >= len(mine):
            return False
        mine[place] = candidate
        return True
