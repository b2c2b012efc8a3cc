"""Where a camera is, with its password kept out of every text that anybody could read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

from tracker.domain.environment import PLACEHOLDER, fill, named_values
from tracker.domain.errors import ConfigError

SCHEMES = ("rtsp", "rtsps", "http", "https", "onvif")
"""What a camera's address may begin with."""

_EXAMPLE = "rtsp://${CAM1_USER}:${CAM1_PASSWORD}@192.0.2.5/stream1"


@dataclass(frozen=True, slots=True)
class SecretUrl:
    """A camera's address. Its text and its ``repr`` show the template, ``reveal`` alone the credentials.

    Attributes:
        template: The address as written in the settings, with ``${NAME}`` where a secret belongs.
    """

    template: str
    _url: str = field(repr=False)
    _secrets: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.template

    def reveal(self) -> str:
        """The address with credentials in it, for opening the stream and nothing else."""
        return self._url

    def leading_to(self, url: str) -> SecretUrl:
        """The address that the camera named when it was asked at this one; it prints as this one does."""
        return SecretUrl(self.template, url, self._secrets)

    def redact(self, text: str) -> str:
        """``text`` without the address and without any of its secrets."""
        text = text.replace(self._url, self.template)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def resolve_url(template: str, environ: Mapping[str, str]) -> SecretUrl:
    """The address of a camera, its ``${NAME}`` filled from the environment.

    Values are percent-encoded, so a password may hold any character. Written out, a password is refused: settings get
    copied, mailed and backed up.

    Args:
        template: Such as ``rtsp://${CAM1_USER}:${CAM1_PASSWORD}@192.0.2.5/stream1``.
        environ: Environment variables by name.

    Raises:
        ConfigError: Unknown scheme, no host, a variable that is missing or empty, or a password written out.
    """
    shown = _without_password(template)
    parts = urlsplit(PLACEHOLDER.sub("x", template))
    if parts.scheme not in SCHEMES or not parts.hostname or not _has_number_port(parts):
        expected = f"{', '.join(SCHEMES)} and a host, such as {_EXAMPLE}"
        raise ConfigError("this is not the address of a camera", expected=expected, got=shown)
    if shown != template:
        hint = f"Put it into an environment variable and write its name: {_EXAMPLE}"
        raise ConfigError("a camera's password stands in the settings", expected="${NAME}", got=shown, hint=hint)
    values = named_values(template, environ, owner="a camera's address")
    url = fill(template, values, spelled=_quoted)
    spellings = {text for value in values.values() for text in (value, _quoted(value))}
    # Longest first, so that a secret inside another does not leave the rest of it standing.
    return SecretUrl(template, url, tuple(sorted(spellings, key=len, reverse=True)))


def split_safely(url: str) -> SplitResult:
    """The parts of an address that a camera told; empty ones when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts if _has_number_port(parts) else SplitResult("", "", "", "", "")


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _without_password(template: str) -> str:
    """The template with a written-out password hidden."""
    scheme, separator, rest = template.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" not in authority:
        # An @ further on may end a password that holds a slash or question mark: show nothing before it.
        _, at, host = rest.rpartition("@")
        return f"{scheme}{separator}***@{host}" if at else template
    credentials, _, host = authority.rpartition("@")
    user, colon, password = credentials.partition(":")
    if not colon or PLACEHOLDER.fullmatch(password):
        return template
    return f"{scheme}{separator}{user}:***@{host}{rest[len(authority) :]}"


def _has_number_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
