"""Activity: a zone is busy or idle, from what is present or from motion."""

from __future__ import annotations

import numpy as np

from tracker.count.view import View, moved_in, people
from tracker.domain.events import ActivityInterval
from tracker.domain.frames import CameraId, Moment
from tracker.domain.geometry import share_inside, to_pixels
from tracker.domain.rules import ActivityRule

PRESENT_SHARE = 0.1
"""A thing is in the zone when at least this share of its box is: reaching in counts, brushing past does not."""
HOLD_S = 1.0
"""Evidence this far apart belongs to one busy stretch."""
SHORTEST_S = 0.3
"""A busy stretch shorter than this was a flicker."""


class Activity:
    """Busy stretches of one zone.

    A track counts from when it was first seen in the zone, even when its class becomes clear later: somebody who is cut
    off by the picture's edge is often recognised only after a few frames. State is a time per live track and the open
    stretch.
    """

    def __init__(self, rule: ActivityRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._camera = camera
        self._cue = np.array([label in rule.classes for label in labels], np.bool_) if rule.classes else people(labels)
        self._polygon = np.asarray(rule.zone.polygon, np.float64)
        self._by_motion = not rule.classes
        self._entered: dict[int, Moment] = {}
        self._start: Moment | None = None
        self._last: Moment | None = None

    def update(self, view: View) -> list[ActivityInterval]:
        """Busy stretches that ended for certain with this frame."""
        ended = self.flush() if self._last and view.moment.t_s - self._last.t_s > HOLD_S else []
        since = self._evidence_since(view)
        if since is not None:
            if self._start is None or since.t_s < self._start.t_s:
                self._start = since
            self._last = view.moment
        return ended

    def flush(self) -> list[ActivityInterval]:
        """Close the open stretch, at the end of a source or before a gap."""
        start, last = self._start, self._last
        self._start = self._last = None
        if start is None or last is None:
            return []
        # no later stretch may begin before this one ended
        self._entered = {track_id: entered for track_id, entered in self._entered.items() if entered.t_s > last.t_s}
        if last.t_s - start.t_s < SHORTEST_S:
            return []
        return [
            ActivityInterval(
                camera=self._camera,
                rule=self.rule.id,
                cell=self.rule.cell,
                seats=self.rule.seats,
                start_s=start.t_s,
                end_s=last.t_s,
                start_at=start.at,
                end_at=last.at,
            )
        ]

    def _evidence_since(self, view: View) -> Moment | None:
        """Since when the zone has been busy, as far as this frame shows; ``None`` when it looks idle."""
        tracks = view.tracks
        for track_id in tracks.ended.tolist():
            self._entered.pop(track_id, None)
        since: Moment | None = None
        polygon = to_pixels(self.rule.zone.polygon, view.width, view.height)
        rows = np.flatnonzero(tracks.seen)
        if len(rows):
            for row in rows[share_inside(tracks.xyxy[rows], polygon) >= PRESENT_SHARE].tolist():
                entered = self._entered.setdefault(int(tracks.track_id[row]), view.moment)
                if (
                    tracks.confirmed[row]
                    and self._cue[tracks.class_id[row]]
                    and (since is None or entered.t_s < since.t_s)
                ):
                    since = entered
        if since is None and self._by_motion and moved_in(view.motion, self._polygon):
            since = view.moment
        return since
