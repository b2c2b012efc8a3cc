"""Two models on the kept-back pictures: what each finds, and whether the difference is more than chance.

Pictures of one block of time resemble one another, so blocks are drawn, not pictures: a cluster bootstrap (Field and
Welsh 2007) of the paired difference, 95 % percentile intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import matches

OPERATING = 0.3
"""Boxes below this score do not count: between what a stock wants (0.25) and a track (0.35)."""
DRAWS = 2000
LEAST_PICTURES, LEAST_GROUPS = 20, 5
"""Below either nothing can be told: a bootstrap of four blocks knows four things."""


class Verdict(StrEnum):
    """What the comparison says."""

    BETTER = "better"
    WORSE = "worse"
    UNCERTAIN = "cannot be told"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One model on one picture.

    Attributes:
        group: Block of time.
        truth: Pieces that are there.
        found: Of these, found with an IoU of at least 0.5, whatever they are called.
        boxes: Boxes that the model drew.
    """

    group: str
    truth: int
    found: int
    boxes: int

    @classmethod
    def of(cls, group: str, *, truth: NDArray[np.float32], boxes: NDArray[np.float32]) -> Outcome:
        """The outcome of boxes against true boxes, both xyxy in one unit."""
        return cls(group, len(truth), matches(boxes, truth), len(boxes))


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of both models.

    Attributes:
        name: ``recall``, ``false_boxes`` (share of the boxes) or ``exact_count`` (share of the pictures).
        current: Of the current model.
        new: Of the new one.
        low: Lower end of the 95 % interval of new minus current.
        high: Upper end.
        gain: Whether more is better (1) or worse (-1).
    """

    name: str
    current: float
    new: float
    low: float
    high: float
    gain: int

    @property
    def better(self) -> bool:
        """Whether the whole interval lies on the better side."""
        return (self.low if self.gain > 0 else -self.high) > 0

    @property
    def worse(self) -> bool:
        """Whether the whole interval lies on the worse side."""
        return (self.high if self.gain > 0 else -self.low) < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every measure, and what follows."""

    pictures: int
    groups: int
    figures: tuple[Figure, ...]
    verdict: Verdict
    why: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON and for the card."""
        figures = [
            {"name": f.name, "current": round(f.current, 4), "new": round(f.new, 4), "low": round(f.low, 4),
             "high": round(f.high, 4)} for f in self.figures
        ]  # fmt: skip
        facts = {"pictures": self.pictures, "groups": self.groups, "verdict": self.verdict.value, "why": self.why}
        return facts | {"figures": figures}


def compare(current: Sequence[Outcome], new: Sequence[Outcome], rng: np.random.Generator) -> Comparison:
    """Both models on the same pictures, in the same order.

    Better means: no measure is worse beyond chance, and recall or exact count is better beyond chance.
    """
    groups = sorted({outcome.group for outcome in current})
    sums = [
        np.array([_sums([o for o in outcomes if o.group == group]) for group in groups], float).reshape(-1, 5)
        for outcomes in (current, new)
    ]
    picks = rng.integers(0, max(1, len(groups)), (DRAWS, len(groups)))
    figures = tuple(_figure(name, share, gain, sums=sums, picks=picks) for name, share, gain in _MEASURES)
    verdict, why = _verdict(figures, pictures=len(current), groups=len(groups))
    return Comparison(len(current), len(groups), figures, verdict, why)


_Sums = NDArray[np.float64]


def _sums(outcomes: Sequence[Outcome]) -> list[int]:
    """Truth, found, boxes, exact counts, pictures."""
    rows = [(o.truth, o.found, o.boxes, int(o.truth == o.boxes), 1) for o in outcomes]
    return [sum(column) for column in zip(*rows, strict=True)]


_MEASURES: tuple[tuple[str, Callable[[_Sums], _Sums], int], ...] = (
    ("recall", lambda s: s[..., 1] / np.maximum(1, s[..., 0]), 1),
    ("false_boxes", lambda s: (s[..., 2] - s[..., 1]) / np.maximum(1, s[..., 2]), -1),
    ("exact_count", lambda s: s[..., 3] / np.maximum(1, s[..., 4]), 1),
)


def _figure(
    name: str, share: Callable[[_Sums], _Sums], gain: int, *, sums: Sequence[_Sums], picks: NDArray[np.int64]
) -> Figure:
    whole = [float(share(each.sum(axis=0))) for each in sums]
    drawn = [share(each[picks].sum(axis=1)) for each in sums]
    low, high = np.percentile(drawn[1] - drawn[0], (2.5, 97.5))
    return Figure(name, whole[0], whole[1], float(low), float(high), gain)


def _verdict(figures: Sequence[Figure], *, pictures: int, groups: int) -> tuple[Verdict, str]:
    if pictures < LEAST_PICTURES or groups < LEAST_GROUPS:
        why = (
            f"only {pictures} kept-back pictures from {groups} blocks of time; "
            f"at least {LEAST_PICTURES} from {LEAST_GROUPS} are needed: collect and label more"
        )
        return Verdict.UNCERTAIN, why
    if worse := [figure.name for figure in figures if figure.worse]:
        return Verdict.WORSE, f"worse beyond chance: {', '.join(worse)}"
    better = [figure.name for figure in figures if figure.better and figure.name != "false_boxes"]
    if better:
        return Verdict.BETTER, f"better beyond chance: {', '.join(better)}; nothing worse beyond chance"
    return Verdict.UNCERTAIN, "neither recall nor exact count differs beyond chance: label more pictures"
