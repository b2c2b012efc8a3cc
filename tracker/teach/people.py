"""Where somebody may be: nothing that touches it leaves RAM."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.count import PEOPLE, people
from tracker.domain.errors import ConfigError
from tracker.domain.frames import Picture
from tracker.domain.ports import Detector
from tracker.privacy import HANDS, LAST_HAND_SCORE, LAST_PERSON_SCORE, Boxes, PeopleEye, Watcher, covered

PERSONS = PEOPLE - HANDS - {"head"}
"""Labels of whole people."""
GRID = (36, 64)
"""Rows and columns of the grid that says where somebody may be."""
MOVED_LEVELS = 14.0
"""Mean luma of a cell that changes by more between neighbouring frames has moved, after the whole picture's change is
taken off: what moves may be an arm that no model saw."""

Cells = NDArray[np.bool_]


def eye_of(detectors: Sequence[Detector], *, hands_only: bool) -> PeopleEye:
    """What looks for people with every model that knows them; what one of them sees counts.

    Args:
        detectors: At least one that knows persons, unless ``hands_only``.
        hands_only: Whether hands are enough, as for a camera straight above a table that nobody leans over.

    Raises:
        ConfigError: No detector knows what it must.
    """
    known = {label.lower() for detector in detectors for label in detector.labels}
    if not known & (PEOPLE if hands_only else PERSONS):
        raise ConfigError(
            "without a model that knows people no picture may leave memory",
            expected="a class person or hand" if hands_only else "a class person",
            got=", ".join(sorted(known))[:200],
            hint="Give --person-model FOLDER, any COCO model will do"
            + ("" if hands_only else "; or --hands-only where the camera sees no more of people than hands"),
        )
    return PeopleEye(
        [
            Watcher(detector, people(detector.labels), last_score=_last_score(detector.labels))
            for detector in detectors
            if people(detector.labels).any()
        ]
    )


def where_in(picture: Picture, boxes: Boxes) -> Cells:
    """Cells of the grid in which people may be whom an eye has seen."""
    return covered(boxes, width=picture.width, height=picture.height, shape=GRID)


def cells_of(xyxy: tuple[float, ...]) -> tuple[slice, slice]:
    """Rows and columns that a box touches, given as shares of the picture."""
    left, top, right, bottom = xyxy
    rows, columns = GRID
    down = slice(max(0, math.floor(top * rows)), max(0, math.ceil(bottom * rows)))
    return down, slice(max(0, math.floor(left * columns)), max(0, math.ceil(right * columns)))


def moved(before: NDArray[np.float32], now: NDArray[np.float32]) -> Cells:
    """Cells that changed between two neighbouring frames, and those beside them.

    Args:
        before: Mean luma of each cell, shape ``GRID``.
        now: The same, a moment later.
    """
    change = now - before
    cells = np.abs(change - np.median(change)) > MOVED_LEVELS
    grown = np.pad(cells, 1)
    height, width = cells.shape
    shifted = [grown[down : down + height, across : across + width] for down in range(3) for across in range(3)]
    return np.asarray(np.logical_or.reduce(shifted), np.bool_)


def _last_score(labels: tuple[str, ...]) -> float:
    """From which score on somebody counts in the last look."""
    return LAST_PERSON_SCORE if PERSONS & {label.lower() for label in labels} else LAST_HAND_SCORE
