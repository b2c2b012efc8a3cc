"""Looking only at changes counts what looking at every frame counts."""

from __future__ import annotations

import pytest
from attention_films import Film, Hardship, differences


@pytest.mark.parametrize(
    "hardship",
    [
        Hardship(speed_px_s=6),  # slow: a fiftieth of its way a second
        Hardship(side_px=14),  # small: seven pixels of an input of 320
        Hardship(contrast=6),  # faint: as much as the weave of the table
        Hardship(contrast=8, side_px=16),  # small and faint
        Hardship(noise=8),  # a dark shop
        Hardship(crf=32, contrast=8, noise=3),  # a cheap encoder
        Hardship(speed_px_s=700, fps=12, back=True),  # a quick hand, there and back
        Hardship(flicker=6),
    ],
    ids=str,
)
def test_changes_are_enough_to_count(hardship):
    different, looks = differences(Film(hardship, seed=3))
    assert different == []
    assert looks < 0.75
