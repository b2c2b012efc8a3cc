"""Lamps that are switched over real film of the simulator, seen by the default model: light is no piece."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tracker.detect import load_detector
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.domain.rules import Calibration, CountUnit, RuleId, StockRule, Target, Zone
from tracker.pipeline import CameraPipeline
from tracker.sim.render import Stage
from tracker.sim.script import SceneScript
from tracker.sim.truth import truth_events
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import PACKING, SEWING, make_workshop

pytestmark = pytest.mark.timeout(180)

MODEL = Path(__file__).parents[1] / "models" / "default"
RATE_HZ = 8
START = datetime(2026, 3, 2, tzinfo=UTC)
EVERYWHERE = Zone("all", ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)))
STOCK = StockRule(RuleId("stock"), Target((), CountUnit.PIECE, 1, None, None), EVERYWHERE)


def half_every_ten_seconds(t_s: float) -> float:
    return 1.0 if int(t_s / 10) % 2 == 0 else 0.5


def comes_up_in_two_seconds(t_s: float) -> float:
    return 0.4 + 0.6 * min(1.0, max(0.0, (t_s % 10 - 4) / 2))


def picture(bgr: NDArray[np.uint8]) -> Picture:
    height, width = bgr.shape[:2]
    planes = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
    half = (height // 2, width // 2)
    quarter = height // 4
    u, v = (planes[height + i * quarter : height + (i + 1) * quarter].reshape(half) for i in (0, 1))
    return Picture(planes[:height], u, v, full_range=False)


def counted_under(script: SceneScript, lamp: Callable[[float], float], seconds: float) -> tuple[list[float], list[int]]:
    """When pieces were counted, and the stock that was read."""
    stage = Stage(Wardrobe(script))
    camera = CameraId("table")
    pipeline = CameraPipeline(
        Calibration(camera, "A table under a lamp", (), (script.rule, STOCK)), load_detector(MODEL, provider="cpu")
    )
    events, stock = [], []
    for number in range(round(seconds * RATE_HZ)):
        t_s = number / RATE_HZ
        lit = (stage.picture(number) * lamp(t_s)).astype(np.uint8)
        moment = Moment(number, t_s, START + timedelta(seconds=t_s))
        counted = pipeline.update(Frame(camera, moment, picture(lit)))
        events += [event.moment.t_s for event in counted.events]
        stock += [reading.count for reading in counted.stock]
    return events, stock


@pytest.mark.parametrize(
    ("camera", "lamp", "seconds"),
    [
        (SEWING, half_every_ten_seconds, 33.0),  # a transfer; a still pile once counted when the light came back
        (PACKING, comes_up_in_two_seconds, 16.0),  # a gate
    ],
)
def test_a_lamp_counts_nothing(camera: CameraId, lamp: Callable[[float], float], seconds: float) -> None:
    script = make_workshop(4, fps=RATE_HZ).script(camera)
    true_s = [event.t_s for event in truth_events(script)]
    events, _ = counted_under(script, lamp, seconds)
    assert events, "pieces do pass"
    assert [at for at in events if min(abs(at - true) for true in true_s) > 1.5] == []


def test_a_lamp_does_not_change_what_lies_there() -> None:
    script = make_workshop(3, fps=RATE_HZ).script(SEWING)
    still = Stage(Wardrobe(script)).picture(0)
    stage: Callable[[Stage, int], NDArray[np.uint8]] = lambda _self, _frame: still.copy()  # noqa: E731  nothing moves
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "picture", stage)
        events, stock = counted_under(script, half_every_ten_seconds, 14.0)
    assert events == []
    assert len(set(stock)) == 1
