"""From camera counts with unknown recall, false counts and blind time to draws of the pieces that really passed.

For one place, with rules r = 1..n that look at the same pieces::

    L           ~ Gamma(1, mean m)              pieces to be expected in the time; m is weak
    recall_r    ~ Beta(19, 1)                   share of the pieces in sight that r counts
    false_r     ~ Exponential(mean 0.02)        false counts per piece in sight
    watched_r   ~ Beta(k w_r, k b_r)            share of the pieces that passed while r was not blind: output follows a
                                                Gamma process in working hours (w_r watched, b_r blind)
    X           ~ Poisson(L)                    pieces that really passed
    count_r     = Binomial(X, watched_r recall_r) + Poisson(L watched_r false_r)

Given the parameters of the first rule everything is conjugate: L is Gamma again, the false among its counts are
Binomial, the pieces it missed are Poisson and independent of those it saw. So the draws are exact for one rule, up to a
weight for the parameters; each further rule multiplies the weight by the likelihood of its own count (importance
sampling).

A place where nothing was ever counted may not be in work at all: then ``X = 0``, with a prior probability
``untouched``. So a camera that is dead from the start widens the interval and moves no median.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from tracker.domain.estimates import RuleTally
from tracker.domain.rules import CellId
from tracker.estimate.priors import Priors

Draws = NDArray[np.float64]
"""Equally likely values, shape (draws,)."""

WIDE = 10.0
"""The expected pieces are at least so many times what was counted, so that where there are counts they decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """How to draw: the source of chance, how many draws, and the priors."""

    rng: np.random.Generator
    draws: int
    priors: Priors


@dataclass(frozen=True, slots=True)
class Sight:
    """What one rule counted, made ready for the model.

    Attributes:
        count: Pieces counted, at least 0.
        watched_s: Working seconds in sight; greater than 0 when there is a count.
        blind_s: Working seconds out of sight.
    """

    count: int
    watched_s: float
    blind_s: float

    @property
    def watched_share(self) -> float:
        """Expected share of the pieces that passed in sight, 0..1."""
        in_work_s = self.watched_s + self.blind_s
        return self.watched_s / in_work_s if in_work_s > 0 else 1.0


def draw_passed(tallies: Sequence[RuleTally], *, pace_per_s: float, begun: bool = False, sampling: Sampling) -> Draws:
    """Draws of the true pieces through a step since its tallies began; whole numbers.

    Rules of one cell see the same pieces, cells add up. Net returns (a tally below zero) are taken at face value.

    Args:
        tallies: At least one; their sequence makes no difference.
        pace_per_s: Pieces per working second to expect where nothing was watched; greater than 0.
        begun: Whether people counted pieces here before: then the step is in work if it has but one place.
    """
    cells: defaultdict[CellId | None, list[RuleTally]] = defaultdict(list)
    for tally in sorted(tallies, key=_sequence):
        cells[tally.cell].append(tally)
    total = np.zeros(sampling.draws)
    for cell in sorted(cells, key=lambda cell: cell or ""):
        returned = min(0, *(tally.pieces for tally in cells[cell]))
        sights = [_sight(tally, returned, pace_per_s) for tally in cells[cell]]
        untouched = 0.0 if begun and len(cells) == 1 else sampling.priors.untouched
        total += returned + _draw_place(sights, pace_per_s, untouched, sampling)
    return total


def _sequence(tally: RuleTally) -> tuple[str, int, float, float]:
    """Rules of different cameras may share a name; equal in all of these, they are interchangeable."""
    return tally.rule, tally.pieces, tally.watched_s, tally.blind_s


def _sight(tally: RuleTally, returned: int, pace_per_s: float) -> Sight:
    """The tally without net returns; what was counted outside working hours (overtime) proves time in sight."""
    count = tally.pieces - returned
    overtime = count > 0 and tally.watched_s <= 0
    return Sight(count, count / pace_per_s if overtime else tally.watched_s, tally.blind_s)


