"""Decode heads of models that answer with one row for each thing: end-to-end YOLO and the DETR families.

A DETR has a few hundred queries, each with a box and a logit for each class. The logit of the lowest score that counts
is compared first, so that the sigmoid is taken of a handful of numbers only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import Layout
from tracker.detect.labels import COCO_CATEGORY_IDS
from tracker.domain.geometry import Box

Array = NDArray[np.float32]
Outputs = Sequence[Array]
"""A model's outputs, in the order its head reads them."""
Candidates = tuple[list[Box], list[float], list[int]]
"""Boxes in input pixels, their scores and class ids."""


def head_for(layout: Layout, width: int, height: int, *, classes: int) -> Callable[[Outputs, float], Candidates]:
    """The decode head of a sparse layout; see :func:`tracker.detect.heads.head_for`."""
    if layout is Layout.END2END:
        return decode_end2end
    if layout is Layout.DETR_SIZED:
        return decode_sized

    def decode(outputs: Outputs, min_score: float) -> Candidates:
        if layout is Layout.RTDETR:
            boxes, scores, class_ids = _rows(outputs[0][0], min_score)
        elif layout is Layout.RTDETR_SCORES:
            boxes, scores, class_ids = _best(outputs[0][0][:, 4:], outputs[0][0][:, :4], min_score)
        else:
            logits = outputs[0][0]
            columns = columns_of(layout, logits.shape[1], classes)
            logits = logits if columns is None else logits[:, columns]
            least = math.log(min_score / (1 - min_score))
            boxes, scores, class_ids = _best(logits, outputs[1][0], least)
            scores = [1 / (1 + math.exp(-min(logit, 60.0))) for logit in scores]
        # shares of the input become its pixels
        return [_scaled_corners(box, width, height) for box in boxes], scores, class_ids

    return decode


def decode_end2end(outputs: Outputs, min_score: float) -> Candidates:
    """(1, n, 6): left, top, right, bottom in input pixels, score, class; rows of zeros fill up."""
    boxes, scores, class_ids = _rows(outputs[0][0], min_score)
    return [(left, top, right, bottom) for left, top, right, bottom in boxes], scores, class_ids


def decode_sized(outputs: Outputs, min_score: float) -> Candidates:
    """Class ids (1, n), boxes (1, n, 4) and scores (1, n): corners in pixels of the size that was fed: the input's."""
    class_ids, boxes, scores = outputs[0][0], outputs[1][0], outputs[2][0]
    (keep,) = (scores >= min_score).nonzero()
    return (
        [(left, top, right, bottom) for left, top, right, bottom in boxes[keep].tolist()],
        scores[keep].tolist(),
        [int(class_id) for class_id in class_ids[keep].tolist()],
    )


def columns_of(layout: Layout, columns: int, classes: int) -> NDArray[np.intp] | slice | None:
    """Which columns of the logits are classes, in the order of the labels; ``None`` when all are.

    RF-DETR keeps COCO's category ids, 1 to 90 with holes, for its 80 classes; models fitted to other things have one
    more column than classes, behind them, or before them when category ids began at 1 (rfdetr.roboflow.com, "Choose the
    background slot from the checkpoint layout").
    """
    if layout is Layout.RFDETR_FROM_1:
        return slice(1, None)
    if layout is Layout.RFDETR and columns != classes:
        return COCO_CATEGORY_IDS if columns == len(COCO_CATEGORY_IDS) + 11 else slice(0, columns - 1)
    return None


def _rows(rows: Array, min_score: float) -> tuple[list[list[float]], list[float], list[int]]:
    """Rows of four box numbers, score and class that reach the score."""
    (keep,) = (rows[:, 4] >= min_score).nonzero()
    kept = rows[keep].tolist()
    return [row[:4] for row in kept], [row[4] for row in kept], [int(row[5]) for row in kept]


def _best(scores: Array, boxes: Array, least: float) -> tuple[list[list[float]], list[float], list[int]]:
    """Boxes whose best class reaches the least score, that score, and the class."""
    best = np.maximum.reduce(scores, axis=1)
    (keep,) = (best >= least).nonzero()
    return boxes[keep].tolist(), best[keep].tolist(), scores[keep].argmax(axis=1).tolist()


def _scaled_corners(box: list[float], width: int, height: int) -> Box:
    x, y, w, h = box
    return (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height
