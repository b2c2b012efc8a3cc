"""What many trials say together: errors per rule with intervals, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.domain.rules import RuleId, StepId
from tracker.trials.judging import OrderCount
from tracker.trials.running import Trial

ALLOWED = 2
"""Pieces by which an order's count may be off."""
RESAMPLES = 2000
Z_95 = 1.959964
"""Two-sided 95 % of the normal distribution."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How well one rule of a suite counted.

    Attributes:
        rule: Which.
        step: That it counts for.
        orders: Judged.
        within: Share of the orders whose final count is off by at most ``ALLOWED`` pieces.
        within_95: Its interval, Wilson's.
        error: Mean of the orders' absolute errors over their pieces.
        error_95: Its interval, bootstrapped over orders.
        bias: Mean signed error, pieces an order.
        unassigned: Pieces that were given to no order.
        events: That really happened.
        missed: Of them.
        extra: Events that did not happen.
    """

    rule: RuleId
    step: StepId
    orders: int
    within: float
    within_95: Interval
    error: float
    error_95: Interval
    bias: float
    unassigned: int
    events: int
    missed: int
    extra: int


def figures(trials: Sequence[Trial], *, seed: int) -> list[RuleFigures]:
    """Each rule's figures over all trials, in the order in which the rules first come.

    Args:
        trials: At least one.
        seed: Of the bootstrap.
    """
    rules: dict[RuleId, list[OrderCount]] = {}
    for trial in trials:
        for count in trial.verdict.counts:
            rules.setdefault(count.rule, []).append(count)
    return [_figures(rule, counts, trials, seed) for rule, counts in rules.items()]


def wilson(hits: int, of: int) -> Interval:
    """95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209, without continuity correction)."""
    share, square = hits / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z_95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrapped(values: Sequence[float], *, seed: int) -> Interval:
    """95 % interval of a mean by the percentile bootstrap (Efron 1979, Ann. Stat. 7:1)."""
    rng = np.random.default_rng(seed)
    drawn = np.asarray(values)[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def _figures(rule: RuleId, counts: Sequence[OrderCount], trials: Sequence[Trial], seed: int) -> RuleFigures:
    orders = [count for count in counts if count.order is not None]
    shares = [abs(count.error) / max(count.true, 1) for count in orders]
    hits = sum(abs(count.error) <= ALLOWED for count in orders)
    faults = [fault for trial in trials for fault in trial.verdict.faults if fault.rule == rule]
    return RuleFigures(
        rule=rule,
        step=counts[0].step,
        orders=len(orders),
        within=hits / len(orders),
        within_95=wilson(hits, len(orders)),
        error=float(np.mean(shares)),
        error_95=bootstrapped(shares, seed=seed),
        bias=float(np.mean([count.error for count in orders])),
        unassigned=sum(count.counted for count in counts if count.order is None),
        events=sum(trial.verdict.true_events.get(rule, 0) for trial in trials),
        missed=sum(fault.missed for fault in faults),
        extra=sum(not fault.missed for fault in faults),
    )
