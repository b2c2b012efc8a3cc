"""Estimates and releases follow the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from databases import Database
from wiring_shop import BLUE, CALENDAR, MONDAY_8, RED, SEW, order, shop_store

from tracker.domain.errors import NotFoundError
from tracker.domain.orders import HumanCount, OrderId, OrderState
from tracker.progress import refresh
from tracker.store import Store

HOUR = timedelta(hours=1)


def count(store: Store, pieces: int, hour: float, order_id: OrderId = RED) -> None:
    at = MONDAY_8 + hour * HOUR
    with store.write(at) as unit:
        unit.add_human_count(HumanCount(order_id, SEW, None, pieces, at))


def test_estimates_are_returned_as_asked_and_stored(database: Database) -> None:
    with shop_store(database, order(RED), order(BLUE)) as store:
        made = refresh(store, calendar=CALENDAR, now=MONDAY_8, orders=[RED, BLUE])
        assert [estimate.order for estimate in made] == [RED, BLUE]
        with store.read() as view:
            assert (view.estimate(RED), view.estimate(BLUE)) == made


def test_only_orders_asked_for_are_touched(database: Database) -> None:
    with shop_store(database, order(RED), order(BLUE)) as store:
        refresh(store, calendar=CALENDAR, now=MONDAY_8, orders=[BLUE])
        assert refresh(store, calendar=CALENDAR, now=MONDAY_8, orders=[]) == ()
        with store.read() as view:
            assert view.estimate(RED) is None
            assert view.release(RED) is None


@pytest.mark.parametrize(
    ("state", "followed"),
    [
        (OrderState.ACCEPTED, True),
        (OrderState.HELD, True),
        *((state, False) for state in OrderState if state not in {OrderState.ACCEPTED, OrderState.HELD}),
    ],
)
def test_every_open_order_is_followed_and_no_other(state: OrderState, followed: bool, database: Database) -> None:
    with shop_store(database, order(RED, state=state)) as store:
        made = refresh(store, calendar=CALENDAR, now=MONDAY_8)
    assert [estimate.order for estimate in made] == ([RED] if followed else [])


def test_an_unknown_order_is_refused_and_nothing_is_stored(database: Database) -> None:
    with shop_store(database, order(RED)) as store:
        with pytest.raises(NotFoundError, match="RED-1"):
            refresh(store, calendar=CALENDAR, now=MONDAY_8, orders=[RED, OrderId("RED-2")])
        with store.read() as view:
            assert view.estimate(RED) is None


def test_an_estimate_moves_at_once_and_its_release_once_an_epoch(database: Database) -> None:
    with shop_store(database, order(RED)) as store:

        def status(hour: float) -> tuple[float, int, float]:
            (made,) = refresh(store, calendar=CALENDAR, now=MONDAY_8 + hour * HOUR, orders=[RED])
            with store.read() as view:
                shown = view.release(RED)
            assert shown is not None
            return made.deliverable.p50, shown.band_low_pct, (shown.epoch - MONDAY_8) / HOUR

        assert status(0.1) == (0, 0, 0)
        count(store, 40, 0.2)
        assert status(0.3) == (pytest.approx(0.4), 0, 0)  # an outsider never sees the pace within the hour
        assert status(0.99)[1:] == (0, 0)
        assert status(1.0)[1:] == (40, 1)
        count(store, 90, 1.1)
        assert status(1.2)[1:] == (40, 1)
        assert status(3.5)[1:] == (90, 3)  # nobody asked at 2: that epoch has no release


def test_the_same_rows_and_instant_give_the_same_figures(database: Database) -> None:
    with shop_store(database, order(RED), order(BLUE)) as store:
        for hour, pieces in ((1, 10), (2, 25), (3, 30)):
            count(store, pieces, hour)
            count(store, pieces, hour, BLUE)
        now = MONDAY_8 + 4 * HOUR
        first = refresh(store, calendar=CALENDAR, now=now, orders=[RED, BLUE])
        assert refresh(store, calendar=CALENDAR, now=now, orders=[BLUE, RED]) == first[::-1]
        assert refresh(store, calendar=CALENDAR, now=now, orders=[RED]) == first[:1]
