"""A real RTSP server on this machine: connect, die, freeze, come back; and one that asks for a password."""

from __future__ import annotations

import base64
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from capture_clips import CAMERA, Clip

from tracker.capture import CameraState, LiveCameras, LiveSource, SecretUrl, StreamFeed, resolve_url
from tracker.domain.frames import Frame, Gap, GapReason

pytestmark = [pytest.mark.socket, pytest.mark.timeout(120)]

PATIENCE_S = 30.0
SERVE = (
    "import asyncio, sys; from aio_rtsp_toolkit import server; "
    "asyncio.run(server.serve(sys.argv[1], '127.0.0.1', int(sys.argv[2]), control_port=None))"
)


class RtspCamera:
    """An RTSP server in a process of its own, which can die, freeze and come back at the same address."""

    def __init__(self, folder: Path) -> None:
        Clip(frames=600, rate=20, codec_options={"bf": "0", "g": "10"}).write(folder / "table.mp4")
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.process = self._serve()

    def address(self, path: str = "table.mp4") -> SecretUrl:
        return resolve_url(f"rtsp://127.0.0.1:{self._port}/{path}", {})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def come_back(self) -> None:
        self.process = self._serve()

    def _serve(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self._folder), str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                assert process.poll() is None, "the server did not start"
            else:
                return process
        raise AssertionError("the server did not answer")


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[RtspCamera]:
    camera = RtspCamera(tmp_path)
    yield camera
    camera.kill()


def live(feed: SecretUrl | StreamFeed) -> LiveSource:
    return LiveSource(feed, camera=CAMERA, clock=lambda: datetime.now(UTC))


def fetch(cameras: LiveCameras, wanted: Callable[[Frame | Gap], bool]) -> Frame | Gap:
    """The next thing that is wanted; everything before it is passed over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = cameras.next(1.0)
        if found is not None and wanted(found[1]):
            return found[1]
    raise AssertionError("it never came")


def fetch_frame(cameras: LiveCameras) -> Frame:
    found = fetch(cameras, lambda item: isinstance(item, Frame))
    assert isinstance(found, Frame)
    return found


def fetch_gap(cameras: LiveCameras, *, closed: bool) -> Gap:
    found = fetch(cameras, lambda item: isinstance(item, Gap) and (item.end is not None) == closed)
    assert isinstance(found, Gap)
    return found


def test_a_camera_that_dies_is_a_gap_and_comes_back_by_itself(camera: RtspCamera) -> None:
    source = live(camera.address())
    with LiveCameras([source]) as cameras:
        first = fetch_frame(cameras)
        assert (first.picture.width, first.picture.height) == (64, 48)
        fetch(cameras, lambda item: isinstance(item, Frame) and item.moment.frame >= 10)
        camera.kill()
        opened = fetch_gap(cameras, closed=False)
        assert opened.reason is GapReason.DISCONNECTED
        assert opened.start > first.moment.at
        camera.come_back()
        closed = fetch_gap(cameras, closed=True)
        assert (closed.reason, closed.start) == (opened.reason, opened.start)
        again = fetch_frame(cameras)
        assert closed.end is not None
        assert again.moment.at >= closed.end > closed.start
        assert cameras.stats()[CAMERA].reconnects == 1
    assert source.stats.state is CameraState.STOPPED


def test_a_camera_that_freezes_is_a_disconnect(camera: RtspCamera) -> None:
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("processes cannot be frozen here")
    feed = StreamFeed(camera.address(), open_timeout_s=1.0, read_timeout_s=0.5)
    with LiveCameras([live(feed)]) as cameras:
        fetch_frame(cameras)
        os.kill(camera.process.pid, signal.SIGSTOP)
        assert fetch_gap(cameras, closed=False).reason is GapReason.DISCONNECTED
        assert cameras.stats()[CAMERA].problem == "the camera did not answer in time"
        os.kill(camera.process.pid, signal.SIGCONT)
        assert fetch_gap(cameras, closed=True).reason is GapReason.DISCONNECTED


def test_a_paused_camera_is_not_even_connected(camera: RtspCamera) -> None:
    with LiveCameras([live(camera.address())]) as cameras:
        fetch_frame(cameras)
        cameras.pause(CAMERA)
        assert fetch_gap(cameras, closed=False).reason is GapReason.PAUSED
        decoded = cameras.stats()[CAMERA].decoded
        assert cameras.next(0.3) is None
        assert cameras.stats()[CAMERA].decoded == decoded
        cameras.resume(CAMERA)
        assert fetch_gap(cameras, closed=True).reason is GapReason.PAUSED
        fetch_frame(cameras)


def test_a_path_the_camera_does_not_know_is_unreachable(camera: RtspCamera) -> None:
    source = live(camera.address("nowhere.mp4"))
    with LiveCameras([source]) as cameras:
        assert fetch_gap(cameras, closed=False).reason is GapReason.UNREACHABLE
        assert source.stats.problem == "the camera knows no such stream"


def test_a_closed_port_is_unreachable(camera: RtspCamera) -> None:
    camera.kill()
    source = live(camera.address())
    with LiveCameras([source]) as cameras:
        gap = fetch_gap(cameras, closed=False)
    assert gap.reason is GapReason.UNREACHABLE
    assert source.stats.decoded == 0


class PasswordCamera:
    """Asks everybody for a password, as RTSP does, and notes what it was told; it never sends a picture."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._stopped = Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self.port = self._server.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE_S)
        self._server.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            connection.settimeout(PATIENCE_S)
            with connection, connection.makefile("rwb") as stream:
                while self._answer(stream.readline(), stream):
                    stream.flush()

    def _answer(self, request: bytes, stream: io.BufferedRWPair) -> bool:
        if not request:
            return False
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        if "authorization" in headers:
            self.told.append(headers["authorization"])
        challenge = (
            f'RTSP/1.0 401 Unauthorized\r\nCSeq: {headers["cseq"]}\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\n'
        )
        stream.write(challenge.encode())
        return True


def test_a_password_with_any_character_arrives_whole_and_leaks_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    canary = "c@n/a?r#y:%1 车"
    camera = PasswordCamera()
    address = resolve_url(
        f"rtsp://${{CAM_USER}}:${{CAM_PASSWORD}}@127.0.0.1:{camera.port}/stream1",
        {"CAM_USER": "viewer", "CAM_PASSWORD": canary},
    )
    source = live(address)
    with LiveCameras([source]) as cameras:
        gap = fetch_gap(cameras, closed=False)
        stats = cameras.stats()[CAMERA]
    camera.close()
    assert f"viewer:{canary}" in [base64.b64decode(told.removeprefix("Basic ")).decode() for told in camera.told]
    assert gap.reason is GapReason.UNREACHABLE
    assert stats.problem == "the camera refused the user name or password"
    output = capfd.readouterr()
    spoken = "".join([caplog.text, output.out, output.err, repr(stats), repr(gap), repr(source), repr(address)])
    assert "camera_lost" in spoken
    assert canary not in spoken
    assert address.reveal() not in spoken
    assert "c%40n" not in spoken
