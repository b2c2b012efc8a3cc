"""Runs an application on 127.0.0.1, and nowhere else."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from threading import Event

import uvicorn
from fastapi import FastAPI

from tracker.domain.errors import ConfigError

HOST = "127.0.0.1"
"""There is no login yet, so nobody but this machine may ask."""

GOODBYE_S = 3
"""How long open connections may delay the end; answers take milliseconds."""


def serve(app: FastAPI, *, port: int, stop: Event | None = None) -> None:
    """Serve until interrupted, or until ``stop`` is set.

    With ``stop`` the caller looks after signals; without, Ctrl-C and SIGTERM end it.

    Args:
        port: On 127.0.0.1.
        stop: Looked at ten times a second.

    Raises:
        ConfigError: The port is taken or may not be used.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GOODBYE_S,
    )
    server = uvicorn.Server(config) if stop is None else _Stoppable(config, stop)
    with _listening(port) as listener:
        server.run(sockets=[listener])


class _Stoppable(uvicorn.Server):
    """Ends when a flag is set and leaves signals alone."""

    def __init__(self, config: uvicorn.Config, stop: Event) -> None:
        super().__init__(config)
        self._stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Keep the caller's handlers: one of them sets the flag."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now."""
        return self._stop.is_set() or await super().on_tick(counter)


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A bound socket; uvicorn binding it itself would end the process when it cannot."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if os.name == "posix":
            # Elsewhere this option lets two programs share a port; here it only allows a quick restart.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"the page cannot be served at {HOST}:{port}",
                got=getattr(error, "strerror", None) or str(error),
                hint="Is Fairloom running already? Otherwise choose another --port.",
            ) from error
        yield listener
