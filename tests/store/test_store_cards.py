"""Order cards in the database: numbers are given once, sightings and scans are kept once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert
from store_samples import MONDAY_8, OTHER, PO, QC, SEW, SHANGHAI, TRAY, event, order

from tracker.domain.cards import CARDS, HOLD, SCANNER, TICKETS, CardNumber, CardSighting
from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.estimates import Assignment
from tracker.domain.events import Provenance
from tracker.domain.orders import OrderState
from tracker.domain.rules import CellId, RuleId, RuleKind
from tracker.store import Store
from tracker.store.tables import OrderCardRow

LINE, EAST = RuleId("line"), CellId("east")
DAY = timedelta(days=1)


def seen(minutes: float, card: int = 3, **changes: object) -> CardSighting:
    at = MONDAY_8 + timedelta(minutes=minutes)
    return replace(CardSighting(TRAY, LINE, None, CardNumber(card), None, at, at + HOLD, Provenance.CAMERA), **changes)


@pytest.fixture
def shop(store: Store) -> Store:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order(), order(OTHER)])
    return store


def test_an_order_keeps_its_card_and_every_card_is_another(shop: Store) -> None:
    with shop.write(MONDAY_8) as unit:
        first, again = unit.issue_card(PO), unit.issue_card(PO)
        east, other = unit.issue_card(PO, EAST), unit.issue_card(OTHER)
    assert first == again
    assert [card.card for card in (first, east, other)] == [0, 1, 2]
    with shop.read() as view:
        assert view.issued_cards() == (first, east, other)
        assert view.issued_cards(PO) == (first, east)
        logged = [entry.payload for entry in view.log_entries() if entry.kind == "card.issued"]
    assert logged == ['{"card":0,"cell":null}', '{"card":1,"cell":"east"}', '{"card":2,"cell":null}']


def test_an_order_that_is_unknown_or_over_gets_no_card(shop: Store) -> None:
    with shop.write(MONDAY_8) as unit:
        unit.set_order_state(OTHER, OrderState.CLOSED)
    with pytest.raises(NotFoundError, match="no order 'PO-9'"), shop.write(MONDAY_8) as unit:
        unit.issue_card("PO-9")
    with pytest.raises(ConflictError, match="closed"), shop.write(MONDAY_8) as unit:
        unit.issue_card(OTHER)


def use_all_numbers(shop: Store) -> None:
    rows = [{"card": n, "order_id": PO, "cell": str(n), "since": MONDAY_8, "until": None} for n in range(CARDS)]
    with shop.write(MONDAY_8) as unit:
        unit._connection.execute(insert(OrderCardRow), rows)


def test_a_number_is_used_again_when_its_order_is_long_over(shop: Store) -> None:
    use_all_numbers(shop)
    with pytest.raises(ConflictError, match="all 587 order cards are in use"), shop.write(MONDAY_8) as unit:
        unit.issue_card(OTHER)
    with shop.write(MONDAY_8 + DAY) as unit:
        unit.set_order_state(PO, OrderState.CLOSED)
    with pytest.raises(ConflictError, match="at least 30 days ago"), shop.write(MONDAY_8 + 30 * DAY) as unit:
        unit.issue_card(OTHER)  # the old paper may still lie about
    later = MONDAY_8 + 31 * DAY
    with shop.write(later) as unit:
        again = unit.issue_card(OTHER)
    with shop.read() as view:
        before, after = (card for card in view.issued_cards() if card.card == again.card)
    assert (before.order, before.holds(later), before.holds(later - DAY)) == (PO, False, True)
    assert (after.order, after.holds(later), after.holds(later - DAY)) == (OTHER, True, False)


def test_a_sighting_is_kept_once_and_comes_back_as_it_was(shop: Store) -> None:
    scanned = seen(2, camera=SCANNER, rule=None, cell=EAST, provenance=Provenance.SCAN)
    for batch in ([], [seen(1)], [seen(1), seen(1), scanned], [scanned, seen(3)]):
        with shop.write(MONDAY_8) as unit:
            unit.add_card_sightings(batch)
    with shop.read() as view:
        assert view.card_sightings() == (seen(1), scanned, seen(3))


def test_sightings_are_asked_for_by_time_rule_and_cell(shop: Store) -> None:
    east = seen(4, camera=SCANNER, rule=None, cell=EAST)
    other = seen(3, rule=RuleId("other"))
    with shop.write(MONDAY_8) as unit:
        unit.add_card_sightings([seen(1), seen(2), other, east])
        at = seen(2).at
        assert unit.card_sightings(since=at, until=at) == (seen(2),)
        assert unit.card_sightings(places={(TRAY, LINE)}) == (seen(1), seen(2))
        assert unit.card_sightings(places={(TRAY, RuleId("other"))}, cells={EAST}) == (other, east)
        assert unit.card_sightings(places=set(), cells={CellId("west")}) == ()


def ticket(second: float, **changes: object) -> tuple:
    at = event(second)
    scan = replace(at, camera=SCANNER, rule=TICKETS, kind=RuleKind.TICKET, provenance=Provenance.TICKET, **changes)
    return scan, Assignment(scan.id, PO, "a bundle ticket")


def test_scans_are_never_late_and_count_once(shop: Store) -> None:
    with shop.write(MONDAY_8) as unit:
        assert unit.record_scans([ticket(20), ticket(30)]).added == 2
        late = unit.record_scans([ticket(10), ticket(20)])
    assert (late.added, late.repeated, late.quarantined) == (1, 1, 0)
    with shop.read() as view:
        assert len(view.events(order=PO)) == 3
        assert view.watermark(SCANNER) is None


def test_a_scanner_is_never_blind(shop: Store) -> None:
    with shop.write(MONDAY_8) as unit:
        unit.record_scans([ticket(20, pieces=10, step=QC)])
        evidence = unit.evidence(PO, calendar=SHANGHAI, now=MONDAY_8 + timedelta(hours=2))
    (tally,) = next(step for step in evidence.steps if step.step == QC).tallies
    assert (tally.rule, tally.pieces, tally.blind_s) == (TICKETS, 10, 0.0)
    assert all(not step.tallies for step in evidence.steps if step.step == SEW)
