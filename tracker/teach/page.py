"""The labelling page: on 127.0.0.1 only, behind a random address, nothing from elsewhere.

Whoever may open the page may see and change pictures, so the address holds a token; the Host header must be this
machine's (DNS rebinding), and what changes something must come from the page itself (cross-site requests).
"""

from __future__ import annotations

import hmac
import json
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tracker.count import PEOPLE
from tracker.domain.errors import NotFoundError
from tracker.serve.guards import Guard
from tracker.serve.headers import SECURITY_HEADERS
from tracker.serve.language import Language, language_of
from tracker.serve.rendering import TYPES, assets
from tracker.teach.collection import Collection, Decision, Item, decision_document, decision_of
from tracker.teach.words import CHINESE

HERE = Path(__file__).parent
NOT_KEPT = {"Cache-Control": "no-store"}
MOST_BYTES = 200_000
"""Of one decision: 300 boxes take 30,000."""


def label_app(collection: Collection, token: str) -> FastAPI:
    """The application around one collection.

    Args:
        collection: Read and written; nobody else may write it meanwhile.
        token: Part of the page's address.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    pages = _LabelPages(collection, token)
    app.add_middleware(Guard)
    app.add_route("/static/{name}", pages.asset)
    app.add_route("/healthz", lambda _request: Response("ok", media_type="text/plain"))
    app.add_route("/{token}/", pages.page)
    app.add_route("/{token}/pictures", pages.pictures)
    app.add_route("/{token}/pictures/{name}", pages.decide, methods=["POST"])
    app.add_route("/{token}/pictures/{name}", pages.destroy, methods=["DELETE"])
    app.add_route("/{token}/pictures/{name}.jpg", pages.picture)
    return app


class _LabelPages:
    def __init__(self, collection: Collection, token: str) -> None:
        self._collection, self._token, self._lock = collection, token, Lock()
        self._assets = {name: asset.body for name, asset in assets().items() if name in {"page.css", "icon.svg"}}
        self._assets |= {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )

    def asset(self, request: Request) -> Response:
        body = self._assets.get(request.path_params["name"])
        if body is None:
            return _refused(HTTPStatus.NOT_FOUND)
        return Response(body, media_type=TYPES[Path(request.path_params["name"]).suffix], headers=NOT_KEPT)

    def page(self, request: Request) -> Response:
        if not self._knows(request):
            return _refused(HTTPStatus.NOT_FOUND)
        language = language_of(request)
        words = CHINESE if language is Language.CHINESE else {word: word for word in CHINESE}
        shown = {"say": words, "language": language, "languages": tuple(Language)}
        shown |= {"words": json.dumps(words, ensure_ascii=False), "folder": str(self._collection.folder)}
        html = self._templates.get_template("label.html").render(shown)
        return Response(html, media_type="text/html", headers=NOT_KEPT)

    def pictures(self, request: Request) -> Response:
        if not self._knows(request):
            return _refused(HTTPStatus.NOT_FOUND)
        with self._lock:
            items = [self._document(item) for item in self._collection.items]
        labels = [label for label in self._collection.labels if label.lower() not in PEOPLE]
        return _json({"labels": labels, "pictures": items})

    def picture(self, request: Request) -> Response:
        if not self._knows(request):
            return _refused(HTTPStatus.NOT_FOUND)
        try:
            body = self._collection.file(request.path_params["name"]).read_bytes()
        except (NotFoundError, OSError):
            return _refused(HTTPStatus.NOT_FOUND)
        return Response(body, media_type="image/jpeg", headers=NOT_KEPT)

    async def decide(self, request: Request) -> Response:
        if refused := self._refusal(request):
            return refused
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            decision = decision_of(json.loads(body), self._collection.labels)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY)
        return await run_in_threadpool(self._change, request.path_params["name"], decision)

    def destroy(self, request: Request) -> Response:
        return self._refusal(request) or self._change(request.path_params["name"], None)

    def _change(self, name: str, decision: Decision | None) -> Response:
        with self._lock:
            try:
                if decision is None:
                    self._collection.destroy(name)
                else:
                    self._collection.decide(name, decision)
            except NotFoundError:
                return _refused(HTTPStatus.NOT_FOUND)
        return _json({"saved": name})

    def _knows(self, request: Request) -> bool:
        return hmac.compare_digest(request.path_params["token"].encode(), self._token.encode())

    def _refusal(self, request: Request) -> Response | None:
        """Why a change is refused: another address, or another page that asks."""
        if not self._knows(request):
            return _refused(HTTPStatus.NOT_FOUND)
        own = f"http://{request.headers['host']}"
        return None if request.headers.get("origin") == own else _refused(HTTPStatus.FORBIDDEN)

    def _document(self, item: Item) -> dict[str, Any]:
        facts = {"name": item.name, "width": item.size[0], "height": item.size[1], "part": item.part.value}
        return facts | decision_document(self._collection.decision(item.name))


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), media_type="application/json", headers=NOT_KEPT)


def _refused(status: HTTPStatus) -> Response:
    return Response(status.phrase, int(status), media_type="text/plain", headers=NOT_KEPT | SECURITY_HEADERS)
