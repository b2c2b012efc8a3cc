"""The box filter against a textbook Kalman filter with full matrices."""

from __future__ import annotations

import math

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
    as_centred,
    as_corners,
)

BOX = (100.0, 100.0, 40.0, 40.0)


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
    first = np.concatenate([rng.uniform(0, 500, 2), rng.uniform(10, 80, 2)])
    ours, book = BoxFilter(tuple(first.tolist())), Textbook(first)
    for _ in range(8):
        dt = rng.uniform(0.02, 0.3)
        ours.predict(dt)
        book.predict(dt)
        if rng.random() < 0.7:
            measured = first + rng.normal(0, 5, 4)
            measured[2:] = np.maximum(measured[2:], 4)
            ours.correct(tuple(measured.tolist()))
            book.correct(measured)
    assert np.allclose(ours.position, book.x[:4], rtol=1e-9)
    assert np.allclose(ours.velocity, book.x[4:], rtol=1e-6, atol=1e-6)


def test_steady_speed_is_learnt():
    filter_ = BoxFilter(BOX)
    for i in range(1, 20):
        filter_.predict(0.1)
        filter_.correct((100 + 6.0 * i, 100 - 3.0 * i, 40, 40))
    assert filter_.velocity[:2] == pytest.approx([60, -30], abs=1)
    assert filter_.speed == pytest.approx(math.hypot(60, 30) / 40, rel=0.02)
    filter_.predict(0.5)
    assert filter_.position[:2] == pytest.approx([100 + 6 * 19 + 30, 100 - 3 * 19 - 15], abs=1)


def test_half_covered_box_hardly_moves_what_is_known():
    moved = []
    for seen in ((100.0, 110.0, 40.0, 40.0), (100.0, 110.0, 40.0, 20.0)):
        filter_ = BoxFilter(BOX)
        for _ in range(10):
            filter_.predict(0.1)
            filter_.correct(BOX)
        filter_.predict(0.1)
        filter_.correct(seen)
        moved.append(filter_.position[1] - 100)
    assert moved[1] < moved[0] / 4


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=2), st.lists(st.floats(1, 500), min_size=2, max_size=2))
def test_corners_are_the_inverse_of_centres(corner, size):
    box = (corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])
    assert as_corners(as_centred(box)) == pytest.approx(box, abs=1e-3)


def test_box_never_vanishes():
    filter_ = BoxFilter(BOX)
    for i in range(5):
        filter_.predict(0.1)
        filter_.correct((100.0, 100.0, 40.0 - 8 * i, 40.0 - 8 * i))
    filter_.predict(5.0)
    assert min(filter_.position[2:]) >= 1


def test_placed_box_stays_and_held_box_keeps_its_size():
    filter_ = BoxFilter(BOX)
    for i in range(1, 10):
        filter_.predict(0.1)
        filter_.correct((100 + 6.0 * i, 100.0, 40.0 - i, 40.0 - i))
    filter_.hold_size()
    size = filter_.position[2:]
    filter_.predict(0.5)
    assert filter_.position[2:] == size
    assert filter_.position[0] > 160
    filter_.place(BOX)
    filter_.predict(0.5)
    assert filter_.position == BOX
