"""A frozen picture told from a truly still scene: false alarms and seconds to notice, by encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from figures import Figure
from numpy.typing import NDArray

from tracker.capture import HealthWatch
from tracker.domain.frames import GapReason, Picture
from tracker.sim.render import Stage
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import SEWING, make_workshop

NAME = "frozen"
WHAT = "a frozen picture against a still scene that lives: false alarms, and how soon it is told, by encoder"

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
"""These go on changing a picture that stands still: told only when it is repeated as encoded."""
NOISES = ((0.5, 1.0), (1.0, 1.0), (2.0, 0.5))
"""Sigma in grey levels, and how bright the scene is: day, day, and an evening with much gain."""
LIVES_S, LIVES_KEYS, FREEZES_S = 40, 16, 60
"""A clip lives for so many seconds or key frames, the longer: a camera has long been running when its sensor stops."""
WITHIN_S, FAIR_KEY_S = 10.0, 4
"""When it must be told, where key frames come at least this often; two must have come since, or nobody can tell."""


@dataclass(frozen=True, slots=True)
class Shot:
    """How a clip is made.

    Attributes:
        options: Of the encoder; motion JPEG when there is no preset.
        key_s: Seconds from key frame to key frame.
        sigma: Noise of the sensor, grey levels.
        gain: Brightness of the scene.
        clock: A clock is drawn into each picture.
        frozen: ``None``: it lives; ``sensor``: what is encoded stands still from some moment on; ``packets``: what was
            encoded last is repeated, the last key frame and all after it.
    """

    options: dict[str, str]
    key_s: int
    sigma: float
    gain: float
    clock: bool = False
    frozen: str | None = None

    @property
    def lives_s(self) -> int:
        """Seconds until it freezes."""
        return max(LIVES_S, LIVES_KEYS * self.key_s)


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """False alarms of living scenes, and what becomes of frozen ones."""
    base = _table(seed)
    keys = (2,) if sample else (1, 2, 4, 10)
    noises = NOISES[1:2] if sample else NOISES
    encoders = {"cameras' encoders": CAMERA_LIKE, "others": OTHERS}
    if sample:
        encoders = {group: dict(list(table.items())[1::3]) for group, table in encoders.items()}
    figures = [
        *_living(base, seed, encoders=encoders, runs=[(key_s, *noise) for key_s in keys for noise in noises]),
        _night(base, seed, seconds=120 if sample else 3600),
    ]
    for key_s in keys:
        for kind, clock in (("packets", False), ("sensor", False), ("sensor", True)):
            for group, table in encoders.items():
                shots = [
                    Shot(options, key_s, *noise, clock=clock, frozen=kind)
                    for options in table.values()
                    for noise in noises
                ]
                figures += _frozen(base, seed, group, shots)
    still = Shot(CAMERA_LIKE["ultrafast crf 28"], 2, 0.0, 1.0)
    told = _told(base, still, seed, seconds=150)
    figures.append(Figure("drawn scene without any noise: called frozen after", told or 150.0, "s", "", None))
    return figures


def _living(
    base: NDArray[np.uint8],
    seed: int,
    *,
    encoders: dict[str, dict[str, dict[str, str]]],
    runs: list[tuple[int, float, float]],
) -> Iterator[Figure]:
    alarms = clips = 0
    for options in (options for table in encoders.values() for options in table.values()):
        for run in runs:
            clips += 1
            alarms += _told(base, Shot(options, *run, clock=clips % 2 == 0), seed) is not None
    title = f"still scenes that live, {clips} clips of {LIVES_S + FREEZES_S} s or more: called frozen"
    yield Figure(title, alarms, "", "0", alarms == 0)


def _night(base: NDArray[np.uint8], seed: int, *, seconds: int) -> Figure:
    alarms = 0
    for options in (CAMERA_LIKE["ultrafast crf 35"], OTHERS["medium crf 35"]):
        alarms += _told(base, Shot(options, 4, 2.0, 0.4, clock=True), seed, seconds=seconds) is not None
    return Figure(f"a still night of {seconds} s, two encoders: called frozen", alarms, "", "0", alarms == 0)


def _frozen(base: NDArray[np.uint8], seed: int, group: str, shots: list[Shot]) -> Iterator[Figure]:
    """What becomes of frozen clips: repeated packets must be told within 10 s, a stopped sensor only where it can."""
    first = shots[0]
    repeated = first.frozen == "packets"
    what = "packets repeated" if repeated else f"sensor stopped{', clock ticks' if first.clock else ''}"
    told = [at - shot.lives_s for shot in shots if (at := _told(base, shot, seed)) is not None]
    share = len(told) / len(shots)
    title = f"{what}, {group}, key frame every {first.key_s} s: told"
    fair = first.key_s <= FAIR_KEY_S
    soon = sum(0 <= after <= WITHIN_S for after in told) / len(shots)
    yield Figure(title, share, "of 1", "1" if repeated else "", share == 1.0 if repeated else None)
    if repeated or fair:
        yield Figure("  within 10 s", soon, "of 1", "1" if fair else "", soon == 1.0 if fair else None)
    if told:
        yield Figure("  slowest after", max(told), "s", "", None)


def _told(base: NDArray[np.uint8], shot: Shot, seed: int, *, seconds: int | None = None) -> float | None:
    """When the clip is first called frozen, seconds."""
    watch = HealthWatch()
    grey = np.full((base.shape[0] // 2, base.shape[1] // 2), 128, np.uint8)
    for number, (key, luma) in enumerate(_decoded(base, shot, seed, seconds=seconds or shot.lives_s + FREEZES_S)):
        sight = watch.update(Picture(luma, grey, grey, full_range=False), number / RATE, key=key)
        if sight.reason is GapReason.FROZEN:
            return number / RATE
    return None


def _decoded(
    base: NDArray[np.uint8], shot: Shot, seed: int, *, seconds: int
) -> Iterator[tuple[bool, NDArray[np.uint8]]]:
    """Every decoded picture's luma, and whether it is a key frame."""
    jpeg = "qmin" in shot.options
    codec = "mjpeg" if jpeg else "h264"
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


def _pictures(decoder: av.CodecContext, data: bytes | None) -> Iterator[tuple[bool, NDArray[np.uint8]]]:
    packet = None if data is None else av.Packet(data)
    for frame in decoder.decode(packet):
        yield bool(frame.key_frame), frame.to_ndarray()[: frame.height, : frame.width]


def _encoded(base: NDArray[np.uint8], shot: Shot, seed: int, *, seconds: int) -> Iterator[tuple[bool, bytes]]:
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


def _shown(base: NDArray[np.uint8], shot: Shot, seed: int, *, seconds: int) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    lit = 16 + (base.astype(np.float32) - 16) * np.float32(shot.gain)
    kept = lit
    for number in range(seconds * RATE):
        if shot.frozen != "sensor" or number <= shot.lives_s * RATE:
            kept = lit + rng.standard_normal(base.shape, dtype=np.float32) * np.float32(shot.sigma)
        luma = np.clip(kept, 16, 235).astype(np.uint8)
        if shot.clock:
            at = number // RATE
            cv2.putText(luma, f"12:{at // 60:02d}:{at % 60:02d}", (8, 16), 0, 0.45, 235, 1)
        yield luma


def _table(seed: int) -> NDArray[np.uint8]:
    picture = Stage(Wardrobe(make_workshop(seed, fps=8).script(SEWING))).picture(0)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(
        cv2.GaussianBlur(cv2.resize(grey, (320, 180), interpolation=cv2.INTER_AREA), (0, 0), 0.7), np.uint8
    )
