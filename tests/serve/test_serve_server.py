"""The server listens on this machine only, says so when it cannot, and ends when told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import httpx
import pytest
from serve_client import Client
from serve_running import served

from tracker.domain.errors import ConfigError
from tracker.serve import serve

pytestmark = pytest.mark.socket


def test_it_answers_on_loopback_until_told_to_stop(client: Client) -> None:
    with served(client.app) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/orders", trust_env=False)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        refused = httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"}, trust_env=False)
        assert refused.status_code == 400
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)


def test_it_is_bound_to_no_other_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[object] = []
    bind: Callable[..., None] = socket.socket.bind
    monkeypatch.setattr(socket.socket, "bind", lambda self, address: (bound.append(address), bind(self, address))[1])
    with served(client.app) as port:
        pass
    assert ("127.0.0.1", port) in bound
    assert {address[0] for address in bound if isinstance(address, tuple)} == {"127.0.0.1"}


def test_a_port_that_is_taken_is_a_clear_error(client: Client) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port}.*choose another --port"):
            serve(client.app, port=port, stop=threading.Event())


def test_so_is_a_port_that_does_not_exist(client: Client) -> None:
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:70000"):
        serve(client.app, port=70_000, stop=threading.Event())
