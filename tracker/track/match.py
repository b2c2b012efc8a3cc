"""Which detection continues which track."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float32]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def distance_iou(tracks: Array, boxes: Array) -> NDArray[np.float32]:
    """Distance-IoU of every track with every box, -1..1; above 0 they overlap more than they are apart.

    IoU - (distance of centres / diagonal of the smallest box around both)^2: unlike plain IoU it still ranks boxes
    that no longer overlap because a piece was thrown. Source: Zheng et al. 2020 (arXiv 1911.08287), equation 6.

    Args:
        tracks: xyxy, shape (n, 4).
        boxes: xyxy, shape (m, 4).

    Returns:
        float32, shape (n, m).
    """
    a, b = tracks[:, None, :], boxes[None, :, :]
    inner = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    outer = np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])
    overlap = inner[..., 0] * inner[..., 1]
    area_a, area_b = _area(tracks)[:, None], _area(boxes)[None, :]
    apart = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    diagonal = np.maximum((outer**2).sum(axis=-1), 1e-6)
    union = np.maximum(area_a + area_b - overlap, 1e-6)
    result: NDArray[np.float32] = overlap / union - (apart**2).sum(axis=-1) / diagonal
    return result


def assign(similarity: NDArray[np.float32], least: float) -> Pairs:
    """One-to-one pairs that maximise total similarity, none below ``least``.

    Args:
        similarity: Shape (n, m).
        least: A pair below it is worse than no pair.

    Returns:
        Row indices and column indices of the pairs, both shape (k,), rows ascending.
    """
    if similarity.size == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    # Pairs below the bar cost as much as none, so a good pair is never given up to make two bad ones.
    rows, columns = linear_sum_assignment(np.maximum(similarity, least), maximize=True)
    good = similarity[rows, columns] > least
    return rows[good], columns[good]


def _area(boxes: Array) -> NDArray[np.float32]:
    size = boxes[:, 2:] - boxes[:, :2]
    return size[:, 0] * size[:, 1]
