"""The pages for people: orders, workers' notice, and what they say when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tracker import __version__
from tracker.domain.estimates import ShopCalendar
from tracker.release.policy import BAND_PCT, EPOCH
from tracker.serve.advice import Advice, Attention
from tracker.serve.caching import tagged
from tracker.serve.language import COOKIE, PARAMETER, TRANSLATIONS, Language, language_of
from tracker.serve.rendering import assets, environments
from tracker.serve.sight import sights
from tracker.serve.today import today
from tracker.serve.wording import Wording
from tracker.store import Store

HTML = "text/html"
REFRESH_S = 5
"""How often an open page asks again; the rows behind it change every two to ten seconds."""
REFRESH_WITHOUT_SCRIPT_S = 20
"""A whole page that loads anew is a nuisance, so it does so less often."""
YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class Shop:
    """What the pages say about the workshop.

    Attributes:
        notice: A sentence on top of every page, or ``None``.
        clock: Aware UTC now.
    """

    name: str
    calendar: ShopCalendar
    notice: str | None
    clock: Callable[[], datetime]


class Pages:
    """Renders every page of one workshop.

    Args:
        store: Rows to read.
        shop: What to say about the workshop.
    """

    def __init__(self, store: Store, shop: Shop) -> None:
        self._store, self._shop = store, shop
        self._assets = assets()
        self._environments = environments(self._assets)
        self._zone = ZoneInfo(shop.calendar.timezone)

    def install(self, app: FastAPI) -> None:
        """Add the pages' routes to an application."""
        app.add_route("/", self.orders, include_in_schema=False)
        app.add_route("/privacy", self.privacy, include_in_schema=False)
        app.add_route("/static/{name}", self.asset, include_in_schema=False)

    def orders(self, request: Request) -> Response:
        """Every open order, the pieces of none, and the cameras."""
        now = self._shop.clock()
        with self._store.read() as view:
            page = today(view, calendar=self._shop.calendar, now=now)
        words = {"today": page, "Attention": Attention, "Advice": Advice, "refresh_s": REFRESH_S}
        return self._page(request, "today.html", words | {"reload_s": REFRESH_WITHOUT_SCRIPT_S}, now=now)

    def privacy(self, request: Request) -> Response:
        """The workers' notice: what is counted, kept, never kept, and told."""
        now = self._shop.clock()
        with self._store.read() as view:
            cameras, rules = sights(view.cameras(), view.gaps(since=now), now=now), view.camera_rules()
        steps = {
            seen.camera: sorted({rule.step for rule in rules if rule.camera == seen.camera and rule.step is not None})
            for seen in cameras
        }
        words = {"cameras": cameras, "steps": steps, "band_pct": BAND_PCT, "epoch_min": int(EPOCH.total_seconds() / 60)}
        return self._page(request, "privacy.html", words, now=now)

    def asset(self, request: Request) -> Response:
        """A style sheet, script or icon."""
        found = self._assets.get(request.path_params["name"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable"}
        return Response(found.body, media_type=found.media_type, headers=headers)

    def fault(self, request: Request, status: HTTPStatus) -> Response:
        """What a person sees instead of a page; says nothing about the inside."""
        language = language_of(request)
        html = self._render("fault.html", {"status": status}, language=language, now=self._shop.clock())
        return Response(html, int(status), media_type=HTML, headers={"Cache-Control": "no-store"})

    def _page(self, request: Request, template: str, words: dict[str, Any], *, now: datetime) -> Response:
        language = language_of(request)
        response = tagged(request, self._render(template, words, language=language, now=now), media_type=HTML)
        response.headers["Vary"] = "Accept-Language, Cookie"
        if request.query_params.get(PARAMETER) == language.value:
            response.set_cookie(COOKIE, language.value, max_age=YEAR_S, samesite="lax", httponly=True)
        return response

    def _render(self, template: str, words: dict[str, Any], *, language: Language, now: datetime) -> bytes:
        say = Wording(TRANSLATIONS[language], zone=self._zone, now=now)
        shared = {"say": say, "shop": self._shop, "now": now, "version": __version__}
        return self._environments[language].get_template(template).render(shared | words).encode()
