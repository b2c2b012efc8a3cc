"""Which order a card binds a piece to, and the sentence that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_assign_rules import an_event, an_order

from tracker.assign import Cards, assign
from tracker.domain.cards import HOLD, SCANNER, CardNumber, CardSighting, IssuedCard
from tracker.domain.events import Provenance
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import CellId, RuleId, StepId

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = an_order("A"), an_order("B")
CLOSED = an_order("C", OrderState.CLOSED)
CUT_ONLY = an_order("D", steps=("cut",))
ORDERS = (A, B, CLOSED, CUT_ONLY)


def issued(card: int, order: str, cell: str | None = None, *, until: datetime | None = None) -> IssuedCard:
    return IssuedCard(CardNumber(card), OrderId(order), CellId(cell) if cell else None, NINE - 9 * DAY, until)


ISSUED = (
    issued(1, "A"),
    issued(2, "B"),
    issued(3, "C"),
    issued(4, "D"),
    issued(5, "A", "east"),
    issued(6, "nowhere"),
    issued(7, "A"),  # a second print of A's
    issued(8, "B", until=NINE - DAY),  # was B's until yesterday
)


def seen(card: int, minutes: float, **changes: object) -> CardSighting:
    """At the rule of ``an_event``, so many minutes before nine."""
    at = NINE - timedelta(minutes=minutes)
    sighting = CardSighting(
        CameraId("cam"), RuleId("table-out"), None, CardNumber(card), None, at, at + HOLD, Provenance.CAMERA
    )
    return replace(sighting, **changes)


def ticket(order: str, minutes: float) -> CardSighting:
    return replace(seen(0, minutes), card=None, order=OrderId(order))


def scanned(card: int, minutes: float, cell: str = "east") -> CardSighting:
    return seen(card, minutes, camera=SCANNER, rule=None, cell=CellId(cell), provenance=Provenance.SCAN)


TABLE = (
    # nobody ever saw a card: two open orders, nobody can tell
    ((), None, None, "2 open orders go through step sew"),
    # one card
    ((seen(1, 1),), None, "A", "order card 1 of A lies at rule table-out"),
    # the moment it is certain it binds
    ((seen(1, 0),), None, "A", "order card 1 of A lies"),
    # it was put down after the piece passed
    ((seen(1, -0.1),), None, None, "2 open orders"),
    # the card seen last
    ((seen(1, 9), seen(2, 3)), None, "B", "order card 2 of B lies"),
    # covered for three hours: covering unbinds nothing
    ((seen(1, 180),), None, "A", "order card 1 of A lies at rule table-out, hidden since but not replaced"),
    # the last second of its time, and the first after it
    ((seen(1, 479),), None, "A", "hidden since"),
    ((seen(1, 480),), None, None, "the card of A at rule table-out was not seen for too long"),
    # a stale card after a fresh one of another order is not asked any more
    ((seen(1, 600), seen(2, 1)), None, "B", "order card 2 of B"),
    # two orders at once
    ((seen(1, 1), seen(2, 1)), None, None, "cards of A and B lay at rule table-out together"),
    # then one of them alone
    ((seen(1, 9), seen(2, 9), seen(2, 1)), None, "B", "order card 2 of B"),
    # two prints of one order
    ((seen(1, 1), seen(7, 1)), None, "A", "order card 1 of A"),
    # a closed order: the place's earlier binding is over
    ((seen(1, 9), seen(3, 1)), None, None, "the card at rule table-out is of C, which is closed"),
    # an order without this step
    ((seen(4, 1),), None, None, "is of D, which has no step sew"),
    # an order that nobody has loaded
    ((seen(6, 1),), None, None, "is of nowhere, which is not open"),
    # a number that was never printed: neither binds nor unbinds
    ((seen(500, 1),), None, None, "2 open orders"),
    ((seen(1, 9), seen(500, 1)), None, "A", "order card 1 of A"),
    ((seen(1, 1), seen(500, 1)), None, "A", "order card 1 of A"),
    # a number that meant something until yesterday
    ((seen(8, 1),), None, None, "2 open orders"),
    # a card of one cell binds there only
    ((seen(5, 1),), "east", "A", "order card 5 of A"),
    ((seen(5, 1),), "west", None, "card 5 of A at rule table-out is for cell east only"),
    ((seen(5, 1),), None, None, "is for cell east only"),
    # another rule's card, another camera's
    ((seen(1, 1, rule=RuleId("other")),), "east", None, "2 open orders"),
    ((seen(1, 1, camera=CameraId("other")),), "east", None, "2 open orders"),
    # a rule of the same cell elsewhere: the card binds the cell
    ((seen(1, 1, camera=CameraId("other"), cell=CellId("east")),), "east", "A", "order card 1 of A"),
    ((seen(1, 1, camera=CameraId("other"), cell=CellId("east")),), "west", None, "2 open orders"),
    # scanned for the cell; a scan is never hidden
    ((scanned(2, 60),), "east", "B", "order card 2 of B was scanned for cell east"),
    ((scanned(2, 60),), "west", None, "2 open orders"),
    # a bundle ticket that a close camera reads names its order itself
    ((ticket("A", 1),), None, "A", "a bundle ticket of A lies at rule table-out"),
    ((seen(1, 9), ticket("B", 1)), None, "B", "a bundle ticket of B lies"),
    ((seen(1, 1), ticket("A", 1)), None, "A", "of A lies at rule table-out"),
    ((seen(1, 1), ticket("B", 1)), None, None, "cards of A and B lay at rule table-out together"),
    ((ticket("A", 500),), None, None, "the bundle ticket of A at rule table-out was not seen for too long"),
    ((ticket("C", 1),), None, None, "the bundle ticket at rule table-out is of C, which is closed"),
    # whatever came last
    ((seen(1, 9), scanned(2, 1)), "east", "B", "was scanned"),
    ((seen(1, 1), scanned(2, 9)), "east", "A", "lies at rule"),
)


@pytest.mark.parametrize(("sightings", "cell", "order", "sentence"), TABLE)
def test_the_last_card_at_the_place_binds(
    sightings: tuple[CardSighting, ...], cell: str | None, order: str | None, sentence: str
) -> None:
    for shuffled in (sightings, sightings[::-1]):
        given = assign(an_event(cell=cell, at=NINE), orders=ORDERS, schedule=(), cards=Cards(ISSUED, shuffled))
        assert (given.order, sentence in given.reason) == (order, True), given.reason


PLAN = ScheduleEntry(OrderId("B"), StepId("sew"), None, NINE - DAY, None)


def test_a_card_precedes_the_schedule_and_the_schedule_the_only_open_order() -> None:
    def given(*sightings: CardSighting, schedule: tuple[ScheduleEntry, ...] = (PLAN,)) -> tuple[str | None, str]:
        said = assign(an_event(at=NINE), orders=ORDERS, schedule=schedule, cards=Cards(ISSUED, sightings))
        return said.order, said.reason

    assert given(seen(1, 1))[0] == "A"
    assert given() == ("B", "the schedule has only B at step sew at that time")
    assert given(seen(1, 1), seen(2, 1)) == (
        "B",
        "the schedule has only B at step sew at that time (cards of A and B lay at rule table-out together)",
    )
    only = assign(an_event(at=NINE), orders=(A, CLOSED), schedule=(), cards=Cards(ISSUED, (seen(3, 1),)))
    assert only.order == "A"
    assert only.reason == (
        "A is the only open order that goes through step sew (the card at rule table-out is of C, which is closed)"
    )
