"""Only this machine is answered, and every answer carries the headers that keep it here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from serve_client import Client
from serve_shop import LATE

from tracker.serve.headers import SECURITY_HEADERS
from tracker.serve.rendering import assets
from tracker.store import Store

PATHS = [
    "/",
    "/privacy",
    "/healthz",
    "/metrics",
    "/api/v1/orders",
    f"/api/v1/orders/{LATE}",
    "/nowhere",
    "/api/nowhere",
]
STATIC = [file.address for file in assets().values()]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("evil.example:8000", 400),
        ("127.0.0.1.evil.example", 400),  # begins like us
        ("localhost.evil.example", 400),
        ("evil.example/127.0.0.1", 400),
        ("127.0.0.1@evil.example", 400),
        ("127.0.0.1:80:80", 400),
        ("192.168.1.20:8000", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/orders"])
def test_only_this_machines_names_are_answered(client: Client, path: str, host: str, status: int) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert LATE not in answer.text


def test_two_hosts_are_none(client: Client) -> None:
    assert client.get("/", headers=[("Host", "localhost"), ("Host", "evil.example")]).status_code == 400


@pytest.mark.parametrize("path", [*PATHS, *STATIC])
def test_every_answer_carries_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/defect", "/api/v1/defect"])
def test_so_do_answers_to_defects(store: Store, client_of: Callable[..., Client], path: str) -> None:
    client = client_of(store)

    @client.app.get(path)
    def fail() -> None:
        raise RuntimeError("secret of the inside")

    answer = client.get(path)
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, *STATIC])
def test_head_is_get_without_a_body(client: Client, path: str) -> None:
    head, get = client.ask("HEAD", path), client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == str(len(get.content))


@pytest.mark.parametrize("path", ["/", "/privacy", "/nowhere"])
def test_pages_need_nothing_from_elsewhere_and_nothing_inline(client: Client, path: str) -> None:
    html = client.get(path).text
    linked = re.findall(r"(?:src|href|action|content)=\"([^\"]*)\"", html)
    assert not [one for one in linked if "//" in one]
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:", html)


@pytest.mark.parametrize("address", STATIC)
def test_linked_files_are_kept_for_good_under_a_versioned_address(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", answer.content)


@pytest.mark.parametrize("name", ["..%2Fapp.py", "%2e%2e%2fapp.py", "..%5Capp.py", "app.py", "page.css%00", ""])
def test_no_other_file_can_be_asked_for(client: Client, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_a_servers_own_messages_pass(client: Client) -> None:
    sent: list[str] = []
    waiting = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, str]:
        return waiting.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(client.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
