"""Films of a room in which hardly anything happens, as cameras encode it: alive, or with a sensor that stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.render import Stage
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import SEWING, make_workshop

RATE = 5
ZERO = {"tune": "zerolatency"}
CAMERA_LIKE = {
    "ultrafast crf 18": {"preset": "ultrafast", "crf": "18", **ZERO},
    "ultrafast crf 28": {"preset": "ultrafast", "crf": "28", **ZERO},
    "ultrafast crf 35": {"preset": "ultrafast", "crf": "35", **ZERO},
    "veryfast crf 23": {"preset": "veryfast", "crf": "23", **ZERO},
    "motion JPEG q 8": {"qmin": "8", "qmax": "8"},
    "motion JPEG q 25": {"qmin": "25", "qmax": "25"},
}
"""One quantiser, no look ahead: how cameras encode a scene that stands still."""
OTHERS = {
    "medium crf 28": {"preset": "medium", "crf": "28", **ZERO},
    "medium crf 35": {"preset": "medium", "crf": "35", **ZERO},
    "medium crf 28, looks ahead": {"preset": "medium", "crf": "28"},
    "constant 150 kbit/s": {"preset": "ultrafast", "b": "150k", "maxrate": "150k", "bufsize": "150k", **ZERO},
    "constant 400 kbit/s": {"preset": "veryfast", "b": "400k", "maxrate": "400k", "bufsize": "400k", **ZERO},
}
"""These change their quantiser, and with it a picture that stands still, most of all."""
NOISES = ((0.5, 1.0), (1.0, 1.0), (2.0, 0.5))
"""Sigma in grey levels, and how bright the scene is: day, day, and an evening with much gain."""
LIVES_S, LIVES_KEYS, FREEZES_S, AGAIN_S = 40, 16, 60, 20
"""A film lives for so many seconds or key frames, the longer, then freezes, then its sensor lives again."""
VISIT_S, VISITS_EVERY_S = 40, 120
"""How long somebody works at the table, and how often: in between nothing moves."""

Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shot:
    """How a film is made.

    Attributes:
        options: Of the encoder; motion JPEG when there is no preset.
        key_s: Seconds from key frame to key frame.
        sigma: Noise of the sensor, grey levels.
        gain: Brightness of the scene.
        clock: A clock is drawn into each picture.
        frozen: ``None``: it lives; ``sensor``: what is encoded stands still from right after a key frame on, which is
            the worst moment; ``packets``: what was encoded last is repeated, the last key frame and all after it.
        life: ``still``; ``daylight`` drifts by 30 % in a quarter of an hour; ``lamp``: it flickers by a per cent;
            ``visitor``: somebody comes, works and goes.
    """

    options: dict[str, str]
    key_s: int
    sigma: float
    gain: float
    clock: bool = False
    frozen: str | None = None
    life: str = "still"

    @property
    def lives_s(self) -> int:
        """Seconds until it freezes."""
        return max(LIVES_S, LIVES_KEYS * self.key_s)

    def stands_still(self, number: int) -> bool:
        """Whether the sensor has stopped before this picture."""
        stopped = self.lives_s * RATE + 1
        return self.frozen == "sensor" and stopped < number <= stopped + FREEZES_S * RATE


def table(seed: int) -> Luma:
    """A sewing table, grey, 320 x 180."""
    picture = Stage(Wardrobe(make_workshop(seed, fps=8).script(SEWING))).picture(0)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(
        cv2.GaussianBlur(cv2.resize(grey, (320, 180), interpolation=cv2.INTER_AREA), (0, 0), 0.7), np.uint8
    )


def decoded(base: Luma, shot: Shot, seed: int, *, seconds: int) -> Iterator[tuple[bool, Luma]]:
    """Every decoded picture's luma, and whether it is a key frame."""
    codec = "mjpeg" if "qmin" in shot.options else "h264"
    decoder = av.CodecContext.create(codec, "r")
    decoder.thread_count = 1
    group: list[bytes] = []
    packets = _encoded(base, shot, seed, seconds=shot.lives_s if shot.frozen == "packets" else seconds)
    for is_key, data in packets:
        group = [data] if is_key else [*group, data]
        yield from _pictures(decoder, data)
    if shot.frozen == "packets":
        for number in range((seconds - shot.lives_s) * RATE):
            yield from _pictures(decoder, group[number % len(group)])
    yield from _pictures(decoder, None)


