"""The box filter against a textbook Kalman filter with full matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.track.motion import (
    ACCELERATION_SD,
    FIRST_VELOCITY_SD,
    MEASUREMENT_SD,
    MISFIT_SD,
    BoxFilter,
    as_centres,
    as_corners,
)


class Textbook:
    """One box: state (x, y, w, h and their speeds), 8 x 8 covariance, nothing optimised."""

    def __init__(self, measured):
        size = self.size(measured)
        self.x = np.concatenate([measured, np.zeros(4)])
        self.p = np.diag([(MEASUREMENT_SD * size) ** 2] * 4 + [(FIRST_VELOCITY_SD * size) ** 2] * 4)

    @staticmethod
    def size(box):
        return np.sqrt(max(box[2] * box[3], 1.0))

    def predict(self, dt):
        f = np.eye(8)
        f[:4, 4:] = dt * np.eye(4)
        g = np.vstack([dt**2 / 2 * np.eye(4), dt * np.eye(4)])
        q = g @ g.T * (ACCELERATION_SD * self.size(self.x)) ** 2
        self.x, self.p = f @ self.x, f @ self.p @ f.T + q
        self.x[2:4] = np.maximum(self.x[2:4], 1.0)

    def correct(self, measured):
        h = np.hstack([np.eye(4), np.zeros((4, 4))])
        misfit = min(np.abs(np.log(measured[2:] / self.x[2:4])).sum(), 1.0)
        r = ((MEASUREMENT_SD + MISFIT_SD * misfit) * self.size(self.x)) ** 2 * np.eye(4)
        gain = self.p @ h.T @ np.linalg.inv(h @ self.p @ h.T + r)
        self.x = self.x + gain @ (measured - h @ self.x)
        self.p = (np.eye(8) - gain @ h) @ self.p


@given(st.integers(0, 2**32 - 1))
def test_filter_is_the_textbooks(seed):
    rng = np.random.default_rng(seed)
    first = np.concatenate([rng.uniform(0, 500, (3, 2)), rng.uniform(10, 80, (3, 2))], axis=1)
    ours, books = BoxFilter(first), [Textbook(box) for box in first]
    for _ in range(8):
        dt = rng.uniform(0.02, 0.3)
        ours.predict(dt)
        for book in books:
            book.predict(dt)
        seen = np.flatnonzero(rng.random(3) < 0.7)
        measured = first[seen] + rng.normal(0, 5, (len(seen), 4))
        measured[:, 2:] = np.maximum(measured[:, 2:], 4)
        ours.correct(seen, measured)
        for row, box in zip(seen, measured, strict=True):
            books[row].correct(box)
    assert np.allclose(ours.position, [book.x[:4] for book in books], rtol=1e-9)
    assert np.allclose(ours.velocity, [book.x[4:] for book in books], rtol=1e-6, atol=1e-6)


def test_steady_speed_is_learnt():
    box = np.array([[100.0, 100.0, 40.0, 40.0]])
    filter_ = BoxFilter(box)
    for i in range(1, 20):
        filter_.predict(0.1)
        filter_.correct(np.array([0]), box + np.array([6.0 * i, -3.0 * i, 0, 0]))
    assert filter_.velocity[0, :2] == pytest.approx([60, -30], abs=1)
    filter_.predict(0.5)
    assert filter_.position[0, :2] == pytest.approx([100 + 6 * 19 + 30, 100 - 3 * 19 - 15], abs=1)


def test_half_covered_box_hardly_moves_what_is_known():
    whole, half = np.array([[100.0, 100, 40, 40]]), np.array([[100.0, 110, 40, 20]])
    moved = []
    for seen in (whole + np.array([0, 10, 0, 0]), half):
        filter_ = BoxFilter(whole)
        for _ in range(10):
            filter_.predict(0.1)
            filter_.correct(np.array([0]), whole)
        filter_.predict(0.1)
        filter_.correct(np.array([0]), seen)
        moved.append(filter_.position[0, 1] - 100)
    assert moved[1] < moved[0] / 4


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=2), st.lists(st.floats(1, 500), min_size=2, max_size=2))
def test_corners_are_the_inverse_of_centres(corner, size):
    xyxy = np.float32([[corner[0], corner[1], corner[0] + size[0], corner[1] + size[1]]])
    assert np.allclose(as_corners(as_centres(xyxy)), xyxy, atol=1e-3)


def test_box_never_vanishes():
    filter_ = BoxFilter(np.array([[100.0, 100, 40, 40]]))
    for i in range(5):
        filter_.predict(0.1)
        filter_.correct(np.array([0]), np.array([[100.0, 100, 40 - 8 * i, 40 - 8 * i]]))
    filter_.predict(5.0)
    assert (filter_.position[0, 2:] >= 1).all()
