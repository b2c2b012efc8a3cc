"""Points, lines and polygons in the picture; origin top left, x to the right, y down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tracker.domain.rules import Point

Array = NDArray[np.float64]
XY = Sequence[float]
"""One point, pixels."""
Box = tuple[float, float, float, float]
"""One box: left, top, right, bottom in pixels. A handful of them is faster as numbers than as arrays."""


def to_pixels(points: Sequence[Point], width: int, height: int) -> Array:
    """Points in 0..1 as pixels; float64, shape (n, 2)."""
    return np.asarray(points, np.float64) * (width, height)


def inside(points: NDArray[np.floating], polygon: Array) -> NDArray[np.bool_]:
    """Which points lie inside a polygon (even-odd rule).

    Args:
        points: Shape (n, 2).
        polygon: Corners in order, shape (k, 2), k >= 3.

    Returns:
        bool, shape (n,).
    """
    x, y = points[:, 0, None], points[:, 1, None]
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    spans = (y0 > y) != (y1 > y)
    # a level edge spans nothing, so its division never decides; 1 keeps it finite
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crossings = spans & (x < x0 + (y - y0) * (x1 - x0) / rise)
    result: NDArray[np.bool_] = (crossings.sum(axis=1) % 2).astype(np.bool_)
    return result


@dataclass(frozen=True, slots=True)
class Line:
    """A directed line from start to end, pixels.

    ::

        start ------> end
              +              below a line drawn left to right is positive, since y grows downwards

    Attributes:
        start: Where it begins.
        along: Unit vector towards its end.
        length: Pixels.
    """

    start: XY
    along: XY
    length: float

    @classmethod
    def between(cls, start: XY, end: XY) -> Self:
        """The line from one point to another, different one."""
        x, y = end[0] - start[0], end[1] - start[1]
        length = math.hypot(x, y)
        return cls((start[0], start[1]), (x / length, y / length), length)

    def distance(self, point: XY) -> float:
        """Distance from the line, on the right hand when walking to its end positive, on the left negative."""
        return (point[1] - self.start[1]) * self.along[0] - (point[0] - self.start[0]) * self.along[1]

    def position(self, point: XY) -> float:
        """Where the foot of the point's perpendicular lies: 0 at the line's start, 1 at its end."""
        x, y = point[0] - self.start[0], point[1] - self.start[1]
        return (x * self.along[0] + y * self.along[1]) / self.length

    def half_extent(self, box: Box) -> float:
        """Half of a box's extent across the line."""
        return ((box[2] - box[0]) * abs(self.along[1]) + (box[3] - box[1]) * abs(self.along[0])) / 2

    def meets(self, before: XY, after: XY) -> bool:
        """Whether the straight way between two points, one on either side, leads over the line between its ends."""
        towards = self.distance(before) - self.distance(after)
        if not towards:
            return False  # along the line
        share = self.distance(before) / towards
        x, y = (a + (b - a) * share for a, b in zip(before, after, strict=True))
        return 0.0 <= self.position((x, y)) <= 1.0


def share_inside(xyxy: NDArray[np.floating], polygon: Array) -> Array:
    """Share of each box that lies inside a polygon, 0..1, to a sixteenth; shape (n,)."""
    ticks = (np.arange(4) + 0.5) / 4
    x = xyxy[:, None, 0] + (xyxy[:, None, 2] - xyxy[:, None, 0]) * np.tile(ticks, 4)
    y = xyxy[:, None, 1] + (xyxy[:, None, 3] - xyxy[:, None, 1]) * np.repeat(ticks, 4)
    points = np.stack([x, y], axis=-1).reshape(-1, 2)
    shares: Array = inside(points, polygon).reshape(len(xyxy), 16).mean(axis=1)
    return shares


def centre_of(box: Box) -> tuple[float, float]:
    """Middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def size_of(box: Box) -> float:
    """Square root of a box's area, at least 1 pixel."""
    return math.sqrt(max((box[2] - box[0]) * (box[3] - box[1]), 1.0))


def overlap_of_smaller(a: Box, b: Box) -> float:
    """Share of the smaller of two boxes that lies inside the other, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(width, 0.0) * max(height, 0.0) / smaller if smaller > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection of two boxes over their union, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def crosses_itself(polygon: Sequence[Point]) -> bool:
    """Whether two edges of a polygon that are not neighbours meet."""
    n = len(polygon)
    edges = [(polygon[i], polygon[(i + 1) % n]) for i in range(n)]
    return any(_meet(*edges[i], *edges[j]) for i in range(n) for j in range(i + 2, n) if not (i == 0 and j == n - 1))


def area(polygon: Sequence[Point]) -> float:
    """Area of a polygon, in the square of its coordinates' unit (shoelace formula)."""
    x, y = np.asarray(polygon, np.float64).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return (turn(a, b, c) > 0) != (turn(a, b, d) > 0) and (turn(c, d, a) > 0) != (turn(c, d, b) > 0)
