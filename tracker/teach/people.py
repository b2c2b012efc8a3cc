"""Where somebody may be: nothing that touches it leaves RAM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.domain.frames import Picture
from tracker.domain.ports import Detector

PERSONS, HANDS = frozenset({"person", "people", "worker"}), frozenset({"hand", "hands", "arm", "forearm"})
PEOPLE = PERSONS | HANDS
LEAST_SCORE = 0.05
"""A box that is wrong nineteen times out of twenty still keeps a picture in RAM: there will be others."""
GROW = {True: 2.0, False: 0.3}
"""A box is grown by so much of its longer side: a hand's (true) by more, since its forearm is not in it."""
GRID = (36, 64)
"""Rows and columns of the grid that says where somebody may be."""
MOVED_LEVELS = 14.0
"""Mean luma of a cell that changes by more between neighbouring frames has moved, after the whole picture's change is
taken off: what moves may be an arm that no model saw."""

Boxes = NDArray[np.float32]
Cells = NDArray[np.bool_]


class Eye(Protocol):
    """Finds people in a picture; the eye of the person-free scenes is one."""

    def look(self, picture: Picture) -> Boxes:
        """Boxes of whatever may be a person or part of one, xyxy in pixels, shape (n, 4), grown already."""
        ...


class Watchers:
    """An eye made of every model that knows people; what one of them sees counts.

    Args:
        detectors: At least one that knows persons, unless ``hands_only``.
        hands_only: Whether hands are enough, as for a camera straight above a table that nobody leans over.

    Raises:
        ConfigError: No detector knows what it must.
    """

    def __init__(self, detectors: Sequence[Detector], *, hands_only: bool) -> None:
        known = {label.lower() for detector in detectors for label in detector.labels}
        wanted = PEOPLE if hands_only else PERSONS
        if not known & wanted:
            raise ConfigError(
                "without a model that knows people no picture may leave memory",
                expected=f"a class {' or '.join(sorted(wanted & {'person', 'hand'}))}",
                got=", ".join(sorted(known))[:200],
                hint="Give --person-model FOLDER, any COCO model will do"
                + ("" if hands_only else "; or --hands-only where the camera sees no more of people than hands"),
            )
        self._detectors = tuple(detectors)

    def look(self, picture: Picture) -> Boxes:
        """Boxes of people and hands, grown; they may reach out of the picture."""
        found = [np.empty((0, 4), np.float32)]
        for detector in self._detectors:
            seen = detector.detect(picture)
            names = [detector.labels[index].lower() for index in seen.class_id]
            for xyxy, score, name in zip(seen.xyxy, seen.score, names, strict=True):
                if name in PEOPLE and score >= LEAST_SCORE:
                    margin = GROW[name in HANDS] * float((xyxy[2:] - xyxy[:2]).max())
                    found.append((xyxy + np.array([-margin, -margin, margin, margin], np.float32))[None])
        return np.concatenate(found)


def covered(boxes: Boxes, picture: Picture) -> Cells:
    """Cells of the grid that boxes touch."""
    cells = np.zeros(GRID, np.bool_)
    for box in boxes:
        cells[cells_of(tuple(box / np.array([picture.width, picture.height] * 2)))] = True
    return cells


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
