"""Stock: how many pieces are visible in a zone while nothing moves there."""

from __future__ import annotations

import statistics
from collections import deque

import numpy as np
from numpy.typing import NDArray

from tracker.count.view import View, countable, moved_in, people
from tracker.domain.events import StockReading
from tracker.domain.frames import CameraId
from tracker.domain.geometry import inside, share_inside, to_pixels
from tracker.domain.rules import StockRule

STILL_S = 1.0
"""Nothing may move in the zone for this long before it is read."""
REPEAT_S = 30.0
"""An unchanged stock is read again this often; the interval of sparse sampling."""
LEAST_SCORE = 0.25
"""Mean score a lying piece needs: unlike a moving one, nothing else speaks for it."""
SEEN_WITHIN_S = 0.5
"""A piece that flickers is there as long as it was seen this recently."""
REACH_SHARE = 0.02
"""Share of a person's or hand's box inside the zone from which somebody is reaching into it."""
LONGEST_STEP_S = 2.0
"""Frames further apart than this are stills: each is a moment of its own."""


class Stock:
    """Readings of one zone. State is the counts of the present still moment and when each live track was last seen."""

    def __init__(self, rule: StockRule, camera: CameraId, labels: tuple[str, ...]) -> None:
        self.rule = rule
        self._camera = camera
        self._counts = countable(labels, rule.target.classes)
        self._people = people(labels) & ~self._counts
        self._seen_s: dict[int, float] = {}
        self._still: deque[tuple[float, int]] = deque()
        self._previous_s: float | None = None
        self._read: tuple[float, int] | None = None

    def update(self, view: View) -> list[StockReading]:
        """A reading, when a still moment has just become long enough and says something new."""
        t_s = view.moment.t_s
        sparse = self._previous_s is not None and t_s - self._previous_s > LONGEST_STEP_S
        self._previous_s = t_s
        polygon = to_pixels(self.rule.zone.polygon, view.width, view.height)
        count = self._visible(view, polygon, sparse=sparse)
        if not sparse and not self._is_still(view, polygon):
            self._still.clear()
            return []
        if sparse:
            self._still.clear()
        self._still.append((t_s, count))
        if not sparse and t_s - self._still[0][0] < STILL_S:
            return []
        while not sparse and t_s - self._still[0][0] > 2 * STILL_S:
            self._still.popleft()
        median = statistics.median_low(count for _, count in self._still)
        if self._read is not None and self._read[1] == median and t_s - self._read[0] < REPEAT_S:
            return []
        self._read = (t_s, median)
        target = self.rule.target
        return [
            StockReading(
                camera=self._camera,
                rule=self.rule.id,
                step=target.step,
                cell=target.cell,
                count=median,
                pieces=median * target.pieces_per_unit,
                moment=view.moment,
            )
        ]

    def _visible(self, view: View, polygon: NDArray[np.float64], *, sparse: bool) -> int:
        tracks, t_s = view.tracks, view.moment.t_s
        for track_id in tracks.ended.tolist():
            self._seen_s.pop(track_id, None)
        for track_id in tracks.track_id[tracks.seen].tolist():
            self._seen_s[track_id] = t_s
        # a still is all there is to see for a while: waiting for further sightings would read an empty tray
        known = tracks.confirmed | sparse
        sure = known & (tracks.score >= LEAST_SCORE) & self._counts[tracks.class_id]
        rows = np.flatnonzero(sure)
        if not len(rows):
            return 0
        rows = rows[inside(tracks.centres()[rows], polygon)]
        return sum(
            t_s - self._seen_s.get(track_id, -np.inf) <= SEEN_WITHIN_S for track_id in tracks.track_id[rows].tolist()
        )

    def _is_still(self, view: View, polygon: NDArray[np.float64]) -> bool:
        tracks = view.tracks
        somebody = np.flatnonzero(tracks.seen & self._people[tracks.class_id])
        if len(somebody) and (share_inside(tracks.xyxy[somebody], polygon) > REACH_SHARE).any():
            return False
        return not moved_in(view.motion, np.asarray(self.rule.zone.polygon, np.float64))
