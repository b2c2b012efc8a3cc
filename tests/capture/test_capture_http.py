"""Motion JPEG over HTTP, and a stream of which nothing decodes any more."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import av
import numpy as np
import pytest
from capture_clips import CAMERA, Clip

from tracker.capture import LiveCameras, LiveSource, StreamFeed, resolve_url
from tracker.capture.feeds import StreamLostError
from tracker.domain.frames import Frame, Gap, GapReason

pytestmark = [pytest.mark.socket, pytest.mark.timeout(120)]

PATIENCE_S = 30.0
HEADER = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


class JpegCamera:
    """Sends JPEGs as fast as they are taken, and from number ``breaks_after`` on nonsense in their place."""

    def __init__(self, folder: Path, *, breaks_after: int) -> None:
        path = Clip(codec="mjpeg", pix_fmt="yuvj420p", codec_options={}).write(folder / "clip.mkv")
        with av.open(str(path)) as container:
            self._jpegs = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        self._breaks_after = breaks_after
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
            with connection:
                connection.settimeout(PATIENCE_S)
                self._stream(connection)

    def _stream(self, connection: socket.socket) -> None:
        try:
            connection.recv(4096)
            connection.sendall(HEADER)
            number = 0
            while not self._stopped.wait(0.01):
                jpeg = self._jpegs[number % len(self._jpegs)]
                if number >= self._breaks_after:
                    jpeg = b"\xff\xd8" + bytes(len(jpeg))
                head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                connection.sendall(head + jpeg + b"\r\n")
                number += 1
        except OSError:
            return  # the reader has gone


@pytest.fixture
def jpeg_camera(tmp_path: Path) -> Iterator[Callable[[int], LiveSource]]:
    running = []

    def start(breaks_after: int) -> LiveSource:
        camera = JpegCamera(tmp_path, breaks_after=breaks_after)
        running.append(camera)
        feed = StreamFeed(resolve_url(f"http://127.0.0.1:{camera.port}/video", {}))
        return LiveSource(feed, camera=CAMERA, clock=lambda: datetime.now(UTC))

    yield start
    for camera in running:
        camera.close()


def fetch(cameras: LiveCameras) -> Frame | Gap:
    found = cameras.next(PATIENCE_S)
    assert found is not None
    return found[1]


def test_motion_jpeg_is_timed_by_its_arrival(jpeg_camera: Callable[[int], LiveSource]) -> None:
    began = time.monotonic()
    with LiveCameras([jpeg_camera(10**9)]) as cameras:
        frames = [fetch(cameras) for _ in range(20)]
    took_s = time.monotonic() - began
    moments = [frame.moment for frame in frames if isinstance(frame, Frame)]
    assert len(moments) == 20
    assert isinstance(frames[0], Frame)
    assert frames[0].picture.full_range
    assert all(later.t_s > earlier.t_s for earlier, later in pairwise(moments))
    assert 0.01 < moments[-1].t_s < took_s


def test_a_stream_that_does_not_decode_any_more_is_unreadable_and_tried_anew(
    jpeg_camera: Callable[[int], LiveSource],
) -> None:
    with LiveCameras([jpeg_camera(20)]) as cameras:
        items: list[Frame | Gap] = []
        while not (items and isinstance(items[-1], Gap)):
            items.append(fetch(cameras))
        opened = items[-1]
        assert isinstance(opened, Gap)
        assert opened.reason is GapReason.UNREADABLE
        while not isinstance(closed := fetch(cameras), Gap):
            pass
        assert closed.start == opened.start
        assert closed.end is not None
        stats = cameras.stats()[CAMERA]
        assert stats.decode_errors >= 30
        assert stats.reconnects == 1


@pytest.mark.parametrize(
    ("answers", "reason", "problem"),
    [
        (b"401 Unauthorized", GapReason.UNREACHABLE, "the camera refused the user name or password"),
        (b"403 Forbidden", GapReason.UNREACHABLE, "the camera refused the user name or password"),
        (b"404 Not Found", GapReason.UNREACHABLE, "the camera knows no such stream"),
        (b"429 Too Many Requests", GapReason.UNREACHABLE, "the camera refused the request"),
        (b"503 Service Unavailable", GapReason.UNREACHABLE, "the camera refused the request"),
        (b"200 OK", GapReason.UNREADABLE, "Invalid data found when processing input"),
    ],
)
def test_what_an_http_camera_refuses_is_retold(answers: bytes, reason: GapReason, problem: str) -> None:
    assert lost_over_http(b"HTTP/1.0 " + answers + b"\r\nContent-Length: 0\r\n\r\n") == (reason, problem)


def test_sound_alone_is_no_camera(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = lost_over_http(b"HTTP/1.0 200 OK\r\nContent-Type: audio/wav\r\n\r\n" + path.read_bytes())
    assert found == (GapReason.UNREADABLE, "the stream has no video in it")


def lost_over_http(answer: bytes) -> tuple[GapReason, str]:
    """Why a feed is lost whose camera answers this, however often it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        over = Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(PATIENCE_S)
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        feed = StreamFeed(resolve_url(f"http://127.0.0.1:{listener.getsockname()[1]}/video", {}))
        with pytest.raises(StreamLostError) as caught:
            list(feed.pictures(lambda _: None))
        over.set()
        thread.join(PATIENCE_S)
    return caught.value.reason, caught.value.problem
