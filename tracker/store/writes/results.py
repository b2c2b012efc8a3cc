"""Keeping what was concluded and what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC

from sqlalchemy import delete, insert, select, update

from tracker.domain.errors import ConflictError, NotFoundError
from tracker.domain.estimates import Estimate
from tracker.domain.releases import Release
from tracker.store.queries.results import ResultQueries
from tracker.store.tables import DisclosureRow, EstimateRow, MappingRow, ReleaseRow
from tracker.store.writes.log import LogWrites


class ResultWrites(LogWrites, ResultQueries):
    """Changes to results."""

    def save_estimate(self, estimate: Estimate) -> None:
        """Keeps an estimate as the current one and as the last of its UTC day; an older one than stored is ignored."""
        row = _estimate_row(estimate)
        mine = (EstimateRow.order_id == estimate.order, EstimateRow.day == row["day"])
        stored_as_of = self._connection.scalar(select(EstimateRow.as_of).where(*mine))
        if stored_as_of is not None and stored_as_of > estimate.as_of:
            return
        if stored_as_of is not None:
            self._connection.execute(delete(EstimateRow).where(*mine))
        self._connection.execute(insert(EstimateRow), row)

    def save_release(self, release: Release) -> bool:
        """Keeps what outsiders may see of an order in an epoch.

        What was released once stays: a second answer for the same epoch would tell more than the band was meant to.

        Returns:
            Whether it was kept; ``False`` when the epoch, or a later one, has been released before.
        """
        latest = self.release(release.order)
        if latest is not None and latest.epoch >= release.epoch:
            return False
        columns = asdict(release)
        columns["order_id"] = columns.pop("order")
        row = columns | {"outlook": release.outlook.value, "made_at": self._now}
        self._connection.execute(insert(ReleaseRow), row)
        self.log("release.made", release.order, _said(release))
        return True

    def disclose(self, release: Release, recipient: str) -> None:
        """Records that an outsider was told a release; the first time is logged, later ones are counted.

        Args:
            recipient: Name of the key or webhook, never a person.

        Raises:
            ConflictError: The release was made for another customer than the stored one.
            NotFoundError: No such release.
        """
        stored = self.release(release.order, epoch=release.epoch)
        if stored is None:
            raise NotFoundError(f"order {release.order} has no release for {release.epoch.isoformat()}")
        if stored != release:
            raise ConflictError(f"the release of order {release.order} that was sent is not the one that was made")
        key = {"order_id": release.order, "epoch": release.epoch, "recipient": recipient}
        mine = (DisclosureRow.order_id == release.order, DisclosureRow.epoch == release.epoch)
        told = update(DisclosureRow).where(*mine, DisclosureRow.recipient == recipient)
        if self._connection.execute(told.values(times=DisclosureRow.times + 1)).rowcount:
            return
        self._connection.execute(insert(DisclosureRow), key | {"first_at": self._now, "times": 1})
        self.log("release.sent", release.order, {"epoch": release.epoch.isoformat(), "recipient": recipient})

    def remember_mapping(self, name: str, mapping: Mapping[str, object]) -> None:
        """Remembers how to read somebody's order sheet; the same name again replaces it."""
        self._connection.execute(delete(MappingRow).where(MappingRow.name == name))
        row = {"name": name, "mapping": dict(mapping), "remembered_at": self._now}
        self._connection.execute(insert(MappingRow), row)


def _estimate_row(estimate: Estimate) -> dict[str, object]:
    work, finish = estimate.work_content, estimate.finish
    return {
        "order_id": estimate.order,
        "day": estimate.as_of.astimezone(UTC).date(),
        "as_of": estimate.as_of,
        "deliverable_p10": estimate.deliverable.p10,
        "deliverable_p50": estimate.deliverable.p50,
        "deliverable_p90": estimate.deliverable.p90,
        "work_content_p10": work.p10,
        "work_content_p50": work.p50,
        "work_content_p90": work.p90,
        "finish_p10": finish.p10 if finish else None,
        "finish_p50": finish.p50 if finish else None,
        "finish_p90": finish.p90 if finish else None,
        "p_on_time": estimate.p_on_time,
        "outlook": estimate.outlook.value,
        "none_due_yet": estimate.none_due_yet,
        "stale_since": estimate.stale_since,
        "steps": [[step.step, step.pieces.p10, step.pieces.p50, step.pieces.p90] for step in estimate.steps],
        "shortfalls": [[short.line, short.good, short.missing] for short in estimate.shortfalls],
    }


def _said(release: Release) -> dict[str, object]:
    """What the log keeps of a release: no customer, since the log is kept for good."""
    return {
        "epoch": release.epoch.isoformat(),
        "band_pct": [release.band_low_pct, release.band_high_pct],
        "milestone": release.milestone,
        "finish_earliest": release.finish_earliest.isoformat() if release.finish_earliest else None,
        "finish_latest": release.finish_latest.isoformat() if release.finish_latest else None,
        "outlook": release.outlook.value,
        "stale": release.stale,
    }
