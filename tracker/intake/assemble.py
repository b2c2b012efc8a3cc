"""Order lines put together into orders: rows that contradict each other are faults that name both."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, OrderUnit
from tracker.intake.agreement import agreed, place_of
from tracker.intake.bulletins import Bulletin, Subject, route_for
from tracker.intake.dates import date_of
from tracker.intake.fields import Field
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell
from tracker.intake.limits import MAX_ID_CHARS
from tracker.intake.lines import Line
from tracker.intake.mapping import DateOrder
from tracker.intake.reading import read_cell
from tracker.intake.routes import FAMILIES, OTHER_FAMILY, family_of, parse_route
from tracker.intake.values import id_of, share_of, state_word, text_of, unit_word

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the sheet itself does not say.

    Attributes:
        today: The shop's local date.
        dates: How the customer writes dates with the year last.
        existing: Orders that are already recorded.
        bulletins: Operation bulletins that came with the sheet.
    """

    today: date
    dates: DateOrder | None
    existing: Collection[OrderId]
    bulletins: tuple[Bulletin, ...]


def assemble(lines: list[Line], setting: Setting, findings: Findings) -> tuple[Order, ...]:
    """The orders of a file, in order of first appearance.

    Args:
        lines: All order lines of all its tables.
        findings: Receives every fault. When it holds one, what is returned is incomplete and must not be used.
    """
    groups: dict[str, list[Line]] = {}
    for line in lines:
        number = None
        if line.order is not None:
            number = read_cell(line.order, _number, field=Field.ORDER, findings=findings)
        groups.setdefault(number or "", []).append(line)
    _warn_of_case(groups, findings)
    orders = [_Draft(number, members, setting, findings).order() for number, members in groups.items()]
    return tuple(order for order in orders if order is not None)


class _Draft:
    """One order in the making; lines whose order number is unknown (``""``) are judged but make no order."""

    def __init__(self, number: str, lines: list[Line], setting: Setting, findings: Findings) -> None:
        self._number, self._lines, self._setting, self._findings = number, lines, setting, findings

    def order(self) -> Order | None:
        """The order, or ``None`` when a fault keeps it from being one."""
        first = self._lines[0].order
        if first is not None and self._number in self._setting.existing:
            what = f"order {self._number} is already recorded; revise it instead of importing it again"
            self._findings.fault(first, what)
        before = self._findings.fault_count
        customer, style = self._agreed(Field.CUSTOMER, text_of), self._agreed(Field.STYLE, text_of)
        over, short = self._tolerances()
        stated = self._agreed(Field.ROUTE, lambda cell: parse_route(text_of(cell)))
        family = self._agreed(Field.STYLE_FAMILY, self._family) or family_of(style or "")
        unit, requested, promised = (
            self._unit(),
            self._agreed(Field.REQUESTED, self._date),
            self._agreed(Field.PROMISED, self._date),
        )
        state = self._agreed(Field.STATE, lambda cell: state_word(text_of(cell))) or OrderState.ACCEPTED
        lines = self._order_lines()
        if self._findings.fault_count > before or first is None or lines is None or not customer or not style:
            return None
        subject = Subject(self._number, style, family, stated, first)
        route = route_for(subject, self._setting.bulletins, self._findings)
        if route is None:
            return None
        return Order(
            id=OrderId(self._number),
            customer=customer,
            style=style,
            style_family=family,
            unit=unit,
            lines=lines,
            requested=requested,
            promised=promised,
            state=state,
            revision=1,
            over_tolerance=over,
            short_tolerance=short,
            route=route,
        )

    def _agreed(self, field: Field, parse: Callable[[Cell], _Value]) -> _Value | None:
        return agreed(self._lines, field, parse, findings=self._findings, known=bool(self._number))

    def _tolerances(self) -> tuple[float, float]:
        def share(field: Field, signs: str) -> float | None:
            percent = any(field in line.percents for line in self._lines)
            return self._agreed(field, lambda cell: share_of(cell, percent=percent, signs=signs))

        both = share(Field.TOLERANCE, "±+") or 0.0
        over, short = share(Field.OVER, "+"), share(Field.SHORT, "-")
        return (both if over is None else over), (both if short is None else short)

    def _family(self, cell: Cell) -> str:
        text = text_of(cell)
        family = family_of(text)
        if family == OTHER_FAMILY and text.casefold() not in FAMILIES[OTHER_FAMILY]:
            self._findings.warn(cell, f"style family {text!r} has no weights of its own; it counts as {OTHER_FAMILY}")
        return family

    def _date(self, cell: Cell) -> date:
        day, inferred = date_of(cell, today=self._setting.today, order=self._setting.dates)
        if inferred:
            self._findings.warn(cell, f"{cell.text} has no year; it was read as {day:%Y-%m-%d}")
        return day

    def _unit(self) -> OrderUnit:
        stated = self._agreed(Field.UNIT, lambda cell: unit_word(text_of(cell)))
        for line in self._lines:
            if line.unit is None:
                continue
            stated = stated or line.unit
            if line.unit is not stated:
                self._findings.fault(line.at, f"counts in {line.unit}, but the order counts in {stated}")
        return stated or OrderUnit.PIECE

    def _order_lines(self) -> tuple[OrderLine, ...] | None:
        """The lines, or ``None`` after a fault; a colour and size may stand once, and all lines have one or none."""
        if not self._number:
            return None
        lines: list[OrderLine] = []
        first_at: dict[tuple[str, str], Cell] = {}
        with_colour, with_size = any(line.colour for line in self._lines), any(line.size for line in self._lines)
        for line in self._lines:
            if with_colour and line.colour == "":
                self._findings.fault(line.at, "the colour is missing; other lines of the order have one")
            if with_size and line.size == "":
                self._findings.fault(line.at, "the size is missing; other lines of the order have one")
            if line.colour is None or line.size is None:
                continue
            if line.quantity is not None:
                lines.append(OrderLine(line.colour, line.size, line.quantity))
            known = first_at.setdefault((line.colour.casefold(), line.size.casefold()), line.at)
            if known is not line.at:
                name = f"{line.colour} {line.size}".strip()
                where = place_of(known, seen_from=line.at)
                self._findings.fault(
                    line.at, f"order {self._number} already has a line {name or 'without colour and size'} in {where}"
                )
        return tuple(lines) if len(lines) == len(self._lines) else None


def _number(cell: Cell) -> str:
    return id_of(cell, limit=MAX_ID_CHARS)


def _warn_of_case(groups: dict[str, list[Line]], findings: Findings) -> None:
    seen: dict[str, str] = {}
    for number, lines in groups.items():
        other = seen.setdefault(number.casefold(), number)
        if other != number and lines[0].order is not None:
            findings.warn(lines[0].order, f"order {number} differs from {other} only in upper and lower case")
