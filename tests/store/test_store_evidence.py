from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import event as listened_event
from store_samples import (
    CUT,
    MONDAY_8,
    OTHER,
    PO,
    QC,
    SEW,
    SEWN,
    SHANGHAI,
    TRAY,
    camera,
    event,
    given,
    order,
    record,
)

from tracker.domain.calendar import production_day, working_seconds
from tracker.domain.errors import NotFoundError
from tracker.domain.estimates import DayOutput, OrderEvidence, RuleTally, StepEvidence
from tracker.domain.events import Direction, Event, event_id
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.orders import HumanCount, OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import CellId, CountUnit, GateRule, RuleId, StockRule, Target, Zone
from tracker.store import Store
from tracker.store.evidence import Counted, Facts, weigh

HOUR_S = 3600.0


def at(hours: float) -> datetime:
    """So many hours after Monday 08:00; the shop works in hours 0-4 and 5-10."""
    return MONDAY_8 + timedelta(hours=hours)


def gate(rule: str = SEWN, cell: str | None = None) -> GateRule:
    target = Target((), CountUnit.PIECE, 1, SEW, None if cell is None else CellId(cell))
    return GateRule(RuleId(rule), target, (0.1, 0.5), (0.9, 0.5))


def pieces_at(hours: Sequence[float]) -> list[Event]:
    return [event(hour * HOUR_S) for hour in hours]


def evidence(store: Store, now_h: float, order_id: OrderId = PO) -> OrderEvidence:
    with store.read() as view:
        return view.evidence(order_id, calendar=SHANGHAI, now=at(now_h))


def sewing(store: Store, now_h: float, order_id: OrderId = PO) -> StepEvidence:
    return next(step for step in evidence(store, now_h, order_id).steps if step.step == SEW)


def hours_of(tally: RuleTally) -> tuple[float, float]:
    return round(tally.blind_s / HOUR_S, 6), round(tally.watched_s / HOUR_S, 6)


@pytest.fixture(autouse=True)
def _orders(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(PO), order(OTHER)])


def count_by_hand(store: Store, hour: float, pieces: int, line: int | None = None) -> HumanCount:
    count = HumanCount(PO, SEW, line, pieces, at(hour))
    with store.write(at(hour)) as unit:
        unit.add_human_count(count)
    return count


def test_an_order_that_nobody_has_seen_has_empty_evidence(store: Store) -> None:
    nothing = evidence(store, now_h=2)
    assert nothing.order == order(PO)
    assert [step.step for step in nothing.steps] == [CUT, SEW, QC]
    assert nothing.steps[1] == StepEvidence(SEW, (), None, (), None, None)
    assert nothing.days == ()


def test_an_unknown_order_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="Did you mean"):
        evidence(store, 1, OrderId("PO-3"))


def test_a_rule_that_counts_a_step_is_listed_before_it_counted(store: Store) -> None:
    pile = StockRule(RuleId("pile"), gate().target, Zone("z", ((0, 0), (1, 0), (1, 1))))
    with store.write(MONDAY_8) as unit:
        unit.set_camera_rules(TRAY, [gate(), pile])
    assert sewing(store, now_h=2).tallies == (RuleTally(SEWN, 0, 0.0, 0.0, None),)


def test_tallies_are_signed_sums_per_camera_rule_and_cell(store: Store) -> None:
    back = event(2 * HOUR_S, pieces=-1, direction=Direction.OUT)
    far = CameraId("far")
    same_name = replace(event(HOUR_S, pieces=5), camera=far, id=event_id(far, SEWN, Direction.IN, at(1), 0))
    in_cell = event(1.5 * HOUR_S, pieces=3, cell=CellId("B"))
    record(store, [*pieces_at([1, 1.1, 1.2]), back, in_cell], until_s=3 * HOUR_S)
    with store.write(at(3)) as unit:
        unit.record(far, events=given([same_name]), stock=(), gaps=(), watermark=at(3))
    assert [(tally.pieces, tally.cell) for tally in sewing(store, 3).tallies] == [(5, None), (2, None), (3, "B")]


