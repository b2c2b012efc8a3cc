"""What every request passes first: only this machine's names, and headers that keep pages to themselves."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.serve.faults import path_of, problem
from tracker.serve.headers import SECURITY_HEADERS

_OWN_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
"""A page elsewhere can make its own name point here (DNS rebinding); the browser then still sends that name."""


class Guard:
    """Refuses requests for other hosts, answers HEAD like GET, and adds the security headers.

    Args:
        app: What comes behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if not _asks_for_us(scope):
            detail = "This server answers to localhost and 127.0.0.1 only."
            refused = problem(path_of(scope), HTTPStatus.BAD_REQUEST, detail=detail)
            await refused(scope, receive, guarded)
        elif scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _without_body(guarded))
        else:
            await self._app(scope, receive, guarded)


def _asks_for_us(scope: Scope) -> bool:
    hosts = Headers(scope=scope).getlist("host")
    return len(hosts) == 1 and _OWN_NAME.fullmatch(hosts[0]) is not None


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
