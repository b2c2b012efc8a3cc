"""Non-maximum suppression across classes: one thing, one box, whatever the model calls it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def suppress(xyxy: NDArray[np.float32], score: NDArray[np.float32], max_iou: float) -> NDArray[np.intp]:
    """Indices of the boxes to keep, best score first.

    Greedy suppression over all classes together: a car that is half "car", half "suitcase" stays one thing.
    Ties keep the earlier row, so the result does not depend on the sort's mood.

    Args:
        xyxy: float32, shape (n, 4).
        score: float32, shape (n,), above 0.
        max_iou: Two kept boxes never overlap by more than this intersection over union.
    """
    if len(score) < 2:
        return np.arange(len(score))
    corner_and_size = xyxy.astype(np.float64)
    corner_and_size[:, 2:] -= corner_and_size[:, :2]
    # its type hints know lists only, which take longer to make than to suppress
    kept = cv2.dnn.NMSBoxes(corner_and_size, score, 0.0, max_iou)  # type: ignore[arg-type]
    return np.asarray(kept, np.intp)
