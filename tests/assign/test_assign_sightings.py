"""From looks to sightings: two agree, a change is said at once, what stays is said now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.assign import Place
from tracker.domain.cards import HOLD
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import CellId, RuleId

START = datetime(2026, 3, 2, tzinfo=UTC)
A, B = 7, 9


def told(looks: list[tuple[float, set[int]]]) -> list[tuple[float, tuple[int, ...]]]:
    """When which cards were said to be there."""
    place = Place(CameraId("cam"), RuleId("line"), CellId("east"), hold=HOLD)
    said = []
    for t_s, cards in looks:
        at = START + timedelta(seconds=t_s)
        sightings = place.update(cards, Moment(0, t_s, at))
        assert all((s.at, s.until, s.rule, s.cell) == (at, at + HOLD, "line", "east") for s in sightings)
        if sightings:
            said.append((t_s, tuple(s.card for s in sightings)))
    return said


def steady(start_s: float, end_s: float, cards: set[int]) -> list[tuple[float, set[int]]]:
    return [(t_s, cards) for t_s in range(round(start_s), round(end_s))]


TABLE = (
    # nothing
    (steady(0, 9, set()), []),
    # one look says nothing, the second does, the third nothing new
    (steady(0, 1, {A}), []),
    (steady(0, 3, {A}), [(1, (A,))]),
    # a false reading of one look, in between
    ([*steady(0, 5, {A}), (5, {A, B}), *steady(6, 9, {A})], [(1, (A,))]),
    # different false readings never agree
    ([(t, {100 + t}) for t in range(9)], []),
    # two readings too far apart, with looks between them, do not agree
    ([(0, {A}), *steady(1, 7, set()), (7, {A})], []),
    # a missed look in between does not matter
    ([(0, {A}), (1, set()), (2, {A})], [(2, (A,))]),
    # covered for a minute and seen again: nothing was said meanwhile, and nothing new after
    ([*steady(0, 3, {A}), *steady(3, 63, set()), *steady(63, 66, {A})], [(1, (A,))]),
    # replaced
    ([*steady(0, 5, {A}), *steady(5, 7, set()), *steady(7, 9, {B})], [(1, (A,)), (8, (B,))]),
    # said again after ten minutes
    (steady(0, 1300, {A}), [(1, (A,)), (601, (A,)), (1201, (A,))]),
    # two at once
    (steady(0, 3, {A, B}), [(1, (A, B))]),
    # one joins, then the other is alone: it may only be hidden, for a minute both count
    (
        [*steady(0, 5, {A}), *steady(5, 9, {A, B}), *steady(9, 100, {B})],
        [(1, (A,)), (6, (A, B)), (68, (B,))],
    ),
    # the hidden one comes back within the minute: nothing has changed
    ([*steady(0, 5, {A, B}), *steady(5, 50, {B}), *steady(50, 60, {A, B})], [(1, (A, B))]),
    # both are taken away for a third
    ([*steady(0, 5, {A, B}), *steady(5, 9, {3})], [(1, (A, B)), (6, (3,))]),
    # both are taken away for two others, of which one is covered at once
    ([*steady(0, 5, {A, B}), *steady(5, 8, {3, 4}), *steady(8, 12, {3})], [(1, (A, B)), (6, (3, 4))]),
    # sparse mode: looks half a minute apart, two that follow agree
    ([(0, {A}), (30, {A}), (60, {A})], [(30, (A,))]),
    ([(0, {A}), (30, set()), (60, {A})], []),
)


@pytest.mark.parametrize(("looks", "said"), TABLE)
def test_cards_are_said_to_be_there(looks: list, said: list) -> None:
    assert told(looks) == said
