"""What a still every half minute can tell of an order, beside what went through: the price of the mildest camera.

Stock is all that a still shows. The rises of the tray's stock are summed: what comes and goes between two stills, or
lies under another piece, is lost.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
from figures import Figure

from tracker.detect import load_detector
from tracker.domain.frames import Frame, Moment, Picture
from tracker.domain.ports import Detector
from tracker.domain.rules import Calibration, RuleId, StockRule
from tracker.models import model_folder
from tracker.pipeline import CameraPipeline
from tracker.sim.render import Stage
from tracker.sim.scenes import Scene
from tracker.sim.settled import settled_events
from tracker.sim.wardrobe import Wardrobe
from tracker.trials.books import START
from tracker.trials.suites import read_suite
from tracker.trials.witness import Witness

NAME = "sparse"
WHAT = "share of an order's pieces that a still every 30 s accounts for, on the suite of whole orders"

SUITE = Path(__file__).resolve().parents[2] / "suites" / "orders.toml"
EVERY_S = 30.0
ORDERS = 10


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Stills of whole orders, seen by a witness and by the default model."""
    suite = read_suite(SUITE).limited(orders=1 if sample else ORDERS, pieces=20 if sample else None)
    model = load_detector(model_folder("default"))
    shares: dict[str, list[float]] = {"witness": [], "default model": []}
    for play in range(suite.plays):
        for scene in suite.scenes(seed, play):
            true = sum(event.pieces for event in settled_events(scene.script, scene.rules[1:]))
            for eyes, detector in (("witness", Witness(scene.script, seed)), ("default model", model)):
                shares[eyes].append(rises(scene, detector) / true)
    return [
        Figure(f"pieces that stills account for, {eyes}", round(float(np.mean(share)), 3), "of those through", "", None)
        for eyes, share in shares.items()
    ]


def rises(scene: Scene, detector: Detector) -> int:
    """Sum of the rises of the tray's stock from still to still."""
    script, transfer = scene.script, scene.rules[1]
    stock = StockRule(RuleId("stock"), transfer.target, transfer.destination)
    pipeline = CameraPipeline(Calibration(script.camera, "stills", (), (stock,)), detector)
    stage = Stage(Wardrobe(script))
    total = before = 0
    for number in range(int(script.duration_s / EVERY_S)):
        frame = round(number * EVERY_S * script.fps)
        if isinstance(detector, Witness):
            detector.turn(frame)
        moment = Moment(number, number * EVERY_S, START + timedelta(seconds=number * EVERY_S))
        for reading in pipeline.update(Frame(script.camera, moment, planes(stage.picture(frame)))).stock:
            total += max(0, reading.count - before)
            before = reading.count
    return total


def planes(picture: np.ndarray) -> Picture:
    """A BGR picture as cameras deliver it."""
    height, width = picture.shape[:2]
    flat = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    luma, rest = flat[: height * width].reshape(height, width), flat[height * width :].reshape(2, height // 2, -1)
    return Picture(luma, rest[0], rest[1], full_range=False)