def test_only_this_orders_events_count(store: Store) -> None:
    record(store, [event(HOUR_S)], until_s=2 * HOUR_S)
    record(store, [event(2 * HOUR_S)], until_s=3 * HOUR_S, to=OTHER)
    record(store, [event(3 * HOUR_S)], until_s=4 * HOUR_S, to=None)
    step = sewing(store, 4)
    assert [tally.pieces for tally in step.tallies] == [1]
    assert (step.first_at, step.last_at) == (at(1), at(1))


def test_a_human_count_restarts_the_tally(store: Store) -> None:
    record(store, pieces_at([1, 2, 3]), until_s=4 * HOUR_S)
    count = count_by_hand(store, 2, pieces=40)
    step = sewing(store, 4)
    assert step.human == count
    (tally,) = step.tallies
    assert tally.pieces == 1  # the piece at the very moment of the count is in the count
    assert hours_of(tally) == (0, 2)
    assert (step.first_at, step.last_at) == (at(1), at(3))


def test_of_two_counts_of_one_moment_the_later_entry_holds(store: Store) -> None:
    count_by_hand(store, 2, pieces=40)
    corrected = count_by_hand(store, 2, pieces=42)
    assert sewing(store, 4).human == corrected


def test_line_counts_stand_beside_and_do_not_restart_the_tally(store: Store) -> None:
    record(store, pieces_at([1, 3]), until_s=4 * HOUR_S)
    count_by_hand(store, 1.5, pieces=7, line=1)
    latest = count_by_hand(store, 2, pieces=9, line=1)
    other = count_by_hand(store, 2, pieces=4, line=0)
    step = sewing(store, 4)
    assert (step.human, step.human_lines) == (None, (other, latest))
    assert [tally.pieces for tally in step.tallies] == [2]


GAP = Gap(TRAY, GapReason.UNREACHABLE, at(2), at(3))


@pytest.mark.parametrize(
    ("gaps", "blind_watched_h"),
    [
        ([], (0, 3)),  # first piece at 1, now 4
        ([GAP], (1, 2)),  # one hour blind
        ([GAP, replace(GAP, start=at(2.5), end=at(3.5))], (1.5, 1.5)),  # overlapping gaps count once
        ([replace(GAP, start=at(0), end=at(2))], (1, 2)),  # what was before the first piece is not counted
        ([replace(GAP, end=None)], (2, 1)),  # a gap that still lasts
        ([replace(GAP, camera=CameraId("elsewhere"))], (0, 3)),  # another camera's gap
    ],
)
def test_blind_time_is_the_cameras_gaps(store: Store, gaps: list[Gap], blind_watched_h: tuple[float, float]) -> None:
    record(store, pieces_at([1]), until_s=4 * HOUR_S)
    with store.write(at(4)) as unit:
        for gap in gaps:
            unit.open_gap(gap)
    (tally,) = sewing(store, 4).tallies
    assert hours_of(tally) == blind_watched_h


def test_only_working_time_is_watched_or_blind(store: Store) -> None:
    record(store, pieces_at([3]), until_s=24 * HOUR_S)
    with store.write(at(24)) as unit:
        unit.open_gap(Gap(TRAY, GapReason.STOPPED, at(9), at(23)))  # an hour before the evening, then the night
    (tally,) = sewing(store, 25).tallies
    assert hours_of(tally) == (2, 5)  # 17-18 on Monday and 8-9 on Tuesday after the watermark; 11-12, 13-17


def test_time_since_a_camera_was_last_heard_of_is_blind(store: Store) -> None:
    record(store, pieces_at([1]), until_s=2 * HOUR_S)
    assert hours_of(sewing(store, 4).tallies[0]) == (2, 1)
    with store.write(at(3)) as unit:
        unit.set_camera(camera(last_frame_at=at(3)))
    assert hours_of(sewing(store, 4).tallies[0]) == (1, 2)


