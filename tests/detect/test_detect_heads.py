"""Decode heads against row-by-row references."""

from __future__ import annotations

import math

import numpy as np
import pytest
from detect_samples import BGR
from hypothesis import given
from hypothesis import strategies as st
from layout_samples import answers

from tracker.detect.card import Layout
from tracker.detect.heads import YOLOX_STRIDES, head_for, yolox_grid
from tracker.detect.reading import outputs_of

SEEDS = st.integers(0, 2**32 - 1)
LEAST = 0.3


def rows_of(candidates):
    """Candidates as a list of (box, score, class), the first two approximately."""
    return [
        (pytest.approx(box, abs=0.01), pytest.approx(score, abs=1e-4), class_id)
        for box, score, class_id in zip(*candidates, strict=True)
    ]


def corners(x, y, w, h):
    return tuple(float(edge) for edge in (x - w / 2, y - h / 2, x + w / 2, y + h / 2))


@given(SEEDS, st.integers(1, 5), st.integers(0, 40))
def test_yolov8_rows_are_columns_with_their_best_class(seed, classes, n):
    output = np.random.default_rng(seed).random((1, 4 + classes, n), dtype=np.float32)
    expected = []
    for column in output[0].T:
        best = max(range(classes), key=lambda c: column[4 + c])
        if column[4 + best] >= LEAST:
            expected.append((corners(*column[:4]), float(column[4 + best]), best))
    assert rows_of(head_for(Layout.YOLOV8, 64, 64)((output,), LEAST)) == expected


@given(SEEDS, st.integers(1, 5), st.integers(0, 40))
def test_decoded_yolox_score_is_objectness_times_class(seed, classes, n):
    output = np.random.default_rng(seed).random((1, n, 5 + classes), dtype=np.float32)
    expected = []
    for row in output[0]:
        best = max(range(classes), key=lambda c: row[5 + c])
        score = np.float32(row[4] * row[5 + best])
        if score >= LEAST:
            expected.append((corners(*row[:4]), float(score), best))
    assert rows_of(head_for(Layout.YOLOX_DECODED, 64, 64)((output,), LEAST)) == expected


@given(SEEDS)
def test_yolox_grid_is_decoded_cell_by_cell(seed):
    rng = np.random.default_rng(seed)
    cells = [
        (column, row, stride)
        for stride in YOLOX_STRIDES
        for row in range(BGR.height // stride)
        for column in range(BGR.width // stride)
    ]
    output = rng.random((1, len(cells), 7), dtype=np.float32)
    output[..., :4] = output[..., :4] * 4 - 2  # offsets and log sizes may be negative
    expected = []
    for (column, row, stride), values in zip(cells, output[0], strict=True):
        best = 0 if values[5] >= values[6] else 1
        score = np.float32(values[4] * values[5 + best])
        if score >= LEAST:
            x, y = (values[0] + column) * stride, (values[1] + row) * stride
            w, h = math.exp(values[2]) * stride, math.exp(values[3]) * stride
            expected.append((corners(x, y, w, h), float(score), best))
    assert rows_of(head_for(Layout.YOLOX_GRID, 64, 64)((output,), LEAST)) == expected


def test_grid_has_a_row_for_every_cell_of_every_stride():
    grid, stride = yolox_grid(416, 416)
    assert len(grid) == len(stride) == 52**2 + 26**2 + 13**2 == 3549  # as YOLOX's own export at 416
    assert grid[1].tolist() == [1, 0]  # rows first along x
    assert grid[52].tolist() == [0, 1]


@st.composite
def things_seen(draw):
    """Up to six boxes inside a 64 x 64 input with scores on both sides of the threshold, and how many classes."""
    classes = draw(st.integers(2, 5))
    things = []
    for _ in range(draw(st.integers(0, 6))):
        x, y = draw(st.integers(8, 56)), draw(st.integers(8, 56))
        w, h = draw(st.integers(2, 16)), draw(st.integers(2, 16))
        score = draw(st.sampled_from([0.01, 0.29, 0.31, 0.6, 0.99]))
        things.append((corners(x, y, w, h), score, draw(st.integers(0, classes - 1))))
    return classes, things


@pytest.mark.parametrize("layout", list(Layout))
@given(things_seen())
def test_every_layout_says_the_same_things(layout, seen):
    classes, things = seen
    columns = classes + 1 if layout is Layout.RFDETR_FROM_1 else None
    outputs = answers(layout, things, classes=classes, columns=columns)
    read = [outputs[name] for name in outputs_of(layout, list(outputs))]
    expected = [thing for thing in things if thing[1] >= LEAST]
    assert rows_of(head_for(layout, 64, 64, classes=classes)(read, LEAST)) == expected


@pytest.mark.parametrize(
    ("columns", "classes", "column", "class_id"),
    [
        (91, 80, 1, 0),  # COCO's category 1 is a person
        (91, 80, 90, 79),  # and 90 a toothbrush
        (91, 80, 12, None),  # which 12 never was
        (4, 3, 2, 2),  # things of one's own, numbered from 0
        (4, 3, 3, None),  # and the column behind them means nothing
        (3, 3, 2, 2),  # no such column
    ],
)
def test_columns_of_rf_detr_become_classes(columns, classes, column, class_id):
    outputs = answers(Layout.RFDETR, [((8, 8, 24, 24), 0.9, column)], classes=classes, columns=columns)
    read = [outputs[name] for name in outputs_of(Layout.RFDETR, list(outputs))]
    _, _, found = head_for(Layout.RFDETR, 64, 64, classes=classes)(read, LEAST)
    assert found == ([] if class_id is None else [class_id])


def test_absurd_logit_is_a_certain_thing():
    outputs = answers(Layout.DETR, [((8, 8, 24, 24), 0.5, 0)], classes=2)
    outputs["pred_logits"][0, 0, 0] = 1e30
    _, scores, _ = head_for(Layout.DETR, 64, 64)(list(outputs.values()), LEAST)
    assert scores == [1.0]


def test_broken_size_cannot_overflow():
    n = len(yolox_grid(64, 64)[0])
    output = np.ones((1, n, 6), np.float32)
    output[..., 2:4] = 1e30
    boxes, _, _ = head_for(Layout.YOLOX_GRID, 64, 64)((output,), LEAST)
    assert np.isfinite(boxes).all()
