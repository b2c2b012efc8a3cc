"""Which ONVIF cameras are on the network: WS-Discovery, one question to all and a few seconds for answers."""

from __future__ import annotations

import socket
import uuid
from dataclasses import dataclass
from time import monotonic
from urllib.parse import unquote
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tracker.capture.address import split_safely
from tracker.capture.onvif import HTTP_PORT
from tracker.capture.soap import named, text_of
from tracker.domain.errors import SourceError

EVERYBODY = ("239.255.255.250", 3702)
"""Where WS-Discovery listens (OASIS, Web Services Dynamic Discovery 1.1, 2.4)."""
_MOST_BYTES = 65_535
_MOST_FOUND = 256
_PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
    "<a:MessageID>urn:uuid:{number}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
    "</s:Header><s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
)


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered.

    Attributes:
        host: Its address.
        port: Of its ONVIF service.
        name: What it calls itself; empty when it does not say.
        model: Its hardware; empty when it does not say.
    """

    host: str
    port: int
    name: str
    model: str

    @property
    def source(self) -> str:
        """What to write as ``source``, with names for the secrets."""
        port = "" if self.port == HTTP_PORT else f":{self.port}"
        return f"onvif://${{CAM_USER}}:${{CAM_PASSWORD}}@{self.host}{port}/sub"


def discover(*, wait_s: float, local: str = "", to: tuple[str, int] = EVERYBODY) -> tuple[FoundCamera, ...]:
    """The ONVIF cameras that answer, by address.

    Args:
        wait_s: How long to listen, seconds.
        local: This machine's address in the cameras' network, where it has several; empty lets the system choose.
        to: Whom to ask.

    Raises:
        SourceError: The question could not be sent.
    """
    found: dict[str, FoundCamera] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        try:
            wire.bind((local, 0))
            if local:
                wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(local))
            wire.sendto(_PROBE.format(number=uuid.uuid4()).encode(), to)
        except OSError as error:
            hint = "Say with --local which address this machine has in the cameras' network."
            raise SourceError("the network cannot be asked for cameras", got=str(error.strerror), hint=hint) from None
        until = monotonic() + wait_s
        while (left_s := until - monotonic()) > 0 and len(found) < _MOST_FOUND:
            wire.settimeout(left_s)
            try:
                data, (host, _) = wire.recvfrom(_MOST_BYTES)
            except TimeoutError:
                break
            if camera := _camera(data, host):
                found[host] = camera
    return tuple(found[host] for host in sorted(found))


def _camera(data: bytes, host: str) -> FoundCamera | None:
    """What an answer says; whoever sent it is where the camera is, whatever else it claims. ``None`` for nonsense."""
    try:
        envelope = fromstring(data.decode(errors="replace"))
    except (ParseError, DefusedXmlException, ValueError):
        return None
    match = next(named(envelope, "Body", "ProbeMatches", "ProbeMatch"), None)
    if match is None:
        return None
    ports = [split_safely(address) for address in text_of(match, "XAddrs").split() if address.startswith("http://")]
    port = next((parts.port for parts in ports if parts.hostname == host), None)
    scopes = text_of(match, "Scopes").split()
    return FoundCamera(host, port or HTTP_PORT, _scope(scopes, "name"), _scope(scopes, "hardware"))


def _scope(scopes: list[str], kind: str) -> str:
    """The value of a scope such as ``onvif://www.onvif.org/name/Table%201``, printable and short."""
    prefix = f"onvif://www.onvif.org/{kind}/"
    value = next((unquote(scope.removeprefix(prefix)) for scope in scopes if scope.startswith(prefix)), "")
    return "".join(letter for letter in value if letter.isprintable())[:60]
