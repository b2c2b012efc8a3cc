"""Videos as RTSP cameras on this machine: what ``tracker sim play --rtsp`` does when everything is filmed.

The server is the extra ``demo``'s; it plays a video from its beginning to whoever connects, over TCP, at its own pace.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import av

from tracker.domain.errors import ConfigError

HOST = "127.0.0.1"
LIBRARY = "aio_rtsp_toolkit.server"
OVER_S = 1.0
"""A film that has less than this left is over: a viewer who connects again at its end shall not see it anew."""
LAST_S = 2.0
"""After the last film's end, for packets that are still under way."""
CLOSE_S = 1.0
FOREVER = 0
"""As the library counts plays."""


def film_url(video: Path, port: int) -> str:
    """Where a film is served."""
    return f"rtsp://{HOST}:{port}/{quote(video.name)}"


def require_server() -> Any:  # noqa: ANN401 - the library publishes no types
    """The module of the RTSP server.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        return importlib.import_module(LIBRARY)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "films cannot be served: the RTSP server is not installed",
            expected="the package aio-rtsp-toolkit",
            got=f"no {error.name}",
            hint='`pip install "fairloom[demo]"` brings it; any other RTSP server plays the files, too',
        ) from error


class FilmCameras:
    """Serves films, these and nothing else of their folder, on 127.0.0.1.

    Args:
        films: MP4 files of one folder, at least one.
        port: Where to listen.
        once: Each film is over when it has been shown, and everything when all are; else they begin again for ever.

    Raises:
        ConfigError: The RTSP server is not installed.
    """

    def __init__(self, films: Sequence[Path], *, port: int, once: bool) -> None:
        self._library = require_server()
        self._films = {film.name: film for film in films}
        self._port, self._once = port, once
        self._lasts_s = {film.name: _duration_s(film) for film in films} if once else {}
        self._ends_s: dict[str, float] = {}
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until everything is over, or until interrupted.

        Args:
            on_ready: Called as soon as viewers may come.

        Raises:
            ConfigError: Somebody else listens at the port.
        """
        asyncio.run(self._serve(on_ready))

    def stop(self) -> None:
        """End :meth:`run`, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self, on_ready: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        # The library prints all that viewers do; nobody wants it between the lines of a command.
        quiet = logging.getLogger(__name__)
        quiet.setLevel(logging.ERROR)
        self._library.logger = self._library.aio.aio_sockets.logger = quiet
        server = self._library.RtspServer(str(next(iter(self._films.values())).parent), HOST, self._port)
        server.resolve_request_path, server.parse_play_count = self._film, self._plays
        try:
            await server.start()
        except OSError as error:
            raise ConfigError(
                f"port {self._port} of this machine cannot be used",
                got=error.strerror or str(error),
                hint="Give --port another number",
            ) from error
        try:
            on_ready()
            await self._over.wait()
        finally:
            self._loop = None
            # From Python 3.12 on, closing waits for viewers, who may stay for ever.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(server.close(), CLOSE_S)

    def _film(self, url: str) -> Path:
        """The library asks for what a viewer wants; a film that is over is not found.

        Raises:
            FileNotFoundError: There is no such film, or no more.
        """
        name = unquote(urlsplit(url).path.split("/")[1])
        if name not in self._films:
            raise FileNotFoundError(name)
        if self._once:
            loop = asyncio.get_running_loop()
            if name in self._ends_s and loop.time() > self._ends_s[name] - OVER_S:
                raise FileNotFoundError(name)
            self._ends_s[name] = loop.time() + self._lasts_s[name]
            loop.call_later(self._lasts_s[name] + LAST_S, self._end_if_over)
        return self._films[name]

    def _plays(self, _url: str) -> int:
        return 1 if self._once else FOREVER

    def _end_if_over(self) -> None:
        """End everything when every film has been shown."""
        shown = len(self._ends_s) == len(self._films)
        if shown and asyncio.get_running_loop().time() > max(self._ends_s.values()) + LAST_S / 2:
            self._over.set()


def _duration_s(film: Path) -> float:
    with av.open(str(film)) as container:
        return float((container.duration or 0) / av.time_base)
