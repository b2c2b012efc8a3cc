"""Clips that the capture tests encode for themselves, and pictures made of known values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tracker.domain.frames import CameraId, Frame, Gap, Moment, Picture

CAMERA = CameraId("table-1")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Clip:
    """How a clip is encoded; frame ``i`` is a flat grey, brighter than the one before, with a square that wanders."""

    frames: int = 20
    rate: int = 10
    width: int = 64
    height: int = 48
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    codec_options: dict[str, str] = field(default_factory=lambda: {"bf": "0", "g": "5", "crf": "10"})
    container_options: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    rotation: float = 0.0

    def write(self, path: Path) -> Path:
        """Encodes the clip; returns ``path``."""
        with av.open(str(path), "w", options=self.container_options) as container:
            container.metadata.update(self.metadata)
            stream = container.add_stream(self.codec, rate=self.rate, options=self.codec_options)
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pix_fmt
            if self.rotation:
                stream.set_display_rotation(self.rotation)
            for number in range(self.frames):
                frame = VideoFrame.from_ndarray(self._rgb(number), format="rgb24").reformat(format=self.pix_fmt)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    def _rgb(self, number: int) -> NDArray[np.uint8]:
        grey = 20 + 180 * number // max(1, self.frames)
        picture = np.full((self.height, self.width, 3), grey, np.uint8)
        left = number % (self.width // 2)
        picture[8:16, left : left + 8] = np.random.default_rng(number).integers(0, 255, 3)
        return picture


def lossless(path: Path, rgb: Sequence[int], pix_fmt: str, *, width: int = 32, height: int = 16) -> Path:
    """Two flat frames of one colour in FFV1, which keeps the pixel format and every value."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        for number in range(2):
            flat = np.full((height, width, 3), rgb, np.uint8)
            frame = VideoFrame.from_ndarray(flat, format="rgb24").reformat(format=pix_fmt)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def flat_picture(*, luma: int = 100, u: int = 90, v: int = 200, width: int = 64, height: int = 48) -> Picture:
    """A picture of one colour."""
    half = ((height + 1) // 2, (width + 1) // 2)
    return Picture(
        y=np.full((height, width), luma, np.uint8),
        u=np.full(half, u, np.uint8),
        v=np.full(half, v, np.uint8),
        full_range=False,
    )


def frame_of(number: int, camera: CameraId = CAMERA) -> Frame:
    """A small frame that its number tells from all others."""
    return Frame(camera, Moment(number, float(number), NOON), flat_picture(width=4, height=4))


def frames_in(items: Iterable[Frame | Gap]) -> list[Frame]:
    """The frames among what a source yielded."""
    return [item for item in items if isinstance(item, Frame)]


def gaps_in(items: Iterable[Frame | Gap]) -> list[Gap]:
    """The gaps among what a source yielded."""
    return [item for item in items if isinstance(item, Gap)]


def damage(path: Path, frames: slice) -> None:
    """Overwrites the data of some frames of an MP4 with nonsense; its index stays whole."""
    with av.open(str(path)) as container:
        # Index entries point into the open file's own memory.
        spans = [(entry.pos, entry.size) for entry in container.streams.video[0].index_entries]
    data = bytearray(path.read_bytes())
    for start, size in spans[frames]:
        data[start : start + size] = b"\xff" * size
    path.write_bytes(bytes(data))
