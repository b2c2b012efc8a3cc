"""Made-up orders whose truth is known: what the estimate is scored against.

A world says how orders flow, how the cameras see and what people count. In one world everything is drawn from the very
priors of the estimate; the others break one of its assumptions each::

    faithful     one-piece flow, cameras and pace as the priors say
    lots         the same, but every operation is finished for the whole lot before the next begins
    short sight  every camera misses a quarter of the pieces, which the prior holds for most unlikely
    uneven days  whole days go at a third or at five thirds of the pace
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
from numpy.typing import NDArray

from tracker.domain.calendar import advance, production_day
from tracker.domain.estimates import DayOutput, OrderEvidence, RuleTally, ShopCalendar, StepEvidence
from tracker.domain.orders import (
    HumanCount,
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    Step,
    WeightSource,
)
from tracker.domain.rules import RuleId, StepId
from tracker.estimate.finish import LONGEST_S
from tracker.estimate.priors import PUBLISHED, published_pace_per_s

CALENDAR = ShopCalendar(
    timezone="Asia/Shanghai",
    day_starts=time(6),
    shifts=((time(8), time(12)), (time(13), time(18))),
    rest_weekdays=frozenset({6}),
    holidays=frozenset({date(2026, 10, 1)}),
)
DAY_S = 9 * 3600.0
TICK_S = 360.0
"""Output is drawn in stretches of six working minutes."""
TICKS_A_DAY = int(DAY_S / TICK_S)

ROUTE = Route(
    steps=tuple(
        Step(StepId(name), minutes, outsourced=minutes == 0)
        for name, minutes in (("cut", 1.5), ("print", 0.0), ("sew", 12.0), ("qc", 1.0), ("pack", 0.5))
    ),
    operations=(),
    weight_source=WeightSource.SMV,
)
OWN = tuple(step for step in ROUTE.steps if step.weight > 0)
START = datetime(2026, 9, 7, 0, tzinfo=UTC)
"""A Monday, 08:00 in the shop: its first shift begins."""


@dataclass(frozen=True, slots=True)
class World:
    """How orders of one kind come about and are seen.

    Attributes:
        lots: Every operation is finished for the whole lot before the next begins.
        recall: Both parameters of the Beta distribution of a camera's recall.
        day_spread: Half width of the uniform distribution of a whole day's pace around 1; 0 for none.
        gaps_per_day: Expected blind stretches of a camera in a production day, each of an hour on average.
        counted_by_hand: Probability that somebody once counted one of the steps.
    """

    name: str
    lots: bool = False
    recall: tuple[float, float] = (PUBLISHED.recall_seen, PUBLISHED.recall_missed)
    day_spread: float = 0.0
    gaps_per_day: float = 0.5
    counted_by_hand: float = 0.3


WORLDS = (
    World("faithful"),
    World("lots", lots=True),
    World("short sight", recall=(75.0, 25.0)),
    World("uneven days", day_spread=2 / 3),
)


@dataclass(frozen=True, slots=True)
class Played:
    """One order of a world at one moment, with what is known and what is true.

    Attributes:
        now: Aware UTC.
        pieces: True pieces through each step with own work.
        work_content: True share of the work done, 0..1.
        finish: Aware UTC at which the last piece will be through the last step.
    """

    evidence: OrderEvidence
    now: datetime
    pieces: dict[StepId, int]
    work_content: float
    finish: datetime


def play(world: World, rng: np.random.Generator, *, name: str = "PO-1") -> Played:
    """One order under way: begun, counted at least once, not done."""
    while True:
        played = _try(world, rng, name)
        if played is not None:
            return played


def _try(world: World, rng: np.random.Generator, name: str) -> Played | None:
    """One order at a moment that has nothing to do with how it goes, or ``None`` when it is not under way then."""
    quantity = int(np.exp(rng.uniform(*np.log((20, 400)))))
    usual_per_s = published_pace_per_s(ROUTE)
    pace_per_s = usual_per_s * np.exp(PUBLISHED.pace_log_sd * rng.standard_normal())
    begin_s = rng.uniform(0.0, DAY_S)
    now_s = begin_s + rng.exponential(2 * DAY_S)
    worked_s, worth = _draw_work(world, rng, quantity, pace_per_s)
    if float(np.interp(now_s - begin_s, worked_s, worth)) >= quantity:
        return None
    by_hand = int(rng.integers(len(OWN))) if rng.random() < world.counted_by_hand else None
    seen = []
    for index, step in enumerate(OWN):
        passed_s = begin_s + np.interp(_worth_at_passing(world, quantity, index), worth, worked_s)
        human_s = rng.uniform(begin_s, now_s) if index == by_hand else None
        camera = _Camera(world, rng, begin_s, now_s)
        seen.append(camera.see(OrderId(name), step.id, passed_s, human_s))
    if not any(step.first_at for step, _, _ in seen):
        return None
    finish_s = begin_s + float(np.interp(quantity, worth, worked_s))
    return Played(
        evidence=OrderEvidence(
            _order(name, quantity),
            tuple(step for step, _, _ in seen),
            tuple(day for _, days, _ in seen for day in days),
        ),
        now=advance(CALENDAR, START, now_s),
        pieces={step.step: passed for step, _, passed in seen},
        work_content=sum(step.weight * passed for step, (_, _, passed) in zip(OWN, seen, strict=True))
        / (quantity * sum(step.weight for step in OWN)),
        finish=advance(CALENDAR, START, finish_s),
    )


def _order(name: str, quantity: int) -> Order:
    return Order(
        id=OrderId(name),
        customer="made up",
        style="made up",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("", "", quantity),),
        requested=None,
        promised=None,
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=ROUTE,
    )


def _draw_work(
    world: World, rng: np.random.Generator, quantity: int, pace_per_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pieces' worth of work done by so many working seconds after the order began; both ascending from 0."""
    per_tick = PUBLISHED.variation_per_h * TICK_S / 3600.0
    worth = np.zeros(1)
    while worth[-1] < quantity and len(worth) * TICK_S < LONGEST_S:
        output = rng.standard_gamma(per_tick, TICKS_A_DAY) * pace_per_s * TICK_S / per_tick
        output *= 1.0 + world.day_spread * rng.uniform(-1.0, 1.0)
        worth = np.concatenate((worth, worth[-1] + np.cumsum(output)))
    return np.arange(len(worth), dtype=np.float64) * TICK_S, worth


