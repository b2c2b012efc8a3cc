"""Gathers the rows that bear on one order's estimate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select

from tracker.domain.cards import SCANNER
from tracker.domain.estimates import OrderEvidence, ShopCalendar
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import RuleKind
from tracker.store.evidence import Counted, Facts, weigh
from tracker.store.queries.cameras import CameraQueries
from tracker.store.queries.orders import OrderQueries
from tracker.store.tables import AssignmentRow, CameraRow, EventRow, WatermarkRow

COUNTING = (RuleKind.GATE, RuleKind.TRANSFER)
"""Kinds of rules whose pieces add up; stock is a level and activity is none."""

BEFORE_TIME = datetime.min.replace(tzinfo=UTC)
"""When a camera that never delivered was last heard of: it was blind all along."""

_COUNTED = select(EventRow.camera, EventRow.rule, EventRow.step, EventRow.cell, EventRow.at, EventRow.pieces).join(
    AssignmentRow, AssignmentRow.event_seq == EventRow.seq
)


class EvidenceQueries(OrderQueries, CameraQueries):
    """Everything the estimate of one order may use."""

    def evidence(self, order_id: OrderId, *, calendar: ShopCalendar, now: datetime) -> OrderEvidence:
        """The evidence of one order.

        Tallies count only events after the latest whole-order human count of their step. ``blind_s`` and ``watched_s``
        are working seconds; ``tracker/store/evidence.py`` says of which time.

        Args:
            now: Aware UTC.

        Raises:
            NotFoundError: No such order; names near ones.
        """
        return weigh(self._facts(order_id), calendar=calendar, now=now)

    def _facts(self, order_id: OrderId) -> Facts:
        order = self.order(order_id)
        rows = self._connection.execute(_COUNTED.where(AssignmentRow.order_id == order_id).order_by(EventRow.at))
        counted = tuple(map(Counted._make, rows.all()))
        rules = tuple(rule for rule in self.camera_rules() if rule.kind in COUNTING)
        # a scanner is never blind: what was not scanned was not seen by it, which its recall says
        cameras = ({count.camera for count in counted} | {rule.camera for rule in rules}) - {SCANNER}
        human, schedule = self.human_counts(order_id), self.schedule(order_id)
        known_at = [count.at for count in counted] + [count.at for count in human]
        known_at += [entry.start for entry in schedule]
        gaps = self.gaps(since=min(known_at)) if known_at else ()
        return Facts(
            order=order,
            counted=counted,
            human=human,
            schedule=schedule,
            rules=rules,
            gaps=tuple(gap for gap in gaps if gap.camera in cameras),
            heard_of=self._heard_of(cameras),
        )

    def _heard_of(self, cameras: Collection[CameraId]) -> dict[CameraId, datetime]:
        """When each camera last delivered: its watermark, or its last frame when that is later."""
        heard = dict.fromkeys(cameras, BEFORE_TIME)
        watermarks = select(WatermarkRow.camera, WatermarkRow.at).where(WatermarkRow.camera.in_(cameras))
        frames = select(CameraRow.camera, CameraRow.last_frame_at).where(
            CameraRow.camera.in_(cameras), CameraRow.last_frame_at.is_not(None)
        )
        for camera, at in [*self._connection.execute(watermarks), *self._connection.execute(frames)]:
            heard[camera] = max(at, heard[camera])
        return heard
