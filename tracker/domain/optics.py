"""What lies between a camera and its frames: how it hangs, what its lens bends, what must not be seen."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.rules import Zone

QUARTERS = (0, 90, 180, 270)
"""Degrees by which a picture may be turned."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A lens as OpenCV's pinhole model with radial and tangential distortion describes it.

    Lengths across are in widths of the picture, lengths down in heights: a second stream of the same camera, smaller or
    squeezed into another shape, keeps its table. They describe the picture as it is sent, before it is turned::

        x = (column / width - cx) / fx      y = (row / height - cy) / fy      of a point as it should be seen
        r2 = x * x + y * y                  bend = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
        x' = x * bend + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        y' = y * bend + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y               of the same point as it is seen

    Source: OpenCV, "Camera Calibration and 3D Reconstruction", the model of ``initUndistortRectifyMap``.

    Attributes:
        fx: Focal length across, above 0.
        fy: Focal length down, above 0.
        cx: Where the lens looks, across.
        cy: Where the lens looks, down.
        k1: First radial coefficient; below 0 when straight lines bulge outwards.
        k2: Second radial coefficient.
        p1: First tangential coefficient.
        p2: Second tangential coefficient.
        k3: Third radial coefficient.
        zoom: Below 1 shows more of the edge that straightening would push out, above 1 less.
    """

    fx: float
    fy: float
    cx: float = 0.5
    cy: float = 0.5
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0
    zoom: float = 1.0


@dataclass(frozen=True, slots=True)
class Optics:
    """How a camera's pictures become frames: straightened, then turned, then mirrored, then masked.

    Attributes:
        masks: Zones blacked out, polygons in 0..1 of the corrected picture.
        rotate: Degrees clockwise by which the picture is turned: 0, 90, 180 or 270.
        mirror: Whether left and right change places afterwards.
        lens: What the lens bends; ``None`` leaves it bent.
    """

    masks: tuple[Zone, ...] = ()
    rotate: int = 0
    mirror: bool = False
    lens: Lens | None = None

    def __post_init__(self) -> None:
        if self.rotate not in QUARTERS:
            msg = f"a picture is turned by one of {QUARTERS} degrees, got {self.rotate}"
            raise ValueError(msg)


AS_IT_COMES = Optics()
"""A camera that hangs as it should, and of which nothing is masked."""
