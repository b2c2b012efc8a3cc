"""When an order will be done: the pace it has shown, carried forward over the shop's own calendar.

Work is measured in whole pieces' worth (work content over the work content of one piece), so that one-piece flow and
lot-by-operation run on the same clock: a lot that is cut and half sewn has advanced, even with nothing packed::

    pace   ~ Gamma(1 + E/v, 1/p + T/v)     E pieces' worth done in T working seconds, p the published pace
    v      = 1 + E / (k T)                 how much more than Poisson an output varies that follows a Gamma process
    time   = R / pace x Gamma(m) / m       for the R that remain; 1/m = 1/R + 1/(k R / pace)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tracker.domain.calendar import advance_many, production_day, production_day_bounds, working_seconds
from tracker.domain.estimates import OrderEvidence, ShopCalendar
from tracker.domain.orders import Route
from tracker.domain.rules import StepId
from tracker.estimate.counts import Draws, Sampling
from tracker.estimate.priors import Priors, published_pace_per_s
from tracker.estimate.steps import own_steps

LONGEST_S = 3600.0 * 8 * 500
"""No forecast reaches beyond five hundred days of eight hours: past that it only says "not at this pace"."""

EXPLAINED = 0.5
"""A human count of which the days explain less than this speaks of work from before anything was counted."""


@dataclass(frozen=True, slots=True)
class History:
    """What the pace is learnt from.

    Attributes:
        until: Aware UTC up to which the evidence speaks; the forecast starts here.
        worked_s: Working seconds of the stretch that ends there.
        earlier: Pieces' worth of work that was done before that stretch.
        usual_per_s: Pieces' worth per working second to expect of such an order.
    """

    until: datetime
    worked_s: float
    earlier: float
    usual_per_s: float


def history(evidence: OrderEvidence, *, calendar: ShopCalendar, now: datetime, priors: Priors) -> History | None:
    """The stretch of time whose work tells the order's pace, or ``None`` without any evidence.

    With a camera it runs from the start of the first production day with evidence until now. With human counts alone
    it ends with the last; it begins with the first, whose pieces are a position and not a pace, where the days tell
    how many those were, else with the first count's production day.
    """
    firsts = [step.first_at for step in evidence.steps if step.first_at is not None]
    if not firsts:
        return None
    day = production_day(calendar, min(firsts))
    since, _ = production_day_bounds(calendar, day)
    if any(step.tallies for step in evidence.steps):
        until, earlier = now, _work_before_counting(evidence)
    else:
        until = min(now, max(step.last_at for step in evidence.steps if step.last_at is not None))
        earlier = 0.0
        if any(output.day > day and output.pieces > 0 for output in evidence.days):
            since = min(firsts)
            counts = {output.step: output.pieces for output in evidence.days if output.day <= day}
            earlier = _pieces_worth(evidence.order.route, counts)
    worked_s = working_seconds(calendar, since, until)
    return History(until, worked_s, earlier, published_pace_per_s(evidence.order.route, priors))


def _work_before_counting(evidence: OrderEvidence) -> float:
    """Pieces' worth in human counts that the days do not explain: done before the cameras watched this order."""
    before: dict[StepId, int] = {}
    for step in evidence.steps:
        if step.human is not None and evidence.days:
            since_human = max((tally.pieces for tally in step.tallies), default=0)
            until_human = max(0, sum(day.pieces for day in evidence.days if day.step == step.step) - since_human)
            if until_human < EXPLAINED * step.human.pieces:
                before[step.step] = step.human.pieces - until_human
    return _pieces_worth(evidence.order.route, before)


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
    rng, priors = sampling.rng, sampling.priors
    variation_per_s = priors.variation_per_h / 3600.0
    learnt = np.maximum(done - history.earlier, 0.0)
    inflation = 1.0 + (learnt / (variation_per_s * history.worked_s) if history.worked_s > 0 else 0.0)
    shape = priors.pace_shape + (learnt / inflation if history.worked_s > 0 else 0.0)
    rate = priors.pace_shape / history.usual_per_s + history.worked_s / inflation
    pace_per_s = np.maximum(rng.standard_gamma(shape, len(done)) / rate, np.finfo(np.float64).tiny)
    remaining = np.maximum(quantity - done, 0.0)
    open_draws = remaining > 0
    mean_s = np.minimum(remaining / pace_per_s, LONGEST_S)
    steadiness = 1.0 / (1.0 / np.where(open_draws, remaining, 1.0) + 1.0 / (variation_per_s * np.maximum(mean_s, 1.0)))
    luck = rng.standard_gamma(steadiness) / steadiness
    return np.where(open_draws, np.minimum(mean_s * luck, LONGEST_S), 0.0)


def finish_instants(
    remaining_s: Draws, *, history: History, calendar: ShopCalendar, now: datetime
) -> NDArray[np.datetime64]:
    """Instants at which the remaining work is done, datetime64[us] in UTC; open work is never done before now."""
    at = advance_many(calendar, history.until, remaining_s)
    return np.where(remaining_s > 0, np.maximum(at, as_datetime64(now)), at)


def as_datetime64(at: datetime) -> np.datetime64:
    """An aware instant as numpy's datetime64[us] in UTC."""
    return np.datetime64(round(at.timestamp() * 1e6), "us")
