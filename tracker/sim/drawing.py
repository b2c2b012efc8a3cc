"""Small drawing steps all sprites share: polygons, smooth noise and soft shading, on numpy arrays.

Sprites are drawn at twice their final size (``OVERSAMPLE``) and shrunk once, which is what smooths their edges.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Mask = NDArray[np.uint8]
Bgr = tuple[float, float, float]
"""Blue, green, red, 0..255."""
Points = NDArray[np.float32]
"""Shape (n, 2): x, y."""

OVERSAMPLE = 2


def smooth_noise(shape: tuple[int, int], cell_px: tuple[float, float], rng: np.random.Generator) -> Float:
    """Noise of unit variance whose blobs are about ``cell_px`` (height, width) in size.

    Args:
        shape: Height and width of the result, pixels.
        cell_px: Size of one blob along y and x, pixels, at least 1.
        rng: Where chance comes from.

    Returns:
        float32, shape ``shape``.
    """
    rows = max(2, round(shape[0] / cell_px[0]) + 2)
    columns = max(2, round(shape[1] / cell_px[1]) + 2)
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    return np.asarray(cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def smooth_outline(points: Points, rounds: int = 2) -> Points:
    """The closed outline with its corners cut by Chaikin's scheme (Chaikin 1974, CGIP 3:346)."""
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.empty((len(points) * 2, 2), np.float32)
        cut[0::2] = 0.75 * points + 0.25 * following
        cut[1::2] = 0.25 * points + 0.75 * following
        points = cut
    return points


def densified(points: Points, step: float) -> Points:
    """The closed outline with points added so that no two neighbours are further apart than about ``step``."""
    pieces = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        count = max(1, round(float(np.linalg.norm(end - start)) / step))
        pieces.append(start + (end - start) * np.linspace(0, 1, count, endpoint=False)[:, None])
    return np.concatenate(pieces).astype(np.float32)


def polygon_mask(shape: tuple[int, int], points: Points) -> Mask:
    """255 inside the polygon, 0 outside, smooth edge; points in pixels of the mask."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [to_fixed(points)], 255, lineType=cv2.LINE_AA, shift=3)
    return mask


def to_fixed(points: Points) -> NDArray[np.int32]:
    """Points as OpenCV's fixed-point coordinates with three fractional bits (``shift=3``)."""
    return np.round(np.asarray(points, np.float32) * 8).astype(np.int32)


def line_mask(shape: tuple[int, int], points: Points, width_px: float) -> Mask:
    """255 along the open polyline, 0 elsewhere."""
    mask = np.zeros(shape, np.uint8)
    cv2.polylines(mask, [to_fixed(points)], False, 255, max(1, round(width_px)), cv2.LINE_AA, shift=3)
    return mask


def dashed_mask(shape: tuple[int, int], points: Points, *, width_px: float, dash_px: float) -> Mask:
    """255 along every second dash of the polyline: a row of stitches."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    mask = np.zeros(shape, np.uint8)
    starts = np.arange(0.0, float(along[-1]), 2 * dash_px)
    ends = np.minimum(starts + dash_px, float(along[-1]))
    x0, y0 = np.interp(starts, along, points[:, 0]), np.interp(starts, along, points[:, 1])
    x1, y1 = np.interp(ends, along, points[:, 0]), np.interp(ends, along, points[:, 1])
    dashes = to_fixed(np.stack([x0, y0, x1, y1], axis=1).astype(np.float32)).reshape(-1, 2, 2)
    cv2.polylines(mask, list(dashes), False, 255, max(1, round(width_px)), cv2.LINE_AA, shift=3)
    return mask


def both(first: Mask, second: Mask) -> Mask:
    """Where both masks are set."""
    return np.asarray(cv2.bitwise_and(first, second), np.uint8)


def blurred(mask: Mask, sigma_px: float) -> Mask:
    """The mask with its edge smeared out."""
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma_px), np.uint8)


def grown(mask: Mask, by_px: int) -> Mask:
    """The mask, wider by so many pixels on every side; narrower when negative."""
    kernel = np.ones((3, 3), np.uint8)
    change = cv2.dilate if by_px > 0 else cv2.erode
    return np.asarray(change(mask, kernel, iterations=abs(by_px)), np.uint8)


def tint(picture: Float, mask: Mask, colour: Sequence[float], strength: float = 1.0) -> None:
    """Lay a colour over the picture where the mask is set, in place."""
    weight = (mask.astype(np.float32) * (strength / 255.0))[..., None]
    picture += weight * (np.asarray(colour, np.float32) - picture)


def shade(picture: Float, mask: Mask, factor: float) -> None:
    """Multiply the picture's brightness by ``factor`` where the mask is set, in place."""
    weight = mask.astype(np.float32) / 255.0
    picture *= (1.0 + weight * (factor - 1.0))[..., None]


def rounded_edges(mask: Mask, depth_px: float, *, darkest: float) -> Float:
    """Brightness factor of a thing whose edge rolls away: 1 inside, ``darkest`` at the very edge.

    Args:
        mask: The thing's shape.
        depth_px: How far from the edge the rolling starts.
        darkest: Factor at the edge, 0..1.
    """
    inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    roll = np.clip(inside / np.float32(depth_px), 0.0, 1.0)
    return np.asarray(darkest + (1.0 - darkest) * np.sqrt(roll), np.float32)


def rotated(points: Points, angle_deg: float, about: tuple[float, float] = (0.0, 0.0)) -> Points:
    """Points turned clockwise (as seen in the picture) about a point."""
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    centre = np.asarray(about, np.float32)
    return np.asarray((np.asarray(points, np.float32) - centre) @ turn + centre, np.float32)


def rounded_rectangle(width: float, height: float, radius: float) -> Points:
    """A closed outline with round corners, centred on the origin."""
    corners = []
    for cx, cy, start in ((1, 1, 0), (-1, 1, 90), (-1, -1, 180), (1, -1, 270)):
        angles = np.deg2rad(start + np.linspace(0, 90, 6))
        x = cx * (width / 2 - radius) + radius * np.cos(angles)
        y = cy * (height / 2 - radius) + radius * np.sin(angles)
        corners.append(np.stack([x, y], axis=1))
    return np.concatenate(corners).astype(np.float32)


def labelled_jpeg(picture: NDArray[np.uint8], boxes: Sequence[tuple[tuple[float, float, float, float], str]]) -> bytes:
    """The picture with a frame around each box, hands in another colour, as JPEG.

    Args:
        picture: BGR, uint8, shape (height, width, 3); left as it is.
        boxes: Left, top, right, bottom in pixels, and the label.
    """
    shown = picture.copy()
    for xyxy, label in boxes:
        left, top, right, bottom = (round(edge) for edge in xyxy)
        cv2.rectangle(shown, (left, top), (right, bottom), (220, 120, 40) if label == "hand" else (60, 200, 60), 1)
    return cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()
