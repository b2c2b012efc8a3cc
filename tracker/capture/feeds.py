"""Where live pictures come from: a stream over the network, or a file played at its own speed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

import av
import av.error
import av.logging
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker.capture.address import SecretUrl
from tracker.capture.files import decoded, open_file, stream_clock, video_stream
from tracker.capture.timing import MICROSECONDS, PresentationClock
from tracker.domain.errors import SourceError
from tracker.domain.frames import GapReason

_MOST_BROKEN_PACKETS = 30
"""So many packets in a row that do not decode are no hiccup of the network any more: about a second of video."""
_RTSP_OPTIONS = {
    "rtsp_transport": "tcp",  # over UDP a busy network tears pictures
    # The session description names the codec; looking at more packets would only deliver the first pictures late.
    "probesize": "32",
}
_HTTP_OPTIONS = {"analyzeduration": "1000000"}
_UNSTAMPED = frozenset({"mpjpeg"})
_MONOTONIC_TICK = Fraction(1, MICROSECONDS)
# Never the disk of this machine, whatever a stream points to.
_ALL_OPTIONS = {"protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,http,https,httpproxy,crypto"}


class StreamLostError(Exception):
    """A feed stopped delivering.

    Attributes:
        reason: Why, as the gap will say.
        problem: Why, in a few words for people, without the address.
    """

    def __init__(self, reason: GapReason, problem: str) -> None:
        super().__init__(problem)
        self.reason, self.problem = reason, problem


class TimedPicture(NamedTuple):
    """A decoded frame, microseconds after the first of its connection."""

    elapsed_us: int
    picture: VideoFrame


class Sign(Enum):
    """What a feed yields when it has no picture."""

    BROKEN_PACKET = "broken packet"
    NOTHING_YET = "nothing yet"
    """Whoever reads may look up, whether to stop for example."""


Received = TimedPicture | Sign


class Feed(Protocol):
    """One way to get live pictures. A camera that is opened in another way is another feed."""

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        """One connection, opened at the first ``next`` and closed with the generator; its end is the end of the source.

        Args:
            wait: Sleeps for so many seconds or until the source is stopped or paused.

        Raises:
            StreamLostError: The connection could not be made or broke.
        """
        ...

    def redact(self, text: str) -> str:
        """``text`` without any secret of this feed, fit for a log."""
        ...


@dataclass(frozen=True, slots=True)
class StreamFeed:
    """A network camera: RTSP over TCP, or motion pictures over HTTP.

    Attributes:
        address: Where.
        open_timeout_s: Longest wait for the stream's description.
        read_timeout_s: Longest wait for the next packet; a camera that freezes is noticed so.
        picture_timeout_s: Longest wait for a packet that decodes; cameras may send 10 s without a key frame.
    """

    address: SecretUrl
    open_timeout_s: float = 5.0
    read_timeout_s: float = 3.0
    picture_timeout_s: float = 15.0

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:  # noqa: ARG002  the camera sets the pace
        """See ``Feed``; end of file is a loss, because a camera never ends."""
        container = self._open()
        with container:
            stream = video_stream(container)
            if stream is None:
                raise StreamLostError(GapReason.UNREADABLE, "the stream has no video in it")
            yield from self._received(container, stream)
        raise StreamLostError(GapReason.DISCONNECTED, "the camera ended the stream")

    def redact(self, text: str) -> str:
        """See ``Feed``."""
        return self.address.redact(text)

    def _open(self) -> InputContainer:
        # FFmpeg's messages hold whole addresses; PyAV keeps them quiet unless somebody turned them on.
        av.logging.set_level(None)
        url = self.address.reveal()
        options = _ALL_OPTIONS | (_RTSP_OPTIONS if url.startswith("rtsp") else _HTTP_OPTIONS)
        timeout = (self.open_timeout_s, self.read_timeout_s)
        try:
            return av.open(url, options=options, timeout=timeout, metadata_errors="replace")
        except av.error.FFmpegError as error:
            reason = GapReason.UNREADABLE if isinstance(error, av.error.InvalidDataError) else GapReason.UNREACHABLE
            # The error's own text and its context hold the address with the password.
            raise StreamLostError(reason, _in_words(error)) from None

    def _received(self, container: InputContainer, stream: VideoStream) -> Generator[Received]:
        # Motion JPEG carries no stamps; those FFmpeg makes up at 25 a second drift away from what is seen.
        unstamped = container.format.name in _UNSTAMPED
        clock = PresentationClock(time_base=_MONOTONIC_TICK, step_us=1) if unstamped else stream_clock(stream)
        broken, seen_at = 0, monotonic()
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                reason = (
                    GapReason.UNREADABLE if isinstance(error, av.error.InvalidDataError) else GapReason.DISCONNECTED
                )
                raise StreamLostError(reason, _in_words(error)) from None
            if packet is None:
                return
            try:
                pictures = packet.decode()
            except av.error.FFmpegError:
                broken += 1
                yield Sign.BROKEN_PACKET
            else:
                for picture in pictures:
                    broken, seen_at = 0, monotonic()
                    pts = round(seen_at / _MONOTONIC_TICK) if unstamped else picture.pts
                    yield TimedPicture(clock.elapsed_us(pts), picture)
                yield Sign.NOTHING_YET
            if broken >= _MOST_BROKEN_PACKETS or monotonic() - seen_at > self.picture_timeout_s:
                raise StreamLostError(GapReason.UNREADABLE, "what the camera sends does not decode")


@dataclass(frozen=True, slots=True)
class PacedFile:
    """A file played at its own speed, as if it were a camera.

    Attributes:
        path: The video.
        loop: Starts again at the end instead of ending the source.
    """

    path: Path
    loop: bool = False

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        """See ``Feed``; a file that cannot be opened is unreachable, one in which nothing decodes unreadable."""
        began, base_us = monotonic(), 0
        while True:
            played_us = base_us
            for received in self._once():
                if isinstance(received, Sign):
                    yield received
                    continue
                played_us = base_us + received.elapsed_us
                while (early_s := began + played_us / MICROSECONDS - monotonic()) > 0:
                    wait(early_s)
                    yield Sign.NOTHING_YET
                yield TimedPicture(played_us, received.picture)
            if played_us == base_us:
                raise StreamLostError(GapReason.UNREADABLE, "nothing in the file decodes")
            if not self.loop:
                return
            base_us = played_us

    def redact(self, text: str) -> str:
        """See ``Feed``; a path is no secret."""
        return text

    def _once(self) -> Generator[Received]:
        """The file from beginning to end; times start one step after 0, so that loops follow each other seamlessly."""
        try:
            container, stream = open_file(self.path)
        except SourceError as error:
            raise StreamLostError(GapReason.UNREACHABLE, str(error)) from error
        with container:
            clock = stream_clock(stream)
            for picture in decoded(container, stream):
                if picture is None:
                    yield Sign.BROKEN_PACKET
                else:
                    yield TimedPicture(clock.step_us + clock.elapsed_us(picture.pts), picture)


def _in_words(error: av.error.FFmpegError) -> str:
    """What went wrong, without the address that the error's own text repeats."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return "the camera did not answer in time"
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return "the camera refused the user name or password"
    if isinstance(error, av.error.HTTPNotFoundError):
        return "the camera knows no such stream"
    if isinstance(error, av.error.HTTPClientError | av.error.HTTPServerError):
        return "the camera refused the request"
    return error.strerror or type(error).__name__
