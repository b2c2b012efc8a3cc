"""From a decoder's frame to a ``Picture``, without copying where the format allows."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from tracker.domain.frames import Picture

_FULL_RANGE = 2
"""AVCOL_RANGE_JPEG."""
_PLANAR_420 = frozenset({"yuv420p", "yuvj420p"})


def picture_of(frame: VideoFrame) -> Picture:
    """The planes of a decoded frame.

    The planes of ``yuv420p`` and ``yuvj420p`` (what nearly every camera sends) are read-only views of the decoder's own
    buffer: the decoder predicts later frames from it, so nobody may write there. The arrays keep the buffer alive.
    Other formats (GIF palettes, 4:2:2, NV12, 10 bit, grey) are converted once. A display matrix, as telephones
    write it, is honoured: the picture is the way up in which every player shows it.

    Args:
        frame: What PyAV decoded; any software pixel format.

    Returns:
        Views (or, when converted or turned, copies) of the three planes.
    """
    turn = frame.rotation % 360
    if frame.format.name not in _PLANAR_420:
        frame = frame.reformat(format="yuv420p")
    y, u, v = (_view(plane) for plane in frame.planes)
    if turn:
        y, u, v = (_turned(plane, turn) for plane in (y, u, v))
    return Picture(y=y, u=u, v=v, full_range=frame.color_range == _FULL_RANGE or frame.format.name == "yuvj420p")


def _view(plane: VideoPlane) -> NDArray[np.uint8]:
    """A read-only (height, width) view; rows may be padded, or stored bottom-up (negative line size)."""
    height, stride = plane.height, plane.line_size
    offset = (1 - height) * stride if stride < 0 else 0
    # Planes fill the buffer protocol in C, which their type stubs do not say.
    buffer: Any = plane
    view: NDArray[np.uint8] = np.ndarray((height, plane.width), np.uint8, buffer, offset, (stride, 1))
    view.flags.writeable = False
    return view


def _turned(plane: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The plane turned counter-clockwise by the nearest quarter; contiguous, as image libraries want it."""
    turned = np.ascontiguousarray(np.rot90(plane, round(degrees / 90)))
    turned.flags.writeable = False
    return turned
