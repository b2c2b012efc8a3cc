"""A model looks at every picture of a data set, through the detector that also runs in the workshop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Detections
from tracker.domain.errors import ConfigError, SourceError
from tracker.domain.frames import Picture
from tracker.evaluate.dataset import Dataset
from tracker.evaluate.matching import match
from tracker.evaluate.pictures import as_picture, read_picture
from tracker.evaluate.surroundings import brightness, contrasts
from tracker.evaluate.things import Example, Things

OnPicture = Callable[[int, int], None]
"""Told how many pictures are done, and of how many."""


class Detector(Protocol):
    """What is measured."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names by class id."""
        ...

    def detect(self, picture: Picture) -> Detections:
        """Boxes in picture pixels."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one model found in one picture.

    Attributes:
        found: Boxes in pixels; those with uncounted labels are gone.
        labels: Their names.
        match: Index of the thing that each shows, whatever its label, or a negative number: :mod:`.matching`.
        ms: How long the model looked, wall clock, milliseconds.
    """

    found: Detections
    labels: tuple[str, ...]
    match: NDArray[np.int64]
    ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture, what is truly in it, and what each model found.

    Attributes:
        example: The picture; its boxes are in pixels.
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        sights: One a model.
        brightness: Mean luma, 0..255.
        contrasts: Of each thing to what it lies on, CIE76; NaN where nothing of that can be seen.
    """

    example: Example
    width: int
    height: int
    sights: tuple[Sight, ...]
    brightness: float
    contrasts: NDArray[np.float64]

    @property
    def things(self) -> Things:
        """True boxes in pixels."""
        return self.example.things


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Everything that was seen.

    Attributes:
        seen: One a picture, in the data set's order.
        skipped: Pictures that could not be read, and why.
    """

    seen: tuple[Seen, ...]
    skipped: Mapping[str, str]


def look(detectors: Sequence[Detector], dataset: Dataset, on_picture: OnPicture | None = None) -> Look:
    """Every model on every picture; the order of the models alternates, so that none always finds warm caches.

    Raises:
        ConfigError: No picture could be read.
    """
    seen: list[Seen] = []
    skipped: dict[str, str] = {}
    for index, example in enumerate(dataset.examples):
        try:
            bgr = read_picture(example.path, example.size)
        except SourceError as error:
            skipped[example.name] = str(error)
        else:
            seen.append(_seen(detectors, example, bgr, dataset.uncounted))
        if on_picture is not None:
            on_picture(index + 1, len(dataset.examples))
    if not seen:
        first = next(iter(skipped.values()), "no pictures")
        raise ConfigError(f"not one picture of {dataset.folder} could be read", got=first)
    return Look(tuple(seen), skipped)


def _seen(detectors: Sequence[Detector], example: Example, bgr: NDArray[np.uint8], uncounted: tuple[str, ...]) -> Seen:
    height, width = bgr.shape[:2]
    things = example.things.times(width, height) if example.size is None else example.things
    picture = as_picture(bgr)
    order = list(enumerate(detectors))
    sights: dict[int, Sight] = {}
    for index, detector in order if sum(example.name.encode()) % 2 else order[::-1]:
        start = perf_counter()
        found = detector.detect(picture)
        ms = (perf_counter() - start) * 1000
        counted = np.array([detector.labels[i] not in uncounted for i in found.class_id], np.bool_)
        found = found[counted]
        labels = tuple(detector.labels[i] for i in found.class_id)
        sights[index] = Sight(found, labels, match(found.xyxy, found.score, things.xyxy, things.crowd), ms)
    return Seen(
        example=replace(example, things=things),
        width=width,
        height=height,
        sights=tuple(sights[index] for index, _ in order),
        brightness=brightness(bgr),
        contrasts=contrasts(bgr, things.xyxy),
    )
