"""Outputs of every layout that say the same things, written the other way round than the heads read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import Layout
from tracker.detect.heads import yolox_grid

Thing = tuple[tuple[float, float, float, float], float, int]
"""Corners in input pixels, score, class."""

SPARSE_ROWS = 20
"""Rows of layouts that have one for each thing; the rest stay empty."""


def answers(
    layout: Layout, things: Sequence[Thing], *, classes: int, side: int = 64, columns: int | None = None
) -> dict[str, NDArray[Any]]:
    """The outputs of a model that sees these things in a square input.

    Args:
        columns: Columns of an RF-DETR's logits, where there are more than classes.
    """
    if layout in {Layout.DETR, Layout.RFDETR, Layout.RFDETR_FROM_1}:
        return _detr(layout, things, side=side, columns=columns or classes + (layout is Layout.RFDETR_FROM_1))
    if layout is Layout.DETR_SIZED:
        rows = np.zeros((SPARSE_ROWS, 6), np.float32)
        for i, (box, score, class_id) in enumerate(things):
            rows[i] = (*box, score, class_id)
        return {"labels": rows[None, :, 5].astype(np.int64), "boxes": rows[None, :, :4], "scores": rows[None, :, 4]}
    if layout in {Layout.END2END, Layout.RTDETR, Layout.RTDETR_SCORES}:
        return {"output0": _rows(layout, things, classes, side)[None]}
    return {"output0": _dense(layout, things, classes, side)[None]}


def centre(box: Sequence[float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _detr(layout: Layout, things: Sequence[Thing], *, side: int, columns: int) -> dict[str, NDArray[Any]]:
    logits = np.full((1, SPARSE_ROWS, columns), -12, np.float32)
    boxes = np.full((1, SPARSE_ROWS, 4), 0.5, np.float32)
    for i, (box, score, class_id) in enumerate(things):
        column = class_id + (layout is Layout.RFDETR_FROM_1)
        logits[0, i, column] = np.log(score / (1 - score))
        boxes[0, i] = np.array(centre(box)) / side
    if layout is Layout.DETR:
        return {"pred_logits": logits, "pred_boxes": boxes}
    return {"dets": boxes, "labels": logits}


def _rows(layout: Layout, things: Sequence[Thing], classes: int, side: int) -> NDArray[np.float32]:
    rows = np.zeros((SPARSE_ROWS, 4 + classes if layout is Layout.RTDETR_SCORES else 6), np.float32)
    if layout is not Layout.END2END:
        rows[:, :4] = 0.5
    for i, (box, score, class_id) in enumerate(things):
        rows[i, :4] = box if layout is Layout.END2END else np.array(centre(box)) / side
        if layout is Layout.RTDETR_SCORES:
            rows[i, 4 + class_id] = score
        else:
            rows[i, 4:] = score, class_id
    return rows


def _dense(layout: Layout, things: Sequence[Thing], classes: int, side: int) -> NDArray[np.float32]:
    """One row a cell; things take the first ones, and every other cell has a box around itself that scores nothing."""
    grid, stride = yolox_grid(side, side)
    if layout is Layout.YOLOV5:
        grid, stride = np.tile(grid, (3, 1)), np.tile(stride, (3, 1))
    sees_objects = layout not in {Layout.YOLOV8, Layout.YOLO_CORNERS}
    rows = np.zeros((len(grid), 4 + sees_objects + classes), np.float32)
    rows[:, :2], rows[:, 2:4] = (grid + 0.5) * stride, stride
    for i, (box, score, class_id) in enumerate(things):
        rows[i, :4] = centre(box)
        rows[i, 4 + sees_objects + class_id] = score
        if sees_objects:
            rows[i, 4] = 1
    if layout is Layout.YOLOX_GRID:
        rows[:, :2] = rows[:, :2] / stride - grid
        rows[:, 2:4] = np.log(rows[:, 2:4] / stride)
    if layout is Layout.YOLO_CORNERS:
        middle, half = rows[:, :2].copy(), rows[:, 2:4] / 2
        rows[:, :2], rows[:, 2:4] = middle - half, middle + half
    return rows if sees_objects else rows.T
