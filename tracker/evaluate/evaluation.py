"""Everything that is measured of a model on a data set, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.detect.card import LEAST_CONFIDENCE
from tracker.domain.errors import ConfigError
from tracker.evaluate.average import Averages, averages, require_evaluator
from tracker.evaluate.baseline import ConstantBox, constant_box
from tracker.evaluate.breakdown import Part, parts
from tracker.evaluate.dataset import Dataset
from tracker.evaluate.intervals import Draws, Share, Spread
from tracker.evaluate.looking import Detector, Look, OnPicture, Seen, Sight, look
from tracker.evaluate.scores import (
    SWEEP,
    Calibration,
    Counts,
    LabelScore,
    Recommended,
    Score,
    calibration,
    label_scores,
    named,
    recommend,
    scores,
)
from tracker.evaluate.speed import Speed, ratio, speed

CONFIDENCE = 0.25
"""Operating threshold where nobody says another: the mean score that a stock wants of its things (docs/adr/0008)."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure.

    Attributes:
        confidence: Operating threshold, 0.05..1.
        seed: Of the samples behind the intervals, and of the search for the constant box.
    """

    confidence: float = CONFIDENCE
    seed: int = 0

    def __post_init__(self) -> None:
        if not LEAST_CONFIDENCE <= self.confidence <= 1:
            raise ConfigError(
                "the threshold is out of range", expected=f"{LEAST_CONFIDENCE} to 1", got=f"{self.confidence:g}"
            )


@dataclass(frozen=True, slots=True)
class Measured:
    """One model's figures.

    Attributes:
        score: At the operating threshold, whatever things are called.
        averages: Average precision.
        named: Share of found things that also have the right label; only things whose label the model knows.
        labels: Each shared label at the operating threshold.
        sweep: The score at other thresholds.
        recommended: The threshold with most exact counts.
        calibration: Whether confidences can be believed.
        parts: Where it is weak.
        speed: How long it looked.
    """

    score: Score
    averages: Averages
    named: Share
    labels: tuple[LabelScore, ...]
    sweep: tuple[Score, ...]
    recommended: Recommended
    calibration: Calibration
    parts: tuple[Part, ...]
    speed: Speed


@dataclass(frozen=True, slots=True)
class Comparison:
    """A model beside a reference, on the same pictures at the same threshold; differences are model less reference.

    Attributes:
        time: How many times as long the model looks.
        recall: Difference of the shares of things found.
        false: Difference of the shares of false boxes.
        exact: Difference of the shares of pictures counted right.
    """

    time: float
    recall: Spread
    false: Spread
    exact: Spread


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A model, and a reference beside it, on a data set.

    Attributes:
        dataset: The data.
        look: What was seen.
        options: How it was measured.
        baseline: The score of a constant box.
        model: Figures of the model.
        reference: Figures of the reference, on the same pictures; ``None`` without one.
        comparison: Both beside each other; ``None`` without a reference.
        notes: What a reader of the figures has to know, in sentences.
    """

    dataset: Dataset
    look: Look
    options: Options
    baseline: ConstantBox
    model: Measured
    reference: Measured | None
    comparison: Comparison | None
    notes: tuple[str, ...]


def evaluate(
    detectors: Sequence[Detector], dataset: Dataset, options: Options, on_picture: OnPicture | None = None
) -> Evaluation:
    """Measure the first detector, and a second one beside it as the reference.

    Args:
        detectors: One or two.
        dataset: Labelled pictures.
        options: How to measure.
        on_picture: Told of progress.

    Raises:
        ConfigError: The evaluator is not installed, or not one picture could be read.
    """
    require_evaluator()
    seen = look(detectors, dataset, on_picture)
    rng = np.random.default_rng(options.seed)
    draws = Draws.of([picture.example.conditions.group for picture in seen.seen], rng)
    sights = [[picture.sights[index] for picture in seen.seen] for index in range(len(detectors))]
    measured = [
        _measured(seen.seen, mine, _shared(dataset, detector), options.confidence, draws)
        for mine, detector in zip(sights, detectors, strict=True)
    ]
    return Evaluation(
        dataset=dataset,
        look=seen,
        options=options,
        baseline=constant_box(seen.seen, draws, rng),
        model=measured[0],
        reference=measured[1] if len(measured) > 1 else None,
        comparison=_compared(seen.seen, sights, options.confidence, draws) if len(measured) > 1 else None,
        notes=(*dataset.notes, *_notes(dataset, seen, detectors[0])),
    )


def _measured(
    seen: Sequence[Seen], sights: Sequence[Sight], labels: Sequence[str], confidence: float, draws: Draws
) -> Measured:
    return Measured(
        score=scores(Counts.of(seen, sights, [confidence]), draws)[0],
        averages=averages(seen, sights, labels, draws),
        named=named(seen, sights, labels, confidence, draws),
        labels=label_scores(seen, sights, labels, confidence, draws),
        sweep=scores(Counts.of(seen, sights, SWEEP), draws),
        recommended=recommend(seen, sights, draws),
        calibration=calibration(sights, draws),
        parts=parts(seen, sights, confidence, draws),
        speed=speed([sight.ms for sight in sights]),
    )


def _compared(seen: Sequence[Seen], sights: Sequence[Sequence[Sight]], confidence: float, draws: Draws) -> Comparison:
    mine, other = (Counts.of(seen, each, [confidence]) for each in sights[:2])
    tellable = mine.countable[:, None].astype(np.int64)
    return Comparison(
        time=ratio([sight.ms for sight in sights[0]], [sight.ms for sight in sights[1]]),
        recall=draws.difference((mine.right, mine.things[:, None]), (other.right, other.things[:, None])),
        false=draws.difference((mine.boxes - mine.right, mine.boxes), (other.boxes - other.right, other.boxes)),
        exact=draws.difference((mine.exact, tellable), (other.exact, tellable)),
    )


def _shared(dataset: Dataset, detector: Detector) -> list[str]:
    """Labels that the data and the model both know, in the model's order."""
    return [label for label in detector.labels if label in dataset.labels]


def _notes(dataset: Dataset, seen: Look, detector: Detector) -> list[str]:
    notes = []
    things = [int((~picture.things.crowd).sum()) for picture in seen.seen]
    unknown = [label for label, count in dataset.labels.items() if count and label not in detector.labels]
    if unknown:
        notes.append(
            f"the model does not know {', '.join(unknown)}: such things count whatever they are called, "
            "and in no figure of a label; --map says what the model calls them"
        )
    if seen.skipped:
        notes.append(f"{len(seen.skipped)} pictures could not be read and are in no figure")
    if dataset.missing:
        notes.append(f"{len(dataset.missing)} labelled pictures are not in the folder")
    if dataset.dropped:
        notes.append(f"{dataset.dropped} labels without an area, or said twice, were left out")
    if not sum(things):
        notes.append("there is no thing in any picture: only false boxes and counts could be measured")
    elif all(things):
        notes.append("every picture holds a thing: false boxes on empty tables were not measured")
    if any(picture.things.crowd.any() for picture in seen.seen):
        notes.append("pictures with crowds are in no exact count")
    return notes
