"""ONVIF cameras: found on the network, asked for their profiles, then streamed over RTSP."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from tracker.capture.address import SecretUrl, split_safely
from tracker.capture.credentials import Login
from tracker.capture.feeds import PICTURE_TIMEOUT_S, Received, Wanted
from tracker.capture.soap import Endpoint, OnvifError, named, text_of
from tracker.capture.streams import StreamFeed
from tracker.domain.sources import Transport

HTTP_PORT = 80
_DEVICE = "/onvif/device_service"
_DEVICE_NS = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA_NS = "http://www.onvif.org/ver10/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_GET_TIME = f'<GetSystemDateAndTime xmlns="{_DEVICE_NS}"/>'
_GET_MEDIA = f'<GetCapabilities xmlns="{_DEVICE_NS}"><Category>Media</Category></GetCapabilities>'
_GET_PROFILES = f'<GetProfiles xmlns="{_MEDIA_NS}"/>'
_GET_URI = (
    f'<GetStreamUri xmlns="{_MEDIA_NS}"><StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
    f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
    "<ProfileToken>{token}</ProfileToken></GetStreamUri>"
)
LEAST_WIDTH = 600
"""A sub stream should show a garment in enough pixels; many cameras have a third, tiny stream for telephones."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One of a camera's streams.

    Attributes:
        token: The camera's own name for it.
        name: Its name for people.
        encoding: Such as ``H264``; empty when the camera does not say.
        width: Pixels; 0 when the camera does not say.
        height: Pixels.
        fps: Frames a second; 0 when the camera does not say.
        key_every: Frames from one key frame to the next; 0 when the camera does not say.
    """

    token: str
    name: str
    encoding: str
    width: int
    height: int
    fps: float
    key_every: int


@dataclass(slots=True)
class OnvifCamera:
    """A camera that is asked for its streams.

    State: how far the camera's clock is off, and where its media service is, once asked.

    Attributes:
        endpoint: Where it answers.
        clock: Aware UTC now.
    """

    endpoint: Endpoint
    clock: Callable[[], datetime]
    _media: str | None = None
    _ahead: timedelta = timedelta()

    def profiles(self) -> tuple[Profile, ...]:
        """Its streams with video, in its order.

        Raises:
            OnvifError: It does not answer, refuses, or has none.
        """
        answer = self._ask(self._media_path(), _GET_PROFILES)
        found = tuple(_profile(element) for element in named(answer, "Profiles"))
        if not found:
            raise OnvifError("the camera has no profiles: make one on its own page")
        return found

    def stream(self, profile: Profile) -> str:
        """The RTSP address of a profile, without credentials.

        Raises:
            OnvifError: The camera does not say, or names another host than itself.
        """
        answer = self._ask(self._media_path(), _GET_URI.format(token=escape(profile.token)))
        address = text_of(answer, "MediaUri", "Uri")
        parts = split_safely(address)
        if parts.scheme not in {"rtsp", "rtsps"} or not parts.hostname:
            raise OnvifError("the camera names no RTSP address for this profile")
        if parts.hostname != self.endpoint.host:
            where = f"the camera says that its pictures are at {parts.hostname}, not at {self.endpoint.host}"
            hint = "nobody else is told its password: if that is right, write that rtsp:// address into the settings"
            raise OnvifError(f"{where}; {hint}")
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))

    def _media_path(self) -> str:
        """Where its media service is, by its own word; never on another host."""
        if self._media is None:
            # Signatures hold the time, and cameras without a clock say 1970: ask first, unsigned, as ONVIF allows.
            self._ahead = _clock_of(self.endpoint.ask(_DEVICE, _GET_TIME)) - self.clock()
            address = text_of(self._ask(_DEVICE, _GET_MEDIA), "Capabilities", "Media", "XAddr")
            self._media = split_safely(address).path or "/onvif/media_service"
        return self._media

    def _ask(self, path: str, body: str) -> Element:
        return self.endpoint.ask(path, body, at=self.clock() + self._ahead)


@dataclass(slots=True)
class OnvifFeed:
    """A camera that is asked for its stream at each connection, since cameras change their minds.

    Attributes:
        address: ``onvif://user:password@host[:port]/sub``; instead of ``sub`` also ``main`` or a profile's name.
        clock: Aware UTC now.
        transport: How the stream's packets travel.
        picture_timeout_s: See ``StreamFeed``.
    """

    address: SecretUrl
    clock: Callable[[], datetime]
    transport: Transport = Transport.AUTO
    picture_timeout_s: float = PICTURE_TIMEOUT_S
    _stream: StreamFeed | None = field(default=None, init=False, repr=False)

    def pictures(self, wait: Callable[[float], None], wanted: Wanted | None = None) -> Generator[Received]:
        """See ``Feed`` and ``SelectiveFeed``."""
        camera = onvif_camera(self.address, self.clock)
        uri = camera.stream(choose(camera.profiles(), asked_for(self.address)))
        address = self.address.leading_to(with_login(uri, camera.endpoint.login))
        if self._stream is None or self._stream.address != address:
            self._stream = StreamFeed(address, self.transport, picture_timeout_s=self.picture_timeout_s)
        yield from self._stream.pictures(wait, wanted)

    def redact(self, text: str) -> str:
        """See ``Feed``."""
        if self._stream is not None:
            text = self._stream.redact(text)
        return self.address.redact(text)


def onvif_camera(address: SecretUrl, clock: Callable[[], datetime]) -> OnvifCamera:
    """The camera at an ``onvif://`` address."""
    parts, login = urlsplit(address.reveal()), Login.of(address.reveal())
    return OnvifCamera(Endpoint(parts.hostname or "", parts.port or HTTP_PORT, login), clock)


