"""Shares with the interval in which the truth lies in 95 of 100 cases.

Boxes of one picture are not independent, so whole pictures are drawn again and again, or whole groups where the data
names them (percentiles: Efron and Tibshirani 1993, ch. 13). Where nothing or everything is right, drawing shows no
spread, so an interval is never narrower than Wilson's (1927) for as many independent cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

_Numbers = NDArray[np.int64]

LEVEL = 0.95
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval.

    Attributes:
        value: 0..1; ``None`` when there was nothing to count.
        low: Lower end of the interval of 95 %.
        high: Upper end.
        hits: What was counted.
        of: Out of how many.
    """

    value: float | None
    low: float | None
    high: float | None
    hits: int
    of: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure with its interval; all ``None`` when there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often each picture is in each drawn sample; the same draws serve every figure, so figures can be compared.

    Attributes:
        weights: float64, shape (samples, pictures): whole numbers.
    """

    weights: NDArray[np.float64]

    @classmethod
    def of(cls, groups: list[str | None], rng: np.random.Generator, count: int = DRAWS) -> Draws:
        """Samples of as many groups as there are, each drawn with replacement; ``None`` is a group of its own."""
        names: dict[object, int] = {}
        member = np.array([names.setdefault(i if g is None else g, len(names)) for i, g in enumerate(groups)], np.intp)
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / max(1, len(names))), size=count)
        return cls(drawn[:, member].astype(np.float64))

    def share(self, hits: NDArray[np.int64], of: NDArray[np.int64]) -> Share:
        """All hits over all cases, given by picture."""
        return self.shares(hits[:, None], of[:, None])[0]

    def shares(self, hits: NDArray[np.int64], of: NDArray[np.int64]) -> list[Share]:
        """The same for columns: shape (pictures, n) both."""
        drawn_hits, drawn_of = self.weights @ hits, self.weights @ of
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = drawn_hits / drawn_of
        return [
            _share(int(hits[:, column].sum()), int(of[:, column].sum()), drawn[:, column])
            for column in range(hits.shape[1])
        ]

    def difference(self, one: tuple[_Numbers, _Numbers], other: tuple[_Numbers, _Numbers]) -> Spread:
        """Share of one less share of another, each as hits and cases of the same pictures, shape (pictures, 1).

        Both are drawn together, so what makes a picture hard for both does not widen the interval.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = [(self.weights @ hits) / (self.weights @ of) for hits, of in (one, other)]
            value = one[0].sum() / one[1].sum() - other[0].sum() / other[1].sum()
        if np.isnan(value):
            return Spread(None, None, None)
        return spread(float(value), drawn[0] - drawn[1])


def _share(hits: int, of: int, drawn: NDArray[np.float64]) -> Share:
    if of == 0:
        return Share(None, None, None, hits, of)
    wilson = binomtest(hits, of).proportion_ci(LEVEL, method="wilson")
    # a sample may hold no case at all
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Share(hits / of, float(min(low, wilson.low)), float(max(high, wilson.high)), hits, of)


def spread(value: float, drawn: NDArray[np.float64]) -> Spread:
    """A figure with the percentiles of what it was in drawn samples."""
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Spread(value, float(low), float(high))
