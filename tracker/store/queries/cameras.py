"""Cameras: what they are for, what they hold, when they were blind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.rules import CellId, RuleId, RuleKind, StepId
from tracker.store.queries.connected import Connected
from tracker.store.records import ActivityWindow, CameraRule, CameraState, CameraStatus
from tracker.store.tables import ActivityWindowRow, CameraRow, CameraRuleRow, GapRow, WatermarkRow


class CameraQueries(Connected):
    """Questions about cameras."""

    def cameras(self) -> tuple[CameraStatus, ...]:
        """Every camera that was ever set up, by name."""
        rows = self._connection.execute(select(*CameraRow.__table__.columns).order_by(CameraRow.camera))
        return tuple(
            CameraStatus(
                camera=CameraId(row.camera),
                purpose=row.purpose,
                provider=row.provider,
                model=row.model,
                model_sha256=row.model_sha256,
                last_frame_at=row.last_frame_at,
                frames=row.frames,
                dropped=row.dropped,
                state=CameraState(row.state),
                said_at=row.changed_at,
                problem=row.problem,
            )
            for row in rows
        )

    def camera_rules(self) -> tuple[CameraRule, ...]:
        """Every rule that a camera holds now, by camera and rule."""
        query = select(*CameraRuleRow.__table__.columns).order_by(CameraRuleRow.camera, CameraRuleRow.rule)
        return tuple(
            CameraRule(
                CameraId(row.camera),
                RuleId(row.rule),
                RuleKind(row.kind),
                None if row.step is None else StepId(row.step),
                None if row.cell is None else CellId(row.cell),
            )
            for row in self._connection.execute(query)
        )

    def gaps(self, camera: CameraId | None = None, since: datetime | None = None) -> tuple[Gap, ...]:
        """Stretches in which cameras saw nothing, by start.

        Args:
            since: Only those that lasted until then or longer, or still last.
        """
        query = select(GapRow.camera, GapRow.reason, GapRow.start, GapRow.end).order_by(GapRow.start, GapRow.camera)
        if camera is not None:
            query = query.where(GapRow.camera == camera)
        if since is not None:
            query = query.where(or_(GapRow.end.is_(None), GapRow.end >= since))
        rows = self._connection.execute(query)
        return tuple(Gap(CameraId(row.camera), GapReason(row.reason), row.start, row.end) for row in rows)

    def watermark(self, camera: CameraId) -> datetime | None:
        """Aware UTC up to which a camera's counts are final; ``None`` before its first record."""
        return self._connection.scalar(select(WatermarkRow.at).where(WatermarkRow.camera == camera))

    def activity_windows(self, since: datetime | None = None) -> tuple[ActivityWindow, ...]:
        """Windows by start; only those that start then or later."""
        query = select(*ActivityWindowRow.__table__.columns).order_by(ActivityWindowRow.start, ActivityWindowRow.rule)
        if since is not None:
            query = query.where(ActivityWindowRow.start >= since)
        return tuple(
            ActivityWindow(
                camera=CameraId(row.camera),
                rule=RuleId(row.rule),
                cell=None if row.cell is None else CellId(row.cell),
                seats=row.seats,
                start=row.start,
                duration_s=row.duration_s,
                busy_s=row.busy_s,
            )
            for row in self._connection.execute(query)
        )
