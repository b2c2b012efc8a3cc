"""From a planar picture to a model's input tensor, without ever making the full-size RGB picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import InputSpec
from tracker.domain.frames import Picture


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture sits in the input tensor.

    ::

        +--------------------------+  input.height
        |        padding           |
        |left,top +------------+   |
        |         |  picture   |   |      x_picture = (x_input - left) * x_scale
        |         +------------+   |      y_picture = (y_input - top) * y_scale
        +--------------------------+

    Attributes:
        width: Picture width in the tensor, pixels, even.
        height: Picture height in the tensor, pixels, even.
        x_scale: Picture pixels per tensor pixel.
        y_scale: Picture pixels per tensor pixel.
    """

    left: int
    top: int
    width: int
    height: int
    x_scale: float
    y_scale: float

    def to_picture(self, xyxy: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
        """Boxes in tensor pixels as boxes in picture pixels, clipped to the picture; float32, shape (n, 4)."""
        scale = np.array([self.x_scale, self.y_scale] * 2, np.float32)
        shift = np.array([self.left, self.top] * 2, np.float32)
        boxes = (xyxy - shift) * scale
        np.clip(boxes[:, 0::2], 0, picture.width, out=boxes[:, 0::2])
        np.clip(boxes[:, 1::2], 0, picture.height, out=boxes[:, 1::2])
        return boxes


def place(spec: InputSpec, width: int, height: int) -> Placement:
    """Fit a picture of width x height into the input, keeping its shape; sizes even, as 4:2:0 wants them."""
    ratio = min(spec.width / width, spec.height / height)
    inner_width = max(2, min(spec.width, 2 * round(width * ratio / 2)))
    inner_height = max(2, min(spec.height, 2 * round(height * ratio / 2)))
    centred = spec.letterbox == "centre"
    return Placement(
        left=(spec.width - inner_width) // 2 if centred else 0,
        top=(spec.height - inner_height) // 2 if centred else 0,
        width=inner_width,
        height=inner_height,
        x_scale=width / inner_width,
        y_scale=height / inner_height,
    )


class Letterbox:
    """Fills one reused tensor: the padding is written once per picture size, planes are shrunk before colour exists.

    Shrinking luma and chroma planes first and converting the small picture costs a fifth of converting the full frame
    (docs/adr/0010-yuv-letterbox.md has the measurement).
    """

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        self._tensor = np.empty((1, 3, spec.height, spec.width), np.float32)
        self._placement: Placement | None = None
        self._size = (0, 0)
        self._planar = np.empty(0, np.uint8)
        # Television range squeezes 0..255 into 16..235; the conversion below expects it of every picture.
        levels = np.arange(256, dtype=np.float64)
        self._luma_squeeze = np.rint(16 + levels * 219 / 255).astype(np.uint8)
        self._chroma_squeeze = np.rint(128 + (levels - 128) * 224 / 255).astype(np.uint8)

    def fill(self, picture: Picture) -> tuple[NDArray[np.float32], Placement]:
        """The input tensor for a picture.

        Returns:
            float32 tensor of shape (1, 3, height, width), overwritten by the next call, and where the picture sits.
        """
        placement = self._place(picture)
        width, height = placement.width, placement.height
        luma = self._planar[: width * height].reshape(height, width)
        chroma = self._planar[width * height :].reshape(2, height // 2, width // 2)
        cv2.resize(picture.y, (width, height), dst=luma, interpolation=cv2.INTER_LINEAR)
        cv2.resize(picture.u, (width // 2, height // 2), dst=chroma[0], interpolation=cv2.INTER_LINEAR)
        cv2.resize(picture.v, (width // 2, height // 2), dst=chroma[1], interpolation=cv2.INTER_LINEAR)
        if picture.full_range:
            cv2.LUT(luma, self._luma_squeeze, dst=luma)
            chroma[:] = self._chroma_squeeze[chroma]
        code = cv2.COLOR_YUV2RGB_I420 if self._spec.colour == "rgb" else cv2.COLOR_YUV2BGR_I420
        small = cv2.cvtColor(self._planar.reshape(height * 3 // 2, width), code)
        top, left = placement.top, placement.left
        for channel, plane in enumerate(cv2.split(small)):
            window = self._tensor[0, channel, top : top + height, left : left + width]
            np.multiply(plane, np.float32(self._spec.scale), out=window)
        return self._tensor, placement

    def _place(self, picture: Picture) -> Placement:
        size = (picture.width, picture.height)
        if self._placement is None or size != self._size:
            self._placement, self._size = place(self._spec, *size), size
            self._planar = np.empty(self._placement.width * self._placement.height * 3 // 2, np.uint8)
            self._tensor.fill(self._spec.pad * self._spec.scale)
        return self._placement
