"""What a camera delivers: frames, and the gaps in which it delivered nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from tracker.domain.shift import STRAIGHT, Shift

CameraId = NewType("CameraId", str)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A planar YUV 4:2:0 picture, as decoders deliver it; no colour conversion has been paid for yet.

    Attributes:
        y: Luma, uint8, shape (height, width).
        u: Blue difference, uint8, shape (ceil(height / 2), ceil(width / 2)).
        v: Red difference, same shape as ``u``.
        full_range: ``True`` for 0..255 (JPEG), ``False`` for 16..235 (television) luma.
    """

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]
    full_range: bool

    def __post_init__(self) -> None:
        height, width = self.y.shape
        half = ((height + 1) // 2, (width + 1) // 2)
        if self.u.shape != half or self.v.shape != half:
            msg = f"chroma planes must be {half} for a {width}x{height} picture, got {self.u.shape} and {self.v.shape}"
            raise ValueError(msg)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True)
class Moment:
    """When a frame was taken.

    Attributes:
        frame: 0-based index of the decoded frame since its source was opened; dropped frames count.
        t_s: Presentation time since the source's first frame, seconds.
        at: The same instant as aware UTC.
    """

    frame: int
    t_s: float
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera, privacy masks already burnt in.

    Attributes:
        shift: How the camera has moved since its zones were drawn; zones go with it.
    """

    camera: CameraId
    moment: Moment
    picture: Picture
    shift: Shift = STRAIGHT


class GapReason(StrEnum):
    """Why a camera showed nothing; shown to users and stored."""

    UNREACHABLE = "unreachable"
    """The stream could not be opened."""
    DISCONNECTED = "disconnected"
    """The stream ended or stopped delivering; on a live source end of file is a disconnect."""
    UNREADABLE = "unreadable"
    """Data arrived that could not be decoded."""
    PAUSED = "paused"
    """Somebody in the workshop paused the camera; neutral, never an alarm."""
    STOPPED = "stopped"
    """Fairloom itself was not running."""
    FROZEN = "frozen"
    """Pictures arrive, but they are one and the same."""
    DARK = "dark"
    """Nothing but darkness: the lamps are off, or the lens is covered. Neutral, like a pause."""
    BLOCKED = "blocked"
    """Bright, but nothing to be seen: something lies before the lens, or light blinds it. Neutral, like a pause."""
    MOVED = "moved"
    """The camera looks elsewhere than when its zones were drawn; somebody has to look at it."""
    CLOCK = "clock"
    """The computer's clock was set, or was wrong, so that nobody can tell when pieces passed."""

    @property
    def neutral(self) -> bool:
        """Whether it is nobody's fault and no alarm: whoever covers a camera or switches the light off may do so."""
        return self in {GapReason.PAUSED, GapReason.DARK, GapReason.BLOCKED}


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time in which a camera saw nothing: it widens intervals and never reads as zero production.

    Attributes:
        camera: The blind camera.
        reason: Why.
        start: Aware UTC of the last frame before the gap, or of the attempt when there was none.
        end: Aware UTC of the first frame after it; ``None`` while it lasts.
    """

    camera: CameraId
    reason: GapReason
    start: datetime
    end: datetime | None
