"""What video this installation can read, and which cameras are plugged into this machine."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import av

NEEDED_CODECS = ("h264", "hevc", "mjpeg")
"""What network cameras send."""
NEEDED_FORMATS = ("rtsp", "mjpeg")
"""How they send it."""
USB_FORMATS = {"linux": "v4l2", "win32": "dshow", "darwin": "avfoundation"}
"""How FFmpeg reads cameras that are plugged in, by ``sys.platform``."""


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """A camera device of Linux.

    Attributes:
        path: Its device file.
        readable: Whether this user may open it.
    """

    path: str
    readable: bool


def ffmpeg_version() -> str:
    """Versions of PyAV and of the FFmpeg in it."""
    return f"PyAV {av.__version__}, libavformat {'.'.join(map(str, av.library_versions['libavformat']))}"


def missing_codecs(available: Collection[str] | None = None) -> tuple[str, ...]:
    """Decoders that network cameras need and FFmpeg here lacks."""
    known = av.codecs_available if available is None else available
    return tuple(name for name in NEEDED_CODECS if name not in known)


def missing_formats(platform: str, available: Collection[str] | None = None) -> tuple[str, ...]:
    """Formats that network cameras and plugged-in ones need and FFmpeg here lacks.

    Args:
        platform: As ``sys.platform`` says it.
    """
    known = {part for name in av.formats_available if available is None for part in name.split(",")}
    known |= set(available or ())
    usb = USB_FORMATS.get(platform)
    return tuple(name for name in (*NEEDED_FORMATS, *((usb,) if usb else ())) if name not in known)


def usb_cameras(devices: Path = Path("/dev")) -> tuple[UsbCamera, ...]:
    """Cameras that Linux has made device files for; none on other systems."""
    return tuple(
        UsbCamera(str(path), os.access(path, os.R_OK | os.W_OK))
        for path in sorted(devices.glob("video*"))
        if path.name.removeprefix("video").isdecimal()
    )
