"""Suppression against a naive reference and another library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.detect.suppress import suppress

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it announces its own deprecations on import
    import supervision

SEEDS = st.integers(0, 2**32 - 1)


def boxes_of(seed, n):
    """Crowded boxes with distinct scores."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (n, 2))
    xyxy = np.concatenate([corner, corner + rng.uniform(5, 40, (n, 2))], axis=1).astype(np.float32)
    return xyxy, rng.permutation(np.linspace(0.05, 0.95, n)).astype(np.float32)


def iou(a, b):
    inner = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


@given(SEEDS, st.integers(0, 30), st.floats(0.1, 0.9))
def test_keeps_what_the_naive_way_keeps(seed, n, max_iou):
    xyxy, score = boxes_of(seed, n)
    kept: list[int] = []
    for i in sorted(range(n), key=lambda i: -score[i]):
        if all(iou(xyxy[i].astype(float), xyxy[j].astype(float)) <= max_iou for j in kept):
            kept.append(i)
    assert suppress(xyxy.tolist(), score.tolist(), max_iou) == kept


@given(SEEDS, st.integers(1, 40))
def test_agrees_with_supervision(seed, n):
    xyxy, score = boxes_of(seed, n)
    mask = supervision.box_non_max_suppression(np.column_stack([xyxy, score]), iou_threshold=0.6)
    assert sorted(suppress(xyxy.tolist(), score.tolist(), 0.6)) == np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("xyxy", "score", "kept"),
    [
        ([], [], []),  # nothing
        ([[0, 0, 10, 10]], [0.5], [0]),  # one
        ([[0, 0, 10, 10], [0, 0, 10, 10]], [0.5, 0.9], [1]),  # the same box twice: the better one
        ([[0, 0, 10, 10], [0, 0, 10, 10]], [0.5, 0.5], [0]),  # a tie: the earlier one
        ([[0, 0, 10, 10], [20, 0, 30, 10]], [0.5, 0.9], [1, 0]),  # apart: both, better first
        ([[0, 0, 10, 10], [2, 2, 4, 4]], [0.9, 0.5], [0, 1]),  # a small one inside a large one overlaps little
        ([[5, 5, 5, 5], [5, 5, 5, 5]], [0.9, 0.5], [0, 1]),  # no area, no overlap, and no division by zero
    ],
)
def test_table(xyxy, score, kept):
    assert suppress(xyxy, score, 0.6) == kept
