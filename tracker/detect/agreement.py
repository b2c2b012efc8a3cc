"""How many boxes of one list are found in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_IOU = 0.5
"""Intersection over union from which two boxes show the same thing."""


def matches(given: NDArray[np.float32], wanted: NDArray[np.float32]) -> int:
    """How many wanted boxes are found: pairs by falling overlap, each box used once, IoU at least 0.5.

    Args:
        given: xyxy, shape (n, 4).
        wanted: xyxy, shape (m, 4), in the same unit.
    """
    if len(given) == 0 or len(wanted) == 0:
        return 0
    low, high = np.maximum(given[:, None, :2], wanted[None, :, :2]), np.minimum(given[:, None, 2:], wanted[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area_given, area_wanted = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (given, wanted))
    overlap = inner / (area_given[:, None] + area_wanted[None, :] - inner + 1e-9)
    count = 0
    while overlap.max() >= LEAST_IOU:
        row, column = np.unravel_index(int(overlap.argmax()), overlap.shape)
        overlap[row, :], overlap[:, column] = 0, 0
        count += 1
    return count
