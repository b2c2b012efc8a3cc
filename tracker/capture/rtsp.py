"""Asking an RTSP camera what it has, before FFmpeg does: what it wants for a password, and where it would send us.

FFmpeg follows a redirection to any host and tells that host the camera's user name and password; and where it cannot
answer a camera's way of asking for a password it says only "unauthorized". So the first question is ours.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from tracker.capture.address import SecretUrl, split_safely
from tracker.capture.credentials import Challenge, Login, answer
from tracker.capture.feeds import StreamLostError
from tracker.domain.frames import GapReason

PORTS = {"rtsp": 554, "rtsps": 322}
_MOST_BYTES = 65_536
"""A description is one or two kilobytes; more is no camera."""
_MOST_HEADERS = 100
_FFMPEG_ANSWERS = ("MD5",)
"""Digests that FFmpeg can compute; with several on offer it takes the last one named (measured with 8.1)."""
_MEANINGS = {
    404: "the camera knows no such stream",
    453: "the camera has no bandwidth left; fewer viewers, or its second stream, may help",
    503: "the camera has too many viewers",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera said to DESCRIBE.

    Attributes:
        status: Of the last answer.
        challenges: How it asked for a password, in its order; empty when it asked for none.
        location: Where it would send us, or empty.
        description: The session description (SDP), or empty.
    """

    status: int
    challenges: tuple[Challenge, ...]
    location: str
    description: str


def describe(address: SecretUrl, *, timeout_s: float) -> Answer:
    """What the camera has at an address, asked on a connection of its own.

    Args:
        address: ``rtsp`` or ``rtsps``, with credentials.
        timeout_s: Longest wait for each answer.

    Raises:
        StreamLostError: Nobody answers, or what answers is no RTSP camera.
    """
    parts = urlsplit(address.reveal())
    bare = _without_credentials(parts)
    login = Login.of(address.reveal())
    try:
        with _connected(parts, timeout_s) as connection, connection.makefile("rb") as stream:
            first = _ask(connection, stream, bare, number=1, told=None)
            if first.status != 401 or login is None:
                return first
            told = answer(first.challenges, login, method="DESCRIBE", uri=bare)
            second = first if told is None else _ask(connection, stream, bare, number=2, told=told)
            return Answer(second.status, first.challenges, second.location, second.description)
    except TimeoutError:
        raise StreamLostError(GapReason.UNREACHABLE, "the camera did not answer in time") from None
    except OSError as error:
        # The error names the address, but never the credentials: these were not part of what was connected to.
        raise StreamLostError(GapReason.UNREACHABLE, error.strerror or type(error).__name__) from None


def check(address: SecretUrl, found: Answer) -> None:
    """Makes sure that FFmpeg may open an address.

    Args:
        address: Where.
        found: What the camera said to DESCRIBE.

    Raises:
        StreamLostError: It refuses, sends us on (nobody else is told its password), or asks for the password in a way
            that FFmpeg cannot answer.
    """
    if problem := _problem(address, found):
        raise StreamLostError(GapReason.UNREACHABLE, problem, refused=True)


def _problem(address: SecretUrl, found: Answer) -> str | None:
    if 300 <= found.status < 400:
        target = split_safely(found.location)
        # A query may hold a password, and so may what stands before the host.
        where = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}"
        return f"the camera sends us on to {where}; if that is right, write it into the settings"
    if found.status == 401 and Login.of(address.reveal()) is None:
        return "the camera wants a user name and password"
    digests = [challenge for challenge in found.challenges if challenge.scheme == "digest"]
    if digests and digests[-1].algorithm not in _FFMPEG_ANSWERS:
        return f"the camera wants its password as {digests[-1]}, which FFmpeg cannot do: set the camera to MD5"
    if found.status == 401:
        return "the camera refused the user name or password"
    if found.status >= 400:
        return _MEANINGS.get(found.status, f"the camera refused the request ({found.status})")
    return None


def _without_credentials(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def _connected(parts: SplitResult, timeout_s: float) -> socket.socket:
    where = parts.hostname or "", parts.port or PORTS[parts.scheme]
    connection = socket.create_connection(where, timeout_s)
    if parts.scheme == "rtsps":
        # As FFmpeg does: cameras sign their own certificates, so there is nothing to check them against.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = context.wrap_socket(connection)
    return connection


def _ask(connection: socket.socket, stream: io.BufferedReader, url: str, *, number: int, told: str | None) -> Answer:
    lines = [f"DESCRIBE {url} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp", "User-Agent: Fairloom"]
    lines += [f"Authorization: {told}"] if told else []
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    words = stream.readline(_MOST_BYTES).decode(errors="replace").split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith("RTSP/") or not words[1].isdigit():
        raise StreamLostError(GapReason.UNREACHABLE, "what answers there is no RTSP camera")
    headers: list[tuple[str, str]] = []
    while (line := stream.readline(_MOST_BYTES).decode(errors="replace").strip()) and len(headers) < _MOST_HEADERS:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    named = dict(headers)
    size = 0
    with contextlib.suppress(ValueError):
        size = max(0, min(int(named.get("content-length", "0")), _MOST_BYTES))
    body = stream.read(size).decode(errors="replace")
    challenges = tuple(Challenge.of(value) for name, value in headers if name == "www-authenticate")
    return Answer(int(words[1]), challenges, named.get("location", ""), body)
