"""Waiting grows, stays bounded, and starts again after a good stretch."""

from __future__ import annotations

import random

import pytest

from tracker.capture.backoff import FIRST_DELAY_S, LONGEST_DELAY_S, LONGEST_REFUSED_S, Backoff


@pytest.mark.parametrize(
    ("refused", "longest_s"),
    [
        (False, LONGEST_DELAY_S),  # silent: it may be back any moment
        (True, LONGEST_REFUSED_S),  # it may lock whoever guesses out
    ],
)
def test_waits_double_up_to_a_bound(refused: bool, longest_s: float) -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next_s(delivered_s=0, refused=refused) for _ in range(12)]
    for number, wait_s in enumerate(waits):
        ceiling_s = min(FIRST_DELAY_S * 2**number, longest_s)
        assert ceiling_s / 2 <= wait_s <= ceiling_s


def test_a_camera_that_refused_and_then_falls_silent_is_asked_more_often() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next_s(delivered_s=0, refused=True) for _ in range(12)]
    assert max(waits) > 2 * LONGEST_DELAY_S
    assert backoff.next_s(delivered_s=0) <= LONGEST_DELAY_S


def test_a_good_stretch_starts_again_and_a_short_one_does_not() -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(6):
        backoff.next_s(delivered_s=0)
    assert backoff.next_s(delivered_s=9.9) > 2
    assert backoff.next_s(delivered_s=10.0) <= FIRST_DELAY_S


def test_cameras_do_not_knock_together() -> None:
    waits = {Backoff(random.Random(seed)).next_s(delivered_s=0) for seed in range(16)}
    assert len(waits) == 16
