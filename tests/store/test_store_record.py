from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as over
from hypothesis import strategies as st
from store_samples import MONDAY_8, OTHER, PO, SEWN, TRAY, event, given, order, reading, record

from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.events import Event, event_id
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.orders import OrderId
from tracker.store import Recorded, Store


@pytest.fixture(autouse=True)
def _orders(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(PO), order(OTHER)])


def test_an_event_comes_back_as_it_was_recorded(store: Store) -> None:
    seen = event(10.123456, pieces=-1, step=None, decided_at=MONDAY_8 + timedelta(seconds=11))
    assert record(store, [seen], until_s=12) == Recorded(1, 0, 0)
    with store.read() as view:
        (stored,) = view.events()
    assert stored.event == seen
    assert (stored.order, stored.reason, stored.manual) == (PO, "the only open order of the step", False)


def test_the_same_event_again_changes_nothing(store: Store) -> None:
    record(store, [event(10)], until_s=12)
    assert record(store, [replace(event(10), pieces=7)], until_s=14, to=OTHER) == Recorded(0, 1, 0)
    with store.read() as view:
        (stored,) = view.events()
    assert (stored.event.pieces, stored.order) == (1, PO)


def test_the_same_event_twice_in_one_batch_is_added_once(store: Store) -> None:
    assert record(store, [event(10), event(10)], until_s=12) == Recorded(1, 1, 0)


def test_an_unknown_event_below_the_watermark_is_quarantined(store: Store) -> None:
    record(store, [], until_s=60)
    late, on_time = event(10), event(59.5)  # decided at 10.5 and exactly at the watermark
    assert record(store, [late, on_time], until_s=61) == Recorded(1, 0, 1)
    assert record(store, [late], until_s=62) == Recorded(0, 1, 0)
    with store.read() as view:
        assert [stored.event for stored in view.events()] == [on_time]
        assert view.quarantined() == (late,)
        assert view.quarantined(CameraId("other")) == ()


def test_the_watermark_only_moves_forward(store: Store) -> None:
    record(store, [], until_s=60)
    record(store, [], until_s=30)
    with store.read() as view:
        assert view.watermark(TRAY) == MONDAY_8 + timedelta(seconds=60)
        assert view.watermark(CameraId("other")) is None


def test_each_camera_has_its_own_watermark(store: Store) -> None:
    record(store, [], until_s=60)
    tray2 = CameraId("tray2")
    elsewhere = replace(event(10), camera=tray2, id=event_id(tray2, SEWN, event(10).direction, event(10).moment.at, 0))
    with store.write(MONDAY_8) as unit:
        assert unit.record(
            tray2, events=given([elsewhere]), stock=(), gaps=(), watermark=MONDAY_8 + timedelta(seconds=12)
        ) == Recorded(1, 0, 0)


def test_stock_is_kept_once_and_not_below_the_watermark(store: Store) -> None:
    until = MONDAY_8 + timedelta(seconds=60)
    with store.write(until) as unit:
        for readings in ([reading(50)], [reading(50, 9), reading(60)], [reading(20)]):
            unit.record(TRAY, events=(), stock=readings, gaps=(), watermark=until)
        assert unit.stock() == (reading(50), reading(60))
        assert unit.stock(TRAY, since=reading(60).moment.at) == (reading(60),)


def test_what_belongs_to_another_camera_is_refused(store: Store) -> None:
    other = CameraId("other")
    gap = Gap(other, GapReason.PAUSED, MONDAY_8, None)
    with store.write(MONDAY_8) as unit:
        for events, gaps in ((given([event(1)]), ()), ((), (replace(gap, camera=TRAY),))):
            with pytest.raises(ValueError, match="expected only camera other"):
                unit.record(other, events=events, stock=(), gaps=gaps, watermark=MONDAY_8)
        with pytest.raises(ValueError, match="came with event"):
            unit.record(TRAY, events=[(event(1), given([event(2)])[0][1])], stock=(), gaps=(), watermark=MONDAY_8)


def test_an_event_of_an_unknown_order_is_refused_and_nothing_kept(store: Store) -> None:
    with pytest.raises(NotFoundError, match="Did you mean PO-1"):
        record(store, [event(1)], until_s=5, to=OrderId("PO-11"))
    with store.read() as view:
        assert view.events() == ()
        assert view.watermark(TRAY) is None


