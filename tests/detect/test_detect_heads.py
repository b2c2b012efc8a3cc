"""Decode heads against row-by-row references."""

from __future__ import annotations

import math

import numpy as np
import pytest
from detect_samples import BGR
from hypothesis import given
from hypothesis import strategies as st

from tracker.detect.card import Layout
from tracker.detect.heads import YOLOX_STRIDES, head_for, yolox_grid

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
    assert rows_of(head_for(Layout.YOLOV8, 64, 64)(output, LEAST)) == expected


@given(SEEDS, st.integers(1, 5), st.integers(0, 40))
def test_decoded_yolox_score_is_objectness_times_class(seed, classes, n):
    output = np.random.default_rng(seed).random((1, n, 5 + classes), dtype=np.float32)
    expected = []
    for row in output[0]:
        best = max(range(classes), key=lambda c: row[5 + c])
        score = np.float32(row[4] * row[5 + best])
        if score >= LEAST:
            expected.append((corners(*row[:4]), float(score), best))
    assert rows_of(head_for(Layout.YOLOX_DECODED, 64, 64)(output, LEAST)) == expected


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
    assert rows_of(head_for(Layout.YOLOX_GRID, 64, 64)(output, LEAST)) == expected


def test_grid_has_a_row_for_every_cell_of_every_stride():
    grid, stride = yolox_grid(416, 416)
    assert len(grid) == len(stride) == 52**2 + 26**2 + 13**2 == 3549  # as YOLOX's own export at 416
    assert grid[1].tolist() == [1, 0]  # rows first along x
    assert grid[52].tolist() == [0, 1]


@pytest.mark.parametrize("layout", list(Layout))
def test_nothing_above_the_threshold_gives_empty_columns(layout):
    n = len(yolox_grid(64, 64)[0])
    shape = (1, 6, n) if layout is Layout.YOLOV8 else (1, n, 7)
    assert head_for(layout, 64, 64)(np.zeros(shape, np.float32), LEAST) == ([], [], [])


def test_broken_size_cannot_overflow():
    n = len(yolox_grid(64, 64)[0])
    output = np.ones((1, n, 6), np.float32)
    output[..., 2:4] = 1e30
    boxes, _, _ = head_for(Layout.YOLOX_GRID, 64, 64)(output, LEAST)
    assert np.isfinite(boxes).all()
