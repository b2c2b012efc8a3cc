"""One order's evidence in, one order's estimate out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from tracker.domain.estimates import (
    Estimate,
    FinishInterval,
    Interval,
    LineShortfall,
    OrderEvidence,
    Outlook,
    ShopCalendar,
    StepEstimate,
)
from tracker.domain.orders import HumanCount
from tracker.domain.rules import StepId
from tracker.estimate.counts import Draws, Sampling
from tracker.estimate.finish import as_datetime64, draw_remaining_s, finish_instants, history
from tracker.estimate.outlook import due_end, is_done, none_due_yet, outlook, stale_since
from tracker.estimate.priors import PUBLISHED
from tracker.estimate.steps import StepDraws, draw_steps, has_begun, latest_lines, own_steps

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUANTILES = (0.1, 0.5, 0.9)


def estimate(
    evidence: OrderEvidence, *, calendar: ShopCalendar, now: datetime, rng: np.random.Generator, draws: int = 4000
) -> Estimate:
    """Where one order stands, with intervals; docs/estimation.md has the model.

    Equal arguments and an equally seeded generator give an equal estimate. Derive the seed from the order, so that the
    same chance meets the same order every time and dates do not dance.

    Args:
        evidence: Everything known about the order; it may be nothing.
        calendar: When the shop works.
        now: Aware UTC; not before the evidence.
        rng: Must be able to spawn others, as ``numpy.random.default_rng`` makes them.
        draws: How many draws; 4000 put a quantile within about 3 % of the standard deviation.

    Raises:
        ConfigError: The calendar has no working time and a finish has to be forecast.
        ValueError: ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"expected an aware instant, got {now.isoformat()} without a time zone")
    order = evidence.order
    sampling = Sampling(rng, draws, PUBLISHED)
    steps = draw_steps(evidence, sampling)
    own = [steps[step.id] for step in own_steps(order.route)]
    per_step = tuple(StepEstimate(row.step.id, _interval(row.pieces)) for row in own)
    deliverable = _interval(_deliverable_pieces(evidence, own[-1]) / max(order.quantity, 1))
    worth = _work_done(own, order.quantity)
    work_content = _interval(worth / max(order.quantity, 1))
    done = is_done(order, deliverable)
    due = due_end(order, calendar)
    finish, p_on_time = _finished(evidence, due, now) if done else (None, None)
    if not done and order.quantity > 0 and has_begun(evidence):
        finish, p_on_time = _forecast(evidence, worth, Setting(calendar, due, now, sampling))
    return Estimate(
        order=order.id,
        as_of=now,
        deliverable=deliverable,
        work_content=work_content,
        steps=per_step,
        finish=finish,
        p_on_time=p_on_time,
        outlook=Outlook.DONE if done else outlook(order, finish, due=due, p_on_time=p_on_time, now=now),
        none_due_yet=none_due_yet(order, per_step[-1], work_content),
        stale_since=None if done else stale_since(evidence, per_step, calendar=calendar, now=now),
        shortfalls=_shortfalls(evidence, own[-1].step.id),
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What a forecast needs besides the order: the calendar, the end of the due date, now and the chance."""

    calendar: ShopCalendar
    due: datetime | None
    now: datetime
    sampling: Sampling


def _interval(values: Draws) -> Interval:
    p10, p50, p90 = (float(value) for value in np.quantile(values, QUANTILES, method="inverted_cdf"))
    return Interval(p10, p50, p90)


def _deliverable_pieces(evidence: OrderEvidence, last: StepDraws) -> Draws:
    """Good pieces through the last step, capped per line where people counted lines, else in all."""
    order = evidence.order
    counts = _line_counts(evidence, last.step.id)
    surplus = sum(max(0, count.pieces - order.lines[line].quantity) for line, count in counts.items())
    return np.clip(last.pieces - surplus, 0.0, float(order.quantity))


def _work_done(own: Sequence[StepDraws], quantity: int) -> Draws:
    """Whole pieces' worth of work done, 0..quantity: each step's pieces, capped at ordered, by its weight."""
    weights = np.array([row.step.weight for row in own])
    pieces = np.minimum(np.stack([row.pieces for row in own]), float(quantity))
    return np.asarray(weights @ pieces / weights.sum())


def _line_counts(evidence: OrderEvidence, step: StepId) -> dict[int, HumanCount]:
    """What people last counted of each line through a step."""
    known = next((row for row in evidence.steps if row.step == step), None)
    if known is None:
        return {}
    return {count.line: count for count in latest_lines(evidence.order, known) if count.line is not None}


def _shortfalls(evidence: OrderEvidence, last: StepId) -> tuple[LineShortfall, ...]:
    """Lines that people counted through the last step and that still miss pieces, in the order's sequence."""
    missing = (
        LineShortfall(line, count.pieces, evidence.order.lines[line].quantity - count.pieces)
        for line, count in sorted(_line_counts(evidence, last).items())
    )
    return tuple(shortfall for shortfall in missing if shortfall.missing > 0)


def _finished(evidence: OrderEvidence, due: datetime | None, now: datetime) -> tuple[FinishInterval, float | None]:
    """When a done order was done: at its latest evidence, and now if nothing but its closing tells."""
    lasts = [step.last_at for step in evidence.steps if step.last_at is not None]
    at = max(lasts, default=now)
    return FinishInterval(at, at, at), None if due is None else float(at <= due)


def _forecast(evidence: OrderEvidence, worth: Draws, setting: Setting) -> tuple[FinishInterval | None, float | None]:
    """Finish and probability of keeping the due date of an order under way."""
    past = history(evidence, calendar=setting.calendar, now=setting.now, priors=setting.sampling.priors)
    if past is None:
        return None, None
    quantity = evidence.order.quantity
    remaining_s = draw_remaining_s(worth, quantity, history=past, sampling=setting.sampling)
    instants = finish_instants(remaining_s, history=past, calendar=setting.calendar, now=setting.now)
    on_time = None if setting.due is None else float(np.mean(instants <= as_datetime64(setting.due)))
    ranks = np.sort(instants)[[max(0, math.ceil(q * len(instants)) - 1) for q in QUANTILES]].astype(np.int64)
    p10, p50, p90 = (UNIX_EPOCH + timedelta(microseconds=int(at_us)) for at_us in ranks)
    return FinishInterval(p10, p50, p90), on_time
