"""What a source is said to be: files, RTSP, HTTP, ONVIF and USB, and what cannot be said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from capture_clips import Clip
from onvif_camera import MAIN, SUB, OnvifCamera
from rtsp_camera import Film, Habits, RtspCamera, wandering_square
from test_capture_http import JpegCamera

from tracker.capture import probe, resolve_url
from tracker.capture.probe import Findings, probe_address, probe_file, probe_usb
from tracker.domain.errors import SourceError
from tracker.domain.sources import Transport, UsbMode

pytestmark = pytest.mark.socket

EVEN = {"bf": "0", "g": "5", "crf": "10", "sc_threshold": "0"}
FILM = Film.of(wandering_square(40), rate=20, key_every=5)


def asked(template: str, environ: dict[str, str], transport: Transport = Transport.AUTO) -> Findings:
    return probe_address(resolve_url(template, environ), transport=transport, clock=lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    ("clip", "found"),
    [
        (Clip(frames=40, codec_options=EVEN), Findings("file", "h264", 64, 48, 10.0, 0.5)),
        (Clip(frames=40, codec_options=EVEN | {"g": "25"}), Findings("file", "h264", 64, 48, 10.0, 2.5)),
        (Clip(frames=40, codec_options=EVEN | {"g": "250"}), Findings("file", "h264", 64, 48, 10.0, None)),
        (Clip(frames=5, codec_options=EVEN), Findings("file", "h264", 64, 48, None, None)),
        (
            Clip(frames=40, codec="mjpeg", pix_fmt="yuvj420p", codec_options={}),
            Findings("file", "mjpeg", 64, 48, 10.0, 0.1),
        ),
    ],
)
def test_a_file(tmp_path: Path, clip: Clip, found: Findings) -> None:
    assert probe_file(clip.write(tmp_path / "clip.mkv")) == found


@pytest.mark.parametrize(
    ("habits", "via", "asks"),
    [
        (Habits(), "rtsp over tcp", ()),
        (Habits(auth="basic"), "rtsp over tcp", ("Basic",)),
        (Habits(auth="digest"), "rtsp over tcp", ("Digest MD5",)),
        (Habits(auth="digest", algorithms=("SHA-256", "MD5")), "rtsp over tcp", ("Digest SHA-256", "Digest MD5")),
        (Habits(transports=("udp",), parameters="stream"), "rtsp over udp", ()),
    ],
)
def test_an_rtsp_camera(habits: Habits, via: str, asks: tuple[str, ...]) -> None:
    with RtspCamera(FILM, habits) as camera:
        found = asked(*camera.template())
    assert (found.via, found.asks, found.codec) == (via, asks, "h264")
    assert (found.width, found.height, found.key_every_s) == (64, 48, 0.25)
    assert found.fps == pytest.approx(20, rel=0.1)
    assert "TEARDOWN" in camera.asked


def test_an_onvif_camera_with_its_profiles() -> None:
    with (
        RtspCamera({"Profile_1": FILM, "Profile_2": FILM}) as pictures,
        OnvifCamera(uri=f"rtsp://127.0.0.1:{pictures.port}/{{token}}", auth="none") as camera,
    ):
        found = asked(*camera.template("main"))
    assert [profile.name for profile in found.profiles] == [MAIN.name, SUB.name]
    assert (found.via, found.codec) == ("rtsp over tcp", "h264")


def test_a_camera_without_onvif_is_told_with_what_to_do() -> None:
    with OnvifCamera(auth="none") as camera:
        template, environ = camera.template()
    with pytest.raises(SourceError, match=r"Switch ONVIF on in the camera's own page.*`tracker camera find`.*rtsp://"):
        asked(template, environ)  # nobody answers there any more


def test_motion_jpeg(tmp_path: Path) -> None:
    camera = JpegCamera(tmp_path, breaks_after=10**9)
    found = asked(f"http://127.0.0.1:{camera.port}/video", {})
    camera.close()
    assert (found.via, found.codec, found.width, found.asks) == ("http", "mjpeg", 64, ())


def test_a_camera_that_refuses_is_told_without_its_password() -> None:
    with RtspCamera(FILM, Habits(auth="digest")) as camera:
        template, environ = camera.template()
        with pytest.raises(SourceError, match="refused the user name or password") as caught:
            asked(template, environ | {"CAM_PASSWORD": "hunter2"})
    assert template in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_camera_that_falls_silent_is_told() -> None:
    with RtspCamera(FILM, Habits(parameters="none")) as camera:
        camera.stall()
        with pytest.raises(SourceError, match="got the camera did not answer in time"):
            asked(*camera.template())


def test_a_camera_of_which_nothing_decodes_is_listened_to_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "LONGEST_S", 0.3)
    with RtspCamera(FILM, Habits(parameters="none")) as camera, pytest.raises(SourceError, match="no key frame came"):
        asked(*camera.template())


def test_stamps_that_stand_still_tell_no_rate() -> None:
    with RtspCamera(FILM, Habits(stamps=False)) as camera:
        assert asked(*camera.template()).fps is None


def test_a_usb_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tracker.capture.usb.SystemDevices.open",
        lambda self, device, mode: av.open("testsrc=size=64x48:rate=20", format="lavfi"),
    )
    monkeypatch.setattr(probe, "LONGEST_S", 0.3)
    with pytest.raises(SourceError, match="no key frame came"):  # FFmpeg's own pattern has none
        probe_usb("/dev/video0", UsbMode())
    with pytest.raises(SourceError, match="usb:nothing like it cannot be read"):
        probe_usb("nothing like it", UsbMode())


def test_a_stream_without_video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tracker.capture.usb.SystemDevices.open",
        lambda self, device, mode: av.open("sine=frequency=440", format="lavfi"),
    )
    with pytest.raises(SourceError, match="there is nothing to see"):
        probe_usb("/dev/video0", UsbMode())
