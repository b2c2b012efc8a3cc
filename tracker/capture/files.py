"""Opening a video file, and what its header promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker.capture.timing import MICROSECONDS, PresentationClock, nominal_step_us, rounded_us
from tracker.domain.errors import SourceError

_NOT_VIDEO = frozenset({"tty", "bin", "xbin", "adf", "idf"})
"""FFmpeg draws text files with these as if they were films."""
_WHOLE_INDEX = "mov"
"""Containers whose index lists every sample before any is read."""
_SHORT_US = MICROSECONDS
"""A file that ends this much before its header says was cut."""
_SANE_YEARS = range(2000, 2100)
"""Cameras without a clock say 1904 or 1970."""


def open_file(path: Path) -> tuple[InputContainer, VideoStream]:
    """An open container and its first video stream, decoding on one thread.

    One thread, because measured on H.264 a second one costs 10 to 30 % more processor time a frame, delays frames, and
    cameras already run side by side. Only the file itself is read: a play list cannot make FFmpeg fetch anything else.

    Raises:
        SourceError: No such file, a folder, not readable, or nothing in it is a video.
    """
    name = str(path)
    if path.is_dir():
        raise SourceError(f"{name} is not a video", expected="a video file", got="a folder")
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        got = str(getattr(error, "strerror", error))
        raise SourceError(
            f"{name} cannot be opened", expected="a video file", got=got, hint="Check the path."
        ) from None
    if size == 0:
        raise SourceError(f"{name} is not a video", expected="a video file", got="an empty file")
    try:
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except av.error.FFmpegError as error:
        got = str(error.strerror)
        hint = "If it was copied while it was still being recorded, its index is missing: copy it again."
        raise SourceError(f"{name} cannot be read", expected="a video file", got=got, hint=hint) from None
    stream = video_stream(container)
    if stream is None or container.format.name in _NOT_VIDEO:
        got = "text" if stream else _contents(container)
        container.close()
        raise SourceError(f"{name} has no pictures that can be read", expected="a video", got=got)
    return container, stream


def _contents(container: InputContainer) -> str:
    kinds = {stream.type for stream in container.streams}
    if "video" in kinds:
        return "a video without a known format; if it was copied while it was still being recorded, copy it again"
    return f"{' and '.join(sorted(kinds)) or 'nothing'} only"


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first stream that decodes to pictures (cover art of a sound file is none), on one thread."""
    for stream in container.streams.video:
        decoder: CodecContext | None = stream.codec_context  # typed as always there, but unknown codecs have none
        if decoder is not None and not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "NONE"
            stream.thread_count = 1
            return stream
    return None


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | None]:
    """Frames in presentation order; ``None`` for each packet that does not decode or cannot be read."""
    try:
        # The last packet is empty: with it the decoder gives out what it still holds.
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                yield None
    except av.error.FFmpegError:
        # The file itself could not be read on; what the decoder still holds is lost with it.
        yield None


class Passed(NamedTuple):
    """A packet that was not decoded because no picture in it stands alone.

    Attributes:
        pts: Its stamp, in ticks of the stream.
    """

    pts: int | None


def key_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | Passed | None]:
    """Key frames alone, in order; ``Passed`` for all else, ``None`` for each key frame that does not decode."""
    try:
        for packet in container.demux(stream):
            if packet.is_keyframe:
                yield decoded_alone(stream, packet)
            elif packet.size:  # the last one is empty
                yield Passed(packet.pts)
    except av.error.FFmpegError:
        yield None


def decoded_alone(stream: VideoStream, packet: Packet[VideoStream]) -> VideoFrame | None:
    """The picture of a key frame, or ``None`` when it does not decode.

    It comes at once: a decoder that reorders would hold it back until the next.
    """
    decoder = stream.codec_context
    try:
        return next(iter([*decoder.decode(packet), *decoder.decode(None)]), None)
    except av.error.FFmpegError:
        return None
    finally:
        decoder.flush_buffers()


def stream_clock(stream: VideoStream) -> PresentationClock:
    """A clock for one reading of this stream from its beginning."""
    step_us = nominal_step_us((stream.guessed_rate, stream.average_rate))
    return PresentationClock(time_base=stream.time_base or Fraction(1, MICROSECONDS), step_us=step_us)


def declared_us(container: InputContainer, stream: VideoStream) -> int | None:
    """How long the header says the video lasts, in microseconds; ``None`` when it does not say."""
    promises = []
    if stream.duration and stream.time_base:
        promises.append(rounded_us(stream.duration, stream.time_base))
    elif container.duration and len(container.streams) == 1:
        promises.append(container.duration)
    if stream.frames and stream.average_rate:
        # An AVI's duration is taken from what is left of it, its frame count from the header.
        promises.append(round(stream.frames / stream.average_rate * MICROSECONDS))
    return max(promises, default=None)


def expected_frames(container: InputContainer, stream: VideoStream, *, fps: float | None) -> int | None:
    """About how many frames a replay will yield; ``None`` when the header does not say."""
    duration_us = declared_us(container, stream) or container.duration
    seconds = duration_us / MICROSECONDS if duration_us else None
    rate = stream.average_rate
    total = stream.frames or (round(seconds * rate) if seconds and rate else None)
    if fps is None or seconds is None:
        return total
    due = max(1, round(seconds * fps))
    return min(due, total) if total else due


def is_cut_short(container: InputContainer, stream: VideoStream, *, decoded_us: int) -> bool:
    """Whether the file holds less than its header promises.

    GIFs, transport streams and raw streams promise nothing, so a cut in those cannot be told.

    Args:
        decoded_us: Length of what was decoded, microseconds.
    """
    if container.format.name.startswith(_WHOLE_INDEX):
        # The declared length ignores edit lists, so ask where the last sample should lie.
        entries = stream.index_entries
        return len(entries) > 0 and entries[-1].pos + entries[-1].size > container.size
    declared = declared_us(container, stream)
    return declared is not None and declared - decoded_us > _SHORT_US


def recorded_at(container: InputContainer) -> datetime | None:
    """The file's own ``creation_time`` as aware UTC; ``None`` when missing, without time zone, or absurd."""
    try:
        at = datetime.fromisoformat(container.metadata.get("creation_time", ""))
        at_utc = None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at_utc if at_utc and at_utc.year in _SANE_YEARS else None
