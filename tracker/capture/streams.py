"""Network cameras: RTSP over TCP or UDP, and motion pictures over HTTP."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from time import monotonic

import av
import av.error
import av.logging
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker.capture.address import SecretUrl
from tracker.capture.feeds import PICTURE_TIMEOUT_S, Opened, Received, Sign, StreamLostError, TimedPicture, Wanted
from tracker.capture.files import decoded_alone, stream_clock, video_stream
from tracker.capture.rtsp import check, describe
from tracker.capture.timing import MICROSECONDS, PresentationClock
from tracker.domain.frames import GapReason
from tracker.domain.sources import Transport

_MOST_BROKEN_PACKETS = 30
"""So many packets in a row that do not decode are no hiccup of the network any more: about a second of video."""
# The session description names the codec; looking at more packets would only deliver the first pictures late.
_RTSP_OPTIONS = {"probesize": "32"}
_HTTP_OPTIONS = {"analyzeduration": "1000000"}
_UNSTAMPED = frozenset({"mpjpeg"})
_MONOTONIC_TICK = Fraction(1, MICROSECONDS)
# Never the disk of this machine, whatever a stream points to.
_ALL_OPTIONS = {"protocol_whitelist": "rtsp,rtsps,rtp,udp,tcp,tls,http,https,httpproxy,crypto"}


@dataclass(slots=True)
class StreamFeed:
    """A network camera: RTSP over TCP or UDP, or motion pictures over HTTP.

    Over UDP a busy network tears pictures, so it is taken only when it is asked for or when the camera refuses TCP.
    Then it is remembered, until a connection over it delivers nothing.

    Attributes:
        address: Where.
        transport: How an RTSP camera's packets travel.
        open_timeout_s: Longest wait for the stream's description.
        read_timeout_s: Longest wait for the next packet; a camera that freezes is noticed so.
        picture_timeout_s: Longest wait for a packet that decodes.
    """

    address: SecretUrl
    transport: Transport = Transport.AUTO
    open_timeout_s: float = 5.0
    read_timeout_s: float = 3.0
    picture_timeout_s: float = PICTURE_TIMEOUT_S
    _remembered: Transport | None = field(default=None, init=False, repr=False)

    def pictures(
        self,
        wait: Callable[[float], None],  # noqa: ARG002  the camera sets the pace
        wanted: Wanted | None = None,
    ) -> Generator[Received]:
        """See ``Feed`` and ``SelectiveFeed``; end of file is a loss, because a camera never ends."""
        container, transport = self.open()
        delivered = False
        try:
            with container:
                yield Opened(f"rtsp over {transport}" if transport else "http")
                stream = video_stream(container)
                if stream is None:
                    raise StreamLostError(GapReason.UNREADABLE, "the stream has no video in it")
                for received in receive(container, stream, patience_s=self.picture_timeout_s, wanted=wanted):
                    delivered = delivered or isinstance(received, TimedPicture)
                    yield received
        finally:
            self._remembered = transport if delivered else None
        raise StreamLostError(GapReason.DISCONNECTED, "the camera ended the stream")

    def redact(self, text: str) -> str:
        """See ``Feed``."""
        return self.address.redact(text)

    def open(self) -> tuple[InputContainer, Transport | None]:
        """The open stream, and over what when it is RTSP.

        Raises:
            StreamLostError: It cannot be opened.
        """
        # FFmpeg's messages hold whole addresses; PyAV keeps them quiet unless somebody turned them on.
        av.logging.set_level(None)
        if not self.address.reveal().startswith("rtsp"):
            return self._connect(_HTTP_OPTIONS), None
        check(self.address, describe(self.address, timeout_s=self.open_timeout_s))
        fixed = self._remembered if self.transport is Transport.AUTO else self.transport
        for transport in (fixed,) if fixed else (Transport.TCP, Transport.UDP):
            try:
                return self._connect(_RTSP_OPTIONS | {"rtsp_transport": transport.value}), transport
            except _TransportRefusedError:
                continue
        self._remembered = None
        asked = fixed or "TCP or UDP"
        raise StreamLostError(GapReason.UNREACHABLE, f"the camera refuses to send over {asked}", refused=True)

    def _connect(self, options: dict[str, str]) -> InputContainer:
        timeout = (self.open_timeout_s, self.read_timeout_s)
        try:
            return av.open(
                self.address.reveal(), options=_ALL_OPTIONS | options, timeout=timeout, metadata_errors="replace"
            )
        except av.error.FFmpegError as error:
            if error.errno == errno.EPROTONOSUPPORT:
                raise _TransportRefusedError from None
            reason = GapReason.UNREADABLE if isinstance(error, av.error.InvalidDataError) else GapReason.UNREACHABLE
            refused = isinstance(error, av.error.HTTPClientError)
            # The error's own text and its context hold the address with the password.
            raise StreamLostError(reason, in_words(error), refused=refused) from None


class _TransportRefusedError(Exception):
    """The camera does not send over what it was asked for (461)."""


def receive(
    container: InputContainer, stream: VideoStream, *, patience_s: float, wanted: Wanted | None = None
) -> Generator[Received]:
    """What comes from an open camera until it ends.

    Args:
        container: The open camera.
        stream: Its video.
        patience_s: Longest wait for a packet that decodes.
        wanted: Asked at each key frame whether to decode it; nothing else is decoded then. ``None`` decodes all.

    Raises:
        StreamLostError: Reading failed, or what comes does not decode.
    """
    # Motion JPEG carries no stamps; those FFmpeg makes up at 25 a second drift away from what is seen.
    unstamped = container.format.name in _UNSTAMPED
    clock = PresentationClock(time_base=_MONOTONIC_TICK, step_us=1) if unstamped else stream_clock(stream)
    broken, seen_at = 0, monotonic()
    packets = container.demux(stream)
    while (packet := _next(packets)) is not None:
        if wanted is not None and not (packet.is_keyframe and wanted()):
            pictures: list[VideoFrame] | None = []
        else:
            pictures = _decoded(stream, packet, alone=wanted is not None)
        if pictures is None:
            broken += 1
            yield Sign.BROKEN_PACKET
        else:
            for picture in pictures:
                broken, seen_at = 0, monotonic()
                pts = round(seen_at / _MONOTONIC_TICK) if unstamped else picture.pts
                yield TimedPicture(clock.elapsed_us(pts), picture)
            yield Sign.NOTHING_YET
        if broken >= _MOST_BROKEN_PACKETS or monotonic() - seen_at > patience_s:
            what = "does not decode" if wanted is None or broken else f"had no key frame for {patience_s:g} s"
            raise StreamLostError(GapReason.UNREADABLE, f"what the camera sends {what}")


def _next(packets: Iterator[Packet[VideoStream]]) -> Packet[VideoStream] | None:
    """The next packet; ``None`` at the end of the stream."""
    try:
        return next(packets, None)
    except av.error.FFmpegError as error:
        reason = GapReason.UNREADABLE if isinstance(error, av.error.InvalidDataError) else GapReason.DISCONNECTED
        raise StreamLostError(reason, in_words(error)) from None


def _decoded(stream: VideoStream, packet: Packet[VideoStream], *, alone: bool) -> list[VideoFrame] | None:
    """What a packet made certain, often nothing yet; ``None`` when it does not decode."""
    if alone:
        picture = decoded_alone(stream, packet)
        return None if picture is None else [picture]
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return None


def in_words(error: av.error.FFmpegError) -> str:
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
