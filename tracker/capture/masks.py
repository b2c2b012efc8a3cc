"""Privacy masks: burnt into the picture before anything else sees it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.domain.rules import Zone

BLACK_LUMA = 16
NEUTRAL_CHROMA = 128

_SUBPIXEL_BITS = 4
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Stencil:
    """Where to paint in pictures of one size: the box around the masked pixels, and the pixels inside that box."""

    rows: slice
    columns: slice
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, mask: NDArray[np.uint8]) -> _Stencil:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not rows.size:
            return cls(slice(0, 0), slice(0, 0), np.zeros((0, 0), np.bool_))
        box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        return cls(box[0], box[1], mask[box].astype(np.bool_))

    def painted(self, plane: NDArray[np.uint8], value: int) -> NDArray[np.uint8]:
        """A read-only copy of ``plane`` with ``value`` wherever the stencil says."""
        copy = plane.copy()
        np.copyto(copy[self.rows, self.columns], np.uint8(value), where=self.inside)
        copy.flags.writeable = False
        return copy


class MaskPainter:
    """Blacks out zones of one camera's pictures.

    A pixel is masked as soon as a polygon touches it. Chroma is masked one sample further out, because an encoder mixes
    each chroma sample from neighbouring pixels and would leave a fringe in the colour of what is hidden.

    State: the stencils of the last size seen; a stream that returns at another resolution replaces them.

    Args:
        masks: Polygons in 0..1 of the picture; none means that pictures pass through untouched and uncopied.
    """

    def __init__(self, masks: tuple[Zone, ...]) -> None:
        self._masks = masks
        self._size: tuple[int, int] | None = None
        self._luma = self._chroma = _Stencil.of(np.zeros((1, 1), np.uint8))

    def apply(self, picture: Picture) -> Picture:
        """The picture with every masked pixel black (Y 16, U and V 128), without ever writing into its planes."""
        if not self._masks:
            return picture
        size = (picture.height, picture.width)
        if size != self._size:
            self._luma, self._chroma = _stencils(self._masks, *size)
            self._size = size
        return Picture(
            y=self._luma.painted(picture.y, BLACK_LUMA),
            u=self._chroma.painted(picture.u, NEUTRAL_CHROMA),
            v=self._chroma.painted(picture.v, NEUTRAL_CHROMA),
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
    return _Stencil.of(luma), _Stencil.of(chroma)
