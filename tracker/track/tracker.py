"""A ByteTrack-class tracker on timestamps.

Like ByteTrack (Zhang et al. 2022, arXiv 2110.06864) it first matches strong boxes, then lets weak ones continue what is
already known. Unlike it, time is in seconds, association ignores the class (models flicker between names), a track is
confirmed by the sum of its scores instead of one high score, and what lay still is waited for longer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Detections
from tracker.domain.tracks import Tracks
from tracker.track.match import Pairs, assign, distance_iou
from tracker.track.motion import BoxFilter, as_centres, as_corners

STRONG_SCORE = 0.35
"""Boxes matched in the first round."""
BIRTH_SCORE = 0.1
"""An unmatched box at least this sure starts a tentative track."""
SCORE_WEIGHT = np.float32(0.2)
"""Weight of the newest sighting in a track's mean score."""
CONFIRM_HITS = 3
"""Sightings a track needs before it may count: two chance boxes in a row happen, three in a line hardly."""
CONFIRM_SCORE_SUM = 0.5
"""Sum of scores a track needs before it may count: weak things must be seen more often than clear ones."""
LEAST_SIMILARITY = -0.1
"""Lowest distance-IoU between prediction and box for a known track."""
LEAST_SIMILARITY_WEAK = 0.4
"""The same for a weak box: it may only continue what it fits well."""
LEAST_SIMILARITY_NEW = -0.3
"""The same for a track seen once, whose speed is still unknown."""
LEAST_SIMILARITY_SECOND = 0.0
"""The same for a weak box of about its size: what moves fast is blurred, and all its boxes are weak."""
LEAST_AREA_RATIO = 0.25
"""A box this much smaller or larger than the known one is something else. Models take a whole scene for a "sink" or a
"dining table"; such a phantom must not take over what moves inside it."""
LEAST_AREA_RATIO_WEAK = 0.6
"""The same for a weak box and a track seen once."""
LEAST_MISNAMED_RATIO = 0.5
"""The same for a box that continues a hand under another name."""
LONGEST_MISNAMED_S = 0.5
"""A hand seen under another name for longer has let go of a piece there, or is none."""
FAST_SPEED = 1.0
"""Box sizes per second from which a hand may be blurred beyond recognition."""
LOST_MOVING_S = 1.0
"""A moving thing unseen for longer is gone; its predicted place is worthless by then."""
LOST_RESTING_S = 8.0
"""A thing that lay still is waited for behind a hand, a passing body or a switched lamp."""
LOST_TENTATIVE_S = 0.3
"""An unconfirmed track unseen for longer was noise."""
REST_DRIFT = 0.15
"""Box sizes within which a thing that lies still may seem to move."""
NUDGE = 0.5
NUDGE_S = 1.0
"""A thing that is hidden within this time after it lay still, and this near that place (in sizes), lies there still:
what covers it bit by bit makes it seem to move."""
REST_S = 0.5
"""A thing lies still when it has stayed within that for this long. Its speed would not tell, since boxes tremble."""

Round = tuple[NDArray[np.bool_] | np.bool_, NDArray[np.bool_] | np.bool_, NDArray[np.float32]]
"""Which tracks may take which boxes, and how well they fit."""


