"""The same boxes counted by supervision and roboflow's trackers, as their documentation has it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from tracker.domain.detections import Detections
from tracker.domain.events import Direction

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # they announce their own deprecations on import
    import supervision as sv
    from trackers import ByteTrackTracker

LEAST_SCORE = 0.1
"""Their defaults (0.7 and 0.6) count nothing at all on most of these clips; this is what suits them best."""


def crossings(
    boxes: Sequence[tuple[float, Detections]],
    line: tuple[tuple[float, float], tuple[float, float]],
    not_people: Sequence[bool],
) -> list[tuple[float, Direction]]:
    """When something crossed the line, and which way, by ByteTrack and a LineZone on box centres.

    Args:
        boxes: Time in seconds and what a model saw, frame by frame.
        line: Start and end, pixels.
        not_people: Which class ids count.
    """
    rate_hz = (len(boxes) - 1) / (boxes[-1][0] - boxes[0][0])
    follow = ByteTrackTracker(
        frame_rate=rate_hz, track_activation_threshold=LEAST_SCORE, high_conf_det_threshold=LEAST_SCORE
    )
    zone = sv.LineZone(*(sv.Point(*point) for point in line), triggering_anchors=(sv.Position.CENTER,))
    found: list[tuple[float, Direction]] = []
    for t_s, seen in boxes:
        pick = [i for i in range(len(seen)) if seen.score[i] >= LEAST_SCORE and not_people[seen.class_id[i]]]
        given = sv.Detections(seen.xyxy[pick], confidence=seen.score[pick], class_id=seen.class_id[pick].astype(int))
        # its "in" is from the right hand of the line to the left, ours the other way
        went_left, went_right = zone.trigger(follow.update(given))
        found += [(t_s, Direction.OUT)] * int(went_left.sum()) + [(t_s, Direction.IN)] * int(went_right.sum())
    return found
