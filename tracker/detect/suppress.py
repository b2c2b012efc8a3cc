"""Non-maximum suppression across classes: one thing, one box, whatever the model calls it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def suppress(xyxy: NDArray[np.float32], score: NDArray[np.float32], max_iou: float) -> NDArray[np.intp]:
    """Indices of the boxes to keep, best score first.

    Greedy suppression over all classes together: a car that is half "car", half "suitcase" stays one thing.
    Ties keep the earlier row, so the result does not depend on the sort's mood.

    Args:
        xyxy: float32, shape (n, 4).
        score: float32, shape (n,).
        max_iou: Two kept boxes never overlap by more than this intersection over union.
    """
    order = np.argsort(-score, kind="stable")
    if len(order) < 2:
        return order
    left, top, right, bottom = xyxy[order].T
    area = (right - left) * (bottom - top)
    inner_width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    inner_height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    inner = np.maximum(inner_width, 0) * np.maximum(inner_height, 0)
    clash = inner > max_iou * (area[:, None] + area - inner)
    alive = np.ones(len(order), np.bool_)
    for i in range(len(order) - 1):
        if alive[i]:
            alive[i + 1 :] &= ~clash[i, i + 1 :]
    return order[alive]
