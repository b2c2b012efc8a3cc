"""What the API says, as strict types: the OpenAPI document is made from these."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from tracker.domain.estimates import Outlook
from tracker.domain.releases import Release
from tracker.release import as_dict

EXAMPLE_ORDER: JsonDict = {
    "order": "PO-2401",
    "customer": "Northwind",
    "epoch": "2026-11-23T06:00:00Z",
    "band_low_pct": 60,
    "band_high_pct": 70,
    "milestone": "sew",
    "finish_earliest": "2026-11-25",
    "finish_latest": "2026-11-27",
    "outlook": "at_risk",
    "stale": False,
    "next_expected_at": "2026-11-23T07:00:00Z",
}

EXAMPLE_PROBLEM: JsonDict = {
    "type": "urn:fairloom:problem:no-release",
    "title": "No such release",
    "status": 404,
    "detail": "No order of this number has been released.",
    "instance": "/api/v1/orders/PO-9999",
}

Percent = Annotated[int, Field(ge=0, le=100, multiple_of=10)]


class _Strict(BaseModel):
    """Refuses unknown fields and does not turn one type into another."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OrderStatus(_Strict):
    """What the shop has released about one order for one hour."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ORDER]})

    order: Annotated[str, Field(description="The shop's order number, as written on its sheet.")]
    customer: Annotated[str, Field(description="Whom the release is for.")]
    epoch: Annotated[dt.datetime, Field(description="Start of the hour that this status stands for, UTC.")]
    band_low_pct: Annotated[Percent, Field(description="Lower end of the band of deliverable pieces.")]
    band_high_pct: Annotated[Percent, Field(description="Upper end of the band.")]
    milestone: Annotated[
        str, Field(description="Latest step that half of the order has passed, or `not started`.", min_length=1)
    ]
    finish_earliest: Annotated[
        dt.date | None, Field(description="First day of the expected finish, in the shop's dates; null when unknown.")
    ]
    finish_latest: Annotated[dt.date | None, Field(description="Last day of the expected finish; null when unknown.")]
    outlook: Annotated[Outlook, Field(description="The order's prospects in one word.")]
    stale: Annotated[bool, Field(description="True when the status rests on data from before the previous hour.")]
    next_expected_at: Annotated[
        dt.datetime,
        Field(description="When the next status is due, UTC. Asking earlier gives the same bytes; long past, the shop "
        "is offline."),
    ]  # fmt: skip


class OrderStatuses(_Strict):
    """Every order that has been released, by order number."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"orders": [EXAMPLE_ORDER]}]})

    orders: list[OrderStatus]


class FieldError(_Strict):
    """One part of a request that cannot be accepted."""

    location: Annotated[str, Field(description="Which part, for instance `query.customer`.")]
    detail: str


class Problem(_Strict):
    """Why a request was not answered (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PROBLEM]})

    type: Annotated[str, Field(description="Name of the kind of problem; `about:blank` when the status says it.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: Annotated[str, Field(description="The path that was asked for.")]
    errors: Annotated[list[FieldError] | None, Field(description="Which parts of the request, if it is theirs.")] = None


def status_document(release: Release) -> bytes:
    """One release as the bytes that leave the shop; equal releases give equal bytes.

    Raises:
        ValueError: The release does not fit the published schema; it must not leave.
    """
    document = json.dumps(as_dict(release), ensure_ascii=False, separators=(",", ":"))
    OrderStatus.model_validate_json(document)
    return document.encode()


def statuses_document(releases: Sequence[Release]) -> bytes:
    """Releases as one document, in the order given.

    Raises:
        ValueError: One of them does not fit the published schema.
    """
    return b'{"orders":[' + b",".join(status_document(release) for release in releases) + b"]}"