def _worth_at_passing(world: World, quantity: int, index: int) -> NDArray[np.float64]:
    """Pieces' worth of work done when piece 1..quantity goes through an own step, shape (quantity,)."""
    share = np.array([step.weight for step in OWN]) / sum(step.weight for step in OWN)
    before = float(share[:index].sum())
    piece = np.arange(quantity, dtype=np.float64)
    passing = quantity * before + (piece + 1.0) * share[index] if world.lots else piece + before + share[index]
    return np.asarray(passing)


@dataclass(frozen=True, slots=True)
class _Camera:
    """One camera over one step while an order is under way; times are working seconds since ``START``."""

    world: World
    rng: np.random.Generator
    begin_s: float
    now_s: float

    def see(
        self, order: OrderId, step: StepId, passed_s: NDArray[np.float64], human_s: float | None
    ) -> tuple[StepEvidence, list[DayOutput], int]:
        """The step's evidence, its counts by day, and the true pieces through it."""
        passed_s = passed_s[passed_s <= self.now_s]
        gaps_s = self._gaps()
        in_sight_s = passed_s[~_inside(passed_s, gaps_s)]
        recall = self.rng.beta(*self.world.recall)
        false = self.rng.standard_exponential() * PUBLISHED.false_per_piece_mean
        counted_s = np.sort(
            np.concatenate(
                (
                    in_sight_s[self.rng.random(len(in_sight_s)) < recall],
                    np.repeat(in_sight_s, self.rng.poisson(false, len(in_sight_s))),
                )
            )
        )
        since_s = self.begin_s if human_s is None else human_s
        blind_s = float(np.clip(gaps_s[:, 1] - np.maximum(gaps_s[:, 0], since_s), 0.0, None).sum())
        tally = RuleTally(
            RuleId(step), int((counted_s > since_s).sum()), blind_s=blind_s, watched_s=self.now_s - since_s - blind_s
        )
        human = None
        if human_s is not None:
            human = HumanCount(order, step, None, int((passed_s <= human_s).sum()), advance(CALENDAR, START, human_s))
        at_s = counted_s if human_s is None else np.sort(np.append(counted_s, human_s))
        first_at, last_at = (advance(CALENDAR, START, float(at_s[i])) for i in (0, -1)) if len(at_s) else (None, None)
        days, pieces = np.unique(counted_s // DAY_S, return_counts=True)
        output = [DayOutput(step, _date_of(int(day)), int(n)) for day, n in zip(days, pieces, strict=True)]
        return StepEvidence(step, (tally,), human, (), first_at, last_at), output, len(passed_s)

    def _gaps(self) -> NDArray[np.float64]:
        """Start and end of the blind stretches, not overlapping, shape (n, 2)."""
        expected = self.world.gaps_per_day * (self.now_s - self.begin_s) / DAY_S
        starts = np.sort(self.rng.uniform(self.begin_s, self.now_s, self.rng.poisson(expected)))
        ends = starts + self.rng.exponential(3600.0, len(starts))
        return np.column_stack((starts, np.minimum(ends, np.append(starts[1:], self.now_s))))


def _date_of(day: int) -> date:
    """The production day that is the given number of working days after the first."""
    return production_day(CALENDAR, advance(CALENDAR, START, day * DAY_S + 1.0))


def _inside(at_s: NDArray[np.float64], spans: NDArray[np.float64]) -> NDArray[np.bool_]:
    within = (at_s[:, None] >= spans[:, 0]) & (at_s[:, None] < spans[:, 1])
    return np.asarray(within.any(axis=1))