def test_a_camera_that_never_delivered_was_blind_all_along(store: Store) -> None:
    far = CameraId("far")
    record(store, pieces_at([1]), until_s=4 * HOUR_S)
    with store.write(MONDAY_8) as unit:
        unit.set_camera_rules(far, [gate("over")])
    assert [(tally.rule, hours_of(tally)) for tally in sewing(store, 4).tallies] == [("over", (3, 0)), (SEWN, (0, 3))]


def schedule(store: Store, start_h: float, end_h: float | None, cell: str | None = None) -> None:
    entry = ScheduleEntry(PO, SEW, None if cell is None else CellId(cell), at(start_h), end_h and at(end_h))
    with store.write(MONDAY_8) as unit:
        unit.add_schedule([entry])


@pytest.mark.parametrize(
    ("planned", "pieces", "blind_watched_h"),
    [
        ((1, 3), [2], (1, 1)),  # blind until 2 at the start of the plan: those pieces are not forgotten
        ((1, 3), [0.5, 3.5], (1.5, 1.5)),  # pieces outside the plan widen it
        ((3, None), [], (0, 1)),  # planned and not seen yet
        ((5, 6), [], (0, 0)),  # planned for later
    ],
)
def test_a_scheduled_order_is_in_work_when_planned(
    store: Store, planned: tuple[float, float | None], pieces: list[float], blind_watched_h: tuple[float, float]
) -> None:
    schedule(store, *planned)
    record(store, pieces_at(pieces), until_s=4 * HOUR_S)
    with store.write(at(4)) as unit:
        unit.set_camera_rules(TRAY, [gate()])
        unit.open_gap(Gap(TRAY, GapReason.DISCONNECTED, at(0), at(2)))
    (tally,) = sewing(store, 4).tallies
    assert hours_of(tally) == blind_watched_h


def test_a_rule_of_a_cell_that_is_not_scheduled_is_left_out(store: Store) -> None:
    schedule(store, 0, None, cell="A")
    record(store, [], until_s=4 * HOUR_S)
    with store.write(at(4)) as unit:
        unit.set_camera_rules(TRAY, [gate("a", "A"), gate("b", "B"), gate("shared")])
    assert [tally.rule for tally in sewing(store, 4).tallies] == ["a", "shared"]


def test_an_unscheduled_order_may_be_at_a_step_once_it_was_seen_before_it(store: Store) -> None:
    cut = event(HOUR_S, step=CUT, rule=RuleId("cut"))
    record(store, [replace(cut, id=event_id(TRAY, RuleId("cut"), Direction.IN, at(1), 0))], until_s=4 * HOUR_S)
    with store.write(at(4)) as unit:
        unit.set_camera_rules(TRAY, [gate()])
    steps = {step.step: step for step in evidence(store, 4).steps}
    assert hours_of(steps[SEW].tallies[0]) == (0, 3)
    assert steps[SEW].first_at is None
    assert steps[QC].tallies == ()


def test_a_closed_order_is_watched_until_its_last_evidence(store: Store) -> None:
    record(store, pieces_at([1, 3]), until_s=4 * HOUR_S)
    with store.write(at(4)) as unit:
        unit.set_order_state(PO, OrderState.CLOSED)
    assert hours_of(sewing(store, 9).tallies[0]) == (0, 2)


def test_days_are_production_days(store: Store) -> None:
    # 07:59 and 23:00 on Monday, 05:59 on Tuesday (still Monday's production day), 06:00 on Tuesday
    record(store, pieces_at([0, 15, 21.98, 22]), until_s=30 * HOUR_S)
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    assert evidence(store, 30).days == (DayOutput(SEW, monday, 3), DayOutput(SEW, tuesday, 1))


