"""Answers when something is wrong: problem documents for programs, plain pages for people, never a stack trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tracker.domain.errors import StoreError
from tracker.serve.documents import FieldError, Problem

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
API = "/api/"
RETRY_S = 5

Kind = tuple[str, str]
"""Type and title of a problem; both the same every time."""

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


def install(app: FastAPI, page: FaultPage) -> None:
    """Answer every error of an application, in the form that fits who asked.

    Args:
        page: For people; programs (paths below ``/api/``) get problem documents.
    """

    def answer(request: Request, status: HTTPStatus, said: Response) -> Response:
        return said if request.url.path.startswith(API) else page(request, status)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 -- Starlette hands over what it was told to
        status = HTTPStatus(error.status_code)
        kind = (error.kind, error.title) if isinstance(error, Refusal) else None
        response = answer(request, status, problem(path_of(request), status, detail=error.detail, kind=kind))
        response.headers.update(error.headers or {})
        return response

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 -- see above
        faults = [FieldError(location=".".join(map(str, one["loc"])), detail=str(one["msg"])) for one in error.errors()]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        kind = ("urn:fairloom:problem:invalid-request", "Invalid request")
        detail = "Parts of the request cannot be accepted; `errors` names them."
        return answer(request, status, problem(path_of(request), status, detail=detail, kind=kind, errors=faults))

    async def on_refused(request: Request, _error: Exception) -> Response:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        kind = ("urn:fairloom:problem:store-unavailable", "The shop's database does not answer")
        detail = "Nothing was told. Ask again in a few seconds."
        response = answer(request, status, problem(path_of(request), status, detail=detail, kind=kind))
        response.headers["Retry-After"] = str(RETRY_S)
        return response

    async def on_defect(request: Request, _error: Exception) -> Response:
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return answer(request, status, problem(path_of(request), status, detail="The shop's log says more."))

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(StoreError, on_refused)
    app.add_exception_handler(Exception, on_defect)


def path_of(request: Request) -> str:
    """The path as it was asked for, percent-encoded."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.partition(b"?")[0].decode("ascii", "replace")
