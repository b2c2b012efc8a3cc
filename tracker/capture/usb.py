"""USB cameras, through the system's own interface for them: V4L2, DirectShow or AVFoundation."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import NamedTuple, Protocol

import av
import av.error
import av.logging
from av.container import InputContainer
from av.device import enumerate_input_devices

from tracker.capture.feeds import PICTURE_TIMEOUT_S, Opened, Received, StreamLostError, Wanted
from tracker.capture.files import video_stream
from tracker.capture.streams import receive
from tracker.domain.frames import GapReason
from tracker.domain.sources import UsbFormat, UsbMode

_ABSENT = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_PUT_S = 0.1
_NODES = Path("/sys/class/video4linux")


class UsbDevice(NamedTuple):
    """A camera that is plugged in: what FFmpeg opens, and what people call it."""

    device: str
    name: str


class Devices(Protocol):
    """The system's USB cameras."""

    @property
    def forbidden(self) -> str:
        """What to do when the system does not let this user see them."""
        ...

    def numbered(self, number: int) -> str | None:
        """The device of a number; ``None`` when there are not so many."""
        ...

    def listed(self) -> Sequence[UsbDevice]:
        """What is plugged in now."""
        ...

    def open(self, device: str, mode: UsbMode) -> InputContainer:
        """A device's stream.

        Raises:
            FFmpegError: It cannot be opened so.
            StreamLostError: The system cannot ask a camera for this.
        """
        ...


class _Layer(NamedTuple):
    """How FFmpeg speaks to one system's cameras.

    Attributes:
        name: Of FFmpeg's input format.
        device: Turns the name of a device into what FFmpeg opens.
        formats: Its options for what a camera sends.
        forbidden: What to do when the system forbids it.
    """

    name: str
    device: str
    formats: dict[UsbFormat, dict[str, str]]
    forbidden: str


_LINUX = _Layer(
    "v4l2",
    "{}",
    {UsbFormat.MJPEG: {"input_format": "mjpeg"}, UsbFormat.YUYV: {"input_format": "yuyv422"}},
    "add the user to the group video (sudo usermod -aG video NAME) and log in again",
)
_WINDOWS = _Layer(
    "dshow",
    "video={}",
    {UsbFormat.MJPEG: {"vcodec": "mjpeg"}, UsbFormat.YUYV: {"pixel_format": "yuyv422"}},
    "allow desktop apps to use the camera in Settings, Privacy, Camera",
)
_MACOS = _Layer(
    "avfoundation",
    "{}:none",
    {UsbFormat.YUYV: {"pixel_format": "yuyv422"}},
    "allow the terminal to use the camera in System Settings, Privacy & Security, Camera",
)
_LAYERS = {"win32": _WINDOWS, "darwin": _MACOS}


@dataclass(frozen=True, slots=True)
class SystemDevices:
    """The cameras of this machine.

    Attributes:
        platform: As ``sys.platform`` says it.
        nodes: Where Linux describes its video devices.
    """

    platform: str = sys.platform
    nodes: Path = _NODES

    @property
    def forbidden(self) -> str:
        """See ``Devices``."""
        return self._layer.forbidden

    def numbered(self, number: int) -> str | None:
        """See ``Devices``. On Linux the number is the device's own, elsewhere its place in the list, from 0."""
        if self._layer is _LINUX:
            return f"/dev/video{number}"
        found = self.listed()
        return found[number].device if number < len(found) else None

    def listed(self) -> Sequence[UsbDevice]:
        """See ``Devices``.

        Linux tells the names of cameras even to those who may not use them. Nodes on which a camera sends no pictures
        but data about them are left out.
        """
        if self._layer is not _LINUX:
            return [UsbDevice(item.name, item.description) for item in enumerate_input_devices(self._layer.name)]
        nodes = [node for node in self.nodes.glob("video*") if _said(node / "index") == "0"]
        nodes.sort(key=lambda node: int(node.name.removeprefix("video")))
        return [UsbDevice(f"/dev/{node.name}", _said(node / "name")) for node in nodes]

    def open(self, device: str, mode: UsbMode) -> InputContainer:
        """See ``Devices``."""
        layer = self._layer
        if mode.format is not None and mode.format not in layer.formats:
            problem = f"this system does not let a camera be asked for {mode.format}: leave out the format"
            raise StreamLostError(GapReason.UNREACHABLE, problem)
        options = dict(layer.formats[mode.format]) if mode.format else {}
        if mode.size:
            options["video_size"] = "{}x{}".format(*mode.size)
        if mode.rate:
            options["framerate"] = f"{mode.rate:g}"
        av.logging.set_level(None)
        return av.open(layer.device.format(device), format=layer.name, options=options)

    @property
    def _layer(self) -> _Layer:
        return _LAYERS.get(self.platform, _LINUX)


