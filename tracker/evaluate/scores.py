"""Found, made up and counted at one threshold or at all of them, whatever things are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.evaluate.intervals import Draws, Share
from tracker.evaluate.looking import Seen, Sight
from tracker.evaluate.matching import FALSE, match

SWEEP = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Thresholds of the table; the detector lets nothing below 0.05 out."""
_FINE = np.round(np.arange(0.05, 0.96, 0.01), 2)
"""Thresholds among which one is recommended."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """What a threshold brings.

    Attributes:
        confidence: Boxes below it are left out, 0..1.
        recall: Share of things that were found with an IoU of at least 0.5, under whatever label.
        false: Share of boxes that show nothing.
        exact: Share of pictures with as many boxes as things; pictures with crowds are left out.
        error: Boxes less things, mean over the same pictures.
        absolute_error: The same without sign.
    """

    confidence: float
    recall: Share
    false: Share
    exact: Share
    error: float | None
    absolute_error: float | None


@dataclass(frozen=True, slots=True)
class Recommended:
    """The threshold that counts most pictures right.

    Attributes:
        score: At that threshold, on the pictures that chose it: too good by a little.
        exact_elsewhere: Exact counts when each half of the pictures is counted with the threshold that the other half
            would choose; ``None`` below two countable pictures.
    """

    score: Score
    exact_elsewhere: Share | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Boxes of about one confidence.

    Attributes:
        low: Confidence from.
        high: Confidence to.
        boxes: How many.
        confidence: Their mean; ``None`` for none.
        right: Share of them that show a thing.
    """

    low: float
    high: float
    boxes: int
    confidence: float | None
    right: Share


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a confidence of 0.8 is right in 80 of 100 cases.

    Attributes:
        error: Expected calibration error over ten equal bins, 0..1 (Naeini et al. 2015; of boxes: Küppers et al. 2020).
        bins: From the least to the most sure.
    """

    error: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Per picture (rows) and threshold (columns).

    Attributes:
        thresholds: shape (t,).
        right: Boxes that show a thing, shape (p, t).
        boxes: Boxes that are right or false, shape (p, t).
        things: True things, shape (p,).
        countable: Pictures without crowds, shape (p,).
    """

    thresholds: NDArray[np.float64]
    right: NDArray[np.int64]
    boxes: NDArray[np.int64]
    things: NDArray[np.int64]
    countable: NDArray[np.bool_]

    @classmethod
    def of(cls, seen: Sequence[Seen], sights: Sequence[Sight], thresholds: Sequence[float]) -> Counts:
        """Of one model's sights."""
        levels = np.array(thresholds, np.float64)

        def above(sight: Sight, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
            # compared in float32, as the pipeline does
            sure: NDArray[np.bool_] = sight.found.score[kept][:, None] >= levels.astype(np.float32)
            return np.asarray(sure.sum(axis=0), np.int64)

        return cls(
            thresholds=levels,
            right=np.array([above(sight, sight.match >= 0) for sight in sights]),
            boxes=np.array([above(sight, sight.match >= FALSE) for sight in sights]),
            things=np.array([int((~picture.things.crowd).sum()) for picture in seen]),
            countable=np.array([not picture.things.crowd.any() for picture in seen], np.bool_),
        )

    @property
    def exact(self) -> NDArray[np.int64]:
        """1 where a picture has as many boxes as things, shape (p, t); 0 also where nobody can tell."""
        exact = (self.boxes == self.things[:, None]) & self.countable[:, None]
        return np.asarray(exact, np.int64)


def scores(counts: Counts, draws: Draws) -> tuple[Score, ...]:
    """A score for each threshold."""
    recall = draws.shares(counts.right, np.broadcast_to(counts.things[:, None], counts.right.shape))
    false = draws.shares(counts.boxes - counts.right, counts.boxes)
    exact = draws.shares(counts.exact, np.broadcast_to(counts.countable[:, None], counts.right.shape).astype(np.int64))
    errors = (counts.boxes - counts.things[:, None])[counts.countable]
    return tuple(
        Score(
            confidence=float(threshold),
            recall=recall[column],
            false=false[column],
            exact=exact[column],
            error=float(errors[:, column].mean()) if len(errors) else None,
            absolute_error=float(np.abs(errors[:, column]).mean()) if len(errors) else None,
        )
        for column, threshold in enumerate(counts.thresholds)
    )


def recommend(seen: Sequence[Seen], sights: Sequence[Sight], draws: Draws) -> Recommended:
    """The threshold with most exact counts; of equals the one with the best F1, then the highest."""
    fine = Counts.of(seen, sights, [float(level) for level in _FINE])
    everything = np.ones(len(seen), np.bool_)
    best = _best(fine, everything)
    elsewhere = None
    if fine.countable.sum() > 1:
        first = np.cumsum(fine.countable) % 2 == 0
        exact = np.where(first, fine.exact[:, _best(fine, ~first)], fine.exact[:, _best(fine, first)])
        elsewhere = draws.share(exact, fine.countable.astype(np.int64))
    return Recommended(scores(Counts.of(seen, sights, [float(_FINE[best])]), draws)[0], elsewhere)


def _best(counts: Counts, among: NDArray[np.bool_]) -> int:
    exact = counts.exact[among].sum(axis=0)
    right, boxes, things = counts.right[among].sum(axis=0), counts.boxes[among].sum(axis=0), counts.things[among].sum()
    f1 = 2 * right / np.maximum(1, boxes + things)
    return int(np.lexsort((counts.thresholds, f1, exact))[-1])


def calibration(sights: Sequence[Sight], draws: Draws) -> Calibration:
    """How far confidence and being right agree, over every box that the detector gives."""
    edges = np.linspace(0, 1, _BINS + 1)
    boxes, right, sums = (np.zeros((len(sights), _BINS)) for _ in range(3))
    for row, sight in enumerate(sights):
        judged = sight.match >= FALSE
        column = np.clip((sight.found.score[judged] * _BINS).astype(int), 0, _BINS - 1)
        np.add.at(boxes[row], column, 1)
        np.add.at(right[row], column, sight.match[judged] >= 0)
        np.add.at(sums[row], column, sight.found.score[judged])
    shares = draws.shares(right.astype(np.int64), boxes.astype(np.int64))
    bins = tuple(
        Bin(float(edges[i]), float(edges[i + 1]), shares[i].of, _mean(sums[:, i].sum(), shares[i].of), shares[i])
        for i in range(_BINS)
    )
    total = sum(each.boxes for each in bins)
    gaps = [
        each.boxes * abs(each.confidence - each.right.value)
        for each in bins
        if each.confidence is not None and each.right.value is not None
    ]
    return Calibration(sum(gaps) / total if total else None, bins)


def _mean(total: float, count: int) -> float | None:
    return float(total) / count if count else None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label alone: a thing under another label is not found.

    Attributes:
        label: Its name.
        recall: Share of things of that label that a box of that label shows.
        false: Share of boxes of that label that show no such thing.
    """

    label: str
    recall: Share
    false: Share


def label_scores(
    seen: Sequence[Seen], sights: Sequence[Sight], labels: Sequence[str], confidence: float, draws: Draws
) -> tuple[LabelScore, ...]:
    """A score for each label at one threshold."""
    found = []
    for label in labels:
        rows = [_labelled(picture, sight, label, confidence) for picture, sight in zip(seen, sights, strict=True)]
        right, boxes, things = np.array(rows, np.int64).T
        found.append(LabelScore(label, draws.share(right, things), draws.share(boxes - right, boxes)))
    return tuple(found)


def named(
    seen: Sequence[Seen], sights: Sequence[Sight], labels: Sequence[str], confidence: float, draws: Draws
) -> Share:
    """Of the things found at a threshold whose label is one of these: the share that were also called so."""
    rows = np.zeros((len(seen), 2), np.int64)
    for row, (picture, sight) in enumerate(zip(seen, sights, strict=True)):
        for name, score, thing in zip(sight.labels, sight.found.score, sight.match, strict=True):
            if thing >= 0 and score >= np.float32(confidence) and picture.things.labels[thing] in labels:
                rows[row] += (name == picture.things.labels[thing], 1)
    return draws.share(rows[:, 0], rows[:, 1])


def _labelled(picture: Seen, sight: Sight, label: str, confidence: float) -> tuple[int, int, int]:
    """Right boxes, judged boxes and things of one label in one picture."""
    things = picture.things[np.array([name == label for name in picture.things.labels], np.bool_)]
    mine = np.array([name == label for name in sight.labels], np.bool_)
    found = sight.found[mine & (sight.found.score >= np.float32(confidence))]
    matched = match(found.xyxy, found.score, things.xyxy, things.crowd)
    return int((matched >= 0).sum()), int((matched >= FALSE).sum()), int((~things.crowd).sum())