def test_days_hold_what_later_human_counts_add(store: Store) -> None:
    count_by_hand(store, 0, pieces=30)  # an anchor: these pieces have no day
    record(store, pieces_at([1, 2]), until_s=33 * HOUR_S)
    count_by_hand(store, 33, pieces=50)  # 18 more than seen, over 9 hours on Monday and 8 on Tuesday
    days = evidence(store, 33).days
    assert days == (DayOutput(SEW, date(2026, 3, 2), 2 + 10), DayOutput(SEW, date(2026, 3, 3), 8))


def test_a_shop_without_cameras_has_days_from_its_counts(store: Store) -> None:
    count_by_hand(store, 1, pieces=10)
    assert evidence(store, 2).days == ()
    count_by_hand(store, 3, pieces=24)
    assert evidence(store, 4).days == (DayOutput(SEW, date(2026, 3, 2), 14),)


def test_counts_outside_working_hours_fall_on_the_day_of_the_later_one(store: Store) -> None:
    count_by_hand(store, 11, pieces=10)
    count_by_hand(store, 12, pieces=15)  # 20:00, nobody works
    assert sum(day.pieces for day in evidence(store, 13).days) == 5


HOURS = st.floats(0, 90).map(lambda hours: round(hours, 4))


@settings(max_examples=60)
@over(
    hours=st.lists(HOURS, min_size=1, max_size=20, unique=True),
    spans=st.lists(st.tuples(HOURS, HOURS).map(sorted), max_size=4),
)
def test_evidence_agrees_with_adding_up_by_hand(hours: list[float], spans: list[list[float]]) -> None:
    now = at(100)
    counted = tuple(Counted(TRAY, SEWN, SEW, None, at(hour), 1) for hour in sorted(hours))
    gaps = tuple(Gap(TRAY, GapReason.UNREADABLE, at(start_h), at(end_h)) for start_h, end_h in spans)
    facts = Facts(order(), counted, human=(), schedule=(), rules=(), gaps=gaps, heard_of={TRAY: now})
    found = weigh(facts, calendar=SHANGHAI, now=now)
    (tally,) = found.steps[1].tallies
    first = counted[0].at
    assert tally.pieces == len(hours)
    assert tally.blind_s + tally.watched_s == pytest.approx(working_seconds(SHANGHAI, first, now), abs=1e-3)
    assert tally.blind_s == pytest.approx(_blind_s(spans, first, now), abs=1e-3)
    by_hand = Counter(production_day(SHANGHAI, count.at) for count in counted)
    assert found.days == tuple(DayOutput(SEW, day, pieces) for day, pieces in sorted(by_hand.items()))


def _blind_s(gaps: list[list[float]], first: datetime, now: datetime) -> float:
    """Between every two neighbouring edges the camera was blind all the time or not at all."""
    edges = sorted({first, now, *(at(hour) for pair in gaps for hour in pair if first < at(hour) < now)})
    total_s = 0.0
    for start, end in pairwise(edges):
        if any(at(gap_start) <= start and end <= at(gap_end) for gap_start, gap_end in gaps):
            total_s += working_seconds(SHANGHAI, start, end)
    return total_s


def test_the_evidence_of_utc_and_local_now_is_the_same(store: Store) -> None:
    record(store, pieces_at([1]), until_s=2 * HOUR_S)
    assert at(3).tzinfo is UTC
    with store.read() as view:
        local = view.evidence(PO, calendar=SHANGHAI, now=at(3).astimezone(tz=None))
    assert local == evidence(store, 3)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL plans by size, and these tables are small
def test_no_question_reads_every_event(store: Store) -> None:
    asked: list[tuple[str, object]] = []
    listened_event.listen(
        store._engine, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: asked.append((sql, values))
    )
    evidence(store, 1)
    record(store, [event(1)], until_s=2)
    with store.read() as view:
        view.unassigned(5)
        view.events(PO, limit=5)
        view.events(since=at(0))
        raw = view._connection.connection.dbapi_connection
        for sql, values in [one for one in asked if one[0].startswith("SELECT")]:
            plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            assert not [step for step in plan if step.startswith(("SCAN events", "SCAN assignments", "SCAN human"))], (
                sql
            )
    assert len(asked) > 10
