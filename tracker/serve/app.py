"""Builds the application: API, pages, health and metrics around one store."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from tracker.domain.estimates import ShopCalendar
from tracker.serve import metrics
from tracker.serve.api import PREFIX, orders_api
from tracker.serve.documents import Problem
from tracker.serve.faults import Faults
from tracker.serve.guards import Guard
from tracker.serve.health import Condition, as_json, examine
from tracker.serve.metrics import Figures
from tracker.serve.pages import Pages, Shop
from tracker.serve.released import Released
from tracker.store import Store

API_VERSION = "1.0"
API_SUMMARY = "What a workshop has released about its orders: bands of ten per cent, once an hour, and nothing else."
NOT_KEPT = {"Cache-Control": "no-store"}


def create_app(  # noqa: PLR0913 -- one keyword for each thing that the workshop's settings say
    store: Store,
    *,
    shop_name: str,
    calendar: ShopCalendar,
    clock: Callable[[], datetime],
    notice: str | None = None,
    provider: str | None = None,
) -> FastAPI:
    """The application, ready to be served; answers requests for localhost only.

    Args:
        store: An open database; it is read, and written to only to record what was told to outsiders.
        shop_name: Stands on every page.
        calendar: In whose time zone dates are dates.
        clock: Aware UTC now.
        notice: A sentence on top of every page, for instance that its data are made up.
        provider: Execution provider that the settings ask for, so that health can compare; ``None`` compares nothing.
    """
    app = _Application(
        title="Fairloom",
        summary=API_SUMMARY,
        version=API_VERSION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # both load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    pages = Pages(store, Shop(shop_name, calendar, notice, clock))
    Faults(pages.fault).install(app)
    app.add_middleware(Guard)
    app.include_router(orders_api(Released(store, clock)))
    pages.install(app)
    figures = Figures(store, calendar=calendar, clock=clock)

    def healthz(_request: Request) -> Response:
        now = clock()
        health = examine(store, provider=provider, now=now)
        body = json.dumps(as_json(health, provider=provider, now=now), ensure_ascii=False)
        status = 503 if health.condition is Condition.DOWN else 200
        return Response(body, status, media_type="application/json", headers=NOT_KEPT)

    def scrape(_request: Request) -> Response:
        return Response(figures.text(), headers=NOT_KEPT | {"Content-Type": metrics.MEDIA_TYPE})

    app.add_route("/healthz", healthz, include_in_schema=False)
    app.add_route("/metrics", scrape, include_in_schema=False)
    return app


class _Application(FastAPI):
    """Describes the problem documents that its handlers answer with."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            template = "#/components/schemas/{model}"
            problem = Problem.model_json_schema(ref_template=template)
            schemas = super().openapi().setdefault("components", {}).setdefault("schemas", {})
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
        return super().openapi()
