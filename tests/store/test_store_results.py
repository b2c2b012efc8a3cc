from __future__ import annotations

from datetime import timedelta

import pytest
from store_samples import MONDAY_8, OTHER, PO, estimate, order, release

from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.estimates import Interval, Outlook
from tracker.domain.orders import OrderId
from tracker.store import Store

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _orders(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(PO), order(OTHER, customer="Contoso")])


def test_an_estimate_comes_back_as_it_was_saved(store: Store) -> None:
    unknown = estimate(
        order=OTHER, finish=None, p_on_time=None, outlook=Outlook.NO_DATA, steps=(), shortfalls=(), stale_since=MONDAY_8
    )
    with store.write(MONDAY_8) as unit:
        unit.save_estimate(estimate())
        unit.save_estimate(unknown)
    with store.read() as view:
        assert view.estimate(PO) == estimate()
        assert view.estimates() == (estimate(), unknown)
        assert view.estimate(OrderId("PO-9")) is None


def test_the_latest_estimate_counts_and_one_a_day_is_kept(store: Store) -> None:
    first, second, next_day = (estimate(as_of=MONDAY_8 + later) for later in (HOUR, 2 * HOUR, DAY))
    with store.write(MONDAY_8) as unit:
        for one in (first, second, next_day):
            unit.save_estimate(one)
        unit.save_estimate(estimate(as_of=MONDAY_8, deliverable=Interval(0.0, 0.0, 0.0)))  # late, and older
        assert unit.estimate(PO) == next_day
        assert unit.estimates() == (next_day,)
        assert unit.estimate_history(PO) == (second, next_day)


def test_a_release_comes_back_as_it_was_saved(store: Store) -> None:
    blank = release(order=OTHER, customer="Contoso", finish_earliest=None, finish_latest=None, stale=True)
    with store.write(MONDAY_8) as unit:
        assert unit.save_release(release())
        assert unit.save_release(blank)
    with store.read() as view:
        assert view.release(PO) == release()
        assert view.releases() == (release(), blank)
        assert view.releases(customer="Contoso") == (blank,)
        assert view.release(OrderId("PO-9")) is None


def test_what_was_released_for_an_epoch_stays(store: Store) -> None:
    finer = release(band_low_pct=30, band_high_pct=40)
    later = release(epoch=MONDAY_8 + HOUR, band_low_pct=30, band_high_pct=40)
    with store.write(MONDAY_8) as unit:
        unit.save_release(release())
        assert not unit.save_release(finer)
        assert unit.release(PO) == release()
        assert unit.save_release(later)
        assert not unit.save_release(release())
        assert unit.release(PO) == later
        assert unit.releases() == (later,)
        assert unit.release_history(PO) == (release(), later)


def test_the_first_disclosure_is_logged_and_later_ones_are_counted(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.save_release(release())
        unit.disclose(release(), "platform")
    for later in (HOUR, 2 * HOUR):
        with store.write(MONDAY_8 + later) as unit:
            unit.disclose(release(), "platform")
            unit.disclose(release(), "webhook")
    with store.read() as view:
        told = [(one.recipient, one.first_at, one.times) for one in view.disclosures(PO)]
        sent = [entry.payload for entry in view.log_entries() if entry.kind == "release.sent"]
    assert told == [("platform", MONDAY_8, 3), ("webhook", MONDAY_8 + HOUR, 2)]
    assert len(sent) == 2


def test_only_what_was_made_can_be_disclosed(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        with pytest.raises(NotFoundError, match="no release"):
            unit.disclose(release(), "platform")
        unit.save_release(release())
        with pytest.raises(ConflictError, match="not the one that was made"):
            unit.disclose(release(band_high_pct=40), "platform")
        assert unit.disclosures(PO) == ()


def test_a_mapping_is_remembered_and_replaced(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.remember_mapping("东莞客户", {"order": "B", "rows": [1, 2]})
        unit.remember_mapping("东莞客户", {"order": "C", "rows": [1, 2]})
        unit.remember_mapping("acme", {})
    with store.read() as view:
        assert view.mapping("东莞客户") == {"order": "C", "rows": [1, 2]}
        assert view.mappings() == ("acme", "东莞客户")
        with pytest.raises(NotFoundError, match="Did you mean acme"):
            view.mapping("acne")
