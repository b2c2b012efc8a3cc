"""Asking an ONVIF camera over SOAP: a request, its signature, its answer or fault.

Written by hand, because the three questions we have are a page of code, and the libraries for them bring zeep, lxml and
an asynchronous HTTP client (docs/adr/0003).
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tracker.capture.credentials import Challenge, Login, answer
from tracker.capture.feeds import StreamLostError
from tracker.domain.frames import GapReason

_MOST_BYTES = 1_000_000
"""The longest list of profiles seen is a hundred kilobytes."""
_LONGEST_REASON = 120
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    "<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


class OnvifError(StreamLostError):
    """A camera did not answer, or not as ONVIF says it should."""

    def __init__(self, problem: str, *, refused: bool = False) -> None:
        super().__init__(GapReason.UNREACHABLE, problem, refused=refused)


class UnauthorizedError(OnvifError):
    """The camera refuses the user name or password."""

    def __init__(self) -> None:
        super().__init__(
            "the camera refused the user name or password (ONVIF often has users of its own)", refused=True
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a camera answers.

    Attributes:
        host: Its address.
        port: Its port.
        login: Who asks; ``None`` asks as nobody.
        timeout_s: Longest wait for an answer.
    """

    host: str
    port: int
    login: Login | None = None
    timeout_s: float = 5.0

    def ask(self, path: str, body: str, *, at: datetime | None = None) -> Element:
        """The first element of the answer's body.

        Args:
            path: Of the service, such as ``/onvif/device_service``.
            body: The request, XML.
            at: Aware UTC by the camera's clock, with which the request is signed; ``None`` signs nothing.

        Raises:
            UnauthorizedError: Wrong user name or password.
            OnvifError: Anything else that is no answer.
        """
        header = _signature(self.login, at) if self.login and at else ""
        request = _ENVELOPE.format(header=header, body=body).encode()
        try:
            status, challenges, text = self._post(path, request, None)
            if status == 401 and self.login is not None:
                told = answer(challenges, self.login, method="POST", uri=path)
                if told is not None:
                    status, challenges, text = self._post(path, request, told)
        except TimeoutError:
            raise OnvifError("the camera did not answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise OnvifError(getattr(error, "strerror", None) or "what answers there is no ONVIF camera") from None
        return _content(status, text)

    def _post(self, path: str, request: bytes, told: str | None) -> tuple[int, list[Challenge], bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"} | ({"Authorization": told} if told else {})
        try:
            connection.request("POST", path, request, headers)
            response = connection.getresponse()
            challenges = [Challenge.of(value) for value in response.headers.get_all("WWW-Authenticate", [])]
            return response.status, challenges, response.read(_MOST_BYTES)
        finally:
            connection.close()


def named(element: Element, *path: str) -> Iterator[Element]:
    """Every element below another along a path of names, whatever their namespaces."""
    if not path:
        yield element
        return
    for child in element:
        if local_name(child) == path[0]:
            yield from named(child, *path[1:])


def text_of(element: Element, *path: str) -> str:
    """The text of the first element along a path, or empty."""
    found = next(named(element, *path), None)
    return "" if found is None else (found.text or "").strip()


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _signature(login: Login, at: datetime) -> str:
    """A WS-Security user name token with a digest.

    Source: OASIS, Web Services Security UsernameToken Profile 1.0, 3.1: Base64(SHA-1(nonce + created + password)).
    """
    nonce, created = secrets.token_bytes(16), at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    hashed = hashlib.sha1(nonce + created.encode() + login.password.encode(), usedforsecurity=False).digest()
    return (
        f'<w:Security s:mustUnderstand="1" xmlns:w="{_OASIS}-wssecurity-secext-1.0.xsd" '
        f'xmlns:u="{_OASIS}-wssecurity-utility-1.0.xsd"><w:UsernameToken><w:Username>{escape(login.user)}</w:Username>'
        f'<w:Password Type="{_OASIS}-username-token-profile-1.0#PasswordDigest">{_base64(hashed)}</w:Password>'
        f'<w:Nonce EncodingType="{_OASIS}-soap-message-security-1.0#Base64Binary">{_base64(nonce)}</w:Nonce>'
        f"<u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _content(status: int, text: bytes) -> Element:
    """The first element of a body.

    Raises:
        UnauthorizedError: The answer says so, as a status or as a fault.
        OnvifError: A fault, or no SOAP at all.
    """
    try:
        body = next(named(fromstring(text.decode(errors="replace")), "Body"), None)
    except (ParseError, DefusedXmlException, ValueError):
        body = None
    content = next(iter(body), None) if body is not None else None
    fault = content if content is not None and local_name(content) == "Fault" else None
    if status == 401 or (fault is not None and _is_refusal(fault)):
        raise UnauthorizedError
    if fault is not None:
        reason = " ".join("".join(fault.itertext()).split())[:_LONGEST_REASON]
        raise OnvifError(f"the camera refused the request ({reason})", refused=True)
    if content is None or status != 200:
        raise OnvifError(f"what answers there is no ONVIF camera (HTTP {status})")
    return content


def _is_refusal(fault: Element) -> bool:
    """Whether a fault is about who asked: its innermost code says so, in the words of one of two standards."""
    codes = " ".join((element.text or "") for element in fault.iter() if local_name(element) == "Value")
    return any(word in codes for word in ("NotAuthorized", "FailedAuthentication", "InvalidSecurity"))
