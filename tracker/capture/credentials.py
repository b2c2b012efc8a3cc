"""How a camera is told a user name and password: Basic and Digest, over RTSP and over HTTP."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: dict[str, Callable[[str], str]] = {"MD5": _md5, "SHA-256": _sha256}


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password.

    Attributes:
        user: As the camera knows it.
        password: In plain text; no ``repr`` shows it.
    """

    user: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, url: str) -> Self | None:
        """What an address holds, percent-decoded; ``None`` when it names nobody."""
        parts = urlsplit(url)
        return None if parts.username is None else cls(unquote(parts.username), unquote(parts.password or ""))


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in which a camera asks for a password: the value of a ``WWW-Authenticate`` header.

    Attributes:
        scheme: ``basic``, ``digest`` or whatever else it said, in lower case.
        parameters: Its parameters by lower-case name.
    """

    scheme: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, header: str) -> Self:
        """A header taken apart; what cannot be understood is left out."""
        scheme, _, rest = header.strip().partition(" ")
        found = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
        return cls(scheme.lower(), found)

    @property
    def algorithm(self) -> str:
        """The hash of a digest; MD5 when the camera names none (RFC 2617, 3.2.1)."""
        return self.parameters.get("algorithm", "MD5").upper()

    def __str__(self) -> str:
        return f"Digest {self.algorithm}" if self.scheme == "digest" else self.scheme.capitalize()


def answer(challenges: Iterable[Challenge], login: Login, *, method: str, uri: str) -> str | None:
    """The ``Authorization`` header for the strongest challenge that can be answered; ``None`` when none can.

    Source: RFC 7616, 3.4 (digest; RFC 2617 and 2069 where the camera names no ``qop``), RFC 7617 (Basic).
    """
    asked = sorted((c for c in challenges if c.scheme == "digest"), key=lambda c: c.algorithm != "SHA-256")
    for challenge in asked:
        if challenge.algorithm in _HASHES and "nonce" in challenge.parameters:
            return _digest(challenge, login, method=method, uri=uri)
    if any(challenge.scheme == "basic" for challenge in challenges):
        return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
    return None


def _digest(challenge: Challenge, login: Login, *, method: str, uri: str) -> str:
    hashed, asked = _HASHES[challenge.algorithm], challenge.parameters
    realm, nonce = asked.get("realm", ""), asked["nonce"]
    secret, what = hashed(f"{login.user}:{realm}:{login.password}"), hashed(f"{method}:{uri}")
    told = {"username": login.user, "realm": realm, "nonce": nonce, "uri": uri}
    more = ""
    if "auth" in [quality.strip() for quality in asked.get("qop", "").split(",")]:
        ours = secrets.token_hex(8)
        told |= {"response": hashed(f"{secret}:{nonce}:00000001:{ours}:auth:{what}"), "cnonce": ours}
        more = ", qop=auth, nc=00000001"
    else:
        told["response"] = hashed(f"{secret}:{nonce}:{what}")
    if "algorithm" in asked:
        more += f", algorithm={asked['algorithm']}"
    if "opaque" in asked:
        told["opaque"] = asked["opaque"]
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in told.items()) + more
