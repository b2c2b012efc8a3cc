"""From a planar picture to a model's input tensor, without ever making the full-size RGB picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import InputSpec
from tracker.domain.frames import Picture
from tracker.domain.geometry import Box

STRIDE = 32
"""Sides of an input must be a multiple of the coarsest stride of the YOLO families."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture sits in the input tensor.

    ::

        +--------------------------+  input_size
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
        input_size: Width and height of the tensor, pixels.
    """

    left: int
    top: int
    width: int
    height: int
    x_scale: float
    y_scale: float
    input_size: tuple[int, int]

    def to_picture(self, box: Box, picture: Picture) -> Box:
        """A box in tensor pixels as a box in picture pixels, clipped to the picture."""
        left, top, right, bottom = box
        return (
            min(max((left - self.left) * self.x_scale, 0.0), picture.width),
            min(max((top - self.top) * self.y_scale, 0.0), picture.height),
            min(max((right - self.left) * self.x_scale, 0.0), picture.width),
            min(max((bottom - self.top) * self.y_scale, 0.0), picture.height),
        )


def place(spec: InputSpec, width: int, height: int) -> Placement:
    """Fit a picture of width x height into the input, keeping its shape; sizes even, as 4:2:0 wants them.

    ::

        input 320 x 320, picture 768 x 432          fixed: 320 x 320      picture: 320 x 192
                                                    +----------+          +----------+
                                                    |  padding |          |==========|
                                                    |==========|          |==========|
                                                    |==========|          +----------+
                                                    |  padding |
                                                    +----------+
    """
    if spec.letterbox == "stretch":
        x_scale, y_scale = width / spec.width, height / spec.height
        return Placement(0, 0, spec.width, spec.height, x_scale, y_scale, input_size=(spec.width, spec.height))
    ratio = min(spec.width / width, spec.height / height)
    inner_width = max(2, min(spec.width, 2 * round(width * ratio / 2)))
    inner_height = max(2, min(spec.height, 2 * round(height * ratio / 2)))
    input_width, input_height = spec.width, spec.height
    if spec.shape == "picture":
        input_width = min(input_width, -(-inner_width // STRIDE) * STRIDE)
        input_height = min(input_height, -(-inner_height // STRIDE) * STRIDE)
    centred = spec.letterbox == "centre"
    return Placement(
        left=(input_width - inner_width) // 2 if centred else 0,
        top=(input_height - inner_height) // 2 if centred else 0,
        width=inner_width,
        height=inner_height,
        x_scale=width / inner_width,
        y_scale=height / inner_height,
        input_size=(input_width, input_height),
    )


class Letterbox:
    """Fills one reused tensor: the padding is written once per picture size, planes are shrunk before colour exists.

    Shrinking luma and chroma planes first and converting the small picture costs a fifth of converting the full frame
    (docs/adr/0007-yuv-letterbox.md has the measurement). Every step writes into memory kept from the frame before.
    """

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        self._code = cv2.COLOR_YUV2RGB_I420 if spec.colour == "rgb" else cv2.COLOR_YUV2BGR_I420
        scaled = np.arange(256, dtype=np.float32) * np.float32(spec.scale)
        self._levels = [
            (scaled - np.float32(mean)) / np.float32(std) for mean, std in zip(spec.mean, spec.std, strict=True)
        ]
        """What the model is fed for each grey level of each channel; a table converts and scales in one go."""
        self._tensor = np.empty((1, 3, spec.height, spec.width), np.float32)
        self._workspace: _Workspace | None = None
        # Television range squeezes 0..255 into 16..235; the conversion below expects it of every picture.
        levels = np.arange(256, dtype=np.float64)
        self._luma_squeeze = np.rint(16 + levels * 219 / 255).astype(np.uint8)
        self._chroma_squeeze = np.rint(128 + (levels - 128) * 224 / 255).astype(np.uint8)

    def fill(self, picture: Picture) -> tuple[NDArray[np.float32], Placement]:
        """The input tensor for a picture.

        Returns:
            float32 tensor of shape (1, 3, height, width), overwritten by the next call, and where the picture sits. The
            tensor stays the same as long as pictures keep their size.
        """
        space = self._workspace
        if space is None or space.size != (picture.width, picture.height):
            space = self._workspace = self._lay_out(picture.width, picture.height)
        for plane, shrunk in zip((picture.y, picture.u, picture.v), space.planes, strict=True):
            cv2.resize(plane, shrunk.shape[::-1], dst=shrunk, interpolation=cv2.INTER_LINEAR)
        if picture.full_range:
            luma, *chroma = space.planes
            luma[:] = self._luma_squeeze[luma]
            for plane in chroma:
                plane[:] = self._chroma_squeeze[plane]
        cv2.cvtColor(space.planar, self._code, dst=space.small)
        cv2.split(space.small, space.channels)
        for channel, levels, window in zip(space.channels, self._levels, space.window, strict=True):
            cv2.LUT(channel, levels, dst=window)
        return self._tensor, space.placement

    def _lay_out(self, width: int, height: int) -> _Workspace:
        placement = place(self._spec, width, height)
        inner_width, inner_height = placement.width, placement.height
        if self._tensor.shape[:1:-1] != placement.input_size:
            self._tensor = np.empty((1, 3, *placement.input_size[::-1]), np.float32)
        planar = np.empty((inner_height * 3 // 2, inner_width), np.uint8)
        luma, chroma = np.split(planar.reshape(-1), [inner_width * inner_height])
        u, v = chroma.reshape(2, inner_height // 2, inner_width // 2)
        for plane, levels in zip(self._tensor[0], self._levels, strict=True):
            plane.fill(levels[self._spec.pad])
        rows = slice(placement.top, placement.top + inner_height)
        columns = slice(placement.left, placement.left + inner_width)
        return _Workspace(
            size=(width, height),
            placement=placement,
            planar=planar,
            planes=(luma.reshape(inner_height, inner_width), u, v),
            small=np.empty((inner_height, inner_width, 3), np.uint8),
            channels=tuple(np.empty((inner_height, inner_width), np.uint8) for _ in range(3)),
            window=self._tensor[0, :, rows, columns],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Workspace:
    """Memory and views for pictures of one size.

    Attributes:
        size: Width and height of the pictures.
        placement: Where they go.
        planar: The shrunk picture, luma over both chroma planes, as OpenCV wants it.
        planes: Views of its luma, u and v.
        small: The shrunk picture in colour, shape (height, width, 3).
        channels: Its three channels.
        window: The part of the tensor that the picture fills, shape (3, height, width).
    """

    size: tuple[int, int]
    placement: Placement
    planar: NDArray[np.uint8]
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
    small: NDArray[np.uint8]
    channels: tuple[NDArray[np.uint8], ...]
    window: NDArray[np.float32]
