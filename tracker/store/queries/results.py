"""Estimates, releases, disclosures and remembered sheet mappings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_

from tracker.domain.estimates import Estimate, FinishInterval, Interval, LineShortfall, Outlook, StepEstimate
from tracker.domain.orders import OrderId
from tracker.domain.releases import Release
from tracker.domain.rules import StepId
from tracker.store.queries.connected import AnyRow, Connected, not_found
from tracker.store.records import Disclosure
from tracker.store.tables import DisclosureRow, EstimateRow, MappingRow, ReleaseRow


class ResultQueries(Connected):
    """Questions about what was concluded and sent."""

    def estimate(self, order_id: OrderId) -> Estimate | None:
        """The current estimate of an order; ``None`` before the first."""
        history = self.estimate_history(order_id)
        return history[-1] if history else None

    def estimates(self) -> tuple[Estimate, ...]:
        """The current estimate of every order that has one, by order id."""
        latest = select(EstimateRow.order_id, func.max(EstimateRow.day)).group_by(EstimateRow.order_id)
        return self._estimates(tuple_(EstimateRow.order_id, EstimateRow.day).in_(latest))

    def estimate_history(self, order_id: OrderId) -> tuple[Estimate, ...]:
        """The last estimate of each UTC day, oldest first."""
        return self._estimates(EstimateRow.order_id == order_id)

    def release(self, order_id: OrderId, *, epoch: datetime | None = None) -> Release | None:
        """The latest release of an order, or the one of an epoch; ``None`` where there is none."""
        query = select(*ReleaseRow.__table__.columns).where(ReleaseRow.order_id == order_id)
        if epoch is not None:
            query = query.where(ReleaseRow.epoch == epoch)
        row = self._connection.execute(query.order_by(ReleaseRow.epoch.desc()).limit(1)).one_or_none()
        return None if row is None else _release(row)

    def releases(self, customer: str | None = None) -> tuple[Release, ...]:
        """The latest release of every order that has one, by order id; of all customers or one."""
        latest = select(ReleaseRow.order_id, func.max(ReleaseRow.epoch)).group_by(ReleaseRow.order_id)
        query = select(*ReleaseRow.__table__.columns).where(tuple_(ReleaseRow.order_id, ReleaseRow.epoch).in_(latest))
        if customer is not None:
            query = query.where(ReleaseRow.customer == customer)
        return tuple(_release(row) for row in self._connection.execute(query.order_by(ReleaseRow.order_id)))

    def release_history(self, order_id: OrderId) -> tuple[Release, ...]:
        """Every release of an order, oldest first."""
        query = select(*ReleaseRow.__table__.columns).where(ReleaseRow.order_id == order_id)
        return tuple(_release(row) for row in self._connection.execute(query.order_by(ReleaseRow.epoch)))

    def disclosures(self, order_id: OrderId) -> tuple[Disclosure, ...]:
        """Who was told which release of an order, oldest first."""
        query = select(*DisclosureRow.__table__.columns).where(DisclosureRow.order_id == order_id)
        rows = self._connection.execute(query.order_by(DisclosureRow.first_at, DisclosureRow.recipient))
        return tuple(
            Disclosure(OrderId(row.order_id), row.epoch, row.recipient, row.first_at, row.times) for row in rows
        )

    def mapping(self, name: str) -> dict[str, Any]:
        """A remembered sheet mapping.

        Raises:
            NotFoundError: No such mapping; names near ones.
        """
        found = self._connection.scalar(select(MappingRow.mapping).where(MappingRow.name == name))
        if found is None:
            raise not_found("sheet mapping", name, self.mappings())
        return dict(found)

    def mappings(self) -> tuple[str, ...]:
        """Names of the remembered sheet mappings."""
        return tuple(self._connection.scalars(select(MappingRow.name).order_by(MappingRow.name)))

    def _estimates(self, condition: ColumnElement[bool]) -> tuple[Estimate, ...]:
        query = select(*EstimateRow.__table__.columns).where(condition).order_by(EstimateRow.order_id, EstimateRow.day)
        return tuple(_estimate(row) for row in self._connection.execute(query))


def _estimate(row: AnyRow) -> Estimate:
    finish = None if row.finish_p50 is None else FinishInterval(row.finish_p10, row.finish_p50, row.finish_p90)
    return Estimate(
        order=OrderId(row.order_id),
        as_of=row.as_of,
        deliverable=Interval(row.deliverable_p10, row.deliverable_p50, row.deliverable_p90),
        work_content=Interval(row.work_content_p10, row.work_content_p50, row.work_content_p90),
        steps=tuple(StepEstimate(StepId(step), Interval(p10, p50, p90)) for step, p10, p50, p90 in row.steps),
        finish=finish,
        p_on_time=row.p_on_time,
        outlook=Outlook(row.outlook),
        none_due_yet=row.none_due_yet,
        stale_since=row.stale_since,
        shortfalls=tuple(LineShortfall(line, good, missing) for line, good, missing in row.shortfalls),
    )


def _release(row: AnyRow) -> Release:
    return Release(
        order=OrderId(row.order_id),
        customer=row.customer,
        epoch=row.epoch,
        band_low_pct=row.band_low_pct,
        band_high_pct=row.band_high_pct,
        milestone=row.milestone,
        finish_earliest=row.finish_earliest,
        finish_latest=row.finish_latest,
        outlook=Outlook(row.outlook),
        stale=row.stale,
        next_expected_at=row.next_expected_at,
    )
