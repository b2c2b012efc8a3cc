"""How good a model is on things it never saw, measured through the detector that also runs in the workshop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import matches
from tracker.detect.detector import load_detector
from tracker.domain.detections import Detections
from tracker.domain.errors import ConfigError
from tracker.evaluate.pictures import as_picture
from tracker.sim.script import LABELS
from tracker.train.recipe import Recipe

CONFIDENCES = (0.25, 0.5)
ANY_PIECE = "any piece"
"""All labels but ``hand``, whichever of them the model says: what a class-agnostic rule counts."""

_ON = {
    "real": "whole real garments of contributors held out, 0.15 to 0.5 of the width, among patches, on tables held out",
    "hard": "the same garments folded, crumpled, overlapping, under hands, among clutter",
    "sim": "simulator seeds not trained on: stills and frames of workshop clips",
}


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One line of the card's accuracy table.

    Attributes:
        on: What it was measured on.
        images: Pictures.
        label: A class, or ``ANY_PIECE``.
        at_confidence: Boxes below it are ignored, 0..1.
        truth: Things of that label in all pictures.
        recall: Share of them found with IoU of at least 0.5, 0..1.
        precision: Share of the model's boxes that are right, 0..1.
        exact_count: Share of pictures with as many boxes as things, 0..1.
    """

    on: str
    images: int
    label: str
    at_confidence: float
    truth: int
    recall: float
    precision: float
    exact_count: float


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """True boxes of one picture: xyxy in pixels, float32 (n, 4), and label indices, int (n,)."""

    xyxy: NDArray[np.float32]
    class_id: NDArray[np.int32]


def evaluate(recipe: Recipe) -> tuple[Accuracy, ...]:
    """Measures the model in the recipe's output folder on the run's ``real``, ``hard`` and ``sim`` pictures.

    Raises:
        ConfigError: There are no such pictures.
        ModelError: The model folder is wrong.
    """
    lines: list[Accuracy] = []
    for split, on in _ON.items():
        pairs = seen(recipe, split)
        for confidence in CONFIDENCES:
            lines += [measure(pairs, label, confidence=confidence, on=on) for label in (*LABELS, ANY_PIECE)]
    return tuple(lines)


def seen(recipe: Recipe, split: str) -> list[tuple[Detections, Labelled]]:
    """What the model in the recipe's output folder finds in the pictures of a split, and what is there.

    Raises:
        ConfigError: There are no such pictures.
        ModelError: The model folder is wrong.
    """
    detector = load_detector(recipe.output)
    return [(detector.detect(as_picture(bgr)), truth) for bgr, truth in labelled(recipe.work / "data", split)]


def best_confidence(pairs: list[tuple[Detections, Labelled]]) -> float:
    """The confidence from which boxes count, so that most pieces are found, few are made up, and most counts are exact.

    Where several do as well, the middle one.
    """
    tried = [round(0.06 + 0.02 * step, 2) for step in range(43)]
    gains = []
    for confidence in tried:
        line = measure(pairs, ANY_PIECE, confidence=confidence, on="")
        gains.append(line.recall + line.precision + line.exact_count)
    best = [confidence for confidence, gain in zip(tried, gains, strict=True) if gain >= max(gains) - 0.002]
    return best[len(best) // 2]


def measure(pairs: list[tuple[Detections, Labelled]], label: str, *, confidence: float, on: str) -> Accuracy:
    """Recall, precision and exact counts of one label over many pictures.

    Args:
        pairs: What the model found and what is there, a pair a picture.
        label: One of the labels, or ``ANY_PIECE``.
        confidence: Boxes below it are ignored.
        on: What the pictures are, for the card.
    """
    truth = found = boxes = exact = 0
    for detections, labels in pairs:
        wanted = labels.xyxy[_of(labels.class_id, label)]
        given = detections.xyxy[_of(detections.class_id, label) & (detections.score >= confidence)]
        found += matches(given, wanted)
        truth, boxes = truth + len(wanted), boxes + len(given)
        exact += len(wanted) == len(given)
    return Accuracy(
        on=on,
        images=len(pairs),
        label=label,
        at_confidence=confidence,
        truth=truth,
        recall=found / max(1, truth),
        precision=found / max(1, boxes),
        exact_count=exact / max(1, len(pairs)),
    )


def labelled(folder: Path, split: str) -> Iterator[tuple[NDArray[np.uint8], Labelled]]:
    """BGR pictures of a split with their true boxes.

    Raises:
        ConfigError: The split holds no pictures.
    """
    files = sorted((folder / "images" / split).glob("*.jpg"))
    if not files:
        raise ConfigError(f"{folder} holds no pictures of {split}", hint="Run the step `data` first")
    for file in files:
        picture = np.asarray(cv2.imread(str(file)), np.uint8)
        height, width = picture.shape[:2]
        text = (folder / "labels" / split / f"{file.stem}.txt").read_text(encoding="utf-8")
        rows = np.array([line.split() for line in text.splitlines()], np.float32).reshape(-1, 5)
        middle, half = rows[:, 1:3], rows[:, 3:5] / 2
        xyxy = np.concatenate([middle - half, middle + half], axis=1) * np.array([width, height] * 2, np.float32)
        yield picture, Labelled(xyxy.astype(np.float32), rows[:, 0].astype(np.int32))


def _of(class_id: NDArray[np.int32], label: str) -> NDArray[np.bool_]:
    if label == ANY_PIECE:
        return np.asarray(class_id != LABELS.index("hand"), np.bool_)
    return np.asarray(class_id == LABELS.index(label), np.bool_)
