"""Films that are hard for whoever looks only at changes: slow, small and faint pieces, noise, tremble, flicker.

The detector knows the truth, so that what is missed was missed for want of a look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.detections import Detections
from tracker.domain.events import Event
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.domain.rules import Calibration, CountUnit, GateRule, RuleId, RuleKind, StepId, Target, TransferRule, Zone
from tracker.pipeline import CameraPipeline

WIDTH, HEIGHT = 640, 360
CAMERA = CameraId("table-1")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_TARGET = Target((), CountUnit.PIECE, 1, StepId("sew"), None)


def _zone(name: str, left: float, right: float) -> Zone:
    return Zone(name, ((left, 0.05), (right, 0.05), (right, 0.95), (left, 0.95)))


GATE = GateRule(RuleId("line"), _TARGET, (0.5, 1.0), (0.5, 0.0))
TRANSFER = TransferRule(RuleId("done"), _TARGET, _zone("left", 0.05, 0.45), _zone("right", 0.55, 0.95))
RULES = Calibration(CAMERA, "counts squares in tests", (), (GATE, TRANSFER))


@dataclass(frozen=True, slots=True)
class Hardship:
    """What makes a film hard.

    Attributes:
        side_px: Of the piece.
        contrast: Grey levels between it and the table, which has a weave of its own.
        speed_px_s: Of the piece while it goes from left to right, and perhaps back.
        fps: Frames a second.
        noise: Standard deviation of the sensor's noise, grey levels.
        tremble_px: How far the camera trembles.
        flicker: Grey levels by which the lamp flickers.
        crf: Of x264; ``None`` does not compress.
        back: It goes back in the end.
    """

    side_px: int = 32
    contrast: float = 60
    speed_px_s: float = 120
    fps: float = 10
    noise: float = 1.0
    tremble_px: float = 0.0
    flicker: float = 0.0
    crf: int | None = None
    back: bool = False


class Film:
    """One piece that lies, goes across, and lies again; frames are made as they are asked for.

    Args:
        hardship: What makes it hard.
        seed: Of table, noise and way.
    """

    def __init__(self, hardship: Hardship, seed: int) -> None:
        self.hardship, self.labels, self.provider = hardship, ("shirt",), "cpu"
        rng = np.random.default_rng(seed)
        weave = cv2.resize(rng.normal(0, 6, (90, 160)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        self._table = (100 + weave).astype(np.float32)
        cv2.line(self._table, (0, 40), (WIDTH, 60), 200, 2)  # an edge that trembles
        y, left, right = rng.uniform(100, 300), rng.uniform(60, 240), rng.uniform(420, 580)
        takes_s = (right - left) / hardship.speed_px_s
        stops = [(0.0, left), (3.0, left), (3.0 + takes_s, right), (6.0 + takes_s, right)]
        if hardship.back:
            stops += [(6.0 + 2 * takes_s, left), (9.0 + 2 * takes_s, left)]
        self._y, self._stops, self._seed = y, stops, seed
        self._now_s = 0.0

    def frames(self) -> Iterator[Frame]:
        """Every frame, in order; the detector's idea of now goes with them."""
        hardship, rng = self.hardship, np.random.default_rng(self._seed + 1)
        times = np.arange(0, self._stops[-1][0], 1 / hardship.fps).tolist()
        lumas: Iterator[NDArray[np.uint8]] = (self._luma(t_s, rng) for t_s in times)
        if hardship.crf is not None:
            lumas = _compressed(list(lumas), hardship)
        chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
        for number, (t_s, luma) in enumerate(zip(times, lumas, strict=True)):
            self._now_s = t_s
            at = START + timedelta(seconds=t_s)
            yield Frame(CAMERA, Moment(number, t_s, at), Picture(luma, chroma, chroma, full_range=False))

    def detect(self, _: Picture) -> Detections:
        """The piece, where it is now."""
        left, top = (round(v - self.hardship.side_px / 2) for v in (self._x(self._now_s), self._y))
        box = [[left, top, left + self.hardship.side_px, top + self.hardship.side_px]]
        return Detections(np.array(box, np.float32), np.full(1, 0.8, np.float32), np.zeros(1, np.int32))

    def _x(self, t_s: float) -> float:
        times, xs = zip(*self._stops, strict=True)
        return float(np.interp(t_s, times, xs))

    def _luma(self, t_s: float, rng: np.random.Generator) -> NDArray[np.uint8]:
        hardship, half = self.hardship, self.hardship.side_px / 2
        picture = self._table.copy()
        left, top = round(self._x(t_s) - half), round(self._y - half)
        picture[top : top + hardship.side_px, left : left + hardship.side_px] += hardship.contrast
        if hardship.tremble_px:
            dx, dy = rng.uniform(-hardship.tremble_px, hardship.tremble_px, 2)
            shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            picture = cv2.warpAffine(picture, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        picture += rng.normal(0, hardship.noise, picture.shape) + rng.uniform(-hardship.flicker, hardship.flicker)
        return picture.clip(16, 235).astype(np.uint8)


def counted(film: Film, *, every_frame: bool) -> tuple[list[Event], float]:
    """What is counted, and the share of the frames that the model looked at."""
    pipeline = CameraPipeline(RULES, film, every_frame=every_frame)
    events, frames = [], 0
    for frame in film.frames():
        events += pipeline.update(frame).events
        frames += 1
    return events, pipeline.looks / frames


def differences(film: Film) -> tuple[list[str], float]:
    """In what looking at changes counts otherwise than looking at every frame, and the share of frames it looked at."""
    (every, _), (some, looks) = (counted(film, every_frame=every_frame) for every_frame in (True, False))
    signs = [[(event.rule, event.direction) for event in events] for events in (every, some)]
    if signs[0] != signs[1]:
        return [f"every frame counts {signs[0]}, changes only {signs[1]}"], looks
    hardship = film.hardship
    # what creeps comes to rest when nobody can say; it is somewhere within half of its size
    most = max(3, hardship.fps * hardship.side_px / 2 / hardship.speed_px_s)
    late = [
        f"{a.rule} {a.direction}: frame {a.moment.frame} and {b.moment.frame}"
        for a, b in zip(every, some, strict=True)
        if a.kind is RuleKind.GATE and abs(a.moment.frame - b.moment.frame) > most
    ]
    return late if every else ["nothing is counted at all"], looks


def _compressed(lumas: list[NDArray[np.uint8]], hardship: Hardship) -> Iterator[NDArray[np.uint8]]:
    """The same after a cheap camera's encoder: key frames every two seconds."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = Fraction(1, round(hardship.fps))
    encoder.options = {"crf": str(hardship.crf), "preset": "veryfast", "bf": "0", "g": str(round(2 * hardship.fps))}
    decoder = av.CodecContext.create("h264", "r")
    packets = []
    for number, luma in enumerate(lumas):
        planar = np.concatenate([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(planar, format="yuv420p")
        frame.pts, frame.time_base = number, encoder.time_base
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    for packet in [*packets, None]:
        for frame in decoder.decode(packet):
            yield frame.to_ndarray(format="yuv420p")[:HEIGHT].copy()
