"""Turns a rule's findings into events with ids that the same footage always gives again."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import RuleId, RuleKind, Target

SAME_INSTANT_MEMORY_S = 60.0
"""Instants older than this are forgotten: a rule never dates an event back by a minute."""


class Emitter:
    """Makes the events of one rule; remembers recent instants, so that two pieces at one instant get two ids."""

    def __init__(self, camera: CameraId, rule: RuleId, kind: RuleKind, target: Target) -> None:
        self._camera, self._rule, self._kind, self._target = camera, rule, kind, target
        self._recent: deque[tuple[datetime, Direction]] = deque()

    def emit(self, direction: Direction, class_name: str, moment: Moment, decided_at: datetime) -> Event:
        """One counted thing; pieces are negative when it came back.

        Args:
            moment: When it happened.
            decided_at: Aware UTC of the frame that made the rule sure.
        """
        while self._recent and self._recent[0][0] < decided_at - timedelta(seconds=SAME_INSTANT_MEMORY_S):
            self._recent.popleft()
        ordinal = self._recent.count((moment.at, direction))
        self._recent.append((moment.at, direction))
        sign = -1 if direction in (Direction.OUT, Direction.RETURNED) else 1
        return Event(
            id=event_id(self._camera, self._rule, direction, moment.at, ordinal),
            camera=self._camera,
            rule=self._rule,
            kind=self._kind,
            direction=direction,
            class_name=class_name,
            pieces=sign * self._target.pieces_per_unit,
            moment=moment,
            decided_at=decided_at,
            step=self._target.step,
            cell=self._target.cell,
            provenance=Provenance.CAMERA,
        )


def between(before: Moment, after: Moment, share: float) -> Moment:
    """The moment at a share (0..1) of the way between two frames."""
    return Moment(
        frame=round(before.frame + (after.frame - before.frame) * share),
        t_s=before.t_s + (after.t_s - before.t_s) * share,
        at=before.at + (after.at - before.at) * share,
    )
