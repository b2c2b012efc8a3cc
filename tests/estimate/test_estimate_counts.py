"""Draws of true pieces from camera counts, against enumeration of the same model by brute force."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from estimate_cases import sampling, tally
from numpy.typing import NDArray
from scipy import stats

from tracker.domain.estimates import RuleTally
from tracker.estimate.counts import draw_passed
from tracker.estimate.priors import PUBLISHED

PACE_PER_S = 1 / 3600
DRAWS = 200_000
LOAD_STEP = 0.5
MOST = 90
"""Pieces above this have no weight in the cases here."""


def enumerate_passed(rules: Sequence[RuleTally]) -> NDArray[np.float64]:
    """Posterior probability of 0..MOST passed pieces, by going through every value of everything."""
    hours = max(rule.watched_s + rule.blind_s for rule in rules) / 3600
    expected = max(PACE_PER_S * 3600 * hours, 10 * max(rule.pieces for rule in rules), 1)
    tables = [seen_table(rule) for rule in rules]
    posterior = np.zeros(MOST + 1)
    for load in np.arange(LOAD_STEP / 2, MOST, LOAD_STEP):
        weight = np.exp(-load / expected) * stats.poisson.pmf(np.arange(MOST + 1), load)
        for shares, chance, seen in tables:
            # A Poisson number whose mean is exponential is geometric: chance of each number of false counts.
            mean_false = load * shares * PUBLISHED.false_per_piece_mean
            false = stats.geom.pmf(np.arange(len(seen))[:, None] + 1, 1 / (1 + mean_false))
            weight = weight * np.einsum("fs,fsp,s->p", false, seen, chance)
        posterior += weight
    if not any(rule.pieces for rule in rules):
        # Not in work at all, or in work and nothing seen by chance.
        posterior *= (1 - PUBLISHED.untouched) * LOAD_STEP / expected
        posterior[0] += PUBLISHED.untouched
    return posterior / posterior.sum()


def seen_table(rule: RuleTally) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares in sight, their chances, and the chance of counting rightly what is not false: [false, share, passed]."""
    middle = (np.arange(100) + 0.5) / 100
    recall = np.diff(stats.beta(PUBLISHED.recall_seen, PUBLISHED.recall_missed).cdf(np.linspace(0, 1, 101)))
    shares, chance = np.array([float(rule.watched_s > 0)]), np.ones(1)
    if min(rule.blind_s, rule.watched_s) > 0:
        k = PUBLISHED.variation_per_h / 3600
        shares = middle
        chance = np.diff(stats.beta(k * rule.watched_s, k * rule.blind_s).cdf(np.linspace(0, 1, 101)))
    right = rule.pieces - np.arange(rule.pieces + 1)
    passed = np.arange(MOST + 1)
    seen = np.zeros((len(right), len(shares), MOST + 1))
    for recall_chance, recall_value in zip(recall, middle, strict=True):
        seen += recall_chance * stats.binom.pmf(right[:, None, None], passed, (shares * recall_value)[:, None])
    return shares, chance, seen


@pytest.mark.parametrize(
    "rules",
    [
        # one rule that saw everything
        (tally(7),),
        # nothing counted is not certainly nothing
        (tally(0),),
        # half of the time blind
        (tally(6, watched_h=4, blind_h=4),),
        # blind all the time: what is usual, and no more
        (tally(0, watched_h=0, blind_h=5),),
        # hardly watched, and nothing seen
        (tally(0, watched_h=1, blind_h=5),),
        # two rules saw nothing
        (tally(0, watched_h=2, blind_h=1), tally(0, rule="q", watched_h=3)),
        # two rules look at the same pieces
        (tally(8), tally(6, rule="q")),
        # one of them was blind for an hour
        (tally(6, watched_h=7, blind_h=1), tally(7, rule="q", watched_h=8)),
        # they contradict each other
        (tally(9), tally(3, rule="q")),
    ],
    ids=str,
)
def test_draws_follow_the_enumerated_posterior(rules: tuple[RuleTally, ...]) -> None:
    expected = np.cumsum(enumerate_passed(rules))
    drawn = draw_passed(rules, pace_per_s=PACE_PER_S, sampling=sampling(DRAWS))
    got = np.array([(drawn <= pieces).mean() for pieces in range(MOST + 1)])
    # Weights leave a tenth of the draws or more, so a standard error below 0.004; the grids add about as much.
    assert np.abs(got - expected).max() < 0.015


def test_cells_add_up_and_views_do_not() -> None:
    two_cells = (tally(30, cell="1"), tally(20, rule="q", cell="2"))
    two_views = (tally(30), tally(29, rule="q"))
    assert np.median(draw_passed(two_cells, pace_per_s=PACE_PER_S, sampling=sampling(4000))) == pytest.approx(51, abs=1)
    assert np.median(draw_passed(two_views, pace_per_s=PACE_PER_S, sampling=sampling(4000))) == pytest.approx(30, abs=1)


def test_camera_dead_from_the_start_widens_and_claims_nothing() -> None:
    dead = [tally(0, watched_h=0, blind_h=20)]
    drawn = draw_passed(dead, pace_per_s=PACE_PER_S, sampling=sampling(4000))
    assert np.median(drawn) == 0
    assert np.quantile(drawn, 0.9) > 15
    # Where people have counted pieces before, work goes on.
    assert np.median(draw_passed(dead, pace_per_s=PACE_PER_S, begun=True, sampling=sampling(4000))) > 8


def test_a_second_view_narrows() -> None:
    def spread(*rules: RuleTally) -> float:
        return float(draw_passed(rules, pace_per_s=PACE_PER_S, sampling=sampling(20_000)).std())

    assert spread(tally(100), tally(100, rule="q")) < 0.8 * spread(tally(100))


def test_sequence_of_rules_makes_no_difference() -> None:
    rules = [tally(30, blind_h=2), tally(29, rule="q"), tally(12, rule="s", cell="2")]
    one, other = (draw_passed(order, pace_per_s=PACE_PER_S, sampling=sampling(4000)) for order in (rules, rules[::-1]))
    np.testing.assert_array_equal(one, other)


def test_net_returns_come_off_at_face_value() -> None:
    drawn = draw_passed([tally(-3)], pace_per_s=PACE_PER_S, sampling=sampling(4000))
    assert np.median(drawn) == -3
    assert drawn.min() == -3


def test_pieces_counted_in_overtime_are_pieces() -> None:
    # Outside the calendar's hours nothing was "watched", and the shop's own hours were blind.
    drawn = draw_passed([tally(20, watched_h=0, blind_h=1)], pace_per_s=PACE_PER_S, sampling=sampling(4000))
    assert 19 <= np.quantile(drawn, 0.1) <= np.median(drawn) <= 24


def test_rules_that_contradict_beyond_every_draw_leave_the_larger_count() -> None:
    drawn = draw_passed([tally(100_000), tally(0, rule="q")], pace_per_s=PACE_PER_S, sampling=sampling(4000))
    assert np.median(drawn) > 80_000
