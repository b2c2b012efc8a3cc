"""Films as RTSP cameras, watched by a real client."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import av
import numpy as np
import pytest

from tracker.domain.errors import ConfigError
from tracker.sim.serving import FilmCameras, film_url, require_server
from tracker.sim.writers import write_video

pytestmark = [pytest.mark.socket, pytest.mark.timeout(60)]

PATIENCE_S = 30.0
FRAMES, FPS = 20, 10.0
"""Two seconds."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two films that fade from black to white, one with a blank in its name, and one that nobody shall see."""
    folder = tmp_path_factory.mktemp("films")
    return [fading(folder / name) for name in ("sew.mp4", "table 2.mp4", "private.mp4")][:2]


def fading(path: Path, *, times: int = 1) -> Path:
    """A film of so many times two seconds."""
    frames = FRAMES * times
    pictures = (np.full((64, 96, 3), 200 * number // frames, np.uint8) for number in range(frames))
    write_video(pictures, path, fps=FPS, size=(96, 64))
    return path


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def served(films: list[Path], port: int, *, once: bool) -> Iterator[Thread]:
    """The films' cameras, and the thread that serves them."""
    cameras, ready = FilmCameras(films, port=port, once=once), Event()
    thread = Thread(target=cameras.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield thread
    finally:
        cameras.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


def watched(url: str, *, most: int = 1000) -> list[float]:
    """Mean brightness of each frame until the camera hangs up, or of so many."""
    seen: list[float] = []
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=PATIENCE_S) as container:
        for frame in container.decode(video=0):
            seen.append(float(frame.to_ndarray(format="gray").mean()))
            if len(seen) == most:
                break
    return seen


def test_a_film_begins_again_for_ever(films: list[Path], port: int) -> None:
    with served(films, port, once=False):
        seen = watched(film_url(films[0], port), most=FRAMES + 5)
    assert seen[:FRAMES] == sorted(seen[:FRAMES])
    assert seen[FRAMES] == pytest.approx(seen[0], abs=3)


def test_nothing_else_of_the_folder_is_served(films: list[Path], port: int) -> None:
    with served(films, port, once=False), pytest.raises(av.error.FFmpegError):
        watched(film_url(films[0].parent / "private.mp4", port))


def test_shown_once_it_is_over_and_so_is_the_serving(films: list[Path], port: int) -> None:
    with served(films, port, once=True) as thread:
        assert len(watched(film_url(films[0], port))) >= FRAMES - 1
        with pytest.raises(av.error.FFmpegError):
            watched(film_url(films[0], port))
        assert thread.is_alive()  # nobody has seen the other one yet
        assert len(watched(film_url(films[1], port))) >= FRAMES - 1
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_who_comes_again_before_its_end_sees_a_film_from_its_beginning(tmp_path: Path, port: int) -> None:
    film = fading(tmp_path / "long.mp4", times=5)
    with served([film], port, once=True):
        first = watched(film_url(film, port), most=3)
        assert watched(film_url(film, port), most=3) == first


def test_a_port_that_is_taken_is_one_message(films: list[Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cameras = FilmCameras(films, port=taken.getsockname()[1], once=False)
        with pytest.raises(ConfigError, match="cannot be used"):
            cameras.run(lambda: None)


def test_stopping_what_does_not_run_does_nothing(films: list[Path]) -> None:
    FilmCameras(films, port=1, once=False).stop()


def test_missing_server_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigError, match=r"fairloom\[demo\]"):
        require_server()
