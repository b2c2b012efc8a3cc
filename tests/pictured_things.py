"""Bright squares on a dark table, and a detector that finds them: a whole camera without a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from tracker.domain.detections import Detections
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.domain.rules import Calibration, CellId, CountUnit, Rule, StepId, Target

CAMERA = CameraId("table-1")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WIDTH, HEIGHT, RATE_HZ = 320, 180, 10
SIDE = 24
TARGET = Target((), CountUnit.PIECE, 1, StepId("sew"), CellId("cell-1"))

Way = Sequence[tuple[float, float, float]]
"""(second, x, y) of a square's centre; straight lines between; nowhere before the first and after the last."""


class SquareFinder:
    """A detector whose things are bright and square."""

    labels = ("shirt", "person")
    provider = "cpu"

    def __init__(self) -> None:
        self.looks = 0

    def detect(self, picture: Picture) -> Detections:
        """Every bright patch."""
        self.looks += 1
        bright = (picture.y > 150).astype(np.uint8)
        _, _, found, _ = cv2.connectedComponentsWithStats(bright)
        x, y, w, h, area = found[1:][found[1:, cv2.CC_STAT_AREA] > 20].T
        xyxy = np.stack([x, y, x + w, y + h], axis=1).astype(np.float32).reshape(-1, 4)
        return Detections(xyxy, np.full(len(area), 0.8, np.float32), np.zeros(len(area), np.int32))


def picture(ways: Sequence[Way], t_s: float, *, scale: int = 1) -> Picture:
    """The table at a time."""
    y = np.full((HEIGHT * scale, WIDTH * scale), 60, np.uint8)
    for way in ways:
        times, xs, ys = zip(*way, strict=True)
        if times[0] <= t_s <= times[-1]:
            left, top = (round((np.interp(t_s, times, centres) - SIDE / 2) * scale) for centres in (xs, ys))
            y[max(top, 0) : max(top + SIDE * scale, 0), max(left, 0) : max(left + SIDE * scale, 0)] = 220
    chroma = np.full((HEIGHT * scale // 2, WIDTH * scale // 2), 128, np.uint8)
    return Picture(y, chroma, chroma, full_range=False)


def frame(ways: Sequence[Way], t_s: float, *, scale: int = 1) -> Frame:
    """The frame the camera takes at a time."""
    moment = Moment(round(t_s * RATE_HZ), t_s, START + timedelta(seconds=t_s))
    return Frame(CAMERA, moment, picture(ways, t_s, scale=scale))


def calibration(*rules: Rule) -> Calibration:
    """A camera with these rules."""
    return Calibration(CAMERA, "counts squares in tests", (), rules)


def write_video(path: Path, ways: Sequence[Way], *, seconds: float) -> Path:
    """The same as an H.264 file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options={"crf": "18", "bf": "0", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(round(seconds * RATE_HZ)):
            shown = picture(ways, number / RATE_HZ)
            planar = np.concatenate([plane.reshape(-1) for plane in (shown.y, shown.u, shown.v)])
            drawn = av.VideoFrame.from_ndarray(planar.reshape(HEIGHT * 3 // 2, WIDTH), format="yuv420p")
            drawn.pts, drawn.time_base = number, Fraction(1, RATE_HZ)
            container.mux(stream.encode(drawn))
        container.mux(stream.encode())
    return path
