"""Recording when cameras were blind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, update

from tracker.domain.errors import ConflictError
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.store.queries.cameras import CameraQueries
from tracker.store.tables import GapRow
from tracker.store.writes.log import LogWrites


class GapWrites(LogWrites, CameraQueries):
    """Changes to gaps. A camera has at most one that still lasts."""

    def open_gap(self, gap: Gap) -> None:
        """Records a gap; one with an end is recorded as over.

        The same gap again changes nothing, except that an end closes it and a later end extends it. While another gap
        of the camera lasts, a new one with the same reason is that one going on; with another reason it takes over
        where it starts.

        Raises:
            ConflictError: The gap ends before it starts.
        """
        if gap.end is not None and gap.end < gap.start:
            raise ConflictError(
                f"a gap of camera {gap.camera} ends before it starts",
                expected=f"an end not before {gap.start.isoformat()}",
                got=gap.end.isoformat(),
            )
        stored = self._gap_at(gap.camera, gap.start)
        lasting = self._lasting(gap.camera)
        if stored is not None:
            if gap.end is not None and (stored.end is None or gap.end > stored.end):
                self._close(stored, gap.end)
            return
        if lasting is not None and gap.start > lasting.start:
            if lasting.reason is gap.reason and gap.end is None:
                return
            self._close(lasting, gap.start)
        elif lasting is not None and gap.end is None:
            # It began before the one that lasts: over where that one starts.
            gap = Gap(gap.camera, gap.reason, gap.start, lasting.start)
        self._add(gap)

    def close_gap(self, camera: CameraId, end: datetime) -> bool:
        """Ends the gap of a camera that still lasts.

        Returns:
            Whether there was one.

        Raises:
            ConflictError: It would end before it starts.
        """
        lasting = self._lasting(camera)
        if lasting is None:
            return False
        if end < lasting.start:
            raise ConflictError(
                f"a gap of camera {camera} cannot end before it starts",
                expected=f"an end not before {lasting.start.isoformat()}",
                got=end.isoformat(),
            )
        self._close(lasting, end)
        return True

    def close_open_gaps(self, end: datetime, *, cameras: Collection[CameraId] | None = None) -> int:
        """Ends every gap that still lasts, of all cameras or some; one that starts later ends where it starts.

        Returns:
            How many there were.
        """
        lasting = [gap for gap in self._all_lasting() if cameras is None or gap.camera in cameras]
        for gap in lasting:
            self._close(gap, max(end, gap.start))
        return len(lasting)

    def _add(self, gap: Gap) -> None:
        row = {"camera": gap.camera, "start": gap.start, "end": gap.end, "reason": gap.reason.value}
        self._connection.execute(insert(GapRow), row)
        self.log("gap.opened", gap.camera, {"reason": gap.reason.value, "start": gap.start.isoformat()})
        if gap.end is not None:
            self._log_closed(gap, gap.end)

    def _close(self, gap: Gap, end: datetime) -> None:
        mine = (GapRow.camera == gap.camera, GapRow.start == gap.start)
        self._connection.execute(update(GapRow).where(*mine).values(end=end))
        self._log_closed(gap, end)

    def _log_closed(self, gap: Gap, end: datetime) -> None:
        payload = {"reason": gap.reason.value, "start": gap.start.isoformat(), "end": end.isoformat()}
        self.log("gap.closed", gap.camera, payload)

    def _gap_at(self, camera: CameraId, start: datetime) -> Gap | None:
        query = select(GapRow.reason, GapRow.end).where(GapRow.camera == camera, GapRow.start == start)
        row = self._connection.execute(query).first()
        return None if row is None else Gap(camera, GapReason(row.reason), start, row.end)

    def _lasting(self, camera: CameraId) -> Gap | None:
        query = select(GapRow.reason, GapRow.start).where(GapRow.camera == camera, GapRow.end.is_(None))
        row = self._connection.execute(query).first()
        return None if row is None else Gap(camera, GapReason(row.reason), row.start, None)

    def _all_lasting(self) -> list[Gap]:
        query = select(GapRow.camera, GapRow.reason, GapRow.start).where(GapRow.end.is_(None))
        rows = self._connection.execute(query.order_by(GapRow.camera))
        return [Gap(CameraId(row.camera), GapReason(row.reason), row.start, None) for row in rows]