def asked_for(address: SecretUrl) -> str:
    """Which stream an ``onvif://`` address asks for: ``sub`` when it says nothing."""
    return unquote(urlsplit(address.reveal()).path.strip("/")) or "sub"


def with_login(uri: str, login: Login | None) -> str:
    """An address with credentials in it."""
    if login is None:
        return uri
    parts = urlsplit(uri)
    who = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}@"
    return urlunsplit(parts._replace(netloc=who + parts.netloc))


def choose(profiles: Sequence[Profile], wanted: str) -> Profile:
    """The profile that is asked for.

    Args:
        profiles: At least one.
        wanted: ``main`` for the largest picture; ``sub`` for the smallest that is at least ``LEAST_WIDTH`` wide, or the
            second largest where all others are smaller; or a profile's name or token.

    Raises:
        OnvifError: No profile of this name.
    """
    by_size = sorted(profiles, key=lambda profile: profile.width * profile.height, reverse=True)
    if wanted == "main":
        return by_size[0]
    if wanted == "sub":
        return [*by_size[:2], *(profile for profile in by_size[2:] if profile.width >= LEAST_WIDTH)][-1]
    for profile in profiles:
        if wanted in {profile.name, profile.token}:
            return profile
    raise OnvifError(f"the camera has no profile {wanted}; it has {', '.join(profile.name for profile in profiles)}")


def _profile(element: Element) -> Profile:
    encoder = next(named(element, "VideoEncoderConfiguration"), None)
    encoder = Element("none") if encoder is None else encoder
    return Profile(
        token=element.get("token", ""),
        name=text_of(element, "Name") or element.get("token", ""),
        encoding=text_of(encoder, "Encoding"),
        width=int(_number(encoder, "Resolution", "Width")),
        height=int(_number(encoder, "Resolution", "Height")),
        fps=_number(encoder, "RateControl", "FrameRateLimit"),
        key_every=int(_number(encoder, "H264", "GovLength")),
    )


def _number(element: Element, *path: str) -> float:
    """A number that a camera tells; 0 when it tells none, or nonsense."""
    text = text_of(element, *path)
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else 0.0


def _clock_of(answer: Element) -> datetime:
    """The camera's time, UTC.

    Raises:
        OnvifError: It tells none.
    """
    told = next(named(answer, "SystemDateAndTime", "UTCDateTime"), None)
    if told is not None:
        places = (("Date", "Year"), ("Date", "Month"), ("Date", "Day"), ("Time", "Hour"), ("Time", "Minute"))
        numbers = [int(_number(told, *place)) for place in (*places, ("Time", "Second"))]
        with contextlib.suppress(ValueError):
            year, month, day, hour, minute, second = numbers
            return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    raise OnvifError("the camera does not tell its time, without which it cannot be asked for anything else")
