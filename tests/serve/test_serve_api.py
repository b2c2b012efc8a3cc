"""The API tells what was released, writes down that it did, and can reach nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from serve_client import Client, Clock
from serve_shop import DONE, EARLY, GOOD, HELD, LATE, NEW, NOW, SHANGHAI, SHORT, estimate, order
from sqlalchemy import Engine, event

from tracker.domain.errors import StoreBusyError
from tracker.domain.estimates import Interval
from tracker.domain.orders import OrderId
from tracker.domain.releases import Release
from tracker.release import as_dict, release
from tracker.serve.api import orders_api
from tracker.serve.documents import OrderStatus, OrderStatuses, Problem, status_document
from tracker.serve.faults import Faults
from tracker.serve.released import LOOPBACK, Released
from tracker.store import Store

ORDERS = "/api/v1/orders"
HOUR = timedelta(hours=1)
TABLES = re.compile(r"(?:FROM|JOIN|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)


@contextmanager
def watched_tables(store: Store) -> Iterator[set[str]]:
    """The tables that any statement touches meanwhile."""
    touched: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        touched.update(TABLES.findall(statement))

    engine: Engine = store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield touched
    finally:
        event.remove(engine, "before_cursor_execute", note)


def made(store: Store, order_id: OrderId, *, hours: int = 0) -> Release:
    """Releases an order whose id may be anything."""
    known = order(order_id)
    now = NOW + hours * HOUR
    told = release(known, estimate(order_id, as_of=now), now=now, previous=None, timezone=SHANGHAI.timezone)
    with store.write(now) as unit:
        if not any(one.id == order_id for one in unit.orders()):
            unit.add_orders([known])
        unit.save_release(told)
    return told


def test_every_released_order_is_listed_by_number_as_it_was_released(client: Client, store: Store) -> None:
    answer = client.get(ORDERS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    with store.read() as view:
        assert answer.json() == {"orders": [as_dict(one) for one in view.releases()]}
    assert [one["order"] for one in answer.json()["orders"]] == sorted([DONE, LATE, SHORT, GOOD, EARLY])
    OrderStatuses.model_validate_json(answer.content)


def test_a_workshop_that_released_nothing_tells_nothing(empty_store: Store, client_of: Callable[..., Client]) -> None:
    answer = client_of(empty_store).get(ORDERS)
    assert (answer.status_code, answer.content) == (200, b'{"orders":[]}')
    with empty_store.read() as view:
        assert [entry.kind for entry in view.log_entries()] == []


def test_orders_without_a_release_do_not_exist_for_outsiders(client: Client) -> None:
    assert {client.get(f"{ORDERS}/{one}").status_code for one in (NEW, HELD, "PO-0")} == {404}


@pytest.mark.parametrize(
    "odd",
    [
        "订单-2401",  # Chinese
        "2026/03/A",  # slashes belong to the number
        "/leading and trailing/",
        "quo\"te's & <script>alert(1)</script>",
        "50% cotton?#1",  # all of a URL's own marks
        "a b+c",
        "double//slash",
    ],
)
def test_an_order_number_may_hold_any_character(client: Client, store: Store, odd: str) -> None:
    told = made(store, OrderId(odd))
    answer = client.get(f"{ORDERS}/{quote(odd, safe='')}")
    assert (answer.status_code, answer.json()) == (200, as_dict(told))


def test_the_same_bytes_and_tag_for_the_whole_hour(client: Client, store: Store, clock: Clock) -> None:
    first = client.get(f"{ORDERS}/{LATE}")
    with store.write(NOW) as unit:
        unit.save_estimate(estimate(deliverable=Interval(0.9, 0.9, 0.9), as_of=NOW + timedelta(minutes=20)))
    clock.now = NOW + timedelta(minutes=27)
    later = client.get(f"{ORDERS}/{LATE}")
    assert (later.content, later.headers["etag"]) == (first.content, first.headers["etag"])

    clock.now = NOW + HOUR
    made(store, LATE, hours=1)
    assert client.get(f"{ORDERS}/{LATE}").headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/{LATE}"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{tag}", 304),
        ('"other", {tag}', 304),  # a list
        ("W/{tag}", 304),  # compared weakly, RFC 9110 13.1.2
        ("*", 304),
        ('"other"', 200),
        ("{tag}x", 200),
    ],
)
def test_a_client_that_has_these_bytes_is_told_so(client: Client, path: str, sent: str, status: int) -> None:
    tag = client.get(path).headers["etag"]
    answer = client.get(path, headers={"If-None-Match": sent.format(tag=tag)})
    assert answer.status_code == status
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (answer.content == b"") == (status == 304)


def test_nothing_but_releases_and_their_ledger_is_touched(client: Client, store: Store) -> None:
    with watched_tables(store) as touched:
        client.get(ORDERS)
        client.get(f"{ORDERS}/{LATE}")
        client.get(f"{ORDERS}/PO-0")
    assert touched == {"releases", "disclosures", "log"}


def test_the_api_is_handed_no_way_to_anything_else(store: Store, clock: Clock) -> None:
    released = Released(store, clock)
    reachable = {name for name in dir(released) if not name.startswith("_")}
    assert reachable == {"release", "releases", "tell"}
    assert not any(isinstance(getattr(released, name), Store) for name in Released.__slots__)


def test_first_tellings_are_logged_and_later_ones_counted(client: Client, store: Store, clock: Clock) -> None:
    tag = client.get(f"{ORDERS}/{LATE}").headers["etag"]
    client.get(f"{ORDERS}/{LATE}", headers={"If-None-Match": tag})  # "nothing new" tells something too
    client.ask("HEAD", f"{ORDERS}/{LATE}")
    clock.now = NOW + HOUR
    made(store, LATE, hours=1)
    client.get(ORDERS)
    with store.read() as view:
        told = view.disclosures(LATE)
        logged = [entry for entry in view.log_entries() if entry.kind == "release.sent" and entry.subject == LATE]
    assert [(one.recipient, one.first_at, one.times) for one in told] == [
        (LOOPBACK, NOW, 3),
        (LOOPBACK, NOW + HOUR, 1),
    ]
    assert len(logged) == 2


class Refusing:
    """A ledger that cannot be written."""

    def __init__(self, told: Release) -> None:
        self._told = told

    def releases(self) -> tuple[Release, ...]:
        return (self._told,)

    def release(self, order: OrderId) -> Release | None:
        return self._told

    def tell(self, releases: Sequence[Release]) -> None:
        raise StoreBusyError("the database is locked", got="/secret/path/shop.db")


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/{LATE}"])
def test_what_cannot_be_written_down_is_not_told(store: Store, path: str) -> None:
    app = FastAPI()
    Faults(lambda _request, _status: pytest.fail("programs get no pages")).install(app)
    app.include_router(orders_api(Refusing(made(store, LATE))))
    answer = Client(app).get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert Problem.model_validate_json(answer.content).type == "urn:fairloom:problem:store-unavailable"
    assert "Northwind" not in answer.text
    assert "secret" not in answer.text


def test_a_release_outside_the_schema_does_not_leave(store: Store) -> None:
    told = made(store, LATE)
    assert OrderStatus.model_validate_json(status_document(told)).order == LATE
    with pytest.raises(ValueError, match="multiple_of"):
        status_document(replace(told, band_low_pct=55))


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", f"{ORDERS}/PO-0", 404, "urn:fairloom:problem:no-release"),
        ("GET", f"{ORDERS}/", 404, "urn:fairloom:problem:no-release"),
        ("GET", "/api/v1/nothing", 404, "about:blank"),
        ("GET", "/api/v2/orders", 404, "about:blank"),
        ("POST", ORDERS, 405, "about:blank"),
        ("DELETE", f"{ORDERS}/{LATE}", 405, "about:blank"),
        ("GET", f"{ORDERS}?customer=Northwind", 422, "urn:fairloom:problem:invalid-request"),  # no filters
        ("GET", f"{ORDERS}/{LATE}?exact=1", 422, "urn:fairloom:problem:invalid-request"),
    ],
)
def test_faults_are_problem_documents(client: Client, method: str, path: str, status: int, kind: str) -> None:
    answer = client.ask(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    said = Problem.model_validate_json(answer.content)
    assert (said.status, said.type, said.instance) == (status, kind, path.partition("?")[0])
    assert (said.errors is not None) == (status == 422)
    assert (answer.headers.get("allow") == "GET") == (status == 405)


def test_a_defect_is_a_plain_problem_without_its_trace(store: Store, client_of: Callable[..., Client]) -> None:
    client = client_of(store)

    @client.app.get("/api/v1/defect")
    def fail() -> None:
        raise RuntimeError("secret of the inside")

    answer = client.get("/api/v1/defect")
    assert answer.status_code == 500
    assert Problem.model_validate_json(answer.content).title == "Internal Server Error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_the_description_is_openapi_3_1_and_its_examples_are_true(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert client.get("/api/v1/openapi.json").json() == described  # building it again changes nothing
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {ORDERS, f"{ORDERS}/{{order}}"}
    schemas = described["components"]["schemas"]
    for model in (OrderStatus, OrderStatuses, Problem):
        (example,) = schemas[model.__name__]["examples"]
        model.model_validate_json(json.dumps(example))
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described))
    assert references
    assert set(references) <= set(schemas)
    for path in described["paths"].values():
        assert set(path) == {"get"}
        assert {"200", "304", "422", "503"} <= set(path["get"]["responses"])
        assert "application/problem+json" in path["get"]["responses"]["422"]["content"]
    assert set(schemas["OrderStatus"]["properties"]) == set(as_dict_keys(client))


def as_dict_keys(client: Client) -> list[str]:
    return list(client.get(ORDERS).json()["orders"][0])
