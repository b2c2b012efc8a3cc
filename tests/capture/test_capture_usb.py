"""USB cameras: real demuxers in place of the device, and every way in which a device can fail."""

from __future__ import annotations

import errno
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Event

import av
import av.error
import pytest
from av.container import InputContainer
from capture_clips import CAMERA, Clip

from tracker.capture import LiveCameras, LiveSource, StillsFeed, UsbFeed
from tracker.capture.feeds import Opened, Received, Sign, StreamLostError, TimedPicture
from tracker.capture.usb import SystemDevices, UsbDevice, _Reader, find
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.sources import Stills, UsbFormat, UsbMode

PATIENCE_S = 20.0


@dataclass
class FakeDevices:
    """Devices whose pictures come from a file or from FFmpeg's own test pattern."""

    source: str = "testsrc=size=64x48:rate=100"
    plugged: bool = True
    error: int = 0
    forbidden: str = "ask the owner"
    opened: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ("HD Webcam: HD Webcam", "Dino-Lite", "HD Webcam (rear)")

    def numbered(self, number: int) -> str | None:
        return f"/dev/video{number}" if number < len(self.names) else None

    def listed(self) -> list[UsbDevice]:
        return [UsbDevice(f"/dev/video{number}", name) for number, name in enumerate(self.names)]

    def open(self, device: str, mode: UsbMode) -> InputContainer:
        self.opened.append(device)
        if self.error or not self.plugged:
            raise av.error.FFmpegError(self.error or errno.ENODEV, "as the system says it")
        if "=" in self.source:
            return av.open(self.source, format="lavfi")
        return av.open(self.source)


def received(feed: UsbFeed, count: int) -> list[Received]:
    items = feed.pictures(lambda _: None)
    found = list(islice((item for item in items if item is not Sign.NOTHING_YET), count))
    items.close()
    return found


def lost(feed: UsbFeed) -> StreamLostError:
    with pytest.raises(StreamLostError) as caught:
        list(feed.pictures(lambda _: None))
    return caught.value


def test_a_device_is_read_and_says_what_it_gives() -> None:
    devices = FakeDevices()
    opened, *pictures = received(UsbFeed("0", devices=devices), 4)
    assert opened == Opened("usb wrapped_avframe 64x48")
    assert [item.picture.width for item in pictures if isinstance(item, TimedPicture)] == [64] * 3
    assert devices.opened == ["/dev/video0"]


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("mjpeg", "yuvj422p", "mkv"),  # most webcams
        ("rawvideo", "yuyv422", "nut"),
    ],
)
def test_both_formats_of_webcams_become_frames(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    path = Clip(codec=codec, pix_fmt=pix_fmt, codec_options={}).write(tmp_path / f"clip.{suffix}")
    feed = UsbFeed("0", devices=FakeDevices(str(path)))
    with LiveCameras([LiveSource(feed, camera=CAMERA, clock=lambda: datetime.now(UTC))]) as cameras:
        found = cameras.next(PATIENCE_S)
        assert cameras.stats()[CAMERA].via == f"usb {codec} 64x48"
    assert found is not None
    assert isinstance(found[1], Frame)
    assert (found[1].picture.width, found[1].picture.u.shape) == (64, (24, 32))


@pytest.mark.parametrize(
    ("camera", "device"),
    [
        ("1", "/dev/video1"),
        ("/dev/v4l/by-id/usb-cam", "/dev/v4l/by-id/usb-cam"),
        ("dino", "/dev/video1"),
        ("Webcam (rear)", "/dev/video2"),
    ],
)
def test_a_camera_is_found_by_number_path_or_name(camera: str, device: str) -> None:
    assert find(camera, FakeDevices()) == device


@pytest.mark.parametrize(
    ("camera", "problem"),
    [
        ("HD Webcam", "2 cameras are called HD Webcam: name the device instead, one of /dev/video0, /dev/video2"),
        ("Logitech", "no camera Logitech is plugged in; found: HD Webcam: HD Webcam, Dino-Lite, HD Webcam (rear)"),
        ("7", "no camera 7 is plugged in; found: HD Webcam: HD Webcam, Dino-Lite, HD Webcam (rear)"),
    ],
)
def test_a_camera_that_is_not_there_or_twice_is_told(camera: str, problem: str) -> None:
    found = lost(UsbFeed(camera, devices=FakeDevices()))
    assert (found.reason, found.problem) == (GapReason.UNREACHABLE, problem)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (errno.EACCES, "the system does not let this user see the camera: ask the owner"),
        (errno.ENODEV, "no camera 0 is plugged in"),
        (errno.EBUSY, "another program uses the camera"),
        (errno.EINVAL, "the camera cannot be opened so (as the system says it): ask for another format, size or rate"),
    ],
)
def test_what_the_system_refuses_is_retold(error: int, problem: str) -> None:
    found = lost(UsbFeed("0", devices=FakeDevices(error=error)))
    assert (found.reason, found.problem) == (GapReason.UNREACHABLE, problem)


