"""What a camera or a video is: measured from its first packets, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from time import monotonic

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from tracker.capture.address import SecretUrl
from tracker.capture.credentials import Challenge
from tracker.capture.feeds import StreamLostError
from tracker.capture.files import decoded_alone, open_file, video_stream
from tracker.capture.onvif import Profile, asked_for, choose, onvif_camera, with_login
from tracker.capture.rtsp import describe
from tracker.capture.soap import OnvifError
from tracker.capture.streams import StreamFeed, in_words
from tracker.capture.usb import UsbFeed
from tracker.domain.errors import SourceError
from tracker.domain.sources import Transport, UsbMode

LONGEST_S = 20.0
"""How long a camera is listened to: cameras may send 10 s without a key frame, and an interval has two ends."""
ONVIF_HINT = (
    "Switch ONVIF on in the camera's own page and give it a user there; `tracker camera find` lists the cameras that "
    "answer; else write the camera's rtsp:// address"
)
"""What to do about a camera that does not answer as ONVIF says."""
ADDRESS_HINT = "Check its address, user name, password, power and network"
USB_HINT = "`tracker camera find` lists the USB cameras of this machine; another program may be using it"
_KEYS = 3
_MOST_PACKETS = 3000
_LEAST_PACKETS = 20
"""Fewer tell no frame rate."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about a source.

    Attributes:
        via: How its pictures come, such as ``rtsp over tcp``.
        codec: Such as ``h264``.
        width: Pixels.
        height: Pixels.
        fps: Frames a second by their stamps; ``None`` when too few came to tell.
        key_every_s: Seconds from one key frame to the next; ``None`` when only one was seen.
        asks: How it asks for a password, such as ``Digest MD5``; empty when it does not.
        profiles: Of an ONVIF camera.
    """

    via: str
    codec: str
    width: int
    height: int
    fps: float | None
    key_every_s: float | None
    asks: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()


def probe_file(path: Path) -> Findings:
    """What a video file is.

    Raises:
        SourceError: It is none.
    """
    container, _ = open_file(path)
    with container:
        return _measured(container, "file", until=None)


def probe_usb(camera: str, mode: UsbMode) -> Findings:
    """What a USB camera sends when it is asked so.

    Raises:
        SourceError: It cannot be opened.
    """
    try:
        with UsbFeed(camera, mode).open() as container:
            return _measured(container, "usb", until=monotonic() + LONGEST_S)
    except StreamLostError as lost:
        raise _unreadable(f"usb:{camera}", lost) from None


def probe_address(address: SecretUrl, *, transport: Transport, clock: Callable[[], datetime]) -> Findings:
    """What a network camera sends.

    Args:
        address: ``rtsp``, ``http`` or ``onvif``.
        transport: How an RTSP camera's packets should travel.
        clock: Aware UTC now.

    Raises:
        SourceError: It cannot be reached, or refuses.
    """
    profiles: tuple[Profile, ...] = ()
    try:
        if address.reveal().startswith("onvif:"):
            camera = onvif_camera(address, clock)
            profiles = camera.profiles()
            uri = camera.stream(choose(profiles, asked_for(address)))
            address = address.leading_to(with_login(uri, camera.endpoint.login))
        asks: tuple[Challenge, ...] = ()
        if address.reveal().startswith("rtsp"):
            asks = describe(address, timeout_s=StreamFeed(address).open_timeout_s).challenges
        container, over = StreamFeed(address, transport).open()
        with container:
            via = f"rtsp over {over}" if over else "http"
            found = _measured(container, via, until=monotonic() + LONGEST_S)
    except StreamLostError as lost:
        raise _unreadable(str(address), lost) from None
    return replace(found, asks=tuple(dict.fromkeys(str(challenge) for challenge in asks)), profiles=profiles)


def _unreadable(source: str, lost: StreamLostError) -> SourceError:
    hint = ONVIF_HINT if isinstance(lost, OnvifError) else USB_HINT if source.startswith("usb:") else ADDRESS_HINT
    return SourceError(f"{source} cannot be read", expected="a camera that sends pictures", got=lost.problem, hint=hint)


def _measured(container: InputContainer, via: str, *, until: float | None) -> Findings:
    """What the first packets say.

    Args:
        container: Open.
        via: How they come.
        until: On the monotonic clock; ``None`` for a file, which does not make anybody wait.

    Raises:
        SourceError: No key frame that decodes came.
    """
    stream = video_stream(container)
    stamps: list[int] = []
    keys: list[int] = []
    size: tuple[int, int] | None = None
    problem = "no key frame came"
    try:
        for packet in _first(container, stream, until):
            if packet.is_keyframe and size is None and stream is not None:
                picture = decoded_alone(stream, packet)
                size = (picture.width, picture.height) if picture else None
            if packet.pts is not None:
                stamps.append(packet.pts)
                keys += [packet.pts] * packet.is_keyframe
            if len(keys) >= _KEYS and len(stamps) >= _LEAST_PACKETS:
                break
    except av.error.FFmpegError as error:
        problem = in_words(error)
    if stream is None or size is None:
        raise SourceError("there is nothing to see", expected="a stream with pictures", got=problem)
    tick = stream.time_base or Fraction(1)
    return Findings(
        via=via,
        codec=stream.codec_context.name,
        width=size[0],
        height=size[1],
        fps=_rate(stamps, tick) if len(stamps) >= _LEAST_PACKETS else None,
        key_every_s=None if len(keys) < 2 else round(float((keys[-1] - keys[0]) * tick) / (len(keys) - 1), 2),
    )


def _first(container: InputContainer, stream: VideoStream | None, until: float | None) -> Iterator[Packet[VideoStream]]:
    """The first packets of a stream, as many as are needed and as time allows."""
    if stream is None:
        return
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        yield packet
        if until is not None and monotonic() > until:
            return


def _rate(stamps: list[int], tick: Fraction) -> float | None:
    """Frames a second; ``None`` when the stamps stand still."""
    length = (max(stamps) - min(stamps)) * tick
    return round(float((len(stamps) - 1) / length), 2) if length else None