def _pictures(decoder: av.CodecContext, data: bytes | None) -> Iterator[tuple[bool, Luma]]:
    packet = None if data is None else av.Packet(data)
    for frame in decoder.decode(packet):
        yield bool(frame.key_frame), frame.to_ndarray()[: frame.height, : frame.width]


def _encoded(base: Luma, shot: Shot, seed: int, *, seconds: int) -> Iterator[tuple[bool, bytes]]:
    jpeg = "qmin" in shot.options
    encoder = av.CodecContext.create("mjpeg" if jpeg else "libx264", "w")
    encoder.height, encoder.width = base.shape
    encoder.pix_fmt = "yuvj420p" if jpeg else "yuv420p"
    encoder.framerate, encoder.time_base = RATE, Fraction(1, RATE)
    extra = {} if jpeg else {"g": str(shot.key_s * RATE), "bf": "0", "sc_threshold": "0"}
    encoder.options = shot.options | extra
    encoder.thread_count = 1
    for number, luma in enumerate(_shown(base, shot, seed, seconds=seconds)):
        frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format=encoder.pix_fmt)
        frame.pts = number
        yield from ((packet.is_keyframe, bytes(packet)) for packet in encoder.encode(frame))
    yield from ((packet.is_keyframe, bytes(packet)) for packet in encoder.encode(None))


def _shown(base: Luma, shot: Shot, seed: int, *, seconds: int) -> Iterator[Luma]:
    rng = np.random.default_rng(seed)
    dark = base.astype(np.float32) - 16
    kept = dark
    for number in range(seconds * RATE):
        if not shot.stands_still(number):
            scene = dark * np.float32(shot.gain * _light(shot.life, number, rng))
            if shot.life == "visitor":
                _visit(scene, number)
            kept = 16 + scene + rng.standard_normal(base.shape, dtype=np.float32) * np.float32(shot.sigma)
        luma = np.clip(kept, 16, 235).astype(np.uint8)
        if shot.clock:
            at = number // RATE
            cv2.putText(luma, f"12:{at // 60 % 60:02d}:{at % 60:02d}", (8, 16), 0, 0.45, 235, 1)
        yield luma


def _light(life: str, number: int, rng: np.random.Generator) -> float:
    if life == "daylight":
        return 1 + 0.3 * float(np.sin(2 * np.pi * number / RATE / 3600))
    if life == "lamp":
        return 1 + 0.006 * float(np.sin(2 * np.pi * 0.37 * number)) + 0.003 * float(rng.standard_normal())
    return 1.0


def _visit(scene: NDArray[np.float32], number: int) -> None:
    """Draws somebody who works: small at one visit, large at the next, each at another place."""
    visit, at = divmod(number / RATE - 30, VISITS_EVERY_S)
    if visit < 0 or at >= VISIT_S:
        return
    size = 1.0 if visit % 2 else 2.2
    sway_x, sway_y = np.sin(at * 1.3 + visit), np.sin(at * 0.9)
    x, y = int(80 + 50 * (visit % 4) + 30 * sway_x), int(60 + 30 * (visit % 3) + 20 * sway_y)
    cv2.circle(scene, (x, y), int(14 * size), 60.0 + 40.0 * float(np.sin(at)), -1)
    half, tall = int(20 * size), int(16 * size)
    cv2.rectangle(scene, (x - half, y + 10), (x + half, y + 10 + tall), 150.0, -1)
