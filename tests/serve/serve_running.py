"""A real server on a free port of this machine, for as long as a test needs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from tracker.serve import serve

WAIT_S = 20
"""Far longer than it takes; a server that hangs fails the test instead of stopping all of them."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """The port of a server that is stopped, and has ended, afterwards."""
    port, stop, failed = free_port(), threading.Event(), []

    def run() -> None:
        try:
            serve(app, port=port, stop=stop)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        transport = httpx.HTTPTransport(retries=8)  # waits longer each time until somebody listens
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert client.get("/healthz", timeout=WAIT_S).status_code == 200
        yield port
    finally:
        stop.set()
        thread.join(WAIT_S)
    assert not thread.is_alive()
    assert failed == []
