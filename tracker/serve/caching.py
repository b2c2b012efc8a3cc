"""Answers that a client need not fetch twice: entity tags and 304 (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

REVALIDATE = "private, no-cache"
"""May be kept by the one who asked, must be asked about before it is used again."""


def tagged(request: Request, body: bytes, *, media_type: str) -> Response:
    """The body with a strong tag of its bytes, or 304 when the client has just these bytes."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": REVALIDATE}
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _has(fields: list[str], tag: str) -> bool:
    """Whether a tag is among the client's; compared weakly, as the standard wants it for this header."""
    sent = {part.strip().removeprefix("W/") for field in fields for part in field.split(",")}
    return tag in sent or "*" in sent
