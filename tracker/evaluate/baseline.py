"""What an answer that never looks at the picture would score: a data set in which it does well proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import LEAST_IOU
from tracker.evaluate.intervals import Draws, Share
from tracker.evaluate.looking import Seen
from tracker.evaluate.matching import overlaps

LIMIT = 0.2
"""A constant box that finds more of the things makes the data no evidence: a model may have learnt where to point."""
_CANDIDATES = 400
_ROUNDS = 6
_STEPS = 60


@dataclass(frozen=True, slots=True)
class ConstantBox:
    """The best single box that is the same in every picture.

    Attributes:
        xyxy: Shares of the picture; ``None`` when there is no thing anywhere.
        recall: Share of all things that it finds.
        right: Share of pictures in which it shows a thing.
        count: The number of things that most pictures hold.
        exact: Share of pictures with that number: what always saying it would score.
    """

    xyxy: tuple[float, float, float, float] | None
    recall: Share
    right: Share
    count: int
    exact: Share

    @property
    def refused(self) -> bool:
        """Whether the data set is no evidence."""
        return self.recall.value is not None and self.recall.value > LIMIT


def constant_box(seen: Sequence[Seen], draws: Draws, rng: np.random.Generator) -> ConstantBox:
    """The best constant box that a search finds, and what it scores.

    Every picture's boxes are looked at as shares of the picture, which changes no overlap. Up to 400 true boxes are
    tried, the best ones are moved to the middle of what they find, then nudged. A slightly better box may exist.
    """
    boxes, owners = _shares(seen)
    counts = [int((~picture.things.crowd).sum()) for picture in seen]
    usual = min(Counter(counts).items(), key=lambda item: (-item[1], item[0]))[0]
    things, ones = np.array(counts, np.int64), np.ones(len(seen), np.int64)
    hits = np.zeros(len(seen), np.int64)
    best = None
    if len(boxes):
        best = _search(boxes, owners, rng)
        hits[owners[overlaps(best[None], boxes)[0] >= LEAST_IOU]] = 1
    return ConstantBox(
        xyxy=None if best is None else (float(best[0]), float(best[1]), float(best[2]), float(best[3])),
        recall=draws.share(hits, things),
        right=draws.share(hits, ones),
        count=usual,
        exact=draws.share((things == usual).astype(np.int64), ones),
    )


def _shares(seen: Sequence[Seen]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """All true boxes as shares of their pictures, and the number of each one's picture."""
    rows = [p.things.times(1 / p.width, 1 / p.height).xyxy[~p.things.crowd] for p in seen]
    owners = np.repeat(np.arange(len(seen)), [len(row) for row in rows])
    return np.concatenate(rows), owners


def _search(boxes: NDArray[np.float32], owners: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float32]:
    # the box is the same in every picture, so it can find one thing a picture at most
    def score(candidates: NDArray[np.float32]) -> NDArray[np.int64]:
        return np.array([len(np.unique(owners[row >= LEAST_IOU])) for row in overlaps(candidates, boxes)], np.int64)

    picks = rng.permutation(len(boxes))[:_CANDIDATES]
    candidates = boxes[picks]
    points = score(candidates)
    start = candidates[np.argsort(-points, kind="stable")[:_ROUNDS]]
    best, most = candidates[int(points.argmax())], int(points.max())
    for box in start:
        middle, scale = box, 0.15
        for _ in range(_ROUNDS):
            near = boxes[overlaps(middle[None], boxes)[0] >= LEAST_IOU]
            centre = np.median(near, axis=0) if len(near) else middle
            sides = np.tile(middle[2:] - middle[:2], 2)
            tries = np.concatenate([centre[None], middle + rng.normal(0, scale, (_STEPS, 4)) * sides]).astype(
                np.float32
            )
            tries = tries[(tries[:, 2] > tries[:, 0]) & (tries[:, 3] > tries[:, 1])]
            points = score(tries)
            middle, scale = tries[int(points.argmax())], scale * 0.7
            if points.max() > most:
                best, most = middle, int(points.max())
    return np.asarray(best.clip(0, 1), np.float32)
