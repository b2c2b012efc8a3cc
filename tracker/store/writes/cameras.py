"""Recording what cameras are for and how they are doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select, update

from tracker.domain.errors import ConflictError
from tracker.domain.frames import CameraId
from tracker.domain.rules import ActivityRule, GateRule, Rule, RuleKind, StockRule
from tracker.store.queries.cameras import CameraQueries
from tracker.store.records import ActivityWindow, CameraRule, CameraStatus
from tracker.store.tables import ActivityWindowRow, CameraRow, CameraRuleRow
from tracker.store.writes.log import LogWrites

LOGGED = ("purpose", "provider", "model", "model_sha256")
"""What everyone may ask about a camera years later; frames and states pass."""

SHORTEST_WINDOW_S = 3600
FEWEST_SEATS = 3


class CameraWrites(LogWrites, CameraQueries):
    """Changes to cameras."""

    def set_camera(self, status: CameraStatus) -> None:
        """Records a camera, or how it is doing now; a new purpose, model or provider is logged."""
        row = {**asdict(status), "state": status.state.value, "changed_at": self._now}
        del row["said_at"]
        mine = CameraRow.camera == status.camera
        columns = (getattr(CameraRow, name) for name in LOGGED)
        before = self._connection.execute(select(*columns).where(mine)).first()
        if before is None:
            self._connection.execute(insert(CameraRow), row)
            self.log("camera.added", status.camera, {name: row[name] for name in LOGGED})
            return
        self._connection.execute(update(CameraRow).where(mine).values(**row))
        changed = {name: [old, row[name]] for name, old in zip(LOGGED, before, strict=True) if old != row[name]}
        if changed:
            self.log("camera.changed", status.camera, changed)

    def set_camera_rules(self, camera: CameraId, rules: Sequence[Rule]) -> None:
        """Replaces the rules that a camera is known to hold; a change is logged."""
        wanted = tuple(sorted((_camera_rule(camera, rule) for rule in rules), key=lambda rule: rule.rule))
        if wanted == tuple(rule for rule in self.camera_rules() if rule.camera == camera):
            return
        self._connection.execute(delete(CameraRuleRow).where(CameraRuleRow.camera == camera))
        rows = [{**asdict(rule), "kind": rule.kind.value} for rule in wanted]
        if rows:
            self._connection.execute(insert(CameraRuleRow), rows)
        said = [{"rule": rule.rule, "kind": rule.kind.value, "step": rule.step, "cell": rule.cell} for rule in wanted]
        self.log("camera.rules", camera, {"rules": said})

    def add_activity_windows(self, windows: Sequence[ActivityWindow]) -> None:
        """Records how long cells were busy; a window that is there already is not doubled.

        Raises:
            ConflictError: A window is shorter than an hour, or its cell has fewer than three seats: such a figure would
                be about persons and is never stored.
        """
        for window in windows:
            if window.duration_s < SHORTEST_WINDOW_S or window.seats < FEWEST_SEATS:
                raise ConflictError(
                    f"activity of rule {window.rule} is too fine to be stored",
                    expected=f"at least {SHORTEST_WINDOW_S} s and {FEWEST_SEATS} seats",
                    got=f"{window.duration_s} s and {window.seats} seat(s)",
                )
            key = {"camera": window.camera, "rule": window.rule, "start": window.start}
            if self._connection.scalar(select(ActivityWindowRow.seats).filter_by(**key)) is None:
                self._connection.execute(insert(ActivityWindowRow), asdict(window))


def _camera_rule(camera: CameraId, rule: Rule) -> CameraRule:
    if isinstance(rule, ActivityRule):
        return CameraRule(camera, rule.id, RuleKind.ACTIVITY, None, rule.cell)
    if isinstance(rule, GateRule):
        kind = RuleKind.GATE
    else:
        kind = RuleKind.STOCK if isinstance(rule, StockRule) else RuleKind.TRANSFER
    return CameraRule(camera, rule.id, kind, rule.target.step, rule.target.cell)
