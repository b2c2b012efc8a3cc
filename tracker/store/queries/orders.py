"""Orders as they stand, and what people say about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import aliased

from tracker.domain.orders import (
    HumanCount,
    Operation,
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    ScheduleEntry,
    Step,
    WeightSource,
)
from tracker.domain.rules import CellId, StepId
from tracker.store.queries.connected import AnyRow, Connected, not_found
from tracker.store.records import Milestone, MilestoneMark
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

_Key = tuple[str, int]
"""Order id and revision."""


class OrderQueries(Connected):
    """Questions about orders."""

    def order(self, order_id: OrderId) -> Order:
        """An order after its latest revision.

        Raises:
            NotFoundError: No such order; names near ones.
        """
        found = self._orders(OrderRow.id == order_id)
        if not found:
            raise not_found("order", order_id, self._connection.scalars(select(OrderRow.id)))
        return found[0]

    def orders(self, states: Collection[OrderState] | None = None) -> tuple[Order, ...]:
        """All orders, or those in the given states, by id."""
        return self._orders(*([] if states is None else [OrderRow.state.in_([state.value for state in states])]))

    def revisions(self, order_id: OrderId) -> tuple[Order, ...]:
        """Every version of an order, oldest first; each carries the order's present state.

        Raises:
            NotFoundError: No such order.
        """
        self.order(order_id)
        return self._orders(OrderRow.id == order_id, every_revision=True)

    def open_orders_at(self, step: StepId) -> tuple[Order, ...]:
        """Accepted orders whose route has the step, by id; held, cancelled and closed ones are not open."""
        wanted = aliased(StepRow)
        here = and_(wanted.order_id == OrderRow.id, wanted.revision == OrderRow.revision, wanted.step == step)
        return self._orders(OrderRow.state == OrderState.ACCEPTED.value, select(wanted.step).where(here).exists())

    def schedule(self, order_id: OrderId | None = None) -> tuple[ScheduleEntry, ...]:
        """Who works on what and when, by start; of all orders or one."""
        query = select(ScheduleRow.order_id, ScheduleRow.step, ScheduleRow.cell, ScheduleRow.start, ScheduleRow.end)
        if order_id is not None:
            query = query.where(ScheduleRow.order_id == order_id)
        rows = self._connection.execute(query.order_by(ScheduleRow.start, ScheduleRow.id))
        return tuple(
            ScheduleEntry(OrderId(row.order_id), StepId(row.step), _cell(row.cell), row.start, row.end) for row in rows
        )

    def human_counts(self, order_id: OrderId) -> tuple[HumanCount, ...]:
        """Every count by hand of an order, oldest first; of two at one moment the later entry comes last.

        A line's number is the one it has in the current revision; counts of lines that were dropped are left out.
        """
        columns = (
            HumanCountRow.step,
            HumanCountRow.revision,
            HumanCountRow.line,
            HumanCountRow.pieces,
            HumanCountRow.at,
        )
        query = select(*columns).where(HumanCountRow.order_id == order_id)
        rows = self._connection.execute(query.order_by(HumanCountRow.at, HumanCountRow.id)).all()
        moved = self._moved_lines(order_id) if any(row.line is not None for row in rows) else {}
        counts = []
        for row in rows:
            line = None if row.line is None else moved.get((row.revision, row.line))
            if row.line is None or line is not None:
                counts.append(HumanCount(order_id, StepId(row.step), line, row.pieces, row.at))
        return tuple(counts)

    def milestones(self, order_id: OrderId) -> tuple[Milestone, ...]:
        """Every milestone of an order, oldest first."""
        columns = (MilestoneRow.step, MilestoneRow.mark, MilestoneRow.at)
        query = select(*columns).where(MilestoneRow.order_id == order_id).order_by(MilestoneRow.at, MilestoneRow.id)
        rows = self._connection.execute(query)
        return tuple(Milestone(order_id, StepId(row.step), MilestoneMark(row.mark), row.at) for row in rows)

    def _moved_lines(self, order_id: OrderId) -> dict[tuple[int, int], int]:
        """(revision, line) -> line in the current revision, matched by colour and size."""
        columns = (LineRow.revision, LineRow.position, LineRow.colour, LineRow.size)
        query = select(*columns).where(LineRow.order_id == order_id).order_by(LineRow.revision, LineRow.position)
        seen: dict[tuple[int, str, str], int] = defaultdict(int)
        named: dict[tuple[int, int], tuple[str, str, int]] = {}
        for row in self._connection.execute(query):
            key = (row.revision, row.colour, row.size)
            named[row.revision, row.position] = (row.colour, row.size, seen[key])
            seen[key] += 1
        latest = max(revision for revision, _ in named)
        current = {name: line for (revision, line), name in named.items() if revision == latest}
        return {key: current[name] for key, name in named.items() if name in current}

    def _orders(self, *conditions: ColumnElement[bool], every_revision: bool = False) -> tuple[Order, ...]:
        def rows_of(table: type[LineRow | StepRow | OperationRow]) -> dict[_Key, list[AnyRow]]:
            same = and_(
                table.order_id == OrderRow.id, true() if every_revision else table.revision == OrderRow.revision
            )
            query = select(*table.__table__.columns).join(OrderRow, same).where(*conditions)
            query = query.order_by(table.order_id, table.revision, table.position)
            return _by_revision(self._connection.execute(query))

        same = and_(
            RevisionRow.order_id == OrderRow.id, true() if every_revision else RevisionRow.revision == OrderRow.revision
        )
        query = select(*RevisionRow.__table__.columns, OrderRow.state).join(OrderRow, same).where(*conditions)
        heads = self._connection.execute(query.order_by(RevisionRow.order_id, RevisionRow.revision)).all()
        if not heads:
            return ()
        lines, steps, operations = rows_of(LineRow), rows_of(StepRow), rows_of(OperationRow)
        keys = [(head.order_id, head.revision) for head in heads]
        return tuple(
            _order(head, lines[key], steps[key], operations[key]) for head, key in zip(heads, keys, strict=True)
        )


def _by_revision(rows: Iterable[AnyRow]) -> dict[_Key, list[AnyRow]]:
    grouped: dict[_Key, list[AnyRow]] = defaultdict(list)
    for row in rows:
        grouped[row.order_id, row.revision].append(row)
    return grouped


def _order(head: AnyRow, lines: Sequence[AnyRow], steps: Sequence[AnyRow], operations: Sequence[AnyRow]) -> Order:
    return Order(
        id=OrderId(head.order_id),
        customer=head.customer,
        style=head.style,
        style_family=head.style_family,
        unit=OrderUnit(head.unit),
        lines=tuple(OrderLine(row.colour, row.size, row.quantity) for row in lines),
        requested=head.requested,
        promised=head.promised,
        state=OrderState(head.state),
        revision=head.revision,
        over_tolerance=head.over_tolerance,
        short_tolerance=head.short_tolerance,
        route=Route(
            steps=tuple(Step(StepId(row.step), row.weight, row.outsourced) for row in steps),
            operations=tuple(Operation(row.name, StepId(row.step), row.weight) for row in operations),
            weight_source=WeightSource(head.weight_source),
        ),
    )


def _cell(name: str | None) -> CellId | None:
    return None if name is None else CellId(name)
