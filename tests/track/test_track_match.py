"""Similarity and assignment against definitions and exhaustive search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.track.match import assign, distance_iou

SEEDS = st.integers(0, 2**32 - 1)


def one(a, b):
    """Distance-IoU as its authors write it, one pair at a time."""
    inner = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner
    diagonal = (max(a[2], b[2]) - min(a[0], b[0])) ** 2 + (max(a[3], b[3]) - min(a[1], b[1])) ** 2
    apart = ((a[0] + a[2] - b[0] - b[2]) ** 2 + (a[1] + a[3] - b[1] - b[3]) ** 2) / 4
    return inner / union - apart / diagonal


@given(SEEDS)
def test_similarity_is_distance_iou(seed):
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 100, (2, 2))
    a, b = np.concatenate([corner, corner + rng.uniform(1, 60, (2, 2))], axis=1).tolist()
    assert distance_iou(a, b) == pytest.approx(one(a, b))


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),  # the same box
        ((0, 0, 10, 10), (10, 0, 20, 10), -0.2),  # side by side: centres 10 apart, diagonal sqrt(500)
        ((5, 5, 5, 5), (5, 5, 5, 5), 0.0),  # no area: no similarity, and no division by zero
    ],
)
def test_similarity_table(a, b, value):
    assert distance_iou(a, b) == pytest.approx(value)


@given(SEEDS, st.integers(0, 4), st.integers(0, 4), st.floats(-0.9, 0.9))
def test_assignment_is_the_best_of_all(seed, n, m, least):
    similarity = np.random.default_rng(seed).uniform(-1, 1, (n, m))
    pairs = list(assign({pair: fit for pair, fit in np.ndenumerate(similarity) if fit > least}, least))
    rows, columns = ([pair[side] for pair in pairs] for side in (0, 1))
    assert len(set(rows)) == len(rows) == len(set(columns)) == len(columns)
    assert (similarity[rows, columns] > least).all()
    # what a pair is worth more than no pair, summed over every way to pair some of them
    worth = np.maximum(similarity - least, 0)
    best = max(
        sum(worth[i, j] for i, j in enumerate(way) if j < m)
        for way in itertools.permutations(range(m + n), n)  # columns from m on stand for "no pair"
    )
    assert worth[rows, columns].sum() == pytest.approx(best, abs=1e-5)
