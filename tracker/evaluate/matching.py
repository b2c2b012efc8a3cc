"""Which found box shows which thing, by the rule of the COCO evaluator, whatever either is called.

Found boxes are taken from the surest to the least sure; each takes the free thing that it overlaps most, by an IoU of
at least 0.5. A box with at least half of itself in a crowd, and no thing of its own, is neither right nor false. Sure
boxes come first, so leaving out the unsure ones changes nothing about the others: one matching serves every threshold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import LEAST_IOU

FALSE, IGNORED = -1, -2
"""Instead of a thing's index: the box shows nothing, or something that nobody counted."""


def match(
    found: NDArray[np.float32], score: NDArray[np.float32], things: NDArray[np.float32], crowd: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """For each found box the index of the thing it shows, or :data:`FALSE`, or :data:`IGNORED`.

    Args:
        found: xyxy, shape (n, 4).
        score: shape (n,).
        things: xyxy, shape (m, 4), in the same unit.
        crowd: shape (m,): may take any number of boxes.
    """
    result = np.full(len(found), FALSE, np.int64)
    if not len(things):
        return result
    inner, area, others = _areas(found, things)
    # of a crowd it matters how much of the found box lies in it (pycocotools, maskApi.c, bbIou)
    overlap = inner / np.where(crowd, area, area + others - inner)
    free = ~crowd
    for row in np.argsort(-score, kind="stable"):
        candidates = np.where(free, overlap[row], -1.0)
        # of equals the last one, as the evaluator does
        best = len(candidates) - 1 - int(candidates[::-1].argmax())
        if candidates[best] >= LEAST_IOU:
            result[row], free[best] = best, False
        elif (crowd & (overlap[row] >= LEAST_IOU)).any():
            result[row] = IGNORED
    return result


def _areas(
    found: NDArray[np.float32], things: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Intersections (n, m), areas of the found (n, 1) and of the things (1, m)."""
    a, b = found.astype(np.float64)[:, None], things.astype(np.float64)[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    return inner, np.maximum((a[..., 2:] - a[..., :2]).prod(axis=2), 1e-12), (b[..., 2:] - b[..., :2]).prod(axis=2)


def overlaps(boxes: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """IoU of every box with every other, shape (n, m)."""
    inner, area, other = _areas(boxes, others)
    return np.asarray(inner / (area + other - inner), np.float64)
