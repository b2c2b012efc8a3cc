"""A camera that speaks RTSP over real sockets, sends real H.264 or H.265, and misbehaves as asked.

    film = Film.of(wandering_square(40), rate=20)
    with RtspCamera(film, Habits(auth="digest", password="s3cret")) as camera:
        camera.url()                # rtsp://viewer:s3cret@127.0.0.1:PORT/stream1
        camera.show(other)          # other pictures from the next frame on, at another size if they have one
        camera.stall()              # the socket stays open, nothing comes; camera.go_on() ends it
        camera.hang_up()            # every connection is closed, without a word
        camera.vanish(); camera.come_back()   # the port is closed; the same port answers again
        camera.litter(2000)         # so many bytes of nonsense in the midst of a TCP stream
        camera.spoiled = True       # packets come, but what is in them does not decode
        camera.jump(-5.0)           # stamps step by so many seconds
        camera.asked                # what it was asked, in order: "OPTIONS", "DESCRIBE" ...

A film is played in a loop, at its rate, from its beginning for each connection. ``Habits`` say how the camera deals
with those who connect; everything else may be done to it while it runs. A camera with several streams gets a dictionary
of films by path. Mark tests with ``pytest.mark.socket``.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import re
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import quote

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

CLOCK_HZ = 90_000
PAYLOAD_BYTES = 1400
PATIENCE_S = 20.0
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")
_TOKEN = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_REASONS = {200: "OK", 302: "Moved Temporarily", 401: "Unauthorized", 404: "Stream Not Found", 454: "Session Not Found"}
_REASONS |= {461: "Unsupported Transport", 503: "Service Unavailable"}
_MU_LAW_SILENCE = b"\xff" * 160


@dataclass(frozen=True)
class Film:
    """Encoded pictures.

    Attributes:
        codec: ``h264`` or ``hevc``.
        rate: Frames a second.
        units: NAL units of each frame without start codes; the first frame is a key frame.
        keys: Whether each frame is a key frame.
        parameters: VPS, SPS and PPS.
    """

    codec: str
    rate: int
    units: tuple[tuple[bytes, ...], ...]
    keys: tuple[bool, ...]
    parameters: tuple[bytes, ...]

    @classmethod
    def of(
        cls, pictures: Iterable[NDArray[np.uint8]], *, rate: int = 20, codec: str = "h264", key_every: int = 10
    ) -> Film:
        """Encodes pictures.

        Args:
            pictures: RGB, shape (height, width, 3), all of one size with even sides.
            rate: Frames a second.
            codec: ``h264`` or ``hevc``.
            key_every: Frames from one key frame to the next.
        """
        options = {"preset": "ultrafast", "tune": "zerolatency", "bf": "0", "g": str(key_every), "crf": "18"}
        if codec == "h264":
            name, options["x264-params"] = "libx264", f"scenecut=0:keyint={key_every}:min-keyint={key_every}"
        else:
            name, options["x265-params"] = "libx265", f"scenecut=0:keyint={key_every}:bframes=0:log-level=none"
        encoder = av.CodecContext.create(name, "w")
        packets = []
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            if not number:
                encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
                encoder.framerate, encoder.time_base, encoder.options = rate, Fraction(1, rate), options
            frame = frame.reformat(format="yuv420p")
            frame.pts = number
            packets += encoder.encode(frame)
        packets += encoder.encode(None)
        parameters: dict[bytes, None] = {}
        units = []
        for packet in packets:
            found = [unit for unit in _START_CODE.split(bytes(packet)) if unit]
            parameters |= dict.fromkeys(unit for unit in found if _is_parameter(unit, codec))
            units.append(tuple(unit for unit in found if not _is_parameter(unit, codec)))
        return cls(codec, rate, tuple(units), tuple(packet.is_keyframe for packet in packets), tuple(parameters))


def wandering_square(frames: int, *, width: int = 64, height: int = 48) -> list[NDArray[np.uint8]]:
    """RGB pictures of a square that wanders over a grey cloth with some texture; no two are alike."""
    cloth = np.random.default_rng(1).integers(80, 120, (height, width, 1), np.uint8).repeat(3, axis=2)
    pictures = []
    for number in range(frames):
        picture = cloth.copy()
        left = 2 * (number % ((width - 8) // 2))
        picture[8:16, left : left + 8] = (200, 40 + number % 100, 30)
        pictures.append(picture)
    return pictures


@dataclass(frozen=True)
class Habits:
    """How a camera deals with those who connect.

    Attributes:
        auth: ``none``, ``basic`` or ``digest``.
        user: Who may see it.
        password: With which password.
        qop: The ``qop`` of a digest challenge; ``None`` leaves it out (RFC 2069).
        algorithms: A digest challenge for each, in this order; ``None`` names none, which means MD5.
            MD5 and SHA-256 are accepted where they are offered.
        nonce_uses: Requests after which a nonce is stale; ``None``: never.
        transports: ``tcp`` and ``udp``, as far as it offers them; what is not offered is answered with 461.
        udp_blocked: Agrees to UDP, but no packet ever arrives.
        session_s: Hangs up when nobody has asked anything for so long; announced, in whole seconds. ``None``: never.
        get_parameter: Knows GET_PARAMETER, with which most readers keep a session alive.
        redirect: Answers DESCRIBE with 302 and this address.
        answer_after_s: Seconds before each answer.
        parameters: Where VPS, SPS and PPS are: in the ``sdp``, in the ``stream``, in ``both`` or in ``none``.
        sound: Has a sound track, which comes first in its description.
        stamps: Counts time in its packets; one that does not sends the same stamp for ever.
        status: Answers DESCRIBE with this status instead, such as 503 (too many viewers).
    """

    auth: str = "none"
    user: str = "viewer"
    password: str = "secret"
    qop: str | None = "auth"
    algorithms: tuple[str | None, ...] = (None,)
    nonce_uses: int | None = None
    transports: tuple[str, ...] = ("tcp", "udp")
    udp_blocked: bool = False
    session_s: int | None = None
    get_parameter: bool = True
    redirect: str | None = None
    answer_after_s: float = 0.0
    parameters: str = "both"
    sound: bool = False
    stamps: bool = True
    status: int = 200


@dataclass
class _Session:
    """One connection: its socket, where its packets go, and what was asked last."""

    connection: socket.socket
    path: str = ""
    targets: dict[str, tuple[str, int]] = field(default_factory=dict)
    """``video`` or ``sound`` to ``tcp`` with a channel or ``udp`` with a port."""
    over: Event = field(default_factory=Event)
    sending: Lock = field(default_factory=Lock)
    asked_at: float = field(default_factory=monotonic)
    nonce: str = ""
    nonce_used: int = 0


class RtspCamera:
    """See the module's docstring.

    Args:
        films: What it shows at ``stream1``, or films by path.
        habits: How it deals with those who connect; may be replaced while it runs.
    """

    def __init__(self, films: Film | Mapping[str, Film], habits: Habits = Habits()) -> None:
        self._films = {"stream1": films} if isinstance(films, Film) else dict(films)
        self._first = next(iter(self._films))
        self.habits = habits
        self.asked: list[str] = []
        self.credentials: list[str] = []
        """Every ``Authorization`` header that came."""
        self.transports: list[str] = []
        """The transports agreed to, in order."""
        self.spoiled = False
        self.sent = 0
        """Frames sent, over all connections."""
        self._litter = 0
        self._jump_s = 0.0
        self._moving = Event()
        self._moving.set()
        self._sessions: list[_Session] = []
        self._threads: list[Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.come_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()

    def url(self, path: str | None = None, *, user: str | None = None, password: str | None = None) -> str:
        """Its address, with credentials when it wants some (or when some are given)."""
        wants = self.habits.auth != "none" or user is not None
        user, password = user or self.habits.user, password or self.habits.password
        who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if wants else ""
        return f"rtsp://{who}127.0.0.1:{self.port}/{path or self._first}"

    def template(self, path: str | None = None) -> tuple[str, dict[str, str]]:
        """Its address for ``resolve_url``, and the environment that goes with it."""
        environ = {"CAM_USER": self.habits.user, "CAM_PASSWORD": self.habits.password}
        who = "" if self.habits.auth == "none" else "${CAM_USER}:${CAM_PASSWORD}@"
        return f"rtsp://{who}127.0.0.1:{self.port}/{path or self._first}", environ

    def show(self, film: Film, path: str | None = None) -> None:
        """Other pictures from the next frame on, for those who watch and for those who come."""
        self._films[path or self._first] = film

    def stall(self) -> None:
        """Nothing comes any more, and nobody hangs up."""
        self._moving.clear()

    def go_on(self) -> None:
        """Frames come again."""
        self._moving.set()

    def litter(self, size: int) -> None:
        """Nonsense of so many bytes before the next frame of each TCP stream."""
        self._litter = size

    def jump(self, seconds: float) -> None:
        """From the next frame on stamps are so much later (or earlier)."""
        self._jump_s += seconds

    def hang_up(self) -> None:
        """Closes every connection and goes on listening."""
        for session in list(self._sessions):
            self._end(session)

    def vanish(self) -> None:
        """Closes the port and every connection."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._threads.clear()

    def come_back(self) -> None:
        """Listens, at the port it had before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(0.1)  # closing a socket does not wake an accept everywhere
        self.port = self._listener.getsockname()[1]
        self._start(self._listen, self._listener)

    # --- the RTSP side

    def _start(self, work, *arguments) -> None:
        thread = Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(None)
            session = _Session(connection)
            self._sessions.append(session)
            self._start(self._converse, session)

    def _end(self, session: _Session) -> None:
        session.over.set()
        with contextlib.suppress(OSError):
            session.connection.shutdown(socket.SHUT_RDWR)
        session.connection.close()
        if session in self._sessions:
            self._sessions.remove(session)

    def _converse(self, session: _Session) -> None:
        with contextlib.suppress(OSError, ValueError), session.connection.makefile("rb") as stream:
            while request := _read_request(stream):
                session.asked_at = monotonic()
                method, url, headers = request
                self.asked.append(method)
                session.over.wait(self.habits.answer_after_s)
                status, more, body = self._answer(session, method, url, headers)
                head = [f"RTSP/1.0 {status} {_REASONS.get(status, 'No')}", f"CSeq: {headers.get('cseq', '0')}", *more]
                if body:
                    head += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
                with session.sending:
                    session.connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
                if method == "PLAY" and status == 200:
                    self._start(self._play, session)
                if method == "TEARDOWN":
                    break
        self._end(session)

    def _answer(
        self, session: _Session, method: str, url: str, headers: dict[str, str]
    ) -> tuple[int, list[str], bytes]:
        habits = self.habits
        if method == "OPTIONS":
            knows = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN" + ", GET_PARAMETER" * habits.get_parameter
            return 200, [f"Public: {knows}"], b""
        if "authorization" in headers:
            self.credentials.append(headers["authorization"])
        if habits.auth != "none" and not self._may(session, method, headers.get("authorization", "")):
            return 401, self._challenges(session), b""
        if method == "DESCRIBE":
            return self._describe(session, url)
        if method == "SETUP":
            return self._set_up(session, url, headers.get("transport", ""))
        timeout = f";timeout={habits.session_s}" if habits.session_s else ""
        return 200, [f"Session: 12345678{timeout}"], b""

    def _may(self, session: _Session, method: str, told: str) -> bool:
        habits = self.habits
        if habits.auth == "basic":
            return told == "Basic " + base64.b64encode(f"{habits.user}:{habits.password}".encode()).decode()
        given = {name: quoted or bare for name, quoted, bare in _TOKEN.findall(told)}
        session.nonce_used += 1
        fresh = habits.nonce_uses is None or session.nonce_used <= habits.nonce_uses
        if not told.startswith("Digest ") or not session.nonce or given.get("nonce") != session.nonce or not fresh:
            return False
        hashed = _HASHES.get(given.get("algorithm", "MD5"))
        if hashed is None or given.get("algorithm") not in habits.algorithms or given.get("username") != habits.user:
            return False
        secret = hashed(f"{habits.user}:{given.get('realm')}:{habits.password}")
        middle = ":".join(given[name] for name in ("nc", "cnonce", "qop")) + ":" if "qop" in given else ""
        if bool(middle) != (habits.qop is not None):
            return False
        asked = hashed(f"{method}:{given.get('uri')}")
        return given.get("response") == hashed(f"{secret}:{session.nonce}:{middle}{asked}")

    def _challenges(self, session: _Session) -> list[str]:
        if self.habits.auth == "basic":
            return ['WWW-Authenticate: Basic realm="camera"']
        stale = ', stale="true"' if session.nonce else ""
        session.nonce, session.nonce_used = f"{random.getrandbits(64):x}", 0
        qop = f', qop="{self.habits.qop}"' if self.habits.qop else ""
        return [
            f'WWW-Authenticate: Digest realm="camera", nonce="{session.nonce}"{qop}{stale}'
            + (f", algorithm={algorithm}" if algorithm else "")
            for algorithm in self.habits.algorithms
        ]

    def _describe(self, session: _Session, url: str) -> tuple[int, list[str], bytes]:
        session.path = re.sub(r"^rtsps?://[^/]*/?", "", url).strip("/")
        if self.habits.redirect is not None:
            return 302, [f"Location: {self.habits.redirect}"], b""
        if self.habits.status != 200:
            return self.habits.status, [], b""
        if session.path not in self._films:
            return 404, [], b""
        film = self._films[session.path]
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
        sound = ["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:sound"]
        lines += sound if self.habits.sound else []
        lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {'H264' if film.codec == 'h264' else 'H265'}/{CLOCK_HZ}"]
        lines += [_format_line(film, described=self.habits.parameters in {"sdp", "both"}), "a=control:video"]
        return 200, [f"Content-Base: {url.rstrip('/')}/"], "\r\n".join([*lines, ""]).encode()

    def _set_up(self, session: _Session, url: str, transport: str) -> tuple[int, list[str], bytes]:
        kind = "tcp" if "TCP" in transport.upper() else "udp"
        if kind not in self.habits.transports:
            return 461, [], b""
        self.transports.append(kind)
        track = url.rstrip("/").rpartition("/")[2]
        pattern = r"interleaved=(\d+)" if kind == "tcp" else r"client_port=(\d+)"
        found = re.search(pattern, transport)
        session.targets[track] = kind, int(found[1]) if found else 2 * len(session.targets)
        number = session.targets[track][1]
        answer = f"RTP/AVP/TCP;unicast;interleaved={number}-{number + 1}"
        if kind == "udp":
            answer = f"RTP/AVP;unicast;client_port={number}-{number + 1};server_port=6970-6971;source=127.0.0.1"
        timeout = f";timeout={self.habits.session_s}" if self.habits.session_s else ""
        return 200, [f"Session: 12345678{timeout}", f"Transport: {answer}"], b""

    # --- the RTP side

    def _play(self, session: _Session) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            sender = _Sender(session, wire, blocked=self.habits.udp_blocked)
            film, number, ticks, due = None, 0, 0.0, monotonic()
            while not session.over.wait(max(0.0, due - monotonic())):
                if self.habits.session_s and monotonic() - session.asked_at > self.habits.session_s:
                    break
                if not self._moving.is_set():
                    due = monotonic() + 0.02
                    continue
                changed = film is not None and film is not self._films[session.path]
                if film is not self._films[session.path]:
                    film, number = self._films[session.path], 0
                self._send_frame(sender, film, number, ticks, changed=changed)
                self.sent += 1
                number = (number + 1) % len(film.units)
                ticks += CLOCK_HZ / film.rate
                due += 1 / film.rate
        self._end(session)

    def _send_frame(self, sender: _Sender, film: Film, number: int, ticks: float, *, changed: bool) -> None:
        units = film.units[number]
        if self.spoiled:
            units = tuple(unit[:2] + bytes(len(unit) - 2) for unit in units)
        told = self.habits.parameters in {"stream", "both"} and film.keys[number]
        if (told or changed) and self.habits.parameters != "none":
            units = (*film.parameters, *units)
        if self._litter and sender.send_raw(random.Random(1).randbytes(self._litter)):
            self._litter = 0
        stamp = int(ticks + self._jump_s * CLOCK_HZ) if self.habits.stamps else 0
        sender.send_video(units, film.codec, stamp & 0xFFFFFFFF)
        if self.habits.sound:
            sender.send_sound(int(8000 / film.rate))


class _Sender:
    """Packs NAL units into RTP (RFC 6184, RFC 7798) and sends them as the session agreed."""

    def __init__(self, session: _Session, wire: socket.socket, *, blocked: bool) -> None:
        self._session, self._wire, self._blocked = session, wire, blocked
        self._sequence = {"video": 0, "sound": 0}
        self._sound_ticks = 0

    def send_raw(self, data: bytes) -> bool:
        """Bytes that are no packet, into a TCP stream; whether there was one."""
        if self._session.targets["video"][0] != "tcp":
            return False
        with self._session.sending:
            self._session.connection.sendall(data)
        return True

    def send_video(self, units: tuple[bytes, ...], codec: str, stamp: int) -> None:
        packets = [part for unit in units for part in _fragments(unit, codec)]
        for number, payload in enumerate(packets):
            self._send("video", payload, 96, stamp, last=number == len(packets) - 1)

    def send_sound(self, samples: int) -> None:
        if "sound" in self._session.targets:
            self._send("sound", _MU_LAW_SILENCE[:samples], 0, self._sound_ticks, last=True)
            self._sound_ticks += samples

    def _send(self, track: str, payload: bytes, kind: int, stamp: int, *, last: bool) -> None:
        transport, number = self._session.targets[track]
        sequence = self._sequence[track] = (self._sequence[track] + 1) & 0xFFFF
        packet = struct.pack("!BBHII", 0x80, kind | (0x80 if last else 0), sequence, stamp, len(track)) + payload
        if transport == "tcp":
            with self._session.sending:
                self._session.connection.sendall(struct.pack("!BBH", 0x24, number, len(packet)) + packet)
        elif not self._blocked:
            self._wire.sendto(packet, ("127.0.0.1", number))


def _fragments(unit: bytes, codec: str) -> list[bytes]:
    """One NAL unit as RTP payloads: whole, or in fragments (FU-A; type 49 in H.265)."""
    if len(unit) <= PAYLOAD_BYTES:
        return [unit]
    head = 1 if codec == "h264" else 2
    pieces = [unit[start : start + PAYLOAD_BYTES] for start in range(head, len(unit), PAYLOAD_BYTES)]
    payloads = []
    for number, piece in enumerate(pieces):
        place = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
        if codec == "h264":
            payloads.append(bytes([unit[0] & 0xE0 | 28, place | unit[0] & 0x1F]) + piece)
        else:
            payloads.append(bytes([unit[0] & 0x81 | 49 << 1, unit[1], place | unit[0] >> 1 & 0x3F]) + piece)
    return payloads


def _format_line(film: Film, *, described: bool) -> str:
    names = ["packetization-mode=1"] if film.codec == "h264" else []
    sets = [base64.b64encode(unit).decode() for unit in film.parameters]
    if described and film.codec == "h264":
        names += [f"profile-level-id={film.parameters[0][1:4].hex()}", "sprop-parameter-sets=" + ",".join(sets)]
    elif described:
        names += [f"sprop-{name}={text}" for name, text in zip(("vps", "sps", "pps"), sets, strict=True)]
    return "a=fmtp:96 " + "; ".join(names)


def _is_parameter(unit: bytes, codec: str) -> bool:
    return unit[0] & 0x1F in {7, 8} if codec == "h264" else unit[0] >> 1 & 0x3F in {32, 33, 34}


_HASHES = {
    "MD5": lambda text: hashlib.md5(text.encode()).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
}


def _read_request(stream) -> tuple[str, str, dict[str, str]] | None:
    """The next request: method, address, headers by lower-case name; reports on reception are passed over."""
    while (first := stream.read(1)) == b"$":
        _, size = struct.unpack("!BH", stream.read(3))
        stream.read(size)
    line = (first + stream.readline()).decode().strip()
    if not line:
        return None
    method, url, _ = line.split(" ", 2)
    headers = {}
    while text := stream.readline().decode().strip():
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    stream.read(int(headers.get("content-length", 0)))
    return method, url, headers
