"""A ByteTrack-class tracker on timestamps.

Like ByteTrack (Zhang et al. 2022, arXiv 2110.06864) it first matches strong boxes, then lets weak ones continue what is
already known. Unlike it, time is in seconds, association ignores the class (models flicker between names), a track is
confirmed by the sum of its scores instead of one high score, and what lay still is waited for longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Detections
from tracker.domain.geometry import Box
from tracker.domain.tracks import Tracks
from tracker.track.match import Pair, assign, distance_iou
from tracker.track.motion import BoxFilter, as_centred, as_corners
from tracker.track.thing import EDGE, MOMENT_S, REST_S, Sighting, Track

STRONG_SCORE = 0.35
"""Boxes matched in the first round."""
BIRTH_SCORE = 0.1
"""An unmatched box at least this sure starts a tentative track."""
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
LOST_TENTATIVE_S = 0.3
"""An unconfirmed track unseen for longer was noise."""
LEAST_SIMILARITY_WAITING = 0.7
"""The same for what lay still and has been unseen for longer than a moment: it lies as it lay, or it is another one."""
DRIFT = 0.25
"""Share of its size by which a followed thing may move between two looks."""
LONGEST_UNSEEN_S = 0.25
"""And never longer than this: hands turn around."""
NO_PAIR = -1.0
"""What no pair is worth: less than any that may be."""


class ByteTracker:
    """Tracks of one camera.

    State is one record per live track. It goes when its track was unseen for the times above; :attr:`Tracks.ended`
    names it once, so that rules can forget it too.

    Args:
        apart: Which class ids never continue a track of the others, bool, shape (number of labels,). People and their
            hands: they lie on what they carry as nothing else does. ``None`` when every class may flicker into every
            other.
    """

    def __init__(self, apart: NDArray[np.bool_] | None = None) -> None:
        self._apart = None if apart is None else apart.tolist()
        self._tracks: list[Track] = []
        self._next_id = 0
        self._now_s: float | None = None

    def update(self, detections: Detections, t_s: float, *, picture: tuple[int, int] | None = None) -> Tracks:
        """Tracks after one more frame.

        Args:
            detections: What the model saw in it.
            t_s: Presentation time of the frame, seconds, greater than in the call before.
            picture: The frame's width and height, pixels, if what fills all of it is the scene and no thing.

        Raises:
            ValueError: Time did not advance.
        """
        before_s, self._now_s = self._now_s, t_s
        if before_s is not None:
            if t_s <= before_s:
                msg = f"time must advance: {t_s} s after {before_s} s"
                raise ValueError(msg)
            for track in self._tracks:
                track.filter.predict(t_s - before_s)
        sightings = list(self._sightings(detections, picture))
        matched = self._match(sightings, t_s)
        for row, column in matched:
            self._tracks[row].see(sightings[column], t_s)
        for track in self._tracks:
            if track.seen_s == before_s:
                track.lose()
        ended = self._evict(t_s)
        known = {column for _, column in matched}
        for column, sighting in enumerate(sightings):
            if column not in known and sighting.score >= BIRTH_SCORE:
                self._start(sighting, t_s)
        return self._as_arrays(t_s, ended)

    def hold(self, t_s: float) -> Tracks:
        """Tracks after a frame in which nothing has changed: what was seen lies where it lay.

        That is no new evidence: nothing begins, and nothing is confirmed.

        Args:
            t_s: As in :meth:`update`.
        """
        before_s, self._now_s = self._now_s, t_s
        for track in self._tracks:
            if track.seen_s == before_s:
                track.stay(t_s)
        return self._as_arrays(t_s, self._evict(t_s))

    def rest(self) -> None:
        """Take nothing to move while nobody looks: what moved when last seen is not carried on for a second or two."""
        for track in self._tracks:
            track.filter.place(track.filter.position)

    def is_unsure(self, picture: tuple[int, int]) -> bool:
        """Whether a piece is new, or has just been lost: then the next frame tells more than any later one.

        Args:
            picture: Width and height, pixels; what is lost over its edge has gone.
        """
        now_s = self._now_s
        return now_s is not None and any(track.is_unsure(now_s, picture) for track in self._tracks if not track.apart)

    def outlook(self) -> tuple[tuple[Box, ...], float, bool]:
        """Where what moves now will be until when, and whether any piece does.

        What lies still changes nothing; when something changes there, it is about to move. Until then nothing known
        moves by more than ``DRIFT`` of its size, so that it is found again without doubt.
        """
        now_s = self._now_s or 0.0
        seen = [track for track in self._tracks if track.seen_s == now_s]
        fastest = max((track.filter.speed for track in seen), default=0.0)
        by_hand = any(track.apart for track in self._tracks)
        ahead_s = 0.0 if by_hand else min(LONGEST_UNSEEN_S, DRIFT / max(fastest, 1e-6))
        moving = [track for track in seen if now_s - track.anchored_s < REST_S]
        boxes = tuple(track.surroundings(ahead_s) for track in moving)
        return boxes, now_s + ahead_s, any(not track.apart for track in moving)

    def _sightings(self, detections: Detections, picture: tuple[int, int] | None) -> Iterator[Sighting]:
        columns = (detections.xyxy.tolist(), detections.score.tolist(), detections.class_id.tolist())
        for box, score, class_id in zip(*columns, strict=True):
            apart = self._apart is not None and self._apart[class_id]
            if apart or picture is None or not _fills(box, picture):
                yield Sighting(tuple(box), score, class_id, apart)

    def _match(self, sightings: list[Sighting], t_s: float) -> list[Pair]:
        """Confirmed tracks take strong boxes, then weak ones; all others take what is left.

        The others are tentative, or have been unseen for more than a moment: what lies where one of them lay may be
        another piece that has just come there.
        A hand that moves fast is blurred, and models take it for a piece for a few frames. So what is left when all
        names have been matched, and has a hand's size where a hand is due, is that hand.
        """
        fits, misnamed = self._fits(sightings, t_s)
        rows, columns = {row for row, _ in fits}, {column for _, column in fits}
        if len(rows) == len(fits) == len(columns):
            matched = list(fits)  # nobody has a choice, as in most frames
        else:
            matched = []
            strong = [sighting.score >= STRONG_SCORE for sighting in sightings]
            known = [track.confirmed and t_s - track.seen_s <= MOMENT_S for track in self._tracks]
            for wanted in ((True, True), (True, False), (False, None)):
                matched += _assign_free(
                    {
                        (row, column): fit
                        for (row, column), fit in fits.items()
                        if known[row] is wanted[0] and wanted[1] in {None, strong[column]}
                    },
                    matched,
                )
        return matched + _assign_free(misnamed, matched) if misnamed else matched

    def _fits(self, sightings: list[Sighting], t_s: float) -> tuple[dict[Pair, float], dict[Pair, float]]:
        """How well boxes continue tracks, where they may: under their own names, and hands under others."""
        fits: dict[Pair, float] = {}
        misnamed: dict[Pair, float] = {}
        areas = [(s.box[2] - s.box[0]) * (s.box[3] - s.box[1]) for s in sightings]
        for row, track in enumerate(self._tracks):
            _, _, width, height = track.filter.position
            box, area = as_corners(track.filter.position), width * height
            blurred = track.apart and t_s - track.named_s <= LONGEST_MISNAMED_S and track.filter.speed > FAST_SPEED
            for column, sighting in enumerate(sightings):
                other = sighting.apart is not track.apart
                ratio = min(area, areas[column]) / max(area, areas[column], 1e-6)
                if ratio < (LEAST_MISNAMED_RATIO if other else LEAST_AREA_RATIO) or (other and not blurred):
                    continue
                fit = distance_iou(box, sighting.box)
                if fit >= _least(track, sighting, ratio, t_s):
                    (misnamed if other else fits)[row, column] = fit
        return fits, misnamed

    def _evict(self, t_s: float) -> list[int]:
        gone = {
            track.id
            for track in self._tracks
            if t_s - track.seen_s > (track.patience_s if track.confirmed else LOST_TENTATIVE_S)
        }
        if gone:
            self._tracks = [track for track in self._tracks if track.id not in gone]
        return sorted(gone)

    def _start(self, sighting: Sighting, t_s: float) -> None:
        centred = as_centred(sighting.box)
        self._tracks.append(
            Track(
                id=self._next_id,
                filter=BoxFilter(centred),
                apart=sighting.apart,
                score=sighting.score,
                score_sum=sighting.score,
                seen_s=t_s,
                named_s=t_s,
                anchor=centred[:2],
                anchored_s=t_s,
                home=centred,
                class_id=sighting.class_id,
                votes={sighting.class_id: sighting.score},
            )
        )
        self._next_id += 1

    def _as_arrays(self, t_s: float, ended: list[int]) -> Tracks:
        tracks = self._tracks
        boxes = [as_corners(track.filter.position) for track in tracks]
        return Tracks(
            track_id=np.array([track.id for track in tracks], np.int64),
            xyxy=np.array(boxes, np.float32).reshape(-1, 4),
            score=np.array([track.score for track in tracks], np.float32),
            class_id=np.array([track.class_id for track in tracks], np.int32),
            confirmed=np.array([track.confirmed for track in tracks], np.bool_),
            seen=np.array([track.seen_s == t_s for track in tracks], np.bool_),
            ended=np.array(ended, np.int64),
        )


def _fills(box: Sequence[float], picture: tuple[int, int]) -> bool:
    """Whether a box reaches all four edges of the picture."""
    left, top, right, bottom = box
    x_edge, y_edge = EDGE * picture[0], EDGE * picture[1]
    return left <= x_edge and top <= y_edge and right >= picture[0] - x_edge and bottom >= picture[1] - y_edge


def _least(track: Track, sighting: Sighting, size_ratio: float, t_s: float) -> float:
    """The lowest similarity at which a box continues a track."""
    if track.waits(t_s):
        return LEAST_SIMILARITY_WAITING
    fresh = track.hits < 2
    if sighting.score >= STRONG_SCORE:
        return LEAST_SIMILARITY_NEW if fresh else LEAST_SIMILARITY
    return LEAST_SIMILARITY_SECOND if fresh and size_ratio >= LEAST_AREA_RATIO_WEAK else LEAST_SIMILARITY_WEAK


def _assign_free(fits: dict[Pair, float], taken: list[Pair]) -> list[Pair]:
    """The best pairs of what is not taken yet."""
    rows, columns = {row for row, _ in taken}, {column for _, column in taken}
    free = {pair: fit for pair, fit in fits.items() if pair[0] not in rows and pair[1] not in columns}
    return list(assign(free, NO_PAIR))