def test_a_size_that_the_camera_replaced_by_another_is_refused() -> None:
    found = lost(UsbFeed("0", UsbMode(size=(1280, 720)), FakeDevices()))
    assert found.problem == "the camera gives 64x48 instead of 1280x720: ask for a size that it has"
    assert isinstance(received(UsbFeed("0", UsbMode(size=(64, 48)), FakeDevices()), 1)[0], Opened)


def test_a_device_without_pictures_is_unreadable() -> None:
    found = lost(UsbFeed("0", devices=FakeDevices("sine=frequency=440")))
    assert (found.reason, found.problem) == (GapReason.UNREADABLE, "the camera sends no pictures that can be read")


def test_unplugged_is_a_gap_and_plugged_in_again_the_end_of_it(tmp_path: Path) -> None:
    path = Clip(frames=3).write(tmp_path / "clip.mkv")
    devices = FakeDevices(str(path))
    with LiveCameras(
        [LiveSource(UsbFeed("0", devices=devices), camera=CAMERA, clock=lambda: datetime.now(UTC))]
    ) as cameras:

        def fetch(*, kind: type[Frame | Gap]) -> Frame | Gap:
            while (found := cameras.next(PATIENCE_S)) and not isinstance(found[1], kind):
                pass
            assert found is not None
            return found[1]

        fetch(kind=Frame)
        devices.plugged = False
        opened = fetch(kind=Gap)
        assert isinstance(opened, Gap)
        assert opened.reason is GapReason.DISCONNECTED
        devices.plugged = True
        devices.source = "testsrc=size=64x48:rate=100"
        while True:
            closed = fetch(kind=Gap)
            assert isinstance(closed, Gap)
            if closed.end is not None:
                break
        assert isinstance(fetch(kind=Frame), Frame)


@dataclass
class HangingDevices(FakeDevices):
    """A device whose call into the system never returns, until the test is over."""

    over: Event = field(default_factory=Event)

    def open(self, device: str, mode: UsbMode) -> InputContainer:
        assert self.over.wait(PATIENCE_S)
        return super().open(device, mode)


def test_a_device_that_hangs_is_a_loss() -> None:
    devices = HangingDevices()
    feed = UsbFeed("0", devices=devices, open_timeout_s=0.05, read_timeout_s=0.05)
    found = lost(feed)
    devices.over.set()
    assert found.reason is GapReason.DISCONNECTED
    assert found.problem == "the camera does not answer any more: unplug it and plug it in again"


def test_a_reader_that_nobody_listens_to_any_more_ends() -> None:
    items = UsbFeed("0", devices=FakeDevices()).pictures(lambda _: None)
    next(items)
    # The reader has more to hand over than anybody fetches, so it waits; closing ends that.
    assert items.gi_frame is not None
    reader = items.gi_frame.f_locals["reader"]
    items.close()
    assert not reader._thread.is_alive()


def test_a_connection_that_ends_without_a_word_is_a_loss() -> None:
    reader = _Reader(lambda: (item for item in [Sign.NOTHING_YET]))
    assert reader.next(PATIENCE_S) is Sign.NOTHING_YET
    with pytest.raises(StreamLostError, match="does not answer"):
        reader.next(0.01)
    reader.end(PATIENCE_S)


def test_a_defect_reaches_whoever_reads_with_its_traceback() -> None:
    class Broken(FakeDevices):
        def open(self, device: str, mode: UsbMode) -> InputContainer:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(UsbFeed("0", devices=Broken()).pictures(lambda _: None))


