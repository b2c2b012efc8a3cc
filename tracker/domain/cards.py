"""Order cards and bundle tickets: paper that says which order something is, and what is printed on it.

A card identifies, and that is all: it lies where a camera sees it, and what passes there belongs to its order. Seeing,
covering or uncovering a card counts nothing.
"""

from __future__ import annotations

import re
import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType
from urllib.parse import quote, unquote

from tracker.domain.errors import ConfigError
from tracker.domain.events import EventId, Provenance
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CellId, RuleId, StepId

CardNumber = NewType("CardNumber", int)
"""Number of an AprilTag of the family 36h11."""

Mark = CardNumber | OrderId
"""What a camera reads of an order: a card's number, or the order that a bundle ticket names."""

CARDS = 587
"""Tags of the family 36h11 (Olson 2011; Wang and Olson 2016): numbers 0 to 586."""

HOLD = timedelta(hours=8)
"""How long a card binds after it was last seen: a pile may hide it for a shift, but not until the next morning."""
LONGEST_HOLD = timedelta(hours=24)
"""Nothing seen before that says anything about now."""

SCANNER = CameraId("/scan")
"""Where scanned codes come from; no camera can be called so, since names have no slash."""
TICKETS = RuleId("tickets")
"""The rule under which scanned bundle tickets count."""

_TICKET, _CARD = "FT1", "FC1"
_CARD_BODY = re.compile(r"(0|[1-9]\d{0,2}):([^:]+)")
_TICKET_BODY = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,4}):([1-9]\d{0,5}):([^:]+)")
_NAMESPACE = uuid.UUID("3f0d2a52-9c1c-5b8e-8a43-7d8f5f0b6c11")


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was printed for an order.

    Attributes:
        cell: The only cell it speaks for; ``None`` for any place.
        since: Aware UTC from which on the number means this order.
        until: Aware UTC from which on it means nothing, or another order; ``None`` while it holds.
    """

    card: CardNumber
    order: OrderId
    cell: CellId | None
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the number means this order at an instant."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class CardSighting:
    """A card or a bundle ticket was there: seen by a camera in two looks, or scanned.

    Cards of one place and one instant lay there together. A card that keeps lying there is sighted again now and then.

    Attributes:
        camera: Whose rule it lies at; ``SCANNER`` for a scanned card.
        rule: The rule that it lies at; ``None`` for a scanned card.
        cell: The cell it binds beside that rule; ``None`` when the rule names none.
        card: ``None`` for a bundle ticket.
        order: The order that a bundle ticket names; ``None`` for a card, whose number means one.
        at: Aware UTC of the look, or of the scan.
        until: Aware UTC from which on it binds nothing any more, unless it is sighted again.
        provenance: ``camera`` or ``scan``.
    """

    camera: CameraId
    rule: RuleId | None
    cell: CellId | None
    card: CardNumber | None
    order: OrderId | None
    at: datetime
    until: datetime
    provenance: Provenance

    @property
    def id(self) -> uuid.UUID:
        """UUID version 5 of what made it: the same footage looked at again gives the same sighting."""
        name = f"{self.camera}|{self.rule}|{self.cell}|{self.card}|{self.order}|{self.at.isoformat()}"
        return uuid.uuid5(_NAMESPACE, name)


@dataclass(frozen=True, slots=True)
class BundleTicket:
    """A bundle of one colour and size, as its ticket says. There is no field for a person.

    Attributes:
        line: Index into the order's lines.
        bundle: 1 for the first of the order.
        quantity: Pieces in it, at least 1.
    """

    order: OrderId
    line: int
    bundle: int
    quantity: int

    @property
    def code(self) -> str:
        """What its QR code says: ASCII, so that every scanner types it on every keyboard."""
        return _sealed(_TICKET, f"{self.line + 1}:{self.bundle}:{self.quantity}:{quote(self.order, safe='-_.')}")

    def event_id(self, step: StepId) -> EventId:
        """The id of the event that it counts at a step: scanned there again, it is the same event."""
        return EventId(uuid.uuid5(_NAMESPACE, f"{self.code}|{step}"))


@dataclass(frozen=True, slots=True)
class OrderCard:
    """A card as its QR code says, for scanners; cameras read its tag."""

    card: CardNumber
    order: OrderId

    @property
    def code(self) -> str:
        """What its QR code says."""
        return _sealed(_CARD, f"{self.card}:{quote(self.order, safe='-_.')}")


def read_code(text: str) -> BundleTicket | OrderCard:
    """What a scanned code says.

    Args:
        text: As a scanner types it.

    Raises:
        ConfigError: It is none of ours, or was garbled on its way.
    """
    code = text.strip()
    kind, _, rest = code.partition(":")
    expected = f"a code that `tracker tickets` printed, {_TICKET}:... or {_CARD}:..."
    if kind not in {_TICKET, _CARD}:
        raise ConfigError(f"code {code[:80]!r} is not ours", expected=expected)
    body = rest.partition(":")[2]
    said = (_TICKET_BODY if kind == _TICKET else _CARD_BODY).fullmatch(body)
    if said is None or _sealed(kind, body) != code:
        raise ConfigError(
            f"code {code[:80]!r} was garbled on its way",
            expected=expected,
            got="check digits that do not fit",
            hint="Scan it again; a scanner set to another keyboard layout swaps letters.",
        )
    *numbers, order = said.groups()
    if kind == _CARD:
        return OrderCard(CardNumber(int(numbers[0])), OrderId(unquote(order)))
    line, bundle, quantity = map(int, numbers)
    return BundleTicket(OrderId(unquote(order)), line - 1, bundle, quantity)


def _sealed(kind: str, body: str) -> str:
    """The code with four check digits: of garbled ones, one in 65,536 would get through."""
    return f"{kind}:{zlib.crc32(f'{kind}{body}'.encode()) & 0xFFFF:04X}:{body}"
