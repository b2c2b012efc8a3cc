"""Answers when something is wrong: problem documents for programs, plain pages for people, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from tracker.domain.errors import StoreError
from tracker.serve.documents import FieldError, Problem
from tracker.serve.headers import SECURITY_HEADERS

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
API = "/api/"
RETRY_S = 5
"""By then a writer that held the lock is done, or the fault is a lasting one."""

Kind = tuple[str, str]
"""Type and title of a problem; both the same every time."""

INVALID: Kind = ("urn:fairloom:problem:invalid-request", "Invalid request")
UNAVAILABLE: Kind = ("urn:fairloom:problem:store-unavailable", "The shop's database does not answer")

FaultPage = Callable[[Request, HTTPStatus], Response]
"""Renders the page that a person sees."""


class Refusal(HTTPException):
    """An HTTP error with a name that programs can rely on.

    Args:
        status: 4xx or 5xx.
        kind: Last part of the problem's ``type``.
        title: The kind in words, the same every time.
        detail: This one in words.
    """

    def __init__(self, status: HTTPStatus, *, kind: str, title: str, detail: str) -> None:
        super().__init__(status, detail)
        self.kind, self.title = f"urn:fairloom:problem:{kind}", title


def problem(
    path: str,
    status: HTTPStatus,
    *,
    detail: str,
    kind: tuple[str, str] | None = None,
    errors: Sequence[FieldError] = (),
) -> Response:
    """A problem document (RFC 9457).

    Args:
        path: What was asked for, percent-encoded.
        detail: What went wrong this time.
        kind: The problem's ``type`` and title; ``None`` when the status says it all.
        errors: Parts of the request that are wrong.
    """
    name, title = kind or (BLANK, status.phrase)
    said = Problem(
        type=name, title=title, status=int(status), detail=detail, instance=path, errors=list(errors) or None
    )
    body = said.model_dump_json(exclude_none=True)
    return Response(body, int(status), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


class Faults:
    """Answers every error of an application, in the form that fits who asked.

    Args:
        page: For people; programs (paths below ``/api/``) get problem documents.
    """

    def __init__(self, page: FaultPage) -> None:
        self._page = page

    def install(self, app: FastAPI) -> None:
        """Handle the application's errors from now on."""
        app.exception_handler(HTTPException)(self._on_http)
        app.exception_handler(RequestValidationError)(self._on_invalid)
        app.exception_handler(StoreError)(self._on_refused)
        app.exception_handler(Exception)(self._on_defect)

    def _on_http(self, request: Request, error: HTTPException) -> Response:
        kind = (error.kind, error.title) if isinstance(error, Refusal) else None
        response = self._answer(request, HTTPStatus(error.status_code), detail=error.detail, kind=kind)
        response.headers.update(error.headers or {})
        return response

    def _on_invalid(self, request: Request, error: RequestValidationError) -> Response:
        wrong = [FieldError(location=".".join(map(str, one["loc"])), detail=str(one["msg"])) for one in error.errors()]
        detail = "Parts of the request cannot be accepted; `errors` names them."
        return self._answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail=detail, kind=INVALID, errors=wrong)

    def _on_refused(self, request: Request, error: StoreError) -> Response:
        log.warning("store.refuses path=%s reason=%s", path_of(request.scope), error)
        detail = "Nothing was told. Ask again in a few seconds."
        response = self._answer(request, HTTPStatus.SERVICE_UNAVAILABLE, detail=detail, kind=UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_S)
        return response

    def _on_defect(self, request: Request, _error: Exception) -> Response:
        # The server logs the traceback. This answer alone passes no guard on its way out.
        response = self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail="The shop's log says more.")
        response.headers.update(SECURITY_HEADERS)
        return response

    def _answer(
        self,
        request: Request,
        status: HTTPStatus,
        *,
        detail: str,
        kind: Kind | None = None,
        errors: Sequence[FieldError] = (),
    ) -> Response:
        if not request.url.path.startswith(API):
            return self._page(request, status)
        return problem(path_of(request.scope), status, detail=detail, kind=kind, errors=errors)


def path_of(scope: Scope) -> str:
    """The path as it was asked for, percent-encoded."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("ascii", "replace")
