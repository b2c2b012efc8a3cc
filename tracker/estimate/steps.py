"""From the evidence of each step to joint draws of the good pieces through all of them.

A step is *current* when a rule counts it (its draws speak of now), *proven* when people counted it and no rule does
(one number, true of its moment: it bounds earlier steps, but says nothing about later ones since), and *unseen*
otherwise. Pieces go through the route in order, so only draws are kept in which no later step has more than an earlier
one::

    pieces through     cut  >=  sew  >=  qc  >=  pack
                       100      61       58      40       may be true
                       100      61       64      40       is not: more checked than sewn
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np

from tracker.domain.estimates import OrderEvidence, StepEvidence
from tracker.domain.orders import HumanCount, Order, Route, Step
from tracker.domain.rules import StepId
from tracker.estimate.counts import Draws, Sampling, draw_passed
from tracker.estimate.priors import published_pace_per_s

OVER_CUT = 0.05
"""Share that shops cut beyond the order without saying so, to replace faulty pieces."""

CONFLICT = 1e-3
"""Where fewer of the draws than this agree with the steps before, the later step is believed: its pieces exist."""


class Standing(Enum):
    """What the draws of a step speak of."""

    CURRENT = auto()
    PROVEN = auto()
    UNSEEN = auto()


@dataclass(frozen=True, slots=True, eq=False)
class StepDraws:
    """Good pieces through one step; draw i of every step of an order belongs to the same possible state."""

    step: Step
    standing: Standing
    pieces: Draws


def own_steps(route: Route) -> tuple[Step, ...]:
    """The steps whose work this shop does: with weight and not outsourced; at least one."""
    own = tuple(step for step in route.steps if step.weight > 0 and not step.outsourced)
    return own or (route.last_step,)


def draw_steps(evidence: OrderEvidence, sampling: Sampling) -> dict[StepId, StepDraws]:
    """Joint draws for every step that has own work or evidence, in the route's order.

    Args:
        evidence: Evidence of steps outside the route is ignored.
        sampling: Its generator must be able to spawn others, as ``numpy.random.default_rng`` makes them.
    """
    order = evidence.order
    known = {step.step: step for step in evidence.steps if step.tallies or step.human or step.human_lines}
    own = {step.id for step in own_steps(order.route)}
    cap, pace_per_s = _cap(evidence), published_pace_per_s(order.route, sampling.priors)
    floor = 0.0
    rows: list[StepDraws] = []
    # A stream of chance for each step: evidence at one step must not reshuffle the draws of another.
    children = sampling.rng.spawn(len(order.route.steps))
    for step, rng in zip(reversed(order.route.steps), children, strict=True):
        if step.id in known:
            floor = max(floor, _proven(order, known[step.id]))
            row = _draw_alone(known[step.id], pace_per_s, replace(sampling, rng=rng))
            standing = Standing.CURRENT if known[step.id].tallies else Standing.PROVEN
            rows.append(StepDraws(step, standing, _within(row, floor, cap)))
        elif step.id in own:
            rows.append(StepDraws(step, Standing.UNSEEN, np.zeros(sampling.draws)))
    rows.reverse()
    ordered = _in_route_order(rows, sampling.rng)
    return {
        row.step.id: row for row in _fill_unseen(ordered, order.quantity, begun=has_begun(evidence), sampling=sampling)
    }


def latest_lines(order: Order, step: StepEvidence) -> Iterator[HumanCount]:
    """The counts of lines that still exist and that no later whole-order count has overtaken."""
    for count in step.human_lines:
        overtaken = step.human is not None and step.human.at > count.at
        if count.line is not None and count.line < len(order.lines) and not overtaken:
            yield count


def has_begun(evidence: OrderEvidence) -> bool:
    """Whether anybody or anything has counted at least one piece at a step of the route."""
    return any(evidence.order.route.step(step.step) is not None and _has_pieces(step) for step in evidence.steps)


def _has_pieces(step: StepEvidence) -> bool:
    return (
        any(tally.pieces > 0 for tally in step.tallies)
        or (step.human is not None and step.human.pieces > 0)
        or any(count.pieces > 0 for count in step.human_lines)
    )


def _cap(evidence: OrderEvidence) -> float:
    """Most pieces that can be there: ordered and over-cut, or what people counted if that is more."""
    order = evidence.order
    counted = [
        max(step.human.pieces if step.human else 0, sum(count.pieces for count in latest_lines(order, step)))
        for step in evidence.steps
    ]
    return float(max(math.ceil(order.quantity * (1 + max(order.over_tolerance, OVER_CUT))), *counted, 0))


def _proven(order: Order, known: StepEvidence) -> float:
    """Pieces that people counted through a step and that no rule can have taken back since."""
    whole = known.human.pieces if known.human is not None and not known.tallies else 0
    return float(max(whole, sum(count.pieces for count in latest_lines(order, known))))


def _draw_alone(known: StepEvidence, pace_per_s: float, sampling: Sampling) -> Draws:
    """Draws of one step from its own evidence: the last human count is exact, and rules count on from it."""
    start = np.full(sampling.draws, float(known.human.pieces if known.human is not None else 0))
    if not known.tallies:
        return start
    return start + draw_passed(known.tallies, pace_per_s=pace_per_s, begun=bool(start[0] > 0), sampling=sampling)


def _within(pieces: Draws, floor: float, cap: float) -> Draws:
    """The draws given that they lie from floor to cap; the nearer limit where none does."""
    possible = np.flatnonzero((pieces >= floor) & (pieces <= cap))
    if not len(possible):
        return np.clip(pieces, floor, cap)
    # Every draw that is possible, each equally often.
    return pieces[possible[np.arange(len(pieces)) * len(possible) // len(pieces)]]


def _in_route_order(rows: Sequence[StepDraws], rng: np.random.Generator) -> list[StepDraws]:
    """Joint draws given that pieces pass the steps in order: forward filtering, backward sampling.

    With ``f_s`` the draws of current step s alone, a draw x of step s weighs ``w_s(x) = sum of w_(s-1) over f_(s-1) >=
    x``. The last step is drawn by its weights, each earlier one by its weights among what is not below the later.
    """
    ladders: dict[int, tuple[Draws, Draws]] = {}
    before: tuple[Draws, Draws] | None = None
    for index, row in enumerate(rows):
        if row.standing is Standing.CURRENT:
            before = ladders[index] = _ladder(np.sort(row.pieces), before)
    later = np.zeros(len(rows[0].pieces)) if rows else np.zeros(0)
    joint: list[StepDraws] = []
    for index, row in reversed(list(enumerate(rows))):
        if row.standing is Standing.UNSEEN:
            joint.append(row)
            continue
        if row.standing is Standing.PROVEN:
            later = np.maximum(row.pieces, later)
        else:
            later = _draw_not_below(later, *ladders[index], rng)
        joint.append(replace(row, pieces=later))
    return joint[::-1]


def _ladder(values: Draws, before: tuple[Draws, Draws] | None) -> tuple[Draws, Draws]:
    """Sorted draws of a step and their cumulated weights, shape (draws,) and (draws + 1,), from 0 to 1."""
    weight = np.ones(len(values))
    if before is not None:
        earlier, cumulated = before
        agreeing = 1.0 - cumulated[np.searchsorted(earlier, values, side="left")]
        weight = agreeing if agreeing.mean() >= CONFLICT else weight
    cumulated = np.concatenate(([0.0], np.cumsum(weight)))
    return values, cumulated / cumulated[-1]


def _draw_not_below(floor: Draws, values: Draws, cumulated: Draws, rng: np.random.Generator) -> Draws:
    """One draw by weight among the sorted values from each floor upwards; the floor itself where there are none."""
    below = cumulated[np.searchsorted(values, floor, side="left")]
    point = below + rng.random(len(floor)) * (1.0 - below)
    index = np.minimum(np.searchsorted(cumulated, point, side="right") - 1, len(values) - 1)
    return np.maximum(values[index], floor)


def _fill_unseen(rows: Sequence[StepDraws], quantity: int, *, begun: bool, sampling: Sampling) -> Iterator[StepDraws]:
    """The rows with something for the unseen steps: what later steps prove, or anything up to the step before.

    Neighbouring unseen steps have the same number: nothing tells them apart. Until a first piece has been counted
    anywhere, they have none beyond what is proven.
    """
    untouched = sampling.priors.untouched if begun else 1.0
    before = np.full(sampling.draws, float(quantity))
    filled: Draws | None = None
    for index, row in enumerate(rows):
        if row.standing is not Standing.UNSEEN:
            before, filled = row.pieces, None
            yield row
            continue
        if filled is None:
            seen_later = (r.pieces for r in rows[index:] if r.standing is not Standing.UNSEEN)
            later = next(seen_later, np.zeros(sampling.draws))
            luck = sampling.rng.random(sampling.draws)
            share = np.maximum(luck - untouched, 0.0) / max(1.0 - untouched, np.finfo(np.float64).tiny)
            filled = later + np.floor(share * np.maximum(before - later, 0.0))
        yield replace(row, pieces=filled)
