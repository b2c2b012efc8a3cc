"""How a camera is asked for its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Transport(StrEnum):
    """How an RTSP camera's packets travel."""

    AUTO = "auto"
    """TCP, and UDP when the camera refuses TCP."""
    TCP = "tcp"
    UDP = "udp"


class UsbFormat(StrEnum):
    """What a USB camera sends over its cable."""

    MJPEG = "mjpeg"
    """Compressed: large pictures and several cameras on one bus."""
    YUYV = "yuyv"
    """Uncompressed: no decoding, but 1080p fits a USB 2 cable only at about 5 frames a second."""


@dataclass(frozen=True, slots=True)
class UsbMode:
    """What a USB camera is asked for; whatever is ``None`` is left to the camera.

    Attributes:
        format: What it sends.
        size: Width and height, pixels.
        rate: Frames a second.
    """

    format: UsbFormat | None = None
    size: tuple[int, int] | None = None
    rate: float | None = None


ANY_MODE = UsbMode()
"""Whatever the camera sends by itself."""


@dataclass(frozen=True, slots=True)
class Stills:
    """A still every so often instead of a film: only key frames are decoded, the first of each stretch.

    Attributes:
        every_s: Seconds from one still to the next, above 0.
    """

    every_s: float

    @property
    def patience_s(self) -> float:
        """Two stills that did not come are a gap."""
        return 2 * self.every_s
