"""What the rules of one camera get to see of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Motion
from tracker.domain.frames import Moment
from tracker.domain.geometry import inside
from tracker.domain.tracks import Tracks

PEOPLE = frozenset(
    {"person", "people", "human", "man", "woman", "child", "worker", "head"}
    | {"hand", "hands", "arm", "arms", "forearm", "forearms"}
)
"""Labels of people and their parts: an activity cue, never a countable thing unless a rule names them."""

PART_INSIDE = 0.8
"""A box this far inside another that does the same at the same time is a part of the same thing, not a second one."""
MOVED_CELLS = 2
"""Cells of the motion map inside a zone that make it moving; one alone is noise."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame as the rules see it.

    Attributes:
        moment: When it was taken.
        width: Picture width, pixels.
        height: Picture height, pixels.
        tracks: Everything tracked.
        motion: Where the picture changed; ``None`` when nobody looked.
    """

    moment: Moment
    width: int
    height: int
    tracks: Tracks
    motion: Motion | None


def countable(labels: tuple[str, ...], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which class ids a rule counts: those named, or everything but people; bool, shape (number of labels,)."""
    if classes:
        return np.array([label in classes for label in labels], np.bool_)
    return np.array([label.lower() not in PEOPLE for label in labels], np.bool_)


def people(labels: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which class ids are people or hands; bool, shape (number of labels,)."""
    return np.array([label.lower() in PEOPLE for label in labels], np.bool_)


def moved_in(motion: Motion | None, polygon: NDArray[np.float64]) -> bool:
    """Whether something moved inside a polygon in 0..1; ``False`` when motion was not looked for."""
    if motion is None:
        return False
    rows, columns = np.nonzero(motion.moved)
    if len(rows) < MOVED_CELLS:
        return False
    height, width = motion.moved.shape
    cells = np.stack([(columns + 0.5) / width, (rows + 0.5) / height], axis=1)
    return int(inside(cells, polygon).sum()) >= MOVED_CELLS
