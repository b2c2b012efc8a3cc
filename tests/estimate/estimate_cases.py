"""Evidence in few words, for the tests of the estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from tracker.domain.estimates import (
    DayOutput,
    Estimate,
    OrderEvidence,
    RuleTally,
    ShopCalendar,
    StepEvidence,
)
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
from tracker.domain.rules import CellId, RuleId, StepId
from tracker.estimate import estimate
from tracker.estimate.counts import Sampling
from tracker.estimate.priors import PUBLISHED

CALENDAR = ShopCalendar(
    "Asia/Shanghai", time(6), ((time(8), time(12)), (time(13), time(18))), frozenset({6}), frozenset()
)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
"""08:00 in the shop: work begins."""
NOW = MONDAY + 55 * HOUR
"""Wednesday 15:00 in the shop: 24 working hours later."""

ROUTE = Route(
    tuple(
        Step(StepId(name), weight, outsourced=outsourced)
        for name, weight, outsourced in (
            ("cut", 1.0, False),
            ("print", 0.0, True),
            ("sew", 6.0, False),
            ("qc", 1.0, False),
            ("pack", 0.5, False),
            ("ship", 0.0, False),
        )
    ),
    (),
    WeightSource.SMV,
)


def an_order(*quantities: int, due: date | None = date(2026, 11, 13), state: OrderState = OrderState.ACCEPTED) -> Order:
    """An order with a line for each quantity; 100 pieces in one line when none is given."""
    sizes = ("S", "M", "L", "XL")
    lines = tuple(OrderLine("navy", sizes[i], quantity) for i, quantity in enumerate(quantities or (100,)))
    return Order(
        id=OrderId("PO-1"),
        customer="Acme",
        style="tee",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=lines,
        requested=None,
        promised=due,
        state=state,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=ROUTE,
    )


def tally(
    pieces: int, *, rule: str = "r", blind_h: float = 0.0, watched_h: float = 24.0, cell: str | None = None
) -> RuleTally:
    return RuleTally(RuleId(rule), pieces, blind_h * 3600.0, watched_h * 3600.0, CellId(cell) if cell else None)


def count(step: str, pieces: int, *, line: int | None = None, at: datetime = NOW - 2 * HOUR) -> HumanCount:
    return HumanCount(OrderId("PO-1"), StepId(step), line, pieces, at)


def at_step(
    step: str,
    tallies: int | Sequence[RuleTally] = (),
    *,
    human: int | None = None,
    lines: Mapping[int, int] | None = None,
    last_at: datetime = NOW - HOUR,
) -> StepEvidence:
    """Evidence of one step; a plain number is a fully watched rule's count."""
    whole = None if human is None else count(step, human)
    by_line = tuple(count(step, pieces, line=line) for line, pieces in (lines or {}).items())
    rules = (tally(tallies),) if isinstance(tallies, int) else tuple(tallies)
    return StepEvidence(StepId(step), rules, whole, by_line, MONDAY, last_at)


def evidence(*steps: StepEvidence, order: Order | None = None, days: Sequence[DayOutput] = ()) -> OrderEvidence:
    return OrderEvidence(order or an_order(), steps, tuple(days))


def judge(known: OrderEvidence, *, seed: int = 7, draws: int = 4000, now: datetime = NOW) -> Estimate:
    return estimate(known, calendar=CALENDAR, now=now, rng=np.random.default_rng(seed), draws=draws)


def sampling(draws: int, seed: int = 7) -> Sampling:
    return Sampling(np.random.default_rng(seed), draws, PUBLISHED)


def with_order(known: OrderEvidence, **changes: object) -> OrderEvidence:
    return replace(known, order=replace(known.order, **changes))  # type: ignore[arg-type]
