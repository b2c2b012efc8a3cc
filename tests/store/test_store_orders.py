from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from store_samples import CUT, MONDAY_8, OTHER, PO, QC, SEW, order

from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.orders import HumanCount, OrderId, OrderLine, OrderState, Route, ScheduleEntry, Step, WeightSource
from tracker.domain.rules import CellId, StepId
from tracker.store import Milestone, MilestoneMark, Store


def test_an_order_comes_back_as_it_was_added(store: Store) -> None:
    plain = order(OTHER, lines=(OrderLine("", "", 5),), requested=None, promised=None)
    bare = replace(plain, route=Route((Step(SEW, 1.0, outsourced=True),), (), WeightSource.STYLE_FAMILY))
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(), bare])
    with store.read() as view:
        assert view.order(PO) == order()
        assert view.orders() == (order(), bare)


def test_existing_orders_are_all_named_and_nothing_is_added(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order("PO-1"), order("PO-2")])
    with pytest.raises(ConflictError, match="PO-1, PO-2"), store.write(MONDAY_8) as unit:
        unit.add_orders([order("PO-3"), order("PO-2"), order("PO-1")])
    with store.read() as view:
        assert [known.id for known in view.orders()] == ["PO-1", "PO-2"]


def test_an_order_twice_in_one_import_is_refused(store: Store) -> None:
    with pytest.raises(ConflictError, match="PO-1"), store.write(MONDAY_8) as unit:
        unit.add_orders([order(), order()])


def test_an_unknown_order_names_near_ones(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order("PO-2026-001"), order("X-9")])
    with pytest.raises(NotFoundError, match="Did you mean PO-2026-001"), store.read() as view:
        view.order(OrderId("PO-2026-01"))


def test_a_revision_replaces_the_order_and_keeps_the_old(store: Store) -> None:
    revised = order(revision=2, promised=date(2026, 3, 12), lines=(OrderLine("navy", "M", 80),))
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.revise_order(revised)
    with store.read() as view:
        assert view.order(PO) == revised
        assert view.revisions(PO) == (order(), revised)


@pytest.mark.parametrize("revision", [1, 3])
def test_a_revision_that_is_not_the_next_is_refused(store: Store, revision: int) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    with pytest.raises(ConflictError, match="expected revision 2"), store.write(MONDAY_8) as unit:
        unit.revise_order(order(revision=revision))


@pytest.mark.parametrize("state", [OrderState.OFFERED, OrderState.HELD, OrderState.CANCELLED, OrderState.CLOSED])
def test_only_accepted_orders_with_the_step_are_open(store: Store, state: OrderState) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(PO), order(OTHER)])
        unit.set_order_state(OTHER, state)
        assert [open_.id for open_ in unit.open_orders_at(SEW)] == [PO]
        assert unit.open_orders_at(StepId("wash")) == ()
        assert [found.id for found in unit.orders([state])] == [OTHER]


def test_a_step_dropped_by_a_revision_is_no_longer_open(store: Store) -> None:
    shorter = Route((Step(SEW, 9.0, outsourced=False),), (), WeightSource.SMV)
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.revise_order(order(revision=2, route=shorter))
        assert unit.open_orders_at(CUT) == ()
        assert [open_.id for open_ in unit.open_orders_at(SEW)] == [PO]


def test_the_schedule_keeps_each_entry_once(store: Store) -> None:
    early = ScheduleEntry(PO, SEW, CellId("A"), MONDAY_8, MONDAY_8 + timedelta(days=1))
    late = ScheduleEntry(PO, QC, None, MONDAY_8 + timedelta(days=1), None)
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.add_schedule([late, early])
        unit.add_schedule([early])
    with store.read() as view:
        assert view.schedule() == (early, late)


def test_ending_a_schedule_cuts_what_runs_and_drops_what_comes(store: Store) -> None:
    noon = MONDAY_8 + timedelta(hours=4)
    done = ScheduleEntry(PO, CUT, None, MONDAY_8, MONDAY_8 + timedelta(hours=1))
    running = ScheduleEntry(PO, SEW, None, MONDAY_8, None)
    coming = ScheduleEntry(PO, QC, None, noon, None)
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.add_schedule([done, running, coming])
        unit.end_schedule(PO, at=noon)
        assert unit.schedule(PO) == (done, replace(running, end=noon))


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (ScheduleEntry(OrderId("PO-9"), SEW, None, MONDAY_8, None), NotFoundError),  # no such order
        (ScheduleEntry(PO, StepId("swe"), None, MONDAY_8, None), NotFoundError),  # no such step
        (ScheduleEntry(PO, SEW, None, MONDAY_8, MONDAY_8), ConflictError),  # no time at all
    ],
)
def test_a_wrong_schedule_is_refused(store: Store, entry: ScheduleEntry, error: type[Exception]) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    with pytest.raises(error), store.write(MONDAY_8) as unit:
        unit.add_schedule([entry])


@pytest.mark.parametrize(
    ("count", "error"),
    [
        (HumanCount(OrderId("PO-9"), SEW, None, 5, MONDAY_8), NotFoundError),  # no such order
        (HumanCount(PO, StepId("wash"), None, 5, MONDAY_8), NotFoundError),  # no such step
        (HumanCount(PO, SEW, 2, 5, MONDAY_8), NotFoundError),  # the order has lines 0 and 1
        (HumanCount(PO, SEW, -1, 5, MONDAY_8), NotFoundError),  # no counting from the end
        (HumanCount(PO, SEW, None, -1, MONDAY_8), ConflictError),  # less than nothing
        (HumanCount(PO, SEW, None, 5, MONDAY_8 + timedelta(hours=1)), ConflictError),  # a wrong clock
    ],
)
def test_a_wrong_human_count_is_refused(store: Store, count: HumanCount, error: type[Exception]) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    with pytest.raises(error), store.write(MONDAY_8) as unit:
        unit.add_human_count(count)


def test_a_line_count_follows_its_line_through_revisions(store: Store) -> None:
    large_first = (OrderLine("navy", "L", 40), OrderLine("red", "S", 10))
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.add_human_count(HumanCount(PO, SEW, 0, 11, MONDAY_8))  # navy M, dropped by the revision
        unit.add_human_count(HumanCount(PO, SEW, 1, 12, MONDAY_8))  # navy L, first in the revision
        unit.revise_order(order(revision=2, lines=large_first))
        unit.add_human_count(HumanCount(PO, SEW, 1, 13, MONDAY_8))  # red S
    with store.read() as view:
        assert [(count.line, count.pieces) for count in view.human_counts(PO)] == [(0, 12), (1, 13)]


def test_milestones_come_back_in_order_of_time(store: Store) -> None:
    sent = Milestone(PO, QC, MilestoneMark.SENT, MONDAY_8)
    back = Milestone(PO, QC, MilestoneMark.RETURNED, MONDAY_8 + timedelta(days=1))
    with store.write(back.at) as unit:
        unit.add_orders([order()])
        unit.add_milestone(back)
        unit.add_milestone(sent)
        assert unit.milestones(PO) == (sent, back)
