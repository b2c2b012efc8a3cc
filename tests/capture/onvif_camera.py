"""A camera that answers ONVIF's questions over real HTTP, in the shapes that usual makes give their answers."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

PATIENCE_S = 20.0
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_NAMESPACES = (
    f'xmlns:{{p}}="{_SOAP}" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:ter="http://www.onvif.org/ver10/error"'
)


@dataclass(frozen=True)
class Stream:
    """A profile: what the camera says about one of its streams."""

    token: str
    name: str
    width: int
    height: int
    encoding: str = "H264"
    fps: str = "25"
    gov: str = "50"

    def xml(self) -> str:
        return (
            f'<trt:Profiles fixed="true" token="{self.token}"><tt:Name>{self.name}</tt:Name>'
            '<tt:VideoSourceConfiguration token="src"><tt:Name>source</tt:Name></tt:VideoSourceConfiguration>'
            f'<tt:VideoEncoderConfiguration token="enc"><tt:Encoding>{self.encoding}</tt:Encoding><tt:Resolution>'
            f"<tt:Width>{self.width}</tt:Width><tt:Height>{self.height}</tt:Height></tt:Resolution>"
            f"<tt:RateControl><tt:FrameRateLimit>{self.fps}</tt:FrameRateLimit></tt:RateControl>"
            f"<tt:H264><tt:GovLength>{self.gov}</tt:GovLength></tt:H264></tt:VideoEncoderConfiguration></trt:Profiles>"
        )


MAIN = Stream("Profile_1", "mainStream", 1920, 1080)
SUB = Stream("Profile_2", "subStream", 704, 576)
TINY = Stream("Profile_3", "thirdStream", 352, 288)


@dataclass
class OnvifCamera:
    """A camera with a clock of its own.

    Attributes:
        streams: Its profiles.
        uri: Where it says that its pictures are; ``{token}`` is the profile's.
        auth: ``token`` (WS-Security), ``http`` (Digest over HTTP), or ``none``.
        ahead: How far its clock is ahead of the world's.
        answers: What it answers instead, by the name of the request: a body, or a status.
        media: Where it says that its media service is.
        prefix: Of SOAP's namespace; makes differ.
    """

    streams: tuple[Stream, ...] = (MAIN, SUB)
    uri: str = "rtsp://127.0.0.1:554/{token}"
    auth: str = "token"
    user: str = "viewer"
    password: str = "c@n/a?r#y&<车>"
    ahead: timedelta = timedelta()
    answers: dict[str, str | int] = field(default_factory=dict)
    media: str = "http://{host}/onvif/Media"
    prefix: str = "env"
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, headers, body = camera._answer(self.path, request, self.headers.get("Authorization", ""))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_) -> None:
                """Nobody reads it."""

        self._nonce = secrets.token_hex(8)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()

    def template(self, path: str = "") -> tuple[str, dict[str, str]]:
        """Its address for ``resolve_url``, and the environment that goes with it."""
        environ = {"CAM_USER": self.user, "CAM_PASSWORD": self.password}
        return f"onvif://${{CAM_USER}}:${{CAM_PASSWORD}}@127.0.0.1:{self.port}/{path}", environ

    def _answer(self, path: str, request: str, told: str) -> tuple[int, list[tuple[str, str]], str]:
        found = re.search(r"<s:Body><(\w+)", request)
        what = found[1] if found else "?"
        self.asked.append(f"{what} {path}")
        if what != "GetSystemDateAndTime" and not self._may(request, told, path):
            if self.auth == "http":
                challenge = f'Digest realm="cam", nonce="{self._nonce}", qop="auth", algorithm=MD5'
                return 401, [("WWW-Authenticate", challenge)], ""
            return 400, [], self._fault("Sender", "ter:NotAuthorized", "Sender not Authorized")
        given = self.answers.get(what)
        if isinstance(given, int):
            return given, [], ""
        return 200, [], self._wrapped(given if given is not None else self._body(what, request))

    def _body(self, what: str, request: str) -> str:
        if what == "GetSystemDateAndTime":
            now = datetime.now(UTC) + self.ahead
            return (
                "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
                f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
                f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
                f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
                "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
            )
        if what == "GetCapabilities":
            address = self.media.format(host=f"127.0.0.1:{self.port}")
            return (
                "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
                f"<tt:XAddr>{address}</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
            )
        if what == "GetProfiles":
            profiles = "".join(stream.xml() for stream in self.streams)
            return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"
        token = re.search(r"<ProfileToken>(.*?)</ProfileToken>", request)
        uri = self.uri.format(token=token[1] if token else "")
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect></trt:MediaUri></trt:GetStreamUriResponse>"
        )

    def _wrapped(self, body: str) -> str:
        space = _NAMESPACES.format(p=self.prefix)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{self.prefix}:Envelope {space}>\n'
            f"<{self.prefix}:Body>\n{body}\n</{self.prefix}:Body></{self.prefix}:Envelope>"
        )

    def _fault(self, code: str, inner: str, reason: str) -> str:
        p = self.prefix
        return self._wrapped(
            f"<{p}:Fault><{p}:Code><{p}:Value>{p}:{code}</{p}:Value><{p}:Subcode><{p}:Value>{inner}</{p}:Value>"
            f'</{p}:Subcode></{p}:Code><{p}:Reason><{p}:Text xml:lang="en">{reason}</{p}:Text></{p}:Reason></{p}:Fault>'
        )

    def _may(self, request: str, told: str, path: str) -> bool:
        if self.auth == "none":
            return True
        if self.auth == "http":
            given = dict(re.findall(r'(\w+)="?([^",]+)', told))
            middle = f"{self._nonce}:{given.get('nc')}:{given.get('cnonce')}:auth"
            secret = _md5(f"{self.user}:cam:{self.password}")
            return given.get("response") == _md5(f"{secret}:{middle}:{_md5(f'POST:{path}')}")
        parts = dict(re.findall(r"<\w:(Nonce|Created|Username|Password)[^>]*>([^<]*)", request))
        if set(parts) != {"Nonce", "Created", "Username", "Password"}:
            return False
        created = datetime.strptime(parts["Created"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        if abs(created - datetime.now(UTC) - self.ahead) > timedelta(seconds=5):
            return False
        data = base64.b64decode(parts["Nonce"]) + parts["Created"].encode() + self.password.encode()
        return parts["Password"] == base64.b64encode(hashlib.sha1(data).digest()).decode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
