"""How long a model looks at a picture, here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WARM_UP = 5
"""First pictures that are not counted, where there are more than twice as many: they fill caches."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Wall clock of shrinking, inference and reading the boxes of one picture, on this machine, as busy as it was.

    Attributes:
        median_ms: Half of the pictures took less.
        p95_ms: 95 of 100 took less.
        pictures: How many were timed.
    """

    median_ms: float
    p95_ms: float
    pictures: int


def speed(times_ms: Sequence[float]) -> Speed:
    """Of the times of at least one picture."""
    timed = np.array(times_ms[WARM_UP:] if len(times_ms) > 2 * WARM_UP else times_ms)
    return Speed(float(np.median(timed)), float(np.percentile(timed, 95)), len(timed))


def ratio(times_ms: Sequence[float], reference_ms: Sequence[float]) -> float:
    """Median over pictures of how many times as long as the reference a model looked at the same picture."""
    pairs = np.array(times_ms) / np.array(reference_ms)
    return float(np.median(pairs[WARM_UP:] if len(pairs) > 2 * WARM_UP else pairs))
