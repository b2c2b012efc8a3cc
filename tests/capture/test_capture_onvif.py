"""ONVIF over real HTTP: what a camera is asked, what its answers are worth, and how it is found."""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Thread

import pytest
from capture_clips import CAMERA
from onvif_camera import MAIN, SUB, TINY, OnvifCamera, Stream
from rtsp_camera import Film, Habits, RtspCamera, wandering_square

from tracker.capture import LiveCameras, LiveSource, OnvifFeed, resolve_url
from tracker.capture.discovery import FoundCamera, discover
from tracker.capture.feeds import StreamLostError, TimedPicture
from tracker.capture.onvif import Profile, choose, onvif_camera
from tracker.domain.errors import SourceError
from tracker.domain.frames import Frame, GapReason
from tracker.domain.sources import Transport

pytestmark = pytest.mark.socket

PATIENCE_S = 20.0
OLD_REFUSAL = "<env:Fault><env:Code><env:Value>InvalidSecurity</env:Value></env:Code></env:Fault>"
NO_TIME = (
    "<tds:R><tds:SystemDateAndTime><tt:UTCDateTime><tt:Date><tt:Year>soon</tt:Year></tt:Date></tt:UTCDateTime>"
    "</tds:SystemDateAndTime></tds:R>"
)
FILM = Film.of(wandering_square(20))
LARGE = Film.of(wandering_square(20, width=128, height=96))


def now() -> datetime:
    return datetime.now(UTC)


def asked(camera: OnvifCamera):
    template, environ = camera.template()
    return onvif_camera(resolve_url(template, environ), now)


def lost(camera: OnvifCamera, path: str = "") -> str:
    """Why a feed over the camera is lost."""
    template, environ = camera.template(path)
    with pytest.raises(StreamLostError) as caught:
        list(OnvifFeed(resolve_url(template, environ), now).pictures(lambda _: None))
    assert caught.value.reason is GapReason.UNREACHABLE
    assert camera.password not in caught.value.problem
    return caught.value.problem


@pytest.mark.parametrize(
    "camera",
    [
        OnvifCamera(),
        OnvifCamera(prefix="SOAP-ENV", media="http://{host}/onvif/media_service"),
        OnvifCamera(auth="http"),
        OnvifCamera(auth="none", prefix="s"),
        OnvifCamera(ahead=timedelta(days=-20_000)),  # a camera without a clock believes that it is 1971
        OnvifCamera(ahead=timedelta(hours=8)),  # one that calls its local time UTC
        OnvifCamera(media="http://10.1.2.3/onvif/Media"),  # behind a router it names an address that is not ours
        OnvifCamera(media="http://[::1/nonsense"),
    ],
)
def test_a_camera_names_its_streams(camera: OnvifCamera) -> None:
    with camera:
        there = asked(camera)
        profiles = there.profiles()
        assert profiles == (
            Profile("Profile_1", "mainStream", "H264", 1920, 1080, 25.0, 50),
            Profile("Profile_2", "subStream", "H264", 704, 576, 25.0, 50),
        )
        assert there.stream(profiles[1]) == "rtsp://127.0.0.1:554/Profile_2"
    assert camera.asked[0] == "GetSystemDateAndTime /onvif/device_service"


@pytest.mark.parametrize(
    ("streams", "wanted", "chosen"),
    [
        ((MAIN, SUB), "main", MAIN),
        ((MAIN, SUB), "sub", SUB),
        ((SUB, TINY, MAIN), "sub", SUB),  # in any order, and not the one for telephones
        ((MAIN, TINY), "sub", TINY),  # better than the large one: it was asked for
        ((MAIN,), "sub", MAIN),
        ((MAIN, SUB, TINY), "thirdStream", TINY),
        ((MAIN, SUB), "Profile_1", MAIN),
    ],
)
def test_main_sub_and_profiles_by_name(streams: tuple[Stream, ...], wanted: str, chosen: Stream) -> None:
    with OnvifCamera(streams) as camera:
        assert choose(asked(camera).profiles(), wanted).token == chosen.token


