"""Which gaps are reported when a camera goes blind, is paused, and sees again."""

from __future__ import annotations

from datetime import timedelta

from capture_clips import CAMERA, NOON

from tracker.capture.blindness import Blindness
from tracker.domain.frames import Gap, GapReason

A, B, C, D = (NOON + timedelta(minutes=minute) for minute in range(4))


def test_one_outage_is_one_gap_reported_open_and_then_closed() -> None:
    blindness = Blindness(CAMERA)
    assert blindness.begins(GapReason.DISCONNECTED, A) == (Gap(CAMERA, GapReason.DISCONNECTED, A, None),)
    assert blindness.lasts
    assert blindness.begins(GapReason.UNREACHABLE, B) == ()
    assert blindness.ends(C) == (Gap(CAMERA, GapReason.DISCONNECTED, A, C),)
    assert not blindness.lasts
    assert blindness.ends(D) == ()


def test_a_pause_is_told_apart_from_the_outages_around_it() -> None:
    blindness = Blindness(CAMERA)
    blindness.begins(GapReason.DISCONNECTED, A)
    assert blindness.begins(GapReason.PAUSED, B) == (
        Gap(CAMERA, GapReason.DISCONNECTED, A, B),
        Gap(CAMERA, GapReason.PAUSED, B, None),
    )
    assert blindness.begins(GapReason.PAUSED, C) == ()
    assert blindness.begins(GapReason.UNREACHABLE, C) == (
        Gap(CAMERA, GapReason.PAUSED, B, C),
        Gap(CAMERA, GapReason.UNREACHABLE, C, None),
    )
    assert blindness.ends(D) == (Gap(CAMERA, GapReason.UNREACHABLE, C, D),)


def test_a_gap_never_ends_before_it_began() -> None:
    blindness = Blindness(CAMERA)
    blindness.begins(GapReason.UNREACHABLE, B)
    assert blindness.ends(A) == (Gap(CAMERA, GapReason.UNREACHABLE, B, B),)
