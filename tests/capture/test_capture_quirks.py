"""What RTSP cameras do that others do not: a real server with real H.264 and the quirks of many makes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from threading import Thread

import pytest
from capture_clips import CAMERA
from rtsp_camera import Film, Habits, RtspCamera, wandering_square

from tracker.capture import LiveCameras, LiveSource, StreamFeed, resolve_url
from tracker.capture.feeds import Opened, StreamLostError, TimedPicture
from tracker.capture.rtsp import describe
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.sources import Transport

pytestmark = [pytest.mark.socket, pytest.mark.timeout(120)]

PATIENCE_S = 30.0
FILM = Film.of(wandering_square(20))
LARGE = Film.of(wandering_square(20, width=320, height=240))
HEVC = Film.of(wandering_square(20), codec="hevc")


def feed_of(camera: RtspCamera, transport: Transport = Transport.AUTO, **options: float) -> StreamFeed:
    template, environ = camera.template()
    return StreamFeed(resolve_url(template, environ), transport, **options)


def seen(feed: StreamFeed, count: int) -> list[TimedPicture]:
    """The first pictures that a feed gets from its camera; the connection is closed afterwards."""
    received = feed.pictures(lambda _: None)
    pictures = list(islice((item for item in received if isinstance(item, TimedPicture)), count))
    received.close()
    return pictures


def lost(feed: StreamFeed) -> StreamLostError:
    """How a connection ends."""
    with pytest.raises(StreamLostError) as caught:
        list(feed.pictures(lambda _: None))
    return caught.value


@contextmanager
def watched(feed: StreamFeed) -> Iterator[tuple[LiveSource, Callable[[], Frame | Gap]]]:
    """A live source over a feed, and what fetches the next thing it saw."""
    source = LiveSource(feed, camera=CAMERA, clock=lambda: datetime.now(UTC))

    def fetch() -> Frame | Gap:
        found = cameras.next(PATIENCE_S)
        assert found is not None, "nothing came"
        return found[1]

    with LiveCameras([source]) as cameras:
        yield source, fetch


def until_gap(fetch: Callable[[], Frame | Gap]) -> Gap:
    while not isinstance(item := fetch(), Gap):
        pass
    return item


@pytest.mark.parametrize(
    ("film", "habits"),
    [
        (FILM, Habits()),
        (HEVC, Habits()),
        (FILM, Habits(auth="basic", password="c@n/a?r#y:%1 车")),
        (FILM, Habits(auth="digest", password="c@n/a?r#y:%1 车")),
        (FILM, Habits(auth="digest", qop=None)),  # RFC 2069, as older cameras do it
        (FILM, Habits(auth="digest", qop="auth,auth-int")),
        (FILM, Habits(auth="digest", nonce_uses=2)),  # the nonce is stale before PLAY
        (FILM, Habits(auth="digest", algorithms=("MD5",))),
        (FILM, Habits(auth="digest", algorithms=("SHA-256", "MD5"))),  # two offers, the one FFmpeg knows last
        (FILM, Habits(answer_after_s=0.1)),
        (FILM, Habits(parameters="sdp")),
        (FILM, Habits(parameters="stream")),  # the description says nothing about the picture's size
        (FILM, Habits(sound=True)),  # sound first, video second
        (FILM, Habits(stamps=False)),
        (LARGE, Habits(transports=("udp",))),
        (LARGE, Habits(transports=("tcp",))),
    ],
)
def test_every_make_of_camera_is_read(film: Film, habits: Habits) -> None:
    with RtspCamera(film, habits) as camera:
        pictures = seen(feed_of(camera), 5)
    assert {item.picture.width for item in pictures} == {320 if film is LARGE else 64}
    assert len(pictures) == 5
    assert all(later.elapsed_us > earlier.elapsed_us for earlier, later in pairwise(pictures))


@pytest.mark.parametrize(
    ("habits", "problem"),
    [
        (Habits(auth="basic"), "the camera refused the user name or password"),
        (Habits(auth="digest"), "the camera refused the user name or password"),
        (Habits(auth="none", status=404), "the camera knows no such stream"),
        (Habits(status=453), "the camera has no bandwidth left; fewer viewers, or its second stream, may help"),
        (Habits(status=503), "the camera has too many viewers"),
        (Habits(status=418), "the camera refused the request (418)"),
        (Habits(transports=()), "the camera refuses to send over TCP or UDP"),
        # FFmpeg takes the last offer and cannot answer it: better said so than "unauthorized"
        (
            Habits(auth="digest", password="wrong", algorithms=("MD5", "SHA-256")),
            "the camera wants its password as Digest SHA-256, which FFmpeg cannot do: set the camera to MD5",
        ),
        (
            Habits(auth="digest", password="wrong", algorithms=("SHA-512-256",)),
            "the camera wants its password as Digest SHA-512-256, which FFmpeg cannot do: set the camera to MD5",
        ),
    ],
)
def test_a_refusal_is_retold_in_words(habits: Habits, problem: str) -> None:
    with RtspCamera(FILM, habits) as camera:
        template, environ = camera.template()
        feed = StreamFeed(resolve_url(template, environ | {"CAM_PASSWORD": "wrong"}))
        found = lost(feed)
    assert (found.reason, found.problem) == (GapReason.UNREACHABLE, problem)


def test_a_camera_that_wants_a_password_where_none_is_given_says_so() -> None:
    with RtspCamera(FILM, Habits(auth="digest")) as camera:
        found = lost(StreamFeed(resolve_url(f"rtsp://127.0.0.1:{camera.port}/stream1", {})))
    assert found.problem == "the camera wants a user name and password"


def test_nobody_else_is_told_a_cameras_password() -> None:
    with RtspCamera(FILM, Habits(auth="basic")) as other:
        elsewhere = f"rtsp://user:pass@127.0.0.1:{other.port}/stream1?token=abc"
        with RtspCamera(FILM, Habits(auth="digest", redirect=elsewhere)) as camera:
            found = lost(feed_of(camera))
    assert found.problem == (
        f"the camera sends us on to rtsp://127.0.0.1:{other.port}/stream1; if that is right, write it into the settings"
    )
    assert other.asked == other.credentials == []


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there is no RTSP camera"),
        (b"", "what answers there is no RTSP camera"),
        (b"RTSP/1.0 well\r\n\r\n", "what answers there is no RTSP camera"),
        (b"RTSP/1.0 503 Busy\r\nContent-Length: many\r\n\r\n", "the camera has too many viewers"),
        (b"RTSP/1.0 302 Moved\r\nLocation: rtsp://[::1/x\r\n\r\n", "the camera sends us on to ://"),
        (b"RTSP/1.0 302 Moved\r\nLocation: rtsp://h:x/\r\n\r\n", "the camera sends us on to ://"),
        (None, "the camera did not answer in time"),  # it accepts, and says nothing
    ],
)
def test_what_is_no_camera_is_told(answers: bytes | None, problem: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                if answers is None:
                    connection.recv(4096)  # until the reader gives up
                else:
                    connection.sendall(answers)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        address = resolve_url(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/x", {})
        found = lost(StreamFeed(address, open_timeout_s=0.5 if answers is None else PATIENCE_S))
        thread.join(PATIENCE_S)
    assert found.problem.startswith(problem)
    assert found.reason is GapReason.UNREACHABLE


def test_over_tls_the_camera_is_asked_first_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[ssl.SSLContext] = []

    def wrapped(context: ssl.SSLContext, connection: socket.socket) -> socket.socket:
        contexts.append(context)
        return connection

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrapped)
    with RtspCamera(FILM, Habits(auth="basic")) as camera:
        address = resolve_url(camera.template()[0].replace("rtsp:", "rtsps:"), camera.template()[1])
        found = describe(address, timeout_s=PATIENCE_S)
    assert (found.status, [str(challenge) for challenge in found.challenges]) == (200, ["Basic"])
    assert "m=video" in found.description
    # cameras sign their own certificates
    assert [context.verify_mode for context in contexts] == [ssl.CERT_NONE]


def test_udp_is_taken_where_tcp_is_refused_and_remembered() -> None:
    with RtspCamera(FILM, Habits(transports=("udp",))) as camera:
        feed = feed_of(camera)
        seen(feed, 2)
        assert camera.asked.count("SETUP") == 2  # TCP, refused; UDP
        seen(feed, 2)
        assert camera.asked.count("SETUP") == 3
        assert camera.transports == ["udp", "udp"]


def test_what_was_remembered_is_forgotten_when_it_delivers_nothing() -> None:
    with RtspCamera(FILM, Habits(transports=("udp",))) as camera:
        feed = feed_of(camera, open_timeout_s=1.0, read_timeout_s=0.5)
        seen(feed, 2)
        camera.habits = replace(camera.habits, transports=("tcp",))
        assert lost(feed).problem == "the camera refuses to send over udp"
        assert len(seen(feed, 2)) == 2
        assert camera.transports[-1] == "tcp"


def test_udp_that_a_network_swallows_is_a_loss_and_tcp_is_tried_again() -> None:
    with RtspCamera(FILM, Habits(transports=("udp",))) as camera:
        feed = feed_of(camera, open_timeout_s=1.0, read_timeout_s=0.5)
        seen(feed, 2)
        camera.habits = Habits(udp_blocked=True)
        assert lost(feed).problem == "the camera did not answer in time"
        assert len(seen(feed, 2)) == 2
        assert camera.transports == ["udp", "udp", "tcp"]


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_a_transport_that_was_asked_for_is_not_replaced_by_another(transport: Transport) -> None:
    other = {"tcp", "udp"} - {transport}
    with RtspCamera(FILM, Habits(transports=tuple(other))) as camera:
        assert lost(feed_of(camera, transport)).problem == f"the camera refuses to send over {transport}"
        assert camera.transports == []
        camera.habits = Habits()
        received = feed_of(camera, transport).pictures(lambda _: None)
        assert next(received) == Opened(f"rtsp over {transport}")
        received.close()


def test_the_transport_is_visible(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with RtspCamera(FILM, Habits(transports=("udp",))) as camera, watched(feed_of(camera)) as (source, fetch):
        assert isinstance(fetch(), Frame)
        assert source.stats.via == "rtsp over udp"
    assert "camera_live camera=table-1 via=rtsp over udp" in caplog.text


@pytest.mark.parametrize(
    "habits",
    [
        Habits(session_s=2),  # kept alive with GET_PARAMETER
        Habits(session_s=2, get_parameter=False, auth="digest", nonce_uses=4),  # with OPTIONS, while nonces go stale
        Habits(session_s=2, transports=("udp",)),
    ],
)
def test_a_session_is_kept_alive(habits: Habits) -> None:
    with RtspCamera(FILM, habits) as camera:
        assert len(seen(feed_of(camera), 80)) == 80  # four seconds, twice as long as the camera waits
        kept = camera.asked[camera.asked.index("PLAY") + 1 :]
    assert {"GET_PARAMETER", "OPTIONS"} & set(kept)
    assert camera.transports == ["udp" if habits.transports == ("udp",) else "tcp"]


def test_a_picture_that_changes_its_size_goes_on() -> None:
    with RtspCamera(FILM) as camera, watched(feed_of(camera)) as (source, fetch):
        first = fetch()
        assert isinstance(first, Frame)
        camera.show(LARGE)
        while (item := fetch()) and isinstance(item, Frame) and item.picture.width == first.picture.width:
            pass
        assert isinstance(item, Frame)
        assert (item.picture.width, item.picture.height) == (320, 240)
        assert source.stats.reconnects == 0


@pytest.mark.parametrize("size", [1, 3000])
def test_nonsense_in_the_midst_of_a_stream_is_passed_over(size: int) -> None:
    with RtspCamera(FILM) as camera, watched(feed_of(camera)) as (source, fetch):
        fetch()
        camera.litter(size)
        sent = camera.sent
        while camera.sent < sent + 30:
            assert isinstance(fetch(), Frame)
        assert source.stats.reconnects == 0


@pytest.mark.parametrize("seconds", [-5.0, 5.0, 90_000.0])
def test_stamps_that_jump_do_not_move_the_time(seconds: float) -> None:
    with RtspCamera(FILM) as camera, watched(feed_of(camera)) as (_, fetch):
        items = [fetch() for _ in range(3)]
        camera.jump(seconds)
        items += [fetch() for _ in range(20)]
    moments = [item.moment for item in items if isinstance(item, Frame)]
    assert len(moments) == len(items)
    assert all(later.t_s > earlier.t_s for earlier, later in pairwise(moments))
    assert abs((moments[-1].at - datetime.now(UTC)).total_seconds()) < PATIENCE_S
    assert moments[-1].t_s < 5.0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda camera: camera.hang_up(), GapReason.DISCONNECTED),
        (lambda camera: camera.stall(), GapReason.DISCONNECTED),
        (lambda camera: setattr(camera, "spoiled", True), GapReason.UNREADABLE),
    ],
)
def test_a_fault_is_a_gap_and_over_when_the_fault_is(fault: Callable[[RtspCamera], None], reason: GapReason) -> None:
    with RtspCamera(FILM) as camera:
        feed = feed_of(camera, open_timeout_s=1.0, read_timeout_s=0.5)
        with watched(feed) as (source, fetch):
            assert isinstance(fetch(), Frame)
            fault(camera)
            opened = until_gap(fetch)
            assert (opened.reason, opened.end) == (reason, None)
            camera.spoiled = False
            camera.go_on()
            closed = until_gap(fetch)
            assert (closed.reason, closed.start) == (reason, opened.start)
            assert isinstance(fetch(), Frame)
            assert source.stats.reconnects == 1


def test_a_camera_that_never_says_what_it_encodes_is_unreadable() -> None:
    with RtspCamera(FILM, Habits(parameters="none")) as camera:
        assert lost(feed_of(camera)).reason is GapReason.UNREADABLE


def test_a_camera_that_loses_the_network_for_a_while_comes_back() -> None:
    with RtspCamera(FILM) as camera, watched(feed_of(camera)) as (_, fetch):
        assert isinstance(fetch(), Frame)
        camera.vanish()
        assert until_gap(fetch).reason is GapReason.DISCONNECTED
        camera.come_back()
        assert until_gap(fetch).end is not None
        assert isinstance(fetch(), Frame)