@pytest.mark.parametrize("film_over", ["tcp", "udp"])
def test_the_sub_stream_is_watched(film_over: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    password = "c@n/a?r#y&<车>"
    habits = Habits(auth="digest", password=password, transports=(film_over,))
    with (
        RtspCamera({"Profile_1": LARGE, "Profile_2": FILM}, habits) as pictures,
        OnvifCamera(uri=f"rtsp://127.0.0.1:{pictures.port}/{{token}}", password=password) as camera,
    ):
        template, environ = camera.template()
        feed = OnvifFeed(resolve_url(template, environ), now)
        with LiveCameras([LiveSource(feed, camera=CAMERA, clock=now)]) as cameras:
            found = cameras.next(PATIENCE_S)
            assert cameras.stats()[CAMERA].via == f"rtsp over {film_over}"
        assert found is not None
        assert isinstance(found[1], Frame)
        assert found[1].picture.width == 64
        assert feed.redact(feed._stream.address.reveal()) == template
        assert feed.redact(f"u {password}") == "u ***"
    assert password not in caplog.text
    assert "Profile_2" not in caplog.text


def test_what_was_learnt_of_the_transport_outlives_a_connection() -> None:
    with (
        RtspCamera({"Profile_1": LARGE}, Habits(transports=("udp",))) as pictures,
        OnvifCamera(uri=f"rtsp://127.0.0.1:{pictures.port}/{{token}}", streams=(MAIN,)) as camera,
    ):
        template, environ = camera.template("main")
        feed = OnvifFeed(resolve_url(template, environ), now)
        for _ in range(2):
            received = feed.pictures(lambda _: None)
            (picture,) = islice((item for item in received if isinstance(item, TimedPicture)), 1)
            assert picture.picture.width == 128
            received.close()
        assert pictures.asked.count("SETUP") == 3  # TCP refused, UDP; UDP at once


@pytest.mark.parametrize(
    ("camera", "problem"),
    [
        (
            OnvifCamera(uri="rtsp://10.1.2.3/stream"),
            "the camera says that its pictures are at 10.1.2.3, not at 127.0.0.1; nobody else is told its password",
        ),
        (OnvifCamera(uri="file:///etc/passwd"), "the camera names no RTSP address for this profile"),
        (OnvifCamera(uri="rtsp://[::1/x"), "the camera names no RTSP address for this profile"),
        (OnvifCamera(uri="rtsp://127.0.0.1:x/"), "the camera names no RTSP address for this profile"),
        (OnvifCamera(uri=""), "the camera names no RTSP address for this profile"),
        (OnvifCamera(streams=()), "the camera has no profiles: make one on its own page"),
        (OnvifCamera(answers={"GetProfiles": 500}), "what answers there is no ONVIF camera (HTTP 500)"),
        (OnvifCamera(answers={"GetProfiles": 401}), "the camera refused the user name or password"),
        (OnvifCamera(answers={"GetProfiles": ""}), "what answers there is no ONVIF camera (HTTP 200)"),
        (OnvifCamera(answers={"GetProfiles": "<open>"}), "what answers there is no ONVIF camera (HTTP 200)"),
        (
            OnvifCamera(answers={"GetProfiles": "<env:Fault><env:Reason>  no  such\nthing </env:Reason></env:Fault>"}),
            "the camera refused the request (no such thing)",
        ),
        (
            OnvifCamera(answers={"GetProfiles": OLD_REFUSAL}),
            "the camera refused the user name or password",
        ),
        (
            OnvifCamera(answers={"GetSystemDateAndTime": "<tds:Nothing/>"}),
            "the camera does not tell its time, without which it cannot be asked for anything else",
        ),
        (
            OnvifCamera(answers={"GetSystemDateAndTime": NO_TIME}),
            "the camera does not tell its time",
        ),
    ],
)
def test_an_answer_is_not_trusted(camera: OnvifCamera, problem: str) -> None:
    with camera:
        assert lost(camera).startswith(problem)


@pytest.mark.parametrize("auth", ["token", "http"])
def test_a_wrong_password_is_told(auth: str) -> None:
    with OnvifCamera(auth=auth) as camera:
        template, environ = camera.template()
        wrong = resolve_url(template, environ | {"CAM_PASSWORD": "wrong"})
        with pytest.raises(StreamLostError, match="refused the user name or password"):
            onvif_camera(wrong, now).profiles()


def test_a_profile_that_is_not_there_is_told() -> None:
    with OnvifCamera() as camera:
        assert lost(camera, "third") == "the camera has no profile third; it has mainStream, subStream"


def test_an_entity_bomb_is_no_answer() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with OnvifCamera(answers={"GetProfiles": "BOMB"}) as camera:
        camera._wrapped = lambda body: bomb if body == "BOMB" else OnvifCamera._wrapped(camera, body)
        assert lost(camera) == "what answers there is no ONVIF camera (HTTP 200)"


def test_a_camera_without_a_login_is_asked_as_nobody() -> None:
    with OnvifCamera(auth="none") as camera:
        there = onvif_camera(resolve_url(f"onvif://127.0.0.1:{camera.port}/", {}), now)
        assert len(there.profiles()) == 2


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (b"220 ftp ready\r\n", "what answers there is no ONVIF camera"),
        (b"", "what answers there is no ONVIF camera"),
        (None, "the camera did not answer in time"),
        ("closed", "Connection refused"),
    ],
)
def test_what_is_no_onvif_camera_is_told(answers: bytes | str | None, problem: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                request = b""
                while b"</s:Envelope>" not in request:  # closing with something unread would reset the connection
                    request += connection.recv(65536)
                if isinstance(answers, bytes):
                    connection.sendall(answers)
                else:
                    while connection.recv(65536):  # until whoever asks gives up
                        pass

        if answers == "closed":
            listener.close()
        else:
            Thread(target=serve, daemon=True).start()
        there = onvif_camera(resolve_url(f"onvif://127.0.0.1:{port}/", {}), now)
        there.endpoint = type(there.endpoint)("127.0.0.1", port, None, 0.5 if answers is None else PATIENCE_S)
        with pytest.raises(StreamLostError) as caught:
            there.profiles()
    assert caught.value.problem == problem


# --- finding cameras ------------------------------------------------------------------------------------------------


def match(address: str, scopes: str = "") -> bytes:
    return (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/'
        f'discovery"><e:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{address}</d:XAddrs>'
        "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (
            [
                match(
                    "http://[fe80::1]/onvif/device_service http://127.0.0.1:8899/onvif/device_service",
                    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Table%201"
                    " onvif://www.onvif.org/hardware/IPC-HFW",
                )
            ],
            [FoundCamera("127.0.0.1", 8899, "Table 1", "IPC-HFW")],
        ),
        ([match("http://10.9.9.9:99/x")], [FoundCamera("127.0.0.1", 80, "", "")]),  # whoever answers is the camera
        ([match("http://127.0.0.1:x/")], [FoundCamera("127.0.0.1", 80, "", "")]),
        ([match("", "onvif://www.onvif.org/name/%1b%5b2J")], [FoundCamera("127.0.0.1", 80, "[2J", "")]),
        ([b"\xff\xfe", b"<a/>", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'], []),
        ([match("http://127.0.0.1/x")] * 3, [FoundCamera("127.0.0.1", 80, "", "")]),  # cameras repeat themselves
        ([], []),
    ],
)
@pytest.mark.parametrize("local", ["127.0.0.1", ""])
def test_cameras_that_answer_are_found(answers: list[bytes], found: list[FoundCamera], local: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def answer() -> None:
            question, who = wire.recvfrom(65535)
            assert b"NetworkVideoTransmitter" in question
            for data in answers:
                wire.sendto(data, who)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        cameras = discover(wait_s=0.3, local=local, to=wire.getsockname())
        thread.join(PATIENCE_S)
    assert list(cameras) == found


def test_a_network_full_of_cameras_is_not_listened_to_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.capture.discovery._MOST_FOUND", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, who = wire.recvfrom(65535)
            wire.sendto(match("http://127.0.0.1/x"), who)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        assert len(discover(wait_s=PATIENCE_S, to=wire.getsockname())) == 1
        thread.join(PATIENCE_S)


def test_a_camera_without_a_login_is_streamed_as_nobody() -> None:
    with (
        RtspCamera({"Profile_1": FILM}) as pictures,
        OnvifCamera(uri=f"rtsp://127.0.0.1:{pictures.port}/{{token}}", streams=(MAIN,), auth="none") as camera,
    ):
        address = resolve_url(f"onvif://127.0.0.1:{camera.port}/", {})
        feed = OnvifFeed(address, now)
        assert feed.redact(f"at {address.reveal()}") == f"at {address}"
        received = feed.pictures(lambda _: None)
        assert any(isinstance(item, TimedPicture) for item in islice(received, 10))
        received.close()
    assert pictures.credentials == []


@pytest.mark.parametrize(
    ("port", "source"),
    [
        (80, "onvif://${CAM_USER}:${CAM_PASSWORD}@192.0.2.7/sub"),
        (8899, "onvif://${CAM_USER}:${CAM_PASSWORD}@192.0.2.7:8899/sub"),
    ],
)
def test_a_found_camera_says_what_to_write(port: int, source: str) -> None:
    found = FoundCamera("192.0.2.7", port, "", "")
    assert found.source == source
    assert str(resolve_url(source, {"CAM_USER": "a", "CAM_PASSWORD": "b"})) == source


def test_an_address_that_this_machine_does_not_have_is_told() -> None:
    with pytest.raises(SourceError, match="--local"):
        discover(wait_s=0.1, local="192.0.2.99")


def test_a_transport_is_passed_on() -> None:
    with (
        RtspCamera({"Profile_1": FILM}, Habits(transports=("udp",))) as pictures,
        OnvifCamera(uri=f"rtsp://127.0.0.1:{pictures.port}/{{token}}", streams=(MAIN,)) as camera,
    ):
        template, environ = camera.template()
        feed = OnvifFeed(resolve_url(template, environ), now, Transport.TCP)
        with pytest.raises(StreamLostError, match="refuses to send over tcp"):
            list(feed.pictures(lambda _: None))
