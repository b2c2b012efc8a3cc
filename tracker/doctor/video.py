"""Ways in for pictures."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tracker.capture.abilities import NEEDED_CODECS, UsbCamera, missing_codecs, missing_formats, usb_cameras
from tracker.doctor.finding import Finding, Level

TOPIC = "cameras"


def examine_video() -> list[Finding]:
    """Decoders, formats and plugged-in cameras."""
    return [decoders(missing_codecs(), missing_formats(sys.platform)), plugged_in(usb_cameras())]


def decoders(codecs: Sequence[str], formats: Sequence[str]) -> Finding:
    """What FFmpeg lacks, if anything."""
    if lacking := [*codecs, *formats]:
        return Finding(
            TOPIC,
            "video",
            Level.MISSING,
            f"FFmpeg here lacks {', '.join(lacking)}",
            "pip install --force-reinstall av: its wheel has everything, a build of your own may not",
        )
    return Finding(TOPIC, "video", Level.OK, f"RTSP, MJPEG and USB with {', '.join(NEEDED_CODECS)}")


def plugged_in(cameras: Sequence[UsbCamera]) -> Finding:
    """Cameras at this machine, and whether they may be opened."""
    if not cameras:
        return Finding(TOPIC, "USB", Level.ABSENT, "no camera seen at this machine")
    closed = [camera.path for camera in cameras if not camera.readable]
    if closed:
        return Finding(
            TOPIC,
            "USB",
            Level.WARNING,
            f"{', '.join(closed)} may not be opened by this user",
            "sudo usermod -aG video $USER, then log in again",
        )
    return Finding(TOPIC, "USB", Level.OK, ", ".join(camera.path for camera in cameras))
