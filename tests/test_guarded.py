"""One camera's errors stay with it: a gap, one traceback, a growing pause, and it starts over."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from wiring_shop import MONDAY_8, TRAY, Sliding, calibration, crossed_at, frame, frames

from tracker.domain.frames import Frame, Gap, GapReason
from tracker.guarded import HEALTHY, HOPELESS, LONGEST_PAUSE, GuardedPipeline
from tracker.pipeline import CameraPipeline


class Breaking(Sliding):
    """A detector that fails in some seconds."""

    def __init__(self, *broken: tuple[float, float]) -> None:
        super().__init__()
        self._broken = broken
        self.asked: list[float] = []

    def detect(self, picture):
        t_s = int.from_bytes(picture.y[0, :4].tobytes(), "big", signed=True) / 1000
        self.asked.append(t_s)
        if any(start <= t_s < end for start, end in self._broken):
            raise RuntimeError("the device is gone")
        return super().detect(picture)


def play(guard: GuardedPipeline, some: Iterable[Frame]) -> tuple[list, list[Gap]]:
    events, gaps = [], []
    for one in some:
        counted, told = guard.update(one)
        events += counted.events
        gaps += told
    return events, gaps


def at(seconds: float):
    return MONDAY_8 + timedelta(seconds=seconds)


def test_an_error_is_a_gap_and_the_camera_starts_over(caplog: pytest.LogCaptureFixture) -> None:
    guard = GuardedPipeline(CameraPipeline(calibration(), Breaking((4, 4.05)), every_frame=True))
    with caplog.at_level(logging.INFO, logger="tracker.guarded"):
        events, gaps = play(guard, frames(0, 12))
    blind = Gap(TRAY, GapReason.UNREADABLE, at(3.9), None)
    assert gaps == [blind, replace(blind, end=at(5))]
    assert [event.moment.at.replace(microsecond=0) for event in events] == crossed_at([0, 1, 3, 4, 5])
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "the device is gone" in caplog.text  # with its traceback
    assert not guard.failing


def test_the_pause_grows_and_the_traceback_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    detector = Breaking((1, 200))
    guard = GuardedPipeline(CameraPipeline(calibration(), detector, every_frame=True))
    _, gaps = play(guard, [frame(second) for second in range(190)])
    tried = [round(second) for second in detector.asked if second >= 1]
    assert [later - earlier for earlier, later in pairwise(tried)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert timedelta(seconds=60) == LONGEST_PAUSE
    assert gaps == [Gap(TRAY, GapReason.UNREADABLE, at(0), None)]
    assert len(caplog.records) == 1
    assert guard.hopeless
    assert guard.failures >= HOPELESS


def test_after_a_while_without_errors_the_next_one_is_the_first_again(caplog: pytest.LogCaptureFixture) -> None:
    later = HEALTHY.total_seconds() + 10
    detector = Breaking((1, 4), (later, later + 0.5))
    guard = GuardedPipeline(CameraPipeline(calibration(), detector, every_frame=True))
    play(guard, [frame(second / 2) for second in range(round(later) * 2 + 20)])
    tried = [second for second in detector.asked if second >= later]
    assert tried[1] - tried[0] == 1.0
    assert len(caplog.records) == 2


def test_an_error_with_the_first_frame_is_a_gap_from_there() -> None:
    guard = GuardedPipeline(CameraPipeline(calibration(), Breaking((0, 1)), every_frame=True))
    _, gaps = play(guard, frames(0, 3))
    assert [(gap.start, gap.end) for gap in gaps] == [(at(0), None), (at(0), at(1))]


def test_a_camera_that_is_lost_meanwhile_has_one_gap_after_the_other() -> None:
    guard = GuardedPipeline(CameraPipeline(calibration(), Breaking((4, 5)), every_frame=True))
    play(guard, frames(0, 4.1))
    guard.blind()  # the capture tells a gap of its own, which takes over
    assert play(guard, frames(7, 8))[1] == []
    assert not guard.failing


def test_whatever_fails_in_a_pipeline_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    class Hopeless(CameraPipeline):
        def update(self, frame):
            raise RuntimeError("update")

        def blind(self):
            raise RuntimeError("blind")

        def finish(self):
            raise RuntimeError("finish")

    guard = GuardedPipeline(Hopeless(calibration(), Sliding()))
    assert guard.finish() == guard.blind()
    counted, gaps = guard.update(frame(0))
    assert (counted.events, len(gaps)) == ((), 1)
    assert "finish" in caplog.text
