"""Orders in the trade's words: lines, routes, bulletins, human counts.

A step of a route is where pieces are counted ("sew", "qc"); an operation is what one maker does inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from tracker.domain.rules import CellId, StepId

OrderId = NewType("OrderId", str)
"""The shop's own order number, as written on the sheet."""


class OrderUnit(StrEnum):
    """What the customer orders by; a pair or a set counts as one when complete."""

    PIECE = "piece"
    PAIR = "pair"
    SET = "set"


class OrderState(StrEnum):
    """Where an order stands between customer and shop."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    HELD = "held"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One colour and size of an order.

    Attributes:
        colour: As written on the sheet; empty when the order has no colours.
        size: As written on the sheet; empty when the order has no sizes.
        quantity: Units ordered, at least 1.
    """

    colour: str
    size: str
    quantity: int

    @property
    def label(self) -> str:
        """How people name the line: ``navy M``."""
        return " ".join(part for part in (self.colour, self.size) if part) or "all"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of an operation bulletin.

    Attributes:
        name: As written on the sheet.
        step: The step it belongs to.
        weight: Standard minutes (SMV) or piece price; only ratios within one bulletin matter. Greater than 0.
    """

    name: str
    step: StepId
    weight: float


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of an order's way through (and out of) the shop.

    Attributes:
        id: ``cut``, ``sew``, ``qc`` ...; unique within the route.
        weight: Work content of one unit in this step, in the bulletin's unit; 0 for steps without own work.
        outsourced: Done elsewhere (print, embroidery, washing): silence here is not a stall.
    """

    id: StepId
    weight: float
    outsourced: bool


class WeightSource(StrEnum):
    """Where a route's weights come from, because it decides how far to trust work-content figures."""

    SMV = "smv"
    PIECE_PRICE = "piece_price"
    STYLE_FAMILY = "style_family"


@dataclass(frozen=True, slots=True)
class Route:
    """The ordered steps of one order; at least one has a weight above 0.

    Attributes:
        steps: In the order pieces go through them.
        operations: The bulletin's rows; empty without a bulletin.
        weight_source: Where the weights come from.
    """

    steps: tuple[Step, ...]
    operations: tuple[Operation, ...]
    weight_source: WeightSource

    def step(self, step_id: StepId) -> Step | None:
        """The step of that id, or ``None``."""
        return next((step for step in self.steps if step.id == step_id), None)

    @property
    def last_step(self) -> Step:
        """The last step with own work: pieces through it are deliverable."""
        return next(step for step in reversed(self.steps) if step.weight > 0)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands after its latest revision.

    Attributes:
        customer: Who ordered; releases are scoped to it.
        style: The shop's or customer's style name.
        style_family: ``t-shirt``, ``shirt``, ``jacket`` ...: chooses default weights.
        requested: The date the customer asked for.
        promised: The date the shop promised; ``None`` until it did.
        revision: 1 for the first version.
        over_tolerance: Share of the quantity that may be delivered above it, 0..1.
        short_tolerance: Share of the quantity that may be missing, 0..1.
    """

    id: OrderId
    customer: str
    style: str
    style_family: str
    unit: OrderUnit
    lines: tuple[OrderLine, ...]
    requested: date | None
    promised: date | None
    state: OrderState
    revision: int
    over_tolerance: float
    short_tolerance: float
    route: Route

    @property
    def quantity(self) -> int:
        """Units ordered over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def due(self) -> date | None:
        """The date to keep: promised, else requested."""
        return self.promised or self.requested


@dataclass(frozen=True, slots=True)
class HumanCount:
    """Somebody counted: total good pieces through a step so far, at a moment.

    Attributes:
        line: Index into the order's lines, or ``None`` for the whole order.
        pieces: Total through the step so far, at least 0 (not a difference).
        at: Aware UTC.
    """

    order: OrderId
    step: StepId
    line: int | None
    pieces: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A cell works on an order at a step during a time.

    Attributes:
        cell: ``None`` means every cell of that step.
        start: Aware UTC, included.
        end: Aware UTC, excluded; ``None`` means until further notice.
    """

    order: OrderId
    step: StepId
    cell: CellId | None
    start: datetime
    end: datetime | None
