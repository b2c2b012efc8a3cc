"""Which order an event is given to: the schedule, then the only open order of the step, else nobody."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.assign import assign
from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.orders import (
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    ScheduleEntry,
    Step,
    WeightSource,
)
from tracker.domain.rules import CellId, RuleId, RuleKind, StepId

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEPS = ("cut", "sew", "qc")


def an_order(name: str, state: OrderState = OrderState.ACCEPTED, steps: tuple[str, ...] = STEPS) -> Order:
    return Order(
        id=OrderId(name),
        customer="C",
        style="tee",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("navy", "M", 60),),
        requested=None,
        promised=date(2026, 11, 9),
        state=state,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=Route(tuple(Step(StepId(step), 1.0, outsourced=False) for step in steps), (), WeightSource.SMV),
    )


def an_event(step: str | None = "sew", cell: str | None = None, at: datetime = NINE) -> Event:
    camera, rule = CameraId("cam"), RuleId("table-out")
    return Event(
        id=event_id(camera, rule, Direction.IN, at, 0),
        camera=camera,
        rule=rule,
        kind=RuleKind.GATE,
        direction=Direction.IN,
        class_name="garment",
        pieces=1,
        moment=Moment(0, 0.0, at),
        decided_at=at,
        step=StepId(step) if step else None,
        cell=CellId(cell) if cell else None,
        provenance=Provenance.CAMERA,
    )


def entry(
    order: str, step: str = "sew", cell: str | None = None, start_h: float = -1, end_h: float | None = 1
) -> ScheduleEntry:
    end = None if end_h is None else NINE + end_h * HOUR
    return ScheduleEntry(OrderId(order), StepId(step), CellId(cell) if cell else None, NINE + start_h * HOUR, end)


TWO = (an_order("A"), an_order("B"))


@pytest.mark.parametrize(
    ("event", "schedule", "expected"),
    [
        # the plain case: one entry holds
        (an_event(), [entry("A")], "A"),
        # an entry without an end holds until further notice
        (an_event(), [entry("A", end_h=None)], "A"),
        # the start belongs to the entry, the end does not
        (an_event(), [entry("A", start_h=0), entry("B", end_h=0)], "A"),
        # each cell has its own order
        (an_event(cell="2"), [entry("A", cell="1"), entry("B", cell="2")], "B"),
        # an entry without cell speaks for every cell of the step
        (an_event(cell="2"), [entry("B", cell=None)], "B"),
        # a rule without cell is the shop's only such place
        (an_event(cell=None), [entry("B", cell="2")], "B"),
        # an entry about another step says nothing
        (an_event(), [entry("A", step="cut"), entry("B")], "B"),
        # the same order twice is still one order
        (an_event(), [entry("A"), entry("A", cell="1")], "A"),
        # two orders at the same place and time: nobody can tell
        (an_event(), [entry("A"), entry("B")], None),
        # nothing scheduled and two open orders: nobody can tell
        (an_event(), [], None),
        # entries of unknown orders do not count
        (an_event(), [entry("Z")], None),
        # a rule without step counts for no order
        (an_event(step=None), [entry("A")], None),
        # no order goes through that step
        (an_event(step="wash"), [entry("A", step="wash")], None),
    ],
)
def test_schedule_decides(event: Event, schedule: list[ScheduleEntry], expected: str | None) -> None:
    assert assign(event, orders=TWO, schedule=schedule).order == expected


def test_without_schedule_the_only_open_order_of_the_step_gets_the_piece() -> None:
    orders = [an_order("A"), an_order("B", OrderState.CLOSED), an_order("C", steps=("cut", "pack"))]
    given_to = assign(an_event(), orders=orders, schedule=[])
    assert given_to.order == "A"
    assert given_to.reason == "A is the only open order that goes through step sew"


def test_scheduled_order_that_is_not_open_passes_to_the_only_open_one_and_is_named() -> None:
    orders = [an_order("A"), an_order("B", OrderState.HELD)]
    given_to = assign(an_event(), orders=orders, schedule=[entry("B")])
    assert given_to.order == "A"
    assert "B is held" in given_to.reason


@pytest.mark.parametrize(
    ("event", "orders", "schedule", "reason"),
    [
        (an_event(step=None), TWO, [], "rule table-out names no step, so what it counts belongs to no order"),
        (
            an_event(cell="1"),
            TWO,
            [entry("B"), entry("A")],
            "the schedule has A and B at step sew, cell 1 at the same time",
        ),
        (
            an_event(),
            TWO,
            [],
            "2 open orders go through step sew, A and B, and the schedule names none of them at step sew at that time",
        ),
        (an_event(), [], [], "no open order goes through step sew"),
        (
            an_event(),
            [an_order("A", steps=("cut",))],
            [entry("A")],
            "no open order goes through step sew (the schedule names one that cannot take pieces: A has no step sew)",
        ),
        (
            an_event(),
            [an_order(name) for name in "ABCDEFGH"],
            [],
            (
                "8 open orders go through step sew, A, B, C, D, E and 3 more, "
                "and the schedule names none of them at step sew at that time"
            ),
        ),
    ],
)
def test_unassigned_reason_is_a_sentence_that_names_the_candidates(
    event: Event, orders: list[Order], schedule: list[ScheduleEntry], reason: str
) -> None:
    got = assign(event, orders=orders, schedule=schedule)
    assert (got.event, got.order, got.reason) == (event.id, None, reason)


shops = st.lists(
    st.tuples(st.sampled_from(list(OrderState)), st.sets(st.sampled_from(STEPS), min_size=1)), min_size=0, max_size=5
).map(lambda rows: [an_order(f"O{i}", state, tuple(sorted(steps))) for i, (state, steps) in enumerate(rows)])
plans = st.lists(
    st.builds(
        entry,
        st.sampled_from([f"O{i}" for i in range(6)]),
        st.sampled_from(STEPS),
        st.sampled_from([None, "1", "2"]),
        st.floats(-2, 2),
        st.none() | st.floats(-2, 2),
    ),
    max_size=8,
)
events = st.builds(an_event, st.none() | st.sampled_from(STEPS), st.sampled_from([None, "1", "2"]))


@given(events, shops, plans, st.randoms(use_true_random=False))
def test_only_open_orders_with_the_step_get_pieces_whatever_the_sequence(
    event: Event, orders: list[Order], schedule: list[ScheduleEntry], chance: random.Random
) -> None:
    got = assign(event, orders=orders, schedule=schedule)
    if got.order is not None:
        (order,) = [order for order in orders if order.id == got.order]
        assert order.state is OrderState.ACCEPTED
        assert event.step is not None
        assert order.route.step(event.step) is not None
    chance.shuffle(orders)
    chance.shuffle(schedule)
    assert assign(event, orders=orders, schedule=schedule) == got
    assert got.reason
    assert not got.reason.endswith(".")


@given(events, shops, plans)
def test_one_open_scheduled_order_always_gets_the_piece(
    event: Event, orders: list[Order], schedule: list[ScheduleEntry]
) -> None:
    got = assign(
        event,
        orders=[*orders, an_order("mine")],
        schedule=[e for e in schedule if e.step != event.step] + ([entry("mine", event.step)] if event.step else []),
    )
    assert got.order == ("mine" if event.step else None)