def _draw_place(sights: Sequence[Sight], pace_per_s: float, untouched: float, sampling: Sampling) -> Draws:
    """Draws of the pieces past one place, by importance sampling around the rule whose count implies most pieces."""
    rng, draws = sampling.rng, sampling.draws
    in_work_s = max(sight.watched_s + sight.blind_s for sight in sights)
    expected = max(pace_per_s * in_work_s, WIDE * max(sight.count for sight in sights), 1.0)
    first = max(
        range(len(sights)),
        key=lambda r: (sights[r].count / max(sights[r].watched_share, 1e-9), sights[r].watched_share),
    )
    count = sights[first].count

    recall, false, watched = _draw_parameters(sights[first], sampling)
    seen_rate = watched * (recall + false)
    load = rng.standard_gamma(1.0 + count, draws) / (1.0 / expected + seen_rate)
    # Log of the integral of Gamma(L; 1, mean m) Poisson(count; L seen_rate) over L; exact for a count of 0.
    log_weight = -np.log(expected) - (1.0 + count) * np.log(1.0 / expected + seen_rate)
    log_weight += count * np.log(np.maximum(seen_rate, np.finfo(np.float64).tiny))
    passed = count - rng.binomial(count, false / (recall + false)) + rng.poisson(load * (1.0 - watched * recall))

    for sight in (*sights[:first], *sights[first + 1 :]):
        extra = _log_likelihood(sight, passed, load, sampling)
        # A count that no draw can explain contradicts the first outright: the one that implies most pieces stands.
        log_weight = log_weight + extra if np.isfinite(extra).any() else log_weight
    drawn = passed[_resample(log_weight, rng)].astype(np.float64)
    if any(sight.count for sight in sights) or untouched <= 0:
        return drawn
    idle = untouched / (untouched + (1.0 - untouched) * float(np.exp(log_weight).mean()))
    return np.where(rng.random(draws) < idle, 0.0, drawn)


def _draw_parameters(sight: Sight, sampling: Sampling) -> tuple[Draws, Draws, Draws]:
    """Recall, false counts per piece in sight, and share of the pieces in sight, of one rule."""
    rng, draws, priors = sampling.rng, sampling.draws, sampling.priors
    recall = rng.beta(priors.recall_seen, priors.recall_missed, draws)
    false = rng.standard_exponential(draws) * priors.false_per_piece_mean
    if sight.blind_s <= 0:
        return recall, false, np.ones(draws)
    if sight.watched_s <= 0:
        return recall, false, np.zeros(draws)
    per_s = priors.variation_per_h / 3600.0
    return recall, false, rng.beta(per_s * sight.watched_s, per_s * sight.blind_s, draws)


def _log_likelihood(sight: Sight, passed: NDArray[np.int64], load: Draws, sampling: Sampling) -> Draws:
    """Log of an unbiased likelihood of a further rule's count given what passed; minus infinity where impossible.

    What was in sight and what was false are drawn; the recall is integrated out (Beta-Binomial).
    """
    rng, priors = sampling.rng, sampling.priors
    _, false, watched = _draw_parameters(sight, sampling)
    in_sight = rng.binomial(passed, watched)
    seen = sight.count - rng.poisson(load * watched * false)
    possible = (seen >= 0) & (seen <= in_sight)
    n, k = np.where(possible, in_sight, 1), np.where(possible, seen, 0)
    log_choose = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    log_pmf = log_choose + betaln(k + priors.recall_seen, n - k + priors.recall_missed)
    log_pmf -= betaln(priors.recall_seen, priors.recall_missed)
    return np.where(possible, log_pmf, -np.inf)


def _resample(log_weight: Draws, rng: np.random.Generator) -> NDArray[np.intp]:
    """Systematic resampling: indices of equally likely draws.

    Source: Carpenter, Clifford, Fearnhead (1999), "Improved particle filter for nonlinear problems".
    """
    count = len(log_weight)
    edges = np.cumsum(np.exp(log_weight - log_weight.max()))
    points = (np.arange(count) + rng.random()) * (edges[-1] / count)
    return np.asarray(np.minimum(np.searchsorted(edges, points, side="right"), count - 1))
