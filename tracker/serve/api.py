"""The API for those who ordered: reads releases, knows of nothing else, and writes down what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from tracker.domain.orders import OrderId
from tracker.domain.releases import Release
from tracker.serve.caching import tagged
from tracker.serve.documents import OrderStatus, OrderStatuses, status_document, statuses_document
from tracker.serve.faults import MEDIA_TYPE, Refusal

PREFIX = "/api/v1"

DESCRIPTIONS = {
    404: "No order of this number has been released.",
    422: "The request has parts that cannot be accepted.",
    503: "The database does not answer; nothing was told.",
}


class ReleaseSource(Protocol):
    """All that the API can ask and do."""

    def releases(self) -> tuple[Release, ...]:
        """The latest release of every order that has one, by order id."""
        ...

    def release(self, order: OrderId) -> Release | None:
        """The latest release of an order, or ``None``."""
        ...

    def tell(self, releases: Sequence[Release]) -> None:
        """Writes down that these are being told; whatever it raises, nothing is told then."""
        ...


class NoParameters(BaseModel):
    """No query parameters: a filter that was ignored would tell a client more than it believes."""

    model_config = ConfigDict(extra="forbid")


def orders_api(released: ReleaseSource) -> APIRouter:
    """Routes that tell what was released.

    Args:
        released: Where releases come from, and where each telling is written down before it happens.
    """
    router = APIRouter(prefix=PREFIX, tags=["orders"])

    @router.get(
        "/orders",
        summary="Every released order",
        response_model=OrderStatuses,
        responses=_described(422, 503),
    )
    def list_orders(request: Request, _query: Annotated[NoParameters, Query()]) -> Response:
        """The status of every order for its latest hour, by order number; the same bytes until one of them changes."""
        found = released.releases()
        document = statuses_document(found)
        released.tell(found)
        return tagged(request, document, media_type="application/json")

    @router.get(
        "/orders/{order:path}",
        summary="One released order",
        response_model=OrderStatus,
        responses=_described(404, 422, 503),
    )
    def show_order(
        request: Request,
        order: Annotated[str, Path(description="The order number, percent-encoded; it may hold any character.")],
        _query: Annotated[NoParameters, Query()],
    ) -> Response:
        """The status of one order; the same bytes for the whole hour."""
        found = released.release(OrderId(order))
        if found is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                kind="no-release",
                title="No such release",
                detail="No order of this number has been released.",
            )
        document = status_document(found)
        released.tell([found])
        return tagged(request, document, media_type="application/json")

    return router


def _described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of answers other than 200."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        304: {"description": "The client has these very bytes already (`If-None-Match`)."},
        **{status: {"description": DESCRIPTIONS[status], "content": content} for status in statuses},
    }
