"""When an order will be done: the pace it has shown, carried forward over the shop's own calendar.

Work is measured in whole pieces' worth (work content over the work content of one piece), so that one-piece flow and
lot-by-operation run on the same clock: a lot that is cut and half sewn has advanced, even with nothing packed::

    pace        ~ LogNormal(published pace, factor e)
    intensity   a Gamma process: variation k per working hour, mean pace
    pieces      Poisson with that intensity; so E in T hours ~ NegativeBinomial(k T, mean pace x T)
    time left   until the intensity has added up to Gamma(R), for R pieces' worth that remain
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tracker.domain.calendar import advance_many, working_seconds
from tracker.domain.estimates import OrderEvidence, ShopCalendar, StepEvidence
from tracker.domain.orders import Route
from tracker.domain.rules import StepId
from tracker.estimate.counts import Draws, Sampling
from tracker.estimate.priors import Priors, published_pace_per_s
from tracker.estimate.steps import own_steps

LONGEST_S = 3600.0 * 8 * 500
"""No forecast reaches beyond five hundred days of eight hours: past that it only says "not at this pace"."""

PACE_REACH = 7.0
"""The grid of paces reaches from a thousandth of the published pace to a thousand times it (e to the 7th)."""

PACE_GRID = 281
"""Steps of five per cent."""

WORK_BINS = 16
"""The work done is mostly well known beside the pace; so many values of it are told apart."""

EXPLAINED = 0.5
"""A human count of which the days explain less than this speaks of work from before anything was counted."""


@dataclass(frozen=True, slots=True)
class History:
    """What the pace is learnt from.

    Attributes:
        until: Aware UTC up to which the evidence speaks; the forecast starts here.
        worked_s: Working seconds of the stretch that ends there.
        earlier: Pieces' worth of work that was done before anything was counted.
        usual_per_s: Pieces' worth per working second to expect of such an order.
    """

    until: datetime
    worked_s: float
    earlier: float
    usual_per_s: float


def history(evidence: OrderEvidence, *, calendar: ShopCalendar, now: datetime, priors: Priors) -> History | None:
    """The stretch of time whose work tells the order's pace, or ``None`` without any evidence.

    Where a camera follows the order it runs from when the order was in work, or at least from the first evidence, until
    now. With human counts alone it runs from the first to the last: a single count is a position, not a pace.
    """
    firsts = [step.first_at for step in evidence.steps if step.first_at is not None]
    if not firsts:
        return None
    followed = [step for step in evidence.steps if step.first_at is not None and _is_followed(step)]
    until = now
    if not followed:
        until = min(now, max(step.last_at for step in evidence.steps if step.last_at is not None))
    in_work_s = (tally.watched_s + tally.blind_s for step in followed for tally in step.tallies)
    return History(
        until=until,
        worked_s=max(working_seconds(calendar, min(firsts), until), *in_work_s, 0.0),
        earlier=_pieces_worth(evidence.order.route, _pieces_before(evidence)),
        usual_per_s=published_pace_per_s(evidence.order.route, priors),
    )


def _is_followed(step: StepEvidence) -> bool:
    return any(tally.watched_s > 0 for tally in step.tallies)


def _pieces_before(evidence: OrderEvidence) -> dict[StepId, int]:
    """Pieces in human counts that the days do not explain: they went through before anything was counted.

    What a later step had by then, the earlier ones had too.
    """
    known = {step.step: step for step in evidence.steps}
    before: dict[StepId, int] = {}
    latest = 0
    for route_step in reversed(evidence.order.route.steps):
        step = known.get(route_step.id)
        if step is not None and step.human is not None:
            since_human = sum(tally.pieces for tally in step.tallies)
            until_human = sum(day.pieces for day in evidence.days if day.step == step.step) - since_human
            unexplained = step.human.pieces - max(until_human, 0)
            # What a camera merely missed is no work from before it watched.
            if not step.tallies or unexplained > (1.0 - EXPLAINED) * step.human.pieces:
                latest = max(latest, unexplained)
        before[route_step.id] = latest
    return before


def _pieces_worth(route: Route, pieces: dict[StepId, int]) -> float:
    """Work content of pieces through single steps, over the work content of one piece through all."""
    own = own_steps(route)
    return sum(step.weight * pieces.get(step.id, 0) for step in own) / sum(step.weight for step in own)


def draw_remaining_s(done: Draws, quantity: int, *, history: History, sampling: Sampling) -> Draws:
    """Draws of the working seconds from the end of the history until the last ordered piece is done.

    Args:
        done: Draws of the pieces' worth of work done, 0..quantity.
        quantity: Units ordered.
    """
    rng, per_s = sampling.rng, sampling.priors.variation_per_h / 3600.0
    pace_per_s = draw_pace_per_s(np.maximum(done - history.earlier, 0.0), history=history, sampling=sampling)
    remaining = np.maximum(quantity - done, 0.0)
    open_draws = remaining > 0
    level = rng.standard_gamma(np.where(open_draws, remaining, 1.0))
    # A standard Gamma process passes level x after x + 1/2 on average, with a variance of x: it jumps past it.
    x = np.minimum(per_s * level / pace_per_s, per_s * LONGEST_S)
    mean, variance = x + 0.5, x + 0.1
    remaining_s = rng.standard_gamma(mean**2 / variance) * variance / mean / per_s
    return np.where(open_draws, np.minimum(remaining_s, LONGEST_S), 0.0)


def draw_pace_per_s(learnt: Draws, *, history: History, sampling: Sampling) -> Draws:
    """Draws of the order's pace, pieces' worth per working second, each given its draw of the work done.

    The posterior is laid out on a grid of paces for each of ``WORK_BINS`` equally likely amounts of work.

    Args:
        learnt: Draws of the pieces' worth of work done in the history's working time, at least 0.
    """
    priors, draws = sampling.priors, len(learnt)
    log_pace = np.log(history.usual_per_s) + np.linspace(-PACE_REACH, PACE_REACH, PACE_GRID)
    log_weight = -0.5 * ((log_pace - np.log(history.usual_per_s)) / priors.pace_log_sd) ** 2
    rank = np.empty(draws, dtype=np.intp)
    rank[np.argsort(learnt, kind="stable")] = np.arange(draws)
    work_bin = rank * WORK_BINS // draws
    if history.worked_s > 0:
        work = np.bincount(work_bin, learnt, WORK_BINS) / np.maximum(np.bincount(work_bin, minlength=WORK_BINS), 1)
        size = priors.variation_per_h * history.worked_s / 3600.0
        log_mean = log_pace + np.log(history.worked_s)
        log_weight = (
            log_weight + work[:, None] * log_mean - (work[:, None] + size) * np.logaddexp(np.log(size), log_mean)
        )
    log_weight = np.broadcast_to(log_weight, (WORK_BINS, PACE_GRID))
    cumulated = np.cumsum(np.exp(log_weight - log_weight.max(axis=1, keepdims=True)), axis=1)
    luck = sampling.rng.random((2, draws))
    drawn = np.empty(draws)
    for index, row in enumerate(cumulated):
        mine = work_bin == index
        cell = np.searchsorted(row, luck[0, mine] * row[-1], side="right")
        drawn[mine] = log_pace[np.minimum(cell, PACE_GRID - 1)]
    # Anywhere in its cell of the grid.
    return np.asarray(np.exp(drawn + (luck[1] - 0.5) * (log_pace[1] - log_pace[0])))


def finish_instants(
    remaining_s: Draws, *, history: History, calendar: ShopCalendar, now: datetime
) -> NDArray[np.datetime64]:
    """Instants at which the remaining work is done, datetime64[us] in UTC; open work is never done before now."""
    at = advance_many(calendar, history.until, remaining_s)
    return np.where(remaining_s > 0, np.maximum(at, as_datetime64(now)), at)


def as_datetime64(at: datetime) -> np.datetime64:
    """An aware instant as numpy's datetime64[us] in UTC."""
    return np.datetime64(round(at.timestamp() * 1e6), "us")