def test_stills_of_a_usb_camera(tmp_path: Path) -> None:
    path = Clip(frames=300, codec="mjpeg", pix_fmt="yuvj422p", codec_options={}).write(tmp_path / "clip.mkv")
    feed = StillsFeed(UsbFeed("0", devices=FakeDevices(str(path))), Stills(0.1))
    items: Generator[Received] = feed.pictures(lambda _: None)
    times = [item.elapsed_us for item in islice((i for i in items if isinstance(i, TimedPicture)), 3)]
    items.close()
    assert times[2] - times[0] > 150_000
    assert feed.redact("/dev/video0") == "/dev/video0"


# --- the system's own devices ---------------------------------------------------------------------------------------


def node(folder: Path, name: str, index: int, title: str) -> None:
    (folder / name).mkdir()
    (folder / name / "index").write_text(f"{index}\n", encoding="utf-8")
    (folder / name / "name").write_text(f"{title}\n", encoding="utf-8")


def test_linux_names_its_cameras_without_leave_to_use_them(tmp_path: Path) -> None:
    node(tmp_path, "video10", 0, "Dino-Lite")
    node(tmp_path, "video2", 0, "HD Webcam")
    node(tmp_path, "video3", 1, "HD Webcam")  # tells about pictures, has none
    devices = SystemDevices("linux", tmp_path)
    assert devices.listed() == [UsbDevice("/dev/video2", "HD Webcam"), UsbDevice("/dev/video10", "Dino-Lite")]
    assert devices.numbered(7) == "/dev/video7"
    assert "group video" in devices.forbidden
    assert SystemDevices("linux", tmp_path / "none").listed() == []


@dataclass
class Listed:
    name: str
    description: str


@pytest.mark.parametrize(
    ("platform", "layer", "mode", "url", "options"),
    [
        ("linux", "v4l2", UsbMode(), "cam", {}),
        (
            "linux",
            "v4l2",
            UsbMode(UsbFormat.MJPEG, (1280, 720), 15),
            "cam",
            {"input_format": "mjpeg", "video_size": "1280x720", "framerate": "15"},
        ),
        ("linux", "v4l2", UsbMode(UsbFormat.YUYV), "cam", {"input_format": "yuyv422"}),
        (
            "win32",
            "dshow",
            UsbMode(UsbFormat.MJPEG, None, 29.97),
            "video=cam",
            {"vcodec": "mjpeg", "framerate": "29.97"},
        ),
        ("win32", "dshow", UsbMode(UsbFormat.YUYV), "video=cam", {"pixel_format": "yuyv422"}),
        ("darwin", "avfoundation", UsbMode(), "cam:none", {}),
    ],
)
def test_each_system_is_asked_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, platform: str, layer: str, mode: UsbMode, url: str, options: dict[str, str]
) -> None:
    asked = []
    monkeypatch.setattr("tracker.capture.usb.av.open", lambda url, **rest: asked.append((url, rest)))
    SystemDevices(platform).open("cam", mode)
    assert asked == [(url, {"format": layer, "options": options})]


def test_a_format_that_a_system_does_not_offer_is_refused_not_ignored() -> None:
    with pytest.raises(StreamLostError, match="asked for mjpeg: leave out the format"):
        SystemDevices("darwin").open("cam", UsbMode(UsbFormat.MJPEG))


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_list_their_cameras_in_their_order(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    asked: list[str] = []

    def enumerate_devices(layer: str) -> list[Listed]:
        asked.append(layer)
        return [Listed("@device_1", "HD Webcam"), Listed("@device_2", "Dino-Lite")]

    monkeypatch.setattr("tracker.capture.usb.enumerate_input_devices", enumerate_devices)
    devices = SystemDevices(platform)
    assert find("dino", devices) == "@device_2"
    assert find("0", devices) == "@device_1"
    assert devices.numbered(2) is None
    assert set(asked) == {"dshow" if platform == "win32" else "avfoundation"}
    assert "Privacy" in devices.forbidden


def test_a_real_machine_without_the_device_says_so() -> None:
    found = lost(UsbFeed("/dev/video99"))
    assert found.reason is GapReason.UNREACHABLE
    assert "no camera /dev/video99 is plugged in" in found.problem or "cannot be opened" in found.problem
