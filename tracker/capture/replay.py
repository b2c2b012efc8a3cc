"""A video file, frame by frame: every due frame, in order, the same every time."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker.capture.due import Due, EveryFrame, FirstDue, NearestDue
from tracker.capture.files import (
    Passed,
    declared_us,
    decoded,
    expected_frames,
    is_cut_short,
    key_frames,
    open_file,
    recorded_at,
    stream_clock,
)
from tracker.capture.optics import Eye
from tracker.capture.timing import MICROSECONDS, later
from tracker.domain.errors import ConfigError, SourceError, UsageError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Moment
from tracker.domain.optics import AS_IT_COMES, Optics
from tracker.domain.sources import Stills

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of a video that does not say when it was recorded: visibly no real date, and the same every time."""

_HOLE_US = MICROSECONDS
"""Undecodable packets that leave a longer hole than this are a Gap; shorter ones are only counted."""


class ReplaySource:
    """A ``FrameSource`` over a file; may be iterated again, with the same result.

    The file is opened and its first frame decoded at construction, so that a file that is no video fails at once.
    A file that ends too early yields what decodes and then one ``Gap`` (``UNREADABLE``); ``warning`` says so.

    Args:
        path: The video or GIF.
        camera: Whose frames these are.
        start: Aware time of the first frame; ``None`` takes the file's creation time, else 1970-01-01T00:00Z.
        optics: How the camera hung, what its lens bent, and what is blacked out in every frame.
        fps: Frames wanted per second (the nearest to each due time); ``None`` yields every frame. ``Stills`` decodes
            key frames alone and yields the first of each stretch; two that are missing are a ``Gap``.

    Raises:
        SourceError: No such file, not a video, or not one frame in it decodes.
        ConfigError: ``start`` is naive or ``fps`` is not above 0.
    """

    def __init__(
        self,
        path: Path,
        *,
        camera: CameraId,
        start: datetime | None = None,
        optics: Optics = AS_IT_COMES,
        fps: float | Stills | None = None,
    ) -> None:
        if start is not None and start.tzinfo is None:
            what = "the start of a replay needs a time zone"
            raise ConfigError(what, expected="a time such as 2026-03-01T08:00:00+08:00", got=start.isoformat())
        if isinstance(fps, float | int) and not (math.isfinite(fps) and fps > 0):
            raise UsageError("frames per second must be above 0", expected="a number such as 5", got=str(fps))
        self._path, self._camera, self._fps = path, camera, fps
        self._eye = Eye(optics)
        self._running: Generator[Frame | Gap] | None = None
        self._warning: str | None = None
        self._decode_errors = 0
        reading = self._read()
        self._ready: _Reading | None = reading
        rate = 1 / fps.every_s if isinstance(fps, Stills) else fps
        self._total_frames = expected_frames(reading.container, reading.stream, fps=rate)
        self._start = (start or recorded_at(reading.container) or EPOCH).astimezone(UTC)

    @property
    def camera(self) -> CameraId:
        """Whose frames these are."""
        return self._camera

    @property
    def start(self) -> datetime:
        """Aware UTC of the first frame."""
        return self._start

    @property
    def total_frames(self) -> int | None:
        """About how many frames will come, for a progress bar; ``None`` when the file does not say."""
        return self._total_frames

    @property
    def warning(self) -> str | None:
        """What the last iteration found wrong with the file, in a sentence; ``None`` when nothing."""
        return self._warning

    @property
    def decode_errors(self) -> int:
        """Packets of the last iteration that did not decode."""
        return self._decode_errors

    def __iter__(self) -> Iterator[Frame | Gap]:
        self._stop_running()
        reading, self._ready = self._ready or self._read(), None
        self._running = self._replay(reading)
        return self._running

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends a running iteration and closes the file; harmless when there is none."""
        self._stop_running()
        if self._ready is not None:
            self._ready.container.close()
            self._ready = None

    @property
    def _keys_only(self) -> bool:
        return isinstance(self._fps, Stills)

    def _read(self) -> _Reading:
        return _Reading.of(self._path, keys_only=self._keys_only)

    def _stop_running(self) -> None:
        if self._running is not None:
            self._running.close()
            self._running = None

    def _replay(self, reading: _Reading) -> Generator[Frame | Gap]:
        self._warning, self._decode_errors = None, 0
        container, stream, pictures = reading
        with container:
            clock = stream_clock(stream)
            due, hole_us = self._due(clock.step_us)
            number, last_us, seen_us, broken = -1, 0, 0, False
            for picture in pictures:
                if picture is None:
                    self._decode_errors += 1
                    broken = True
                    continue
                now_us = last_us = clock.elapsed_us(picture.pts)
                if isinstance(picture, Passed):
                    continue
                number += 1
                if (broken or self._keys_only) and now_us - seen_us > hole_us:
                    yield from self._frames(due.last())
                    yield self._unreadable(seen_us, now_us)
                seen_us, broken = now_us, False
                yield from self._frames(due.offer(now_us, _Placed(number, now_us, picture)))
            yield from self._frames(due.last())
            if broken or is_cut_short(container, stream, decoded_us=last_us + clock.step_us):
                end_us = max(declared_us(container, stream) or 0, last_us + clock.step_us)
                read_s, whole_s = last_us / MICROSECONDS, end_us / MICROSECONDS
                self._warning = (
                    f"{self._path} is cut short or damaged: readable up to {read_s:.1f} s of {whole_s:.1f} s"
                )
                yield self._unreadable(seen_us, end_us)
            elif last_us + clock.step_us - seen_us > hole_us:
                yield self._unreadable(seen_us, last_us + clock.step_us)

    def _due(self, step_us: int) -> tuple[Due[_Placed], float]:
        """What picks the frames, and how long a hole must be to be a gap, microseconds."""
        if isinstance(self._fps, Stills):
            return FirstDue[_Placed](self._fps.every_s), self._fps.patience_s * MICROSECONDS
        if self._fps is None:
            return EveryFrame[_Placed](), _HOLE_US
        return NearestDue[_Placed](fps=self._fps, step_us=step_us), _HOLE_US

    def _frames(self, placed: _Placed | None) -> Iterator[Frame]:
        if placed is not None:
            moment = Moment(placed.number, placed.elapsed_us / MICROSECONDS, later(self._start, placed.elapsed_us))
            yield Frame(self._camera, moment, self._eye.see(placed.picture))

    def _unreadable(self, from_us: int, to_us: int) -> Gap:
        start, end = later(self._start, from_us), later(self._start, to_us)
        return Gap(self._camera, GapReason.UNREADABLE, start, end)


_Read = VideoFrame | Passed | None


class _Reading(NamedTuple):
    """A file opened and decoded up to its first frame, which opening it again would cost twice."""

    container: InputContainer
    stream: VideoStream
    pictures: Iterator[_Read]

    @classmethod
    def of(cls, path: Path, *, keys_only: bool) -> _Reading:
        """Opens the file.

        Raises:
            SourceError: Not a video, or not one frame in it decodes.
        """
        container, stream = open_file(path)
        pictures = key_frames(container, stream) if keys_only else decoded(container, stream)
        broken = 0
        for picture in pictures:
            if isinstance(picture, VideoFrame):
                return cls(container, stream, _resumed(broken, picture, pictures))
            broken += picture is None
        got = f"{container.format.long_name}, {stream.codec_context.name}, no picture"
        container.close()
        raise SourceError(f"{path} has not one readable frame", expected="a video that plays", got=got)


def _resumed(broken: int, first: VideoFrame, rest: Iterator[_Read]) -> Iterator[_Read]:
    """What was read already, then the rest; keeps no hold on the first frame's memory."""
    yield from repeat(None, broken)
    yield first
    del first
    yield from rest


class _Placed(NamedTuple):
    """A decoded frame and its place."""

    number: int
    elapsed_us: int
    picture: VideoFrame
