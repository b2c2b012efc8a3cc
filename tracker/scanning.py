"""Scanned codes become evidence: a bundle ticket counts at a step, an order card binds a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.cards import HOLD, SCANNER, TICKETS, BundleTicket, CardNumber, CardSighting, OrderCard
from tracker.domain.errors import ConflictError, NotFoundError, UsageError
from tracker.domain.estimates import Assignment
from tracker.domain.events import Direction, Event, Provenance
from tracker.domain.frames import Moment
from tracker.domain.orders import OrderId, OrderState
from tracker.domain.rules import CellId, RuleKind, StepId
from tracker.store import WriteUnit


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one code.

    Attributes:
        order: Whose code it is.
        pieces: What it added; 0 for a card, and for a ticket that had counted there before.
        repeated: It is a ticket that had counted there before.
        sentence: The same in words.
    """

    order: OrderId
    pieces: int
    repeated: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where codes are scanned.

    Attributes:
        step: The step at which tickets count; ``None`` takes order cards only.
        cell: The cell that order cards bind and tickets count in; ``None`` takes tickets only.
        hold: How long a scanned card binds.
    """

    step: StepId | None
    cell: CellId | None
    hold: timedelta = HOLD


def take(unit: WriteUnit, code: BundleTicket | OrderCard, desk: Desk, *, now: datetime) -> Scanned:
    """Records what a code says.

    Raises:
        NotFoundError: No such order, line, step or card.
        ConflictError: The order takes no pieces now, or the card has come to mean another.
        UsageError: The desk does not say what such a code is for.
    """
    if isinstance(code, OrderCard):
        return take_card(unit, code.card, desk, now=now, order=code.order)
    return _take_ticket(unit, code, desk, now=now)


def take_card(
    unit: WriteUnit, number: CardNumber, desk: Desk, *, now: datetime, order: OrderId | None = None
) -> Scanned:
    """Binds the desk's cell to a card's order, until another card is scanned or seen there, or time runs out.

    Args:
        order: What its QR code says; ``None`` when only its tag was read.
    """
    issued = next((card for card in unit.issued_cards() if card.card == number and card.holds(now)), None)
    if issued is None:
        raise NotFoundError(f"no order card {number}", hint="`tracker tickets ORDER` prints one.")
    if order is not None and issued.order != order:
        raise ConflictError(
            f"card {number} says {order} on it", got=f"it is the card of {issued.order} by now", hint="Print it anew."
        )
    if desk.cell is None:
        raise UsageError(f"card {number} of {issued.order} is scanned for no cell", expected="--cell CELL")
    if issued.cell not in {None, desk.cell}:
        raise ConflictError(f"card {number} of {issued.order} is for cell {issued.cell} only", got=f"cell {desk.cell}")
    _check_open(unit, issued.order)
    until = now + desk.hold
    unit.add_card_sightings([CardSighting(SCANNER, None, desk.cell, number, None, now, until, Provenance.SCAN)])
    sentence = f"card {number}: what passes in cell {desk.cell} belongs to {issued.order} until {until.isoformat()}"
    return Scanned(issued.order, 0, repeated=False, sentence=sentence)


def _take_ticket(unit: WriteUnit, ticket: BundleTicket, desk: Desk, *, now: datetime) -> Scanned:
    order = unit.order(ticket.order)
    name = f"bundle {ticket.bundle} of {ticket.order}"
    if ticket.line >= len(order.lines):
        raise NotFoundError(
            f"{name} is of line {ticket.line + 1}",
            expected=f"one of the {len(order.lines)} lines of the order",
            hint="The order was revised after its tickets were printed: print them anew.",
        )
    if desk.step is None:
        raise UsageError(f"{name} is scanned at no step", expected="--step STEP")
    if order.route.step(desk.step) is None:
        steps = ", ".join(step.id for step in order.route.steps)
        raise NotFoundError(f"order {order.id} has no step {desk.step!r}", expected=f"one of: {steps}")
    _check_open(unit, order.id)
    event = _event(ticket, desk.step, _same_place(unit, desk.step, desk.cell), now)
    line = order.lines[ticket.line].label
    reason = f"a bundle ticket of {order.id} was scanned at step {desk.step}"
    recorded = unit.record_scans([(event, Assignment(event.id, order.id, reason))])
    if recorded.repeated:
        said = f"{name} was counted at {desk.step} before and counts once"
        return Scanned(order.id, 0, repeated=True, sentence=said)
    said = f"{name}: {ticket.quantity} of {line} through {desk.step}"
    return Scanned(order.id, ticket.quantity, repeated=False, sentence=said)


def _same_place(unit: WriteUnit, step: StepId, cell: CellId | None) -> CellId | None:
    """The cell that tickets of a step count in: the one whose pieces a camera counts too, lest both be added up.

    Raises:
        UsageError: Cameras count the step in several cells, and nobody said which one this is.
    """
    counted = (rule.cell for rule in unit.camera_rules() if rule.step == step and rule.kind is not RuleKind.STOCK)
    cells = set(counted)
    if not cells or (cell is not None and cells != {None}):
        return cell
    if None in cells:
        return None
    if len(cells) > 1:
        known = " or ".join(f"--cell {name}" for name in sorted(name or "" for name in cells))
        raise UsageError(f"step {step} is counted in {len(cells)} cells", expected=known)
    return cells.pop()


def _check_open(unit: WriteUnit, order_id: OrderId) -> None:
    state = unit.order(order_id).state
    if state is not OrderState.ACCEPTED:
        raise ConflictError(f"order {order_id} takes no pieces now", expected="an accepted order", got=state.value)


def _event(ticket: BundleTicket, step: StepId, cell: CellId | None, now: datetime) -> Event:
    return Event(
        id=ticket.event_id(step),
        camera=SCANNER,
        rule=TICKETS,
        kind=RuleKind.TICKET,
        direction=Direction.IN,
        class_name="bundle",
        pieces=ticket.quantity,
        moment=Moment(0, 0.0, now),
        decided_at=now,
        step=step,
        cell=cell,
        provenance=Provenance.TICKET,
    )
