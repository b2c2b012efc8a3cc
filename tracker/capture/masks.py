"""Privacy masks: burnt into the picture before anything else sees it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.rules import Zone
from tracker.domain.shift import STRAIGHT, Shift

BLACK_LUMA = 16
NEUTRAL_CHROMA = 128

_SUBPIXEL_BITS = 4
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Stencil:
    """Where and what to paint on planes of one size.

    Attributes:
        box: Rows and columns around the masked pixels.
        inside: uint8, shape of the box, not 0 where it is masked.
        paint: uint8, same shape, the one value to paint.
    """

    box: tuple[slice, slice]
    inside: NDArray[np.uint8]
    paint: NDArray[np.uint8]

    @classmethod
    def of(cls, mask: NDArray[np.uint8], value: int) -> _Stencil:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = _span(rows), _span(columns)
        inside = mask[box].copy()
        return cls(box, inside, np.full_like(inside, value))

    def painted(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A read-only copy of ``plane``, painted."""
        copy = plane.copy()
        if self.inside.size:
            cv2.copyTo(self.paint, self.inside, copy[self.box])
        copy.flags.writeable = False
        return copy


def _span(indices: NDArray[np.intp]) -> slice:
    return slice(int(indices[0]), int(indices[-1]) + 1) if indices.size else slice(0, 0)


class MaskPainter:
    """Blacks out zones of one camera's pictures.

    A pixel is masked as soon as a polygon touches it. Chroma is masked one sample further out, because an encoder mixes
    each chroma sample from neighbouring pixels and would leave a fringe in the colour of what is hidden.

    State: the stencils of the last size seen; a stream that returns at another resolution replaces them.

    Args:
        masks: Polygons in 0..1 of the picture; none means that pictures pass through untouched and uncopied.
        shift: How the camera has moved since they were drawn.
    """

    def __init__(self, masks: tuple[Zone, ...], shift: Shift = STRAIGHT) -> None:
        self._masks, self._shift = masks, shift
        self._size: tuple[int, int] | None = None
        self._luma = self._chroma = _Stencil.of(np.zeros((1, 1), np.uint8), 0)

    def apply(self, picture: Picture) -> Picture:
        """The picture with every masked pixel black (Y 16, U and V 128), without ever writing into its planes."""
        if not self._masks:
            return picture
        size = (picture.height, picture.width)
        if size != self._size:
            masks = tuple(mask.moved(self._shift, aspect=picture.height / picture.width) for mask in self._masks)
            self._luma, self._chroma = _stencils(masks, *size)
            self._size = size
        return Picture(
            y=self._luma.painted(picture.y),
            u=self._chroma.painted(picture.u),
            v=self._chroma.painted(picture.v),
            full_range=picture.full_range,
        )


def _stencils(masks: tuple[Zone, ...], height: int, width: int) -> tuple[_Stencil, _Stencil]:
    """The luma and the chroma stencil for one picture size."""
    luma = np.zeros((height, width), np.uint8)
    for zone in masks:
        # Pixel centres lie at half pixels: x of 0..1 is pixel coordinate x * width - 0.5.
        corners = np.asarray(zone.polygon, np.float64) * (width, height) - 0.5
        fixed = np.rint(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(luma, [fixed], 1, shift=_SUBPIXEL_BITS)
        # Filling leaves out pixels that an edge only grazes; an outline of three pixels takes them all.
        cv2.polylines(luma, [fixed], isClosed=True, color=1, thickness=3, shift=_SUBPIXEL_BITS)
    even = np.pad(luma, ((0, height % 2), (0, width % 2)))
    touched = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).max(axis=(1, 3))
    chroma = cv2.dilate(touched, _NEIGHBOURS).astype(np.uint8)
    return _Stencil.of(luma, BLACK_LUMA), _Stencil.of(chroma, NEUTRAL_CHROMA)