def _said(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


@dataclass(frozen=True, slots=True)
class UsbFeed:
    """A camera at a USB port.

    A thread of its own reads it, because the systems' interfaces wait for ever for a camera that hangs; the feed waits
    ``read_timeout_s`` and reports a loss.

    Attributes:
        camera: A number (``0``), a device (``/dev/video2``), or the camera's name or a part of it.
        mode: What it is asked for.
        devices: The system's cameras.
        open_timeout_s: Longest wait for the first packet; cameras take a second or two to start.
        read_timeout_s: Longest wait for the next packet.
        picture_timeout_s: Longest wait for a packet that decodes.
    """

    camera: str
    mode: UsbMode = field(default_factory=UsbMode)
    devices: Devices = field(default_factory=SystemDevices)
    open_timeout_s: float = 8.0
    read_timeout_s: float = 3.0
    picture_timeout_s: float = PICTURE_TIMEOUT_S

    def pictures(self, wait: Callable[[float], None], wanted: Wanted | None = None) -> Generator[Received]:  # noqa: ARG002
        """See ``Feed``; a camera that is unplugged is lost, and found again once it is back."""
        reader = _Reader(lambda: self._received(wanted))
        patience_s = self.open_timeout_s
        try:
            while True:
                yield reader.next(patience_s)
                patience_s = self.read_timeout_s
        finally:
            reader.end(self.read_timeout_s)

    def redact(self, text: str) -> str:
        """See ``Feed``; the name of a device is no secret."""
        return text

    def open(self) -> InputContainer:
        """The camera's stream.

        Raises:
            StreamLostError: It is not plugged in, or cannot be opened so.
        """
        try:
            return self.devices.open(find(self.camera, self.devices), self.mode)
        except av.error.FFmpegError as error:
            raise StreamLostError(GapReason.UNREACHABLE, self._in_words(error)) from None

    def _received(self, wanted: Wanted | None) -> Generator[Received]:
        with self.open() as container:
            stream = video_stream(container)
            if stream is None:
                raise StreamLostError(GapReason.UNREADABLE, "the camera sends no pictures that can be read")
            given = stream.codec_context.width, stream.codec_context.height
            if self.mode.size and self.mode.size != given:
                # V4L2 takes the nearest size it has and says so to nobody.
                told = "the camera gives {}x{} instead of {}x{}: ask for a size that it has"
                raise StreamLostError(GapReason.UNREADABLE, told.format(*given, *self.mode.size))
            yield Opened("usb {} {}x{}".format(stream.codec_context.name, *given))
            yield from receive(container, stream, patience_s=self.picture_timeout_s, wanted=wanted)
        raise StreamLostError(GapReason.DISCONNECTED, "the camera ended the stream")

    def _in_words(self, error: av.error.FFmpegError) -> str:
        if error.errno in _FORBIDDEN:
            return f"the system does not let this user see the camera: {self.devices.forbidden}"
        if error.errno in _ABSENT:
            return f"no camera {self.camera} is plugged in"
        if error.errno == errno.EBUSY:
            return "another program uses the camera"
        return f"the camera cannot be opened so ({error.strerror}): ask for another format, size or rate"


def find(camera: str, devices: Devices) -> str:
    """The device of a camera.

    Args:
        camera: A number, a path, or a part of a name.
        devices: The system's cameras.

    Raises:
        StreamLostError: No such camera is plugged in, or several have this name.
    """
    if camera.startswith("/"):
        return camera
    if camera.isdigit() and (device := devices.numbered(int(camera))):
        return device
    found = devices.listed()
    matches = [item for item in found if camera.lower() in item.name.lower()]
    if len(matches) == 1:
        return matches[0].device
    if matches:
        several = ", ".join(item.device for item in matches)
        problem = f"{len(matches)} cameras are called {camera}: name the device instead, one of {several}"
    else:
        names = ", ".join(item.name for item in found) or "none"
        problem = f"no camera {camera} is plugged in; found: {names}"
    raise StreamLostError(GapReason.UNREACHABLE, problem)


class _Reader:
    """Reads in a thread, so that a device that hangs cannot hold up whoever waits for it.

    State: one item that nobody fetched yet. A thread that hangs in the system's call is left behind; it ends with the
    call.
    """

    def __init__(self, connection: Callable[[], Generator[Received]]) -> None:
        self._queue: Queue[Received | Exception] = Queue(1)
        self._over = Event()
        self._thread = Thread(target=self._read, args=(connection,), name="usb reader", daemon=True)
        self._thread.start()

    def next(self, patience_s: float) -> Received:
        """The next thing read.

        Raises:
            StreamLostError: Nothing came for ``patience_s`` seconds, or the connection is lost.
        """
        try:
            item = self._queue.get(timeout=patience_s)
        except Empty:
            problem = "the camera does not answer any more: unplug it and plug it in again"
            raise StreamLostError(GapReason.DISCONNECTED, problem) from None
        if isinstance(item, Exception):
            raise item
        return item

    def end(self, patience_s: float) -> None:
        """Closes the connection, and waits so long for that."""
        self._over.set()
        self._thread.join(patience_s)

    def _read(self, connection: Callable[[], Generator[Received]]) -> None:
        received = connection()
        try:
            for item in received:
                if not self._put(item):
                    return
        except Exception as error:  # noqa: BLE001  whoever reads the feed raises it
            self._put(error)
        finally:
            received.close()

    def _put(self, item: Received | Exception) -> bool:
        """Hands an item over; ``False`` when nobody wants any more."""
        while not self._over.is_set():
            try:
                self._queue.put(item, timeout=_PUT_S)
            except Full:
                continue
            return True
        return False
