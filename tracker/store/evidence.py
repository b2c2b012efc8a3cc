"""From rows to what the estimate of one order may use: a pure function.

The window of a step is the time in which the order was in work there. It starts at the latest whole-order human count
of the step, since tallies add to it. Without one it starts where the schedule says, or at the first evidence at the
step, whichever is earlier: pieces that passed a blind camera before the first counted one must not be forgotten. An
order without a schedule can have been at the step since it was first seen on any step up to this one. The window ends
now, or with the last evidence of an order that is no longer open. Of a scheduled order only the scheduled time counts,
and the time between the first and the last evidence at the step.

A camera was blind in its gaps and since it was last heard of: after a crash nobody has written a gap yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.domain.calendar import WorkClock, production_day, production_day_bounds
from tracker.domain.estimates import DayOutput, OrderEvidence, RuleTally, ShopCalendar, StepEvidence
from tracker.domain.frames import CameraId, Gap
from tracker.domain.orders import HumanCount, Order, OrderState, ScheduleEntry
from tracker.domain.rules import CellId, RuleId, StepId
from tracker.store.records import CameraRule

Spans = NDArray[np.float64]
"""Stretches of time in seconds since the work clock's origin, shape (n, 2)."""

_Place = tuple[CameraId, RuleId, CellId | None]
"""Who counted, and where."""

NEVER: Spans = np.empty((0, 2))


