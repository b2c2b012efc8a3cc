"""What lay still and is unseen is waited for; what comes to lie in its place may be another."""

from __future__ import annotations

import numpy as np
import pytest
from track_worlds import RATE_HZ, Thing, detections, follow, nothing

from tracker.domain.detections import Detections
from tracker.track import ByteTracker


@pytest.mark.parametrize(
    ("box", "away_s", "same"),
    [
        ((80, 80, 120, 120), 1.5, True),  # just as it lay
        ((81, 79, 121, 119), 1.5, True),  # but for the detector's tremble
        ((88, 80, 128, 120), 1.5, False),  # a fifth aside: the next piece, laid in its place
        ((80, 70, 120, 130), 1.5, False),  # of another size
        ((88, 80, 128, 120), 0.3, True),  # unseen for a moment only: it has moved a little
    ],
)
def test_what_was_covered_lies_as_it_lay_or_is_another(box, away_s, same):
    tracker = ByteTracker()
    follow([Thing((100, 100))], [i / RATE_HZ for i in range(20)], tracker=tracker)
    back_s = 1.9 + away_s
    nothing(tracker, start_s=1.9, seconds=away_s - 0.1)
    tracks = tracker.update(Detections(np.float32([box]), np.float32([0.8]), np.int32([0])), back_s)
    assert (tracks.track_id[tracks.seen].tolist() == [0]) is same


def test_what_comes_to_the_place_of_what_is_covered_stays_itself():
    """A second piece flies in while the first is unseen, and comes to lie just where that lay."""
    tracker = ByteTracker()
    follow([Thing((100, 100))], [i / RATE_HZ for i in range(20)], tracker=tracker)
    nothing(tracker, start_s=1.9, seconds=0.9)
    ids = []
    for i, x in enumerate((190, 160, 130, 110, 100, 100)):
        tracks = tracker.update(detections([Thing((x, 100))], 2.9 + i / RATE_HZ), 2.9 + i / RATE_HZ)
        ids += tracks.track_id[tracks.seen].tolist()
    assert ids == [1] * 6