class ByteTracker:
    """Tracks of one camera.

    State is one row per live track. A row leaves when its track was unseen for the times above or its prediction left
    the picture; :attr:`Tracks.ended` names it once, so that rules can forget it too.

    Args:
        apart: Which class ids never continue a track of the others, bool, shape (number of labels,). People and their
            hands: they lie on what they carry as nothing else does. ``None`` when every class may flicker into every
            other.
    """

    def __init__(self, apart: NDArray[np.bool_] | None = None) -> None:
        self._apart = apart
        self._filter = BoxFilter(np.empty((0, 4)))
        self._id = np.empty(0, np.int64)
        self._score = np.empty(0, np.float32)
        self._score_sum = np.empty(0)
        self._hits = np.empty(0, np.int64)
        self._seen_s = np.empty(0)
        self._named_s = np.empty(0)
        self._anchor = np.empty((0, 2))
        self._anchored_s = np.empty(0)
        self._home = np.empty((0, 4))
        self._home_s = np.empty(0)
        self._patience_s = np.empty(0)
        self._class_id = np.empty(0, np.int32)
        self._group = np.empty(0, np.bool_)
        self._votes: list[dict[int, float]] = []
        self._next_id = 0
        self._now_s: float | None = None

    def update(self, detections: Detections, t_s: float) -> Tracks:
        """Tracks after one more frame.

        Args:
            detections: What the model saw in it.
            t_s: Presentation time of the frame, seconds, greater than in the call before.

        Raises:
            ValueError: Time did not advance.
        """
        before_s, self._now_s = self._now_s, t_s
        apart = self._groups(detections)
        if before_s is not None:
            if t_s <= before_s:
                msg = f"time must advance: {t_s} s after {before_s} s"
                raise ValueError(msg)
            self._filter.predict(t_s - before_s)
        matched_rows, matched_boxes = self._match(detections, apart, t_s)
        self._correct(matched_rows, detections[matched_boxes], apart[matched_boxes], t_s)
        self._lose(np.flatnonzero(self._seen_s == before_s))
        born = detections.score >= BIRTH_SCORE
        born[matched_boxes] = False
        ended = self._evict(t_s)
        if born.any():
            self._start(detections[born], apart[born], t_s)
        return self._tracks(t_s, ended)

    def _match(self, detections: Detections, apart: NDArray[np.bool_], t_s: float) -> Pairs:
        """Confirmed tracks take strong boxes, then weak ones; tentative tracks take what is left."""
        if not len(self._id) or not len(detections):
            return np.empty(0, np.intp), np.empty(0, np.intp)
        similarity = distance_iou(as_corners(self._filter.position), detections.xyxy)
        size_ratio = self._size_ratio(detections.xyxy)
        similarity[size_ratio < LEAST_AREA_RATIO] = -1.0
        strong, fresh = detections.score >= STRONG_SCORE, (self._hits < 2)[:, None]
        least = np.where(fresh, LEAST_SIMILARITY_NEW, LEAST_SIMILARITY)
        if not strong.all():
            second = fresh & (size_ratio >= LEAST_AREA_RATIO_WEAK)
            least = np.where(strong, least, np.where(second, LEAST_SIMILARITY_SECOND, LEAST_SIMILARITY_WEAK))
        similarity[similarity < least] = -1.0
        misnamed = self._misnamed(similarity, size_ratio, apart, t_s)
        if self._apart is not None:
            similarity[self._group[:, None] != apart] = -1.0
        possible = similarity > -1.0
        if possible.sum(axis=0).max() <= 1 and possible.sum(axis=1).max() <= 1:
            rows, boxes = np.nonzero(possible)  # nobody has a choice, as in most frames
            if misnamed is None:
                return rows, boxes
            rounds: tuple[Round, ...] = ((np.True_, np.True_, similarity), (np.True_, np.True_, misnamed))
        else:
            confirmed = self._confirmed()
            rounds = (
                (confirmed, strong, similarity),
                (confirmed, ~strong, similarity),
                (~confirmed, np.True_, similarity),
            )
            if misnamed is not None:
                rounds += ((np.True_, np.True_, misnamed),)
        box_of = np.full(len(self._id), -1)
        free_box = np.ones(len(detections), np.bool_)
        for row_group, box_group, fit in rounds:
            rows = np.flatnonzero(row_group & (box_of < 0))
            boxes = np.flatnonzero(box_group & free_box)
            picked_rows, picked_boxes = assign(fit[rows[:, None], boxes], -1.0)
            box_of[rows[picked_rows]] = boxes[picked_boxes]
            free_box[boxes[picked_boxes]] = False
        matched = np.flatnonzero(box_of >= 0)
        return matched, box_of[matched]

    def _misnamed(
        self, similarity: NDArray[np.float32], size_ratio: NDArray[np.float64], apart: NDArray[np.bool_], t_s: float
    ) -> NDArray[np.float32] | None:
        """How well boxes of other names continue the tracks set apart; ``None`` when there is nothing to continue.

        A hand that moves fast is blurred, and models take it for a piece for a few frames. What is left when all names
        have been matched, and has a hand's size where a hand is due, is that hand.
        """
        if not self._group.any() or apart.all():
            return None
        due = self._group & (self._speed() > FAST_SPEED) & (t_s - self._named_s <= LONGEST_MISNAMED_S)
        if not due.any():
            return None
        fit = similarity.copy()
        fit[~due] = -1.0
        fit[:, apart] = -1.0
        fit[size_ratio < LEAST_MISNAMED_RATIO] = -1.0
        return fit if (fit > -1.0).any() else None

    def _size_ratio(self, xyxy: NDArray[np.float32]) -> NDArray[np.float64]:
        """The smaller of the areas of a track and a box over the larger, 0..1; shape (tracks, boxes)."""
        known = self._filter.position[:, 2:3] * self._filter.position[:, 3:4]
        found = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
        result: NDArray[np.float64] = np.minimum(known, found) / np.maximum(np.maximum(known, found), 1e-6)
        return result

    def _correct(self, rows: NDArray[np.intp], matched: Detections, apart: NDArray[np.bool_], t_s: float) -> None:
        if not len(rows):
            return
        self._filter.correct(rows, as_centres(matched.xyxy))
        score = matched.score
        self._score[rows] += SCORE_WEIGHT * (score - self._score[rows])
        self._score_sum[rows] += score
        self._hits[rows] += 1
        self._seen_s[rows] = t_s
        if self._apart is not None:
            self._named_s[rows[self._group[rows] == apart]] = t_s
        self._settle(rows, t_s)
        for row, class_id, weight in zip(rows.tolist(), matched.class_id.tolist(), score.tolist(), strict=True):
            votes = self._votes[row]
            votes[class_id] = votes.get(class_id, 0.0) + weight
            self._class_id[row] = max(votes, key=votes.__getitem__)

    def _groups(self, detections: Detections) -> NDArray[np.bool_]:
        if self._apart is None:
            return np.zeros(len(detections), np.bool_)
        return self._apart[detections.class_id]

    def _confirmed(self) -> NDArray[np.bool_]:
        return (self._hits >= CONFIRM_HITS) & (self._score_sum >= CONFIRM_SCORE_SUM)

    def _speed(self) -> NDArray[np.float64]:
        """Box sizes per second; shape (tracks,)."""
        position, velocity = self._filter.position, self._filter.velocity
        result: NDArray[np.float64] = np.hypot(velocity[:, 0], velocity[:, 1]) / np.sqrt(
            position[:, 2] * position[:, 3]
        )
        return result

    def _settle(self, rows: NDArray[np.intp], t_s: float) -> None:
        """Note where those that have moved are now, and the home of those that lie still."""
        position = self._filter.position[rows]
        apart = np.hypot(*(position[:, :2] - self._anchor[rows]).T)
        moved = apart > REST_DRIFT * np.sqrt(position[:, 2] * position[:, 3])
        self._anchor[rows[moved]] = position[moved, :2]
        self._anchored_s[rows[moved]] = t_s
        still = t_s - self._anchored_s[rows] >= REST_S
        self._home[rows[still]] = position[still]
        self._home_s[rows[still]] = t_s

    def _lose(self, rows: NDArray[np.intp]) -> None:
        """Decide what becomes of tracks that were seen in the frame before and no longer are.

        What lay still, or hardly moved from where it lay just before, is put back there and waited for: the hand that
        covers it made it seem to move. The rest goes on as it went, but neither grows nor shrinks.
        """
        if not len(rows):
            return
        home = self._home[rows]
        apart = np.hypot(*(self._filter.position[rows, :2] - home[:, :2]).T)
        near = apart < NUDGE * np.sqrt(home[:, 2] * home[:, 3])
        at_home = near & (self._seen_s[rows] - self._home_s[rows] <= NUDGE_S)
        self._filter.hold(rows)
        self._filter.place(rows[at_home], home[at_home])
        self._patience_s[rows] = np.where(at_home, LOST_RESTING_S, LOST_MOVING_S)

    def _evict(self, t_s: float) -> NDArray[np.int64]:
        unseen_s = t_s - self._seen_s
        if unseen_s.max(initial=0.0) <= LOST_TENTATIVE_S:  # the shortest patience of all
            return np.empty(0, np.int64)
        patience = np.where(self._confirmed(), self._patience_s, LOST_TENTATIVE_S)
        stay = unseen_s <= patience
        if stay.all():
            return np.empty(0, np.int64)
        ended = self._id[~stay]
        self._filter.keep(stay)
        for name in (
            "_id",
            "_score",
            "_score_sum",
            "_hits",
            "_seen_s",
            "_named_s",
            "_group",
            "_anchor",
            "_anchored_s",
            "_home",
            "_home_s",
            "_patience_s",
            "_class_id",
        ):
            setattr(self, name, getattr(self, name)[stay])
        self._votes = [votes for votes, keep in zip(self._votes, stay, strict=True) if keep]
        return ended

    def _start(self, detections: Detections, apart: NDArray[np.bool_], t_s: float) -> None:
        n = len(detections)
        self._filter.extend(as_centres(detections.xyxy))
        self._id = np.concatenate([self._id, np.arange(self._next_id, self._next_id + n)])
        self._next_id += n
        self._score = np.concatenate([self._score, detections.score])
        self._score_sum = np.concatenate([self._score_sum, detections.score])
        self._hits = np.concatenate([self._hits, np.ones(n, np.int64)])
        self._seen_s = np.concatenate([self._seen_s, np.full(n, t_s)])
        self._named_s = np.concatenate([self._named_s, np.full(n, t_s)])
        self._anchor = np.concatenate([self._anchor, self._filter.position[-n:, :2]])
        self._anchored_s = np.concatenate([self._anchored_s, np.full(n, t_s)])
        self._home = np.concatenate([self._home, self._filter.position[-n:]])
        self._home_s = np.concatenate([self._home_s, np.full(n, -np.inf)])
        self._patience_s = np.concatenate([self._patience_s, np.full(n, LOST_MOVING_S)])
        self._class_id = np.concatenate([self._class_id, detections.class_id])
        self._group = np.concatenate([self._group, apart])
        pairs = zip(detections.class_id.tolist(), detections.score.tolist(), strict=True)
        self._votes += [{class_id: score} for class_id, score in pairs]

    def _tracks(self, t_s: float, ended: NDArray[np.int64]) -> Tracks:
        return Tracks(
            track_id=self._id,
            xyxy=as_corners(self._filter.position),
            score=self._score.copy(),
            class_id=self._class_id.copy(),
            confirmed=self._confirmed(),
            seen=self._seen_s == t_s,
            ended=ended,
        )