def test_events_are_listed_by_time_the_latest_when_limited(store: Store) -> None:
    record(store, [event(30), event(10), event(20)], until_s=40)
    with store.read() as view:
        assert [stored.event.moment.t_s for stored in view.events()] == [10, 20, 30]
        assert [stored.event.moment.t_s for stored in view.events(limit=2)] == [20, 30]
        assert [stored.event.moment.t_s for stored in view.events(since=event(20).moment.at)] == [20, 30]
        assert view.events(order=OTHER) == ()


def test_unassigned_pieces_stay_visible_with_totals(store: Store) -> None:
    record(store, [event(second, pieces=2) for second in range(5)], until_s=9, to=None)
    record(store, [event(20)], until_s=30)
    with store.read() as view:
        nobody = view.unassigned(limit=3)
    assert [stored.event.moment.t_s for stored in nobody.events] == [4, 3, 2]
    assert (nobody.total_events, nobody.total_pieces) == (5, 10)


def test_what_came_back_of_nobody_is_told_apart_and_never_below_nothing(store: Store) -> None:
    lying = [event(second, pieces=2) for second in range(3)]
    back = [event(second, pieces=-3, step=None) for second in range(4, 6)]  # elsewhere than what lies
    record(store, [*lying, *back, event(7, pieces=-1)], until_s=9, to=None)
    with store.read() as view:
        nobody = view.unassigned(limit=0)
    assert (nobody.total_events, nobody.total_pieces) == (6, 5)
    assert (nobody.forward_pieces, nobody.returned_pieces) == (6, 7)


def test_somebody_can_move_an_event_to_another_order(store: Store) -> None:
    record(store, [event(10)], until_s=12)
    with store.write(MONDAY_8 + timedelta(hours=1)) as unit:
        unit.assign(event(10).id, OTHER, "the bundle was Li's")
        (stored,) = unit.events()
        assert (stored.order, stored.reason, stored.manual) == (OTHER, "the bundle was Li's", True)
        unit.assign(event(10).id, None, "nobody knows")
        assert unit.unassigned(1).total_events == 1
        assert "Li" not in "".join(entry.payload for entry in unit.log_entries())


@pytest.mark.parametrize(("second", "to"), [(99, PO), (10, OrderId("PO-9"))])  # no such event; no such order
def test_moving_something_unknown_is_refused(store: Store, second: int, to: OrderId) -> None:
    record(store, [event(10)], until_s=12)
    with pytest.raises(NotFoundError), store.write(MONDAY_8) as unit:
        unit.assign(event(second).id, to, "mine")


EXAMPLES = count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@over(batches=st.lists(st.lists(st.integers(0, 20), max_size=6), max_size=8), chance=st.randoms(use_true_random=False))
def test_retries_in_any_order_add_each_event_at_most_once(
    store: Store, batches: list[list[int]], chance: random.Random
) -> None:
    tray = CameraId(f"tray{next(EXAMPLES)}")  # one database for all examples: a camera each
    sent = [([_seen_by(tray, second) for second in batch], max(batch, default=0) + 1) for batch in batches]
    retried = sent + sent
    chance.shuffle(retried)
    added = quarantined = 0
    for batch, until_s in retried:
        until = MONDAY_8 + timedelta(seconds=until_s)
        with store.write(until) as unit:
            got = unit.record(tray, events=given(batch), stock=(), gaps=(), watermark=until)
        assert got.added + got.repeated + got.quarantined == len(batch)
        added, quarantined = added + got.added, quarantined + got.quarantined
    with store.read() as view:
        stored = [kept for kept in view.events() if kept.event.camera == tray]
        late = {kept.id for kept in view.quarantined(tray)}
    seen = {kept.event.id for kept in stored}
    assert (len(stored), len(seen), len(late)) == (added, added, quarantined)
    assert seen.isdisjoint(late)
    assert seen | late == {one.id for batch, _ in sent for one in batch}
    assert sum(kept.order is not None for kept in stored) <= len(seen)


def _seen_by(camera: CameraId, second: int) -> Event:
    seen = event(second)
    return replace(seen, camera=camera, id=event_id(camera, SEWN, seen.direction, seen.moment.at, 0))


def test_a_batch_larger_than_a_query_is_known_again(store: Store) -> None:
    many = [event(second / 10) for second in range(1000)]
    assert record(store, many, until_s=200) == Recorded(1000, 0, 0)
    assert record(store, many, until_s=200) == Recorded(0, 1000, 0)


def test_an_event_decided_before_it_happened_is_refused(store: Store) -> None:
    backwards = event(10, decided_at=MONDAY_8)
    with pytest.raises(ConflictError, match="before it happened"):
        record(store, [backwards], until_s=12)
