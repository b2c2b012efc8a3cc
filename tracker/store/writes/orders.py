"""Importing and revising orders, and recording what people say about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.orders import HumanCount, Order, OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import StepId
from tracker.store.queries.connected import not_found
from tracker.store.queries.orders import OrderQueries
from tracker.store.records import Milestone
from tracker.store.tables import (
    HumanCountRow,
    LineRow,
    MilestoneRow,
    OperationRow,
    OrderRow,
    RevisionRow,
    ScheduleRow,
    StepRow,
)
from tracker.store.writes.log import LogWrites

CLOCK_LEEWAY = timedelta(minutes=1)
"""A count may be this far ahead of the server's clock; further is a wrong clock, and would hide events until then."""


class OrderWrites(LogWrites, OrderQueries):
    """Changes to orders."""

    def add_orders(self, orders: Sequence[Order]) -> None:
        """Adds orders, all or none.

        Raises:
            ConflictError: Some exist already, or stand in the list twice; names all of them.
        """
        ids = [order.id for order in orders]
        known = set(self._connection.scalars(select(OrderRow.id).where(OrderRow.id.in_(ids))))
        clashes = sorted(known | {order_id for order_id, times in Counter(ids).items() if times > 1})
        if clashes:
            raise ConflictError(
                f"{len(clashes)} order(s) exist already: {', '.join(clashes)}",
                hint="Nothing was added. Revise them instead, or take them out of the sheet.",
            )
        for order in orders:
            head = {"id": order.id, "revision": order.revision, "state": order.state.value}
            self._connection.execute(insert(OrderRow), head | {"state_since": self._now, "imported_at": self._now})
            self._add_revision(order)
            self.log("order.imported", order.id, _summary(order))

    def revise_order(self, order: Order) -> None:
        """Makes this the order's current version; earlier ones are kept.

        Raises:
            NotFoundError: No such order.
            ConflictError: Its revision is not the stored one plus one.
        """
        stored = self.order(order.id)
        if order.revision != stored.revision + 1:
            raise ConflictError(
                f"order {order.id} cannot be revised",
                expected=f"revision {stored.revision + 1}",
                got=f"revision {order.revision}",
                hint="Somebody else may have revised it: read it again.",
            )
        self._add_revision(order)
        head = update(OrderRow).where(OrderRow.id == order.id)
        self._connection.execute(head.values(revision=order.revision))
        self.log("order.revised", order.id, _summary(order))
        self.set_order_state(order.id, order.state)

    def set_order_state(self, order_id: OrderId, state: OrderState) -> None:
        """Moves an order to a state; the state it is in already changes nothing.

        Raises:
            NotFoundError: No such order.
        """
        before = self.order(order_id).state
        if before is state:
            return
        head = update(OrderRow).where(OrderRow.id == order_id)
        self._connection.execute(head.values(state=state.value, state_since=self._now))
        self.log("order.state", order_id, {"from": before.value, "to": state.value})

    def add_schedule(self, entries: Sequence[ScheduleEntry]) -> None:
        """Adds who works on what and when; an entry that is there already is not doubled.

        Raises:
            NotFoundError: No such order, or its route has no such step.
            ConflictError: An entry ends before it starts.
        """
        known = set(self.schedule())
        for entry in entries:
            self._check_step(entry.order, entry.step)
            if entry.end is not None and entry.end <= entry.start:
                raise ConflictError(
                    f"a schedule entry of order {entry.order} ends before it starts",
                    expected=f"an end after {entry.start.isoformat()}",
                    got=entry.end.isoformat(),
                )
            if entry in known:
                continue
            known.add(entry)
            row = {"order_id": entry.order, "step": entry.step, "cell": entry.cell}
            self._connection.execute(insert(ScheduleRow), row | {"start": entry.start, "end": entry.end})

    def end_schedule(self, order_id: OrderId, *, at: datetime) -> None:
        """Ends an order's entries at an instant: later ones go, running ones stop there.

        Raises:
            NotFoundError: No such order.
        """
        self.order(order_id)
        of_order = ScheduleRow.order_id == order_id
        self._connection.execute(delete(ScheduleRow).where(of_order, ScheduleRow.start >= at))
        running = update(ScheduleRow).where(of_order, or_(ScheduleRow.end.is_(None), ScheduleRow.end > at))
        self._connection.execute(running.values(end=at))

    def add_human_count(self, count: HumanCount) -> None:
        """Records that somebody counted; from then on camera counts add to it.

        Raises:
            NotFoundError: No such order, step or line.
            ConflictError: The count is negative or lies in the future.
        """
        order = self._check_step(count.order, count.step)
        if count.line is not None and not 0 <= count.line < len(order.lines):
            lines = ", ".join(f"{place} {line.label}" for place, line in enumerate(order.lines))
            raise NotFoundError(f"order {order.id} has no line {count.line}", expected=f"one of {lines}")
        if count.pieces < 0:
            raise ConflictError(
                "a count cannot be negative", expected="pieces so far, 0 or more", got=str(count.pieces)
            )
        if count.at > self._now + CLOCK_LEEWAY:
            raise ConflictError(
                "a count cannot lie in the future",
                expected=f"not after {self._now.isoformat()}",
                got=count.at.isoformat(),
            )
        row = {"order_id": count.order, "step": count.step, "revision": order.revision, "line": count.line}
        row |= {"pieces": count.pieces, "at": count.at, "recorded_at": self._now}
        self._connection.execute(insert(HumanCountRow), row)
        said = {"step": count.step, "line": count.line, "pieces": count.pieces, "at": count.at.isoformat()}
        self.log("count.human", count.order, said)

    def add_milestone(self, milestone: Milestone) -> None:
        """Records that somebody tapped a step as reached, sent out or returned.

        Raises:
            NotFoundError: No such order, or its route has no such step.
        """
        self._check_step(milestone.order, milestone.step)
        row = {"order_id": milestone.order, "step": milestone.step}
        self._connection.execute(insert(MilestoneRow), row | {"mark": milestone.mark.value, "at": milestone.at})
        said = {"step": milestone.step, "mark": milestone.mark.value, "at": milestone.at.isoformat()}
        self.log("milestone", milestone.order, said)

    def _check_step(self, order_id: OrderId, step: StepId) -> Order:
        order = self.order(order_id)
        if order.route.step(step) is None:
            raise not_found(f"step of order {order_id}", step, (known.id for known in order.route.steps))
        return order

    def _add_revision(self, order: Order) -> None:
        key = {"order_id": order.id, "revision": order.revision}
        head = {
            "customer": order.customer,
            "style": order.style,
            "style_family": order.style_family,
            "unit": order.unit.value,
            "requested": order.requested,
            "promised": order.promised,
            "over_tolerance": order.over_tolerance,
            "short_tolerance": order.short_tolerance,
            "weight_source": order.route.weight_source.value,
            "recorded_at": self._now,
        }
        self._connection.execute(insert(RevisionRow), key | head)
        lines = ({"colour": line.colour, "size": line.size, "quantity": line.quantity} for line in order.lines)
        steps = ({"step": step.id, "weight": step.weight, "outsourced": step.outsourced} for step in order.route.steps)
        bulletin = ({"name": row.name, "step": row.step, "weight": row.weight} for row in order.route.operations)
        self._add_positions(LineRow, key, lines)
        self._add_positions(StepRow, key, steps)
        self._add_positions(OperationRow, key, bulletin)

    def _add_positions(
        self,
        table: type[LineRow | StepRow | OperationRow],
        key: dict[str, object],
        parts: Iterable[dict[str, object]],
    ) -> None:
        rows = [key | {"position": position} | part for position, part in enumerate(parts)]
        if rows:
            self._connection.execute(insert(table), rows)


def _summary(order: Order) -> dict[str, object]:
    """What the log keeps of an order: no customer, since the log is kept for good."""
    return {
        "revision": order.revision,
        "state": order.state.value,
        "quantity": order.quantity,
        "lines": len(order.lines),
        "requested": order.requested.isoformat() if order.requested else None,
        "promised": order.promised.isoformat() if order.promised else None,
        "steps": [step.id for step in order.route.steps],
        "weight_source": order.route.weight_source.value,
    }
