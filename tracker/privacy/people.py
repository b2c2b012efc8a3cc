"""Where people may be: boxes of any detector that knows them, at the lowest score, grown on all sides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.ports import Detector
from tracker.privacy.reduced import Cells

LEAST_SCORE = 0.05
"""A box that is wrong nineteen times out of twenty still hides what is in it: hiding too much costs a patch."""
GROW = 0.25
"""A box is grown by so much of its longer side: detectors cut off the arms that reach out, and hair."""
LEAST_GROW = 0.04
"""And by at least so many picture widths: of a hand at the edge of a table only the fingers may be in the box."""
LAST_PERSON_SCORE = 0.2
"""From which score on somebody counts in the last look at what is about to leave: of real people seen from eight sides
the weakest had 0.36, of garments on a table, which look like a chest, three of four stay below 0.17."""
LAST_HAND_SCORE = 0.35
"""The same for the counting model's hands: below, it sees hands in empty rooms."""
HANDS = frozenset({"hand", "hands", "arm", "arms", "forearm", "forearms"})
"""Labels of models that box a hand or a part of an arm without the rest of it."""
FOREARM = 2.0
"""A box of a hand is grown by so much of its longer side at once: its forearm is not in it, and lies on any side."""
TILE = 0.6
"""Width and height of a tile, as a share of the picture; four of them overlap by a fifth."""

Boxes = NDArray[np.float32]
"""Shape (n, 4): left, top, right, bottom in pixels of the picture."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A detector that knows people or parts of them.

    Attributes:
        detector: The model.
        classes: Class ids of people, bool, shape (number of labels,).
        least_score: From which score on a box counts while something may still be hidden at little cost.
        last_score: And in the last look at what is about to leave.
    """

    detector: Detector
    classes: NDArray[np.bool_]
    least_score: float = LEAST_SCORE
    last_score: float = LEAST_SCORE


class PeopleEye:
    """Looks for people with every detector that knows them; what any of them sees counts.

    Args:
        watchers: At least one.
    """

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        if not watchers:
            msg = "without a detector that knows people nothing may be shown"
            raise ValueError(msg)
        self._watchers = tuple(watchers)

    def look(self, picture: Picture, *, closely: bool = False) -> Boxes:
        """Boxes of everything that may be a person, or a hand with its forearm; they may reach out of the picture.

        Args:
            picture: Full size.
            closely: Also look at four overlapping tiles, in which people are larger, and at the picture on its sides
                and upside down: models have learnt people who stand, and a camera over a table sees them from every
                side. Eight times the cost.
        """
        scores = [watcher.least_score for watcher in self._watchers]
        return self._closely(picture, scores) if closely else self._whole(picture, scores)

    def check(self, picture: Picture) -> Boxes:
        """The same for a picture that is about to leave, closely; what it finds there is hidden."""
        return self._closely(picture, [watcher.last_score for watcher in self._watchers])

    def _closely(self, picture: Picture, scores: Sequence[float]) -> Boxes:
        found = [self._whole(picture, scores)]
        for tile, left, top in _tiles(picture):
            found.append(self._whole(tile, scores) + np.array([left, top, left, top], np.float32))
        found += [_turned_back(self._whole(_turned(picture, turns), scores), turns, picture) for turns in (1, 2, 3)]
        return np.concatenate(found).astype(np.float32)

    def _whole(self, picture: Picture, scores: Sequence[float]) -> Boxes:
        found = []
        for watcher, least in zip(self._watchers, scores, strict=True):
            seen = watcher.detector.detect(picture)
            seen = seen[watcher.classes[seen.class_id] & (seen.score >= least)]
            hands = np.array([label.lower() in HANDS for label in watcher.detector.labels], np.bool_)
            sizes = (seen.xyxy[:, 2:] - seen.xyxy[:, :2]).max(axis=1, initial=0.0)
            reach = np.where(hands[seen.class_id], np.float32(FOREARM) * sizes, np.float32(0))[:, None]
            found.append(seen.xyxy + reach * np.array([-1, -1, 1, 1], np.float32))
        return np.concatenate(found).astype(np.float32)


def covered(boxes: Boxes, *, width: int, height: int, shape: tuple[int, int]) -> Cells:
    """Cells that a grown box touches.

    ::

        +-----------------+
        |   +--------+    |   grown by GROW of the longer side, and LEAST_GROW of the picture's width at least
        |   | person |    |
        |   +--------+    |
        +-----------------+

    Args:
        boxes: Not grown.
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        shape: Rows and columns of the grid.
    """
    rows, columns = shape
    cells = np.zeros(shape, np.bool_)
    for left, top, right, bottom in boxes.tolist():
        margin = max(GROW * max(right - left, bottom - top), LEAST_GROW * width)
        across = slice(
            max(0, math.floor((left - margin) / width * columns)), max(0, math.ceil((right + margin) / width * columns))
        )
        down = slice(
            max(0, math.floor((top - margin) / height * rows)), max(0, math.ceil((bottom + margin) / height * rows))
        )
        cells[down, across] = True
    return cells


def _tiles(picture: Picture) -> Iterator[tuple[Picture, int, int]]:
    """Parts of the picture and where they lie; corners are even, as the colour planes want it."""
    for down in (0.0, 1.0 - TILE):
        for across in (0.0, 1.0 - TILE):
            left, top = int(picture.width * across) // 2 * 2, int(picture.height * down) // 2 * 2
            right = picture.width if across else min(picture.width, math.ceil(picture.width * TILE / 2) * 2)
            bottom = picture.height if down else min(picture.height, math.ceil(picture.height * TILE / 2) * 2)
            yield _part(picture, (left, top, right, bottom)), left, top


def _part(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    left, top, right, bottom = box
    rows, columns = slice(top, bottom), slice(left, right)
    half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    return Picture(picture.y[rows, columns], picture.u[half], picture.v[half], picture.full_range)


def _turned(picture: Picture, turns: int) -> Picture:
    """The picture after so many quarter turns to the left."""
    y, u, v = (np.ascontiguousarray(np.rot90(plane, turns)) for plane in (picture.y, picture.u, picture.v))
    return Picture(y, u, v, picture.full_range)


def _turned_back(boxes: Boxes, turns: int, picture: Picture) -> Boxes:
    """Boxes of a turned picture in the picture as it was."""
    for done in range(turns, 0, -1):
        # before its last turn to the left, the picture was as wide as it is high now
        width = picture.width if done % 2 else picture.height
        left, top, right, bottom = boxes.T
        boxes = np.stack((width - bottom, left, width - top, right), axis=1)
    return boxes
