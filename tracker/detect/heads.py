"""Decode heads: from a model's raw outputs to boxes, by layout. Dense ones are here, sparse ones in queries.py.

Each head filters by score before it touches a box: of thousands of rows only a handful survive. From there on they are
numbers, since a handful is faster so than as arrays.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tracker.detect import queries
from tracker.detect.card import Layout
from tracker.detect.queries import Array, Candidates, Outputs
from tracker.domain.geometry import Box

Head = Callable[[Outputs, float], Candidates]
"""A function of the outputs that :func:`tracker.detect.reading.outputs_of` names, in that order, and of the lowest
score that counts."""

YOLOX_STRIDES = (8, 16, 32)
"""Megvii YOLOX, yolox/models/yolo_head.py; the same for nano to x, and for the three detection layers of YOLOv5 to
YOLO26."""


def head_for(layout: Layout, width: int, height: int, *, classes: int = 0) -> Head:
    """The decode head of a layout for inputs of width x height pixels.

    Args:
        classes: How many labels the card has; only ``rf-detr`` wants to know, to tell columns that mean no class.
    """
    if layout is Layout.YOLOX_GRID:
        grid, stride = yolox_grid(width, height)

        def decode(outputs: Outputs, min_score: float) -> Candidates:
            return decode_yolox_grid(outputs, min_score, grid=grid, stride=stride)

        return decode
    return _DENSE.get(layout) or queries.head_for(layout, width, height, classes=classes)


def decode_yolov8(outputs: Outputs, min_score: float) -> Candidates:
    """YOLOv8 and its kin without NMS: (1, 4 + classes, n), box centres and sizes in input pixels."""
    kept, best = _columns(outputs[0][0], min_score)
    return _corners(kept[:, :4]), best.tolist(), kept[:, 4:].argmax(axis=1).tolist()


def decode_corners(outputs: Outputs, min_score: float) -> Candidates:
    """(1, 4 + classes, n) with corners in input pixels."""
    kept, best = _columns(outputs[0][0], min_score)
    boxes: list[Box] = [(left, top, right, bottom) for left, top, right, bottom in kept[:, :4].tolist()]
    return boxes, best.tolist(), kept[:, 4:].argmax(axis=1).tolist()


def decode_yolox(outputs: Outputs, min_score: float) -> Candidates:
    """YOLOX with decoded boxes, and YOLOv5: (1, n, 5 + classes), score is objectness times the best class."""
    rows = outputs[0][0]
    keep, score, class_id = _yolox_scores(rows, min_score)
    return _corners(rows[keep, :4]), score.tolist(), class_id.tolist()


def decode_yolox_grid(outputs: Outputs, min_score: float, *, grid: Array, stride: Array) -> Candidates:
    """YOLOX before decoding: centre = (offset + cell) * stride, size = exp(log size) * stride.

    Source: Megvii YOLOX, yolo_head.py ``decode_outputs``.

    Args:
        grid: Cell x, y of each row, shape (n, 2).
        stride: Stride of each row, shape (n, 1).
    """
    rows = outputs[0][0]
    keep, score, class_id = _yolox_scores(rows, min_score)
    raw = rows[keep, :4]
    boxes = np.empty_like(raw)
    boxes[:, :2] = (raw[:, :2] + grid[keep]) * stride[keep]
    # exp of a broken output must not overflow into infinities that poison every comparison after it
    boxes[:, 2:] = np.exp(np.minimum(raw[:, 2:], 12)) * stride[keep]
    return _corners(boxes), score.tolist(), class_id.tolist()


_DENSE: dict[Layout, Head] = {
    Layout.YOLOV8: decode_yolov8,
    Layout.YOLO_CORNERS: decode_corners,
    Layout.YOLOX_DECODED: decode_yolox,
    Layout.YOLOV5: decode_yolox,
}


def yolox_grid(width: int, height: int) -> tuple[Array, Array]:
    """Cell coordinates (n, 2) and strides (n, 1) of every YOLOX row for an input of width x height pixels."""
    grids, strides = [], []
    for stride in YOLOX_STRIDES:
        columns, rows = width // stride, height // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        grids.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((columns * rows, 1), stride))
    return np.concatenate(grids).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _columns(rows: Array, min_score: float) -> tuple[Array, Array]:
    """The columns of (4 + classes, n) whose best class reaches the score, as rows, and that best score."""
    best = np.maximum.reduce(rows[4:])
    (keep,) = (best >= min_score).nonzero()
    return rows.T[keep], best[keep]


def _yolox_scores(rows: Array, min_score: float) -> tuple[NDArray[np.intp], Array, NDArray[np.intp]]:
    objectness = rows[:, 4]
    # the product can't reach the threshold where objectness alone does not
    (maybe,) = (objectness >= min_score).nonzero()
    classes = rows[maybe, 5:]
    class_id = classes.argmax(axis=1)
    score = objectness[maybe] * classes[np.arange(len(maybe)), class_id]
    sure = score >= min_score
    return maybe[sure], score[sure], class_id[sure]


def _corners(boxes: Array) -> list[Box]:
    """Corners of boxes given as centre x, centre y, width and height."""
    return [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in boxes.tolist()]