class Counted(NamedTuple):
    """One event of the order; a tuple, because an order can have thousands.

    Attributes:
        at: Aware UTC.
        pieces: Signed.
    """

    camera: CameraId
    rule: RuleId
    step: StepId | None
    cell: CellId | None
    at: datetime
    pieces: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All rows that bear on one order.

    Attributes:
        counted: Events of the order, by time.
        human: Human counts of the order, by time.
        schedule: Entries of the order.
        rules: Every rule that a camera holds now.
        gaps: Gaps of the cameras that matter, since the first event, count or plan.
        heard_of: Aware UTC until which each camera's counts are known.
    """

    order: Order
    counted: tuple[Counted, ...]
    human: tuple[HumanCount, ...]
    schedule: tuple[ScheduleEntry, ...]
    rules: tuple[CameraRule, ...]
    gaps: tuple[Gap, ...]
    heard_of: Mapping[CameraId, datetime]


def weigh(facts: Facts, *, calendar: ShopCalendar, now: datetime) -> OrderEvidence:
    """The evidence of one order.

    Args:
        now: Aware UTC.
    """
    seen_at = [count.at for count in facts.counted] + [count.at for count in facts.human]
    planned_at = [entry.start for entry in facts.schedule if entry.start < now]
    if not seen_at and not planned_at:
        steps = tuple(_unseen(facts, step.id) for step in facts.order.route.steps)
        return OrderEvidence(facts.order, steps, ())
    until = max([now, *seen_at]) if facts.order.state is OrderState.ACCEPTED else max(seen_at + planned_at)
    clock = WorkClock.covering(calendar, min(seen_at + planned_at), until)
    workshop = _Workshop(facts, clock, _blind_spans(facts, clock))
    steps = tuple(workshop.step(place) for place in range(len(facts.order.route.steps)))
    days = tuple(day for step in facts.order.route.steps for day in workshop.days(step.id, calendar))
    return OrderEvidence(facts.order, steps, days)


@dataclass(frozen=True, slots=True)
class _Workshop:
    """One order's facts on one clock.

    Attributes:
        blind: Spans in which each camera was blind.
    """

    facts: Facts
    clock: WorkClock
    blind: Mapping[CameraId, Spans]

    def step(self, place: int) -> StepEvidence:
        """All that is known at one step of the route."""
        step = self.facts.order.route.steps[place].id
        human = _human_at(self.facts, step)
        counted = [count for count in self.facts.counted if count.step == step]
        whole = next((count for count in reversed(human) if count.line is None), None)
        by_line = {count.line: count for count in human if count.line is not None}
        seen_at = [count.at for count in counted] + [count.at for count in human]
        window = self._window(place, seen_at, whole)
        pieces = dict.fromkeys(_rules_at(self.facts, step), 0)
        for count in counted:
            since_human = count.pieces if whole is None or count.at > whole.at else 0
            key = (count.camera, count.rule, count.cell)
            pieces[key] = pieces.get(key, 0) + since_human
        return StepEvidence(
            step=step,
            tallies=tuple(self._tally(key, pieces[key], window) for key in sorted(pieces, key=_by_name)),
            human=whole,
            human_lines=tuple(by_line[line] for line in sorted(by_line)),
            first_at=min(seen_at, default=None),
            last_at=max(seen_at, default=None),
        )

    def days(self, step: StepId, calendar: ShopCalendar) -> list[DayOutput]:
        """Pieces by production day: the events, and what later human counts say the cameras got wrong.

        The first human count is only an anchor. What a later one adds or takes is spread over the working time since
        the one before, since nobody knows when it happened.
        """
        counted = [count for count in self.facts.counted if count.step == step]
        whole = [count for count in _human_at(self.facts, step) if count.line is None]
        if not counted and len(whole) < 2:
            return []
        at_s = self._seconds(count.at for count in counted)
        pieces = np.array([count.pieces for count in counted], dtype=np.int64)
        first = production_day(calendar, self.clock.origin)
        last = production_day(calendar, self.clock.until)
        days = [date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1)]
        bounds_s = self._seconds(production_day_bounds(calendar, day)[0] for day in days)
        output = np.zeros(len(days), dtype=np.int64)
        np.add.at(output, np.searchsorted(bounds_s, at_s, side="right") - 1, pieces)
        for before, after in pairwise(whole):
            since_s, until_s = self.clock.seconds(before.at), self.clock.seconds(after.at)
            seen = int(pieces[(at_s > since_s) & (at_s <= until_s)].sum())
            edges_s = np.clip(np.append(bounds_s, np.inf), since_s, until_s)
            output += _spread(after.pieces - before.pieces - seen, self.clock.worked(edges_s))
        return [DayOutput(step, day, int(sum_)) for day, sum_ in zip(days, output, strict=True) if sum_]

    def _window(self, place: int, seen_at: Sequence[datetime], whole: HumanCount | None) -> Spans:
        """The time in which the order was in work at a step."""
        steps = self.facts.order.route.steps
        planned = [entry for entry in self.facts.schedule if entry.step == steps[place].id]
        end_s = self.clock.seconds(self.clock.until)
        start_s = -np.inf if whole is None else self.clock.seconds(whole.at)
        if planned:
            spans = [(entry.start, entry.end or self.clock.until) for entry in planned]
            if seen_at:
                spans.append((min(seen_at), max(seen_at)))
            return _merged(np.clip(self._spans(spans), max(start_s, 0.0), end_s))
        if whole is not None:
            return np.array([[start_s, end_s]])
        reached = {step.id for step in steps[: place + 1]}
        earlier = [count.at for count in self.facts.counted if count.step in reached]
        earlier += [count.at for count in self.facts.human if count.step in reached]
        return np.array([[self.clock.seconds(min(earlier)), end_s]]) if earlier else NEVER

    def _tally(self, key: _Place, pieces: int, window: Spans) -> RuleTally:
        camera, rule, cell = key
        blind = self.blind.get(camera, NEVER)
        window_s, blind_s = self._worked(window), self._worked(blind)
        # |A and B| = |A| + |B| - |A or B|
        both_s = window_s + blind_s - self._worked(_merged(np.concatenate((window, blind))))
        both_s = min(max(both_s, 0.0), window_s)
        return RuleTally(rule, pieces, blind_s=both_s, watched_s=window_s - both_s, cell=cell)

    def _worked(self, spans: Spans) -> float:
        return float(np.sum(self.clock.worked(spans[:, 1]) - self.clock.worked(spans[:, 0])))

    def _seconds(self, instants: Iterable[datetime]) -> NDArray[np.float64]:
        return np.array([self.clock.seconds(at) for at in instants], dtype=np.float64)

    def _spans(self, spans: Iterable[tuple[datetime, datetime]]) -> Spans:
        return self._seconds(at for span in spans for at in span).reshape(-1, 2)


def _unseen(facts: Facts, step: StepId) -> StepEvidence:
    places = sorted(_rules_at(facts, step), key=_by_name)
    tallies = tuple(RuleTally(rule, 0, blind_s=0.0, watched_s=0.0, cell=cell) for _, rule, cell in places)
    return StepEvidence(step, tallies, None, (), None, None)


def _human_at(facts: Facts, step: StepId) -> list[HumanCount]:
    return [count for count in facts.human if count.step == step]


def _rules_at(facts: Facts, step: StepId) -> set[_Place]:
    """Camera rules that count a step for this order; of a step scheduled by cell only those of its cells."""
    cells = {entry.cell for entry in facts.schedule if entry.step == step}
    anywhere = not cells or None in cells
    return {
        (rule.camera, rule.rule, rule.cell)
        for rule in facts.rules
        if rule.step == step and (anywhere or rule.cell is None or rule.cell in cells)
    }


def _by_name(place: _Place) -> tuple[str, str, str]:
    camera, rule, cell = place
    return camera, rule, cell or ""


def _blind_spans(facts: Facts, clock: WorkClock) -> dict[CameraId, Spans]:
    end_s = clock.seconds(clock.until)
    spans: dict[CameraId, list[tuple[float, float]]] = {}
    for gap in facts.gaps:
        gap_end_s = end_s if gap.end is None else clock.seconds(gap.end)
        spans.setdefault(gap.camera, []).append((clock.seconds(gap.start), gap_end_s))
    for camera, at in facts.heard_of.items():
        spans.setdefault(camera, []).append((clock.seconds(at), end_s))
    return {camera: _merged(np.clip(np.array(pairs), 0.0, end_s)) for camera, pairs in spans.items()}


def _merged(spans: Spans) -> Spans:
    """The same time as stretches that do not overlap, ascending."""
    spans = spans[spans[:, 1] > spans[:, 0]]
    if len(spans) < 2:
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate(([True], spans[1:, 0] > reach[:-1]))
    last = np.concatenate((first[1:], [True]))
    return np.column_stack((spans[first, 0], reach[last]))


def _spread(pieces: int, worked_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole pieces in proportion to the worked time between edges; all in the last stretch when nobody worked.

    Args:
        worked_s: Worked seconds at each edge, shape (n + 1,), ascending.

    Returns:
        Shape (n,), adding up to ``pieces``.
    """
    total_s = worked_s[-1] - worked_s[0]
    if total_s <= 0:
        share = np.zeros(len(worked_s))
        share[-1] = 1.0
    else:
        share = (worked_s - worked_s[0]) / total_s
    edges: NDArray[np.int64] = np.rint(share * pieces).astype(np.int64)
    return edges[1:] - edges[:-1]
