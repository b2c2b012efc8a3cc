"""Points, lines and polygons in the picture; origin top left, x to the right, y down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.domain.rules import Point

Array = NDArray[np.float64]


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


def signed_distance(points: NDArray[np.floating], start: Array, end: Array) -> Array:
    """Distance of points from the line through start and end; positive on the right hand when walking to end.

    ::

        start ------> end
              +              below a line drawn left to right is positive, since y grows downwards
    """
    along = end - start
    normal = np.array([-along[1], along[0]]) / np.hypot(*along)
    result: Array = (points - start) @ normal
    return result


def position_along(points: NDArray[np.floating], start: Array, end: Array) -> Array:
    """Where the foot of each point's perpendicular lies on the segment: 0 at start, 1 at end."""
    along = end - start
    result: Array = (points - start) @ along / (along @ along)
    return result


def share_inside(xyxy: NDArray[np.floating], polygon: Array) -> Array:
    """Share of each box that lies inside a polygon, 0..1, to a sixteenth; shape (n,)."""
    ticks = (np.arange(4) + 0.5) / 4
    x = xyxy[:, None, 0] + (xyxy[:, None, 2] - xyxy[:, None, 0]) * np.tile(ticks, 4)
    y = xyxy[:, None, 1] + (xyxy[:, None, 3] - xyxy[:, None, 1]) * np.repeat(ticks, 4)
    points = np.stack([x, y], axis=-1).reshape(-1, 2)
    shares: Array = inside(points, polygon).reshape(len(xyxy), 16).mean(axis=1)
    return shares


def overlap_of_smaller(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Share of the smaller of two boxes (xyxy) that lies inside the other, 0..1."""
    inner = float(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod())
    smaller = float(min((a[2:] - a[:2]).prod(), (b[2:] - b[:2]).prod()))
    return inner / smaller if smaller > 0 else 0.0


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
