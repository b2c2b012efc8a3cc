"""What the page says of each order: how much it needs somebody, and what to do first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from serve_shop import (
    BLIND_SINCE,
    CUTTING,
    DONE,
    EARLY,
    GOOD,
    HELD,
    LATE,
    NEW,
    NOW,
    PACKING,
    SEWING,
    SHANGHAI,
    SHORT,
    camera,
    days,
    estimate,
    order,
    piece,
    route,
    rule,
    steps,
    unassigned,
)
from sqlalchemy import event

from tracker.domain.estimates import Estimate, Interval, LineShortfall, Outlook
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, ScheduleEntry
from tracker.domain.rules import StepId
from tracker.serve.advice import Advice, Attention, advice, attention
from tracker.serve.today import Pile, Today, today
from tracker.store import CameraState, Store, WriteUnit

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEW = StepId("sew")


def seen(store: Store) -> Today:
    with store.read() as view:
        return today(view, calendar=SHANGHAI, now=NOW)


@contextmanager
def writing(store: Store) -> Iterator[WriteUnit]:
    with store.write(NOW) as unit:
        yield unit


def test_orders_are_sorted_by_what_needs_somebody(store: Store) -> None:
    assert [card.order.id for card in seen(store).cards] == [LATE, SHORT, GOOD, EARLY, NEW, HELD, DONE]


def test_of_two_alike_the_one_due_first_comes_first(empty_store: Store) -> None:
    due = {"A": date(2026, 3, 20), "B": date(2026, 3, 18), "C": None, "D": date(2026, 3, 18)}
    with writing(empty_store) as unit:
        unit.add_orders([order(OrderId(name), promised=day, requested=None) for name, day in due.items()])
    assert [card.order.id for card in seen(empty_store).cards] == ["B", "D", "A", "C"]


ON_TRACK = estimate(outlook=Outlook.ON_TRACK, p_on_time=0.9)
MISSING = (LineShortfall(0, 36, 4),)


@pytest.mark.parametrize(
    ("order_", "estimate_", "days_left", "needs", "first"),
    [
        (order(), None, 3, Attention.UNKNOWN, Advice.BEGIN),
        (order(), None, -1, Attention.LATE, Advice.AGREE_NEW_DATE),  # late even if nobody counted
        (order(promised=None, requested=None), None, None, Attention.UNKNOWN, Advice.BEGIN),
        (order(), ON_TRACK, 3, Attention.ON_TRACK, Advice.NONE),
        (order(), replace(ON_TRACK, outlook=Outlook.AT_RISK), 3, Attention.AT_RISK, Advice.WATCH),
        (order(), replace(ON_TRACK, outlook=Outlook.LATE), 3, Attention.LATE, Advice.ADD_CAPACITY),
        (order(), replace(ON_TRACK, outlook=Outlook.LATE), -1, Attention.LATE, Advice.AGREE_NEW_DATE),
        (order(), replace(ON_TRACK, outlook=Outlook.DONE), 3, Attention.DONE, Advice.SHIP),
        (order(), replace(ON_TRACK, outlook=Outlook.DONE), -1, Attention.DONE, Advice.SHIP),  # no longer late
        # without a due date nobody can say, yet work goes on
        (order(), replace(ON_TRACK, outlook=Outlook.NO_DATA), None, Attention.UNKNOWN, Advice.SET_DATE),
        (order(), replace(ON_TRACK, outlook=Outlook.NO_DATA, finish=None), 3, Attention.UNKNOWN, Advice.BEGIN),
        # silence and missing pieces raise it to a check, and never lower it
        (order(), replace(ON_TRACK, stale_since=NOW), 3, Attention.CHECK, Advice.COUNT_BY_HAND),
        (order(), replace(ON_TRACK, shortfalls=MISSING), 3, Attention.CHECK, Advice.RECUT),
        (order(), replace(ON_TRACK, outlook=Outlook.DONE, shortfalls=MISSING), 3, Attention.CHECK, Advice.RECUT),
        (order(), replace(ON_TRACK, outlook=Outlook.LATE, stale_since=NOW), 3, Attention.LATE, Advice.COUNT_BY_HAND),
        (order(), replace(ON_TRACK, outlook=Outlook.LATE, shortfalls=MISSING), 3, Attention.LATE, Advice.ADD_CAPACITY),
        # somebody outside has to speak first
        (order(state=OrderState.HELD), replace(ON_TRACK, outlook=Outlook.LATE), -1, Attention.WAITING, Advice.WAIT),
        (order(state=OrderState.OFFERED), None, 3, Attention.WAITING, Advice.ANSWER),
    ],
)
def test_attention_and_advice(
    order_: Order, estimate_: Estimate | None, days_left: int | None, needs: Attention, first: Advice
) -> None:
    assert attention(order_, estimate_, days_left=days_left) is needs
    assert advice(order_, estimate_, needs=needs, days_left=days_left) is first


@pytest.mark.parametrize("state", [OrderState.CLOSED, OrderState.CANCELLED])
def test_closed_and_cancelled_orders_are_history(store: Store, state: OrderState) -> None:
    with writing(store) as unit:
        unit.set_order_state(LATE, state)
    assert LATE not in {card.order.id for card in seen(store).cards}


def test_days_left_are_the_shops_days(empty_store: Store) -> None:
    # 17:30 in UTC on the 12th is 01:30 on the 13th in Shanghai: due on the 13th is due today
    with writing(empty_store) as unit:
        unit.add_orders([order(promised=date(2026, 3, 13))])
    with empty_store.read() as view:
        page = today(view, calendar=SHANGHAI, now=NOW.replace(hour=17, minute=30))
    assert page.cards[0].days_left == 0


@pytest.mark.parametrize(
    ("passed", "bottleneck", "to_go"),
    [
        (steps(cut=(120, 120, 120), sew=(74, 80, 92), pack=(62, 70, 79)), "sew", 40),  # 50 packs weigh less
        (steps(cut=(120, 120, 120), sew=(120, 120, 120), pack=(62, 70, 79)), "pack", 50),
        (steps(cut=(126, 126, 126), sew=(121, 121, 121), pack=(120, 120, 120)), None, 0),  # over-cut is no debt
        ((), None, 0),
    ],
)
def test_the_bottleneck_is_where_most_work_is_left(
    empty_store: Store, passed: tuple[object, ...], bottleneck: str | None, to_go: int
) -> None:
    with writing(empty_store) as unit:
        unit.add_orders([order()])
        unit.save_estimate(estimate(steps=passed))
    (card,) = seen(empty_store).cards
    assert (card.bottleneck, card.to_go) == (bottleneck, to_go)


def test_shortages_name_their_lines_and_survive_a_revision_that_dropped_some(store: Store) -> None:
    short = next(card for card in seen(store).cards if card.order.id == SHORT)
    assert [(one.line.label, one.missing) for one in short.shortages] == [("navy M", 4)]
    with writing(store) as unit:
        unit.save_estimate(replace(short.estimate, as_of=NOW, shortfalls=(LineShortfall(1, 0, 40),)))
        unit.revise_order(replace(short.order, revision=2, lines=(OrderLine("navy", "M", 40),)))
    assert next(card for card in seen(store).cards if card.order.id == SHORT).shortages == ()


def test_steps_come_in_the_routes_order_with_what_is_known(store: Store) -> None:
    short = next(card for card in seen(store).cards if card.order.id == SHORT)
    assert [(one.step, one.outsourced, one.pieces and one.pieces.p50, one.unseen) for one in short.route] == [
        ("cut", False, 80, False),
        ("embroidery", True, None, False),
        ("sew", False, 68, True),  # its camera is blind
        ("qc", False, 64, False),  # nobody watches it anyway
        ("pack", False, 60, True),  # its camera is paused
    ]


def test_one_cause_of_blindness_is_told_once(store: Store) -> None:
    with writing(store) as unit:
        unit.close_gap(PACKING, NOW)
        for one, second in ((CUTTING, 5), (PACKING, 40)):
            at = NOW.replace(second=second) - 30 * MINUTE
            unit.set_camera(camera(one, "counts", state=CameraState.STOPPED, last_frame_at=at))
    told = {blind.cameras: blind.widened for blind in seen(store).blindness}
    everyone = tuple(sorted([EARLY, GOOD, LATE, NEW, SHORT]))
    assert told == {(CUTTING, PACKING): everyone, (SEWING,): everyone}


@pytest.mark.parametrize("state", [CameraState.WATCHING, CameraState.STARTING, CameraState.PAUSED])
def test_what_somebody_wants_is_no_alarm(empty_store: Store, state: CameraState) -> None:
    with writing(empty_store) as unit:
        unit.set_camera(camera(SEWING, "counts", state=state))
    assert seen(empty_store).blindness == ()


def schedule(order_id: OrderId, start_h: float, end_h: float | None) -> ScheduleEntry:
    """An order in work at sewing, hours from now."""
    return ScheduleEntry(order_id, SEW, None, NOW + start_h * HOUR, None if end_h is None else NOW + end_h * HOUR)


@pytest.mark.parametrize(
    ("entries", "widened"),
    [
        ((), {LATE, SHORT, GOOD, EARLY, NEW}),  # nobody said: any order open there
        ((schedule(GOOD, -9, None),), {GOOD}),
        ((schedule(GOOD, -9, None), schedule(LATE, -3, -2)), {GOOD, LATE}),  # both while it was blind
        ((schedule(GOOD, -9, None), schedule(LATE, -30, -20)), {GOOD}),  # over before it went blind
        ((schedule(GOOD, -9, None), schedule(LATE, 1, 2)), {GOOD}),  # not begun
        ((schedule(GOOD, -9, None), schedule(DONE, -3, None)), {GOOD}),  # has all its pieces
    ],
)
def test_the_schedule_decides_whose_range_widens(
    store: Store, entries: tuple[ScheduleEntry, ...], widened: set[OrderId]
) -> None:
    with writing(store) as unit:
        unit.add_schedule(entries)
    (blind,) = seen(store).blindness
    assert (blind.cameras, set(blind.widened), blind.seen.since) == ((SEWING,), widened, BLIND_SINCE)


def test_an_outsourced_step_is_nobodys_to_see(empty_store: Store) -> None:
    with writing(empty_store) as unit:
        unit.add_orders([order(route=route("cut", "sew*", "pack"))])
        unit.set_camera(camera(SEWING, "counts", state=CameraState.BLIND))
        unit.set_camera_rules(SEWING, (rule("sewn", "sew"),))
    assert seen(empty_store).blindness[0].widened == ()


def test_pieces_of_nobody_are_told_by_step_with_their_age(store: Store) -> None:
    page = seen(store)
    assert page.unassigned_pieces == 12
    assert page.piles == (
        Pile(StepId("cut"), 10, NOW - 55 * MINUTE),
        Pile(SEW, 2, NOW - 41 * MINUTE),
    )


def test_what_came_back_leaves_the_pile(store: Store) -> None:
    with writing(store) as unit:
        back = replace(piece(0, "sew", -2), decided_at=NOW)
        unit.record(CUTTING, events=unassigned([back]), stock=(), gaps=(), watermark=NOW)
    assert [pile.step for pile in seen(store).piles] == ["cut"]
    assert seen(store).unassigned_pieces == 10


def test_more_that_came_back_than_went_takes_nothing_from_other_piles(store: Store) -> None:
    with writing(store) as unit:
        back = replace(piece(0, "sew", -5), decided_at=NOW)
        unit.record(CUTTING, events=unassigned([back]), stock=(), gaps=(), watermark=NOW)
    assert [(pile.step, pile.pieces) for pile in seen(store).piles] == [("cut", 10), ("sew", -3)]
    assert seen(store).unassigned_pieces == 10


def test_an_empty_workshop_has_an_empty_page(empty_store: Store) -> None:
    page = seen(empty_store)
    assert (page.cards, page.piles, page.cameras, page.blindness, page.as_of) == ((), (), (), (), None)


def statements(store: Store) -> int:
    """How many SQL statements the page takes."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(store._engine, "before_cursor_execute", note)
    try:
        seen(store)
    finally:
        event.remove(store._engine, "before_cursor_execute", note)
    return count


def test_the_number_of_queries_does_not_grow_with_the_orders(store: Store) -> None:
    before = statements(store)
    with writing(store) as unit:
        more = [order(OrderId(f"M-{number}")) for number in range(60)]
        unit.add_orders(more)
        for one in more:
            unit.save_estimate(estimate(one.id, stale_since=NOW, shortfalls=MISSING))
        for number in range(10):
            unit.set_camera(camera(CameraId(f"extra-{number}"), "counts", state=CameraState.BLIND))
            unit.set_camera_rules(CameraId(f"extra-{number}"), (rule(f"sewn-{number}", "sew"),))
            unit.open_gap(Gap(CameraId(f"extra-{number}"), GapReason.UNREACHABLE, NOW - HOUR, None))
    assert len(seen(store).cards) == 67
    assert statements(store) == before


def test_finish_and_shares_are_shown_as_estimated(store: Store) -> None:
    late = seen(store).cards[0]
    assert late.estimate is not None
    assert late.estimate.finish == days(0.8, 1.1, 2.9)
    assert late.estimate.deliverable == Interval(0.52, 0.58, 0.66)
    assert seen(store).as_of == NOW - timedelta(seconds=20)
    assert late.estimate.as_of + DAY > NOW
