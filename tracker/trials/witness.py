"""A detector that knows the truth and reports it as a good model would: tells faults of counting from those of seeing.

Its boxes tremble, things drop out for some frames at a time, what is half covered or smeared drops out more often, and
now and then there is a box where nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.domain.detections import Detections
from tracker.domain.frames import Picture
from tracker.sim.render import Stage
from tracker.sim.script import EVERY_LABEL, SceneScript, TruthBox
from tracker.sim.sprite import Box
from tracker.sim.wardrobe import Wardrobe

BLOCK_S = 0.3
"""Models lose a thing for a few frames at a time, not for one."""
LEAST_SHOWN, CLEARLY_SHOWN = 0.3, 0.75
"""Share of a thing below which nobody finds it, and from which it is found as well as ever."""


@dataclass(frozen=True, slots=True)
class Blur:
    """How well the witness sees.

    Attributes:
        misses: Chance that a lying thing in plain view is not seen for a block of time.
        misses_held: The same for one that a hand carries.
        tremble: Standard deviation of a box's edges, over its sides.
        ghosts: Chance of a box where nothing is, in each block of time.
    """

    misses: float = 0.01
    misses_held: float = 0.06
    tremble: float = 0.015
    ghosts: float = 0.01


class Witness:
    """Reports what a script's frames show; tell it which frame comes before each look.

    Args:
        script: What is filmed.
        seed: Decides its faults; they do not depend on which frames it is shown.
        blur: How well it sees.
    """

    labels = EVERY_LABEL
    provider = "truth"

    def __init__(self, script: SceneScript, seed: int, blur: Blur | None = None) -> None:
        self._script, self._seed, self._blur = script, seed, blur or Blur()
        self._stage = Stage(Wardrobe(script))
        self._frame = 0

    def turn(self, frame: int) -> None:
        """The next look is at this frame."""
        self._frame = frame

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels, best score first."""
        found = [
            sighting
            for box, share in self._stage.shown(self._frame)
            if box.label and (sighting := self._sighting(box, share, (picture.width, picture.height)))
        ]
        found += self._ghosts((picture.width, picture.height))
        found.sort(key=lambda sighting: -sighting[1])
        boxes = np.array([box for box, _, _ in found], np.float32).reshape(-1, 4)
        scores = np.array([score for _, score, _ in found], np.float32)
        return Detections(boxes, scores, np.array([class_id for _, _, class_id in found], np.int32))

    def _sighting(self, box: TruthBox, share: float, size: tuple[int, int]) -> tuple[Box, float, int] | None:
        clear = (share - LEAST_SHOWN) / (CLEARLY_SHOWN - LEAST_SHOWN)
        if clear <= 0:
            return None
        seen = 1 - (self._blur.misses_held if box.held or box.piece < 0 else self._blur.misses)
        if self._chance(box.piece, 0) > seen * min(1.0, clear):
            return None
        rng = np.random.default_rng([self._seed, 1, self._frame, box.piece + 1000])
        left, top, right, bottom = box.xyxy
        tremble = rng.normal(0, self._blur.tremble * (2 - min(1.0, clear)), 4)
        across, down = right - left, bottom - top
        edges = np.array(box.xyxy) + tremble * (across, down, across, down)
        cut = np.clip(edges, 0, (*size, *size))
        if min(cut[2] - cut[0], cut[3] - cut[1]) < 2:
            return None
        score = float(np.clip(rng.normal(0.85, 0.06) * (0.5 + 0.5 * min(1.0, clear)), 0.15, 0.98))
        return (float(cut[0]), float(cut[1]), float(cut[2]), float(cut[3])), score, EVERY_LABEL.index(box.label)

    def _ghosts(self, size: tuple[int, int]) -> list[tuple[Box, float, int]]:
        if self._chance(0, 2) >= self._blur.ghosts:
            return []
        rng = np.random.default_rng([self._seed, 3, self._block])
        side = float(rng.uniform(0.06, 0.2)) * size[0]
        x, y = float(rng.uniform(0, size[0] - side)), float(rng.uniform(0, size[1] - side))
        return [((x, y, x + side, y + side), float(rng.uniform(0.15, 0.5)), EVERY_LABEL.index("garment"))]

    def _chance(self, thing: int, what: int) -> float:
        """A number from 0 to 1 that is the same for a block of time."""
        return float(np.random.default_rng([self._seed, what, self._block, thing + 1000]).random())

    @property
    def _block(self) -> int:
        return int(self._frame / self._script.fps / BLOCK_S)
