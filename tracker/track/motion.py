"""A constant-velocity Kalman filter for boxes, on real time instead of frame counts.

Centre x, centre y, width and height are filtered independently of each other, as in SORT and ByteTrack: their 8x8
covariance is block diagonal, so four 2x2 filters give the same numbers. Their noise has one scale, the box's size, so
all four share one 2x2 covariance. All tracks are filtered at once.

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), section 6.2.2
(discretised continuous white noise acceleration is 6.2.2; here the piecewise constant form, 6.3.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MEASUREMENT_SD = 0.05
"""Detectors place an edge within about a twentieth of the box; in box sizes."""
MISFIT_SD = 0.5
"""Added per unit of log-ratio between measured and expected sides; in box sizes."""
ACCELERATION_SD = 20.0
"""Box sizes per second squared: a quick hand brings a piece to five of its sizes a second in a quarter of one."""
FIRST_VELOCITY_SD = 4.0
"""Box sizes per second: a new thing may already be moving fast."""


def as_centres(xyxy: NDArray[np.float32]) -> Array:
    """Boxes as centre x, centre y, width, height; float64, shape (n, 4), width and height at least 1 pixel."""
    boxes = xyxy.astype(np.float64)
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    return np.concatenate([boxes[:, :2] + size / 2, size], axis=1)


def as_corners(centres: Array) -> NDArray[np.float32]:
    """The inverse of :func:`as_centres`; float32, shape (n, 4)."""
    half = np.maximum(centres[:, 2:], 1.0) / 2
    return np.concatenate([centres[:, :2] - half, centres[:, :2] + half], axis=1).astype(np.float32)


class BoxFilter:
    """Position and velocity of n boxes with their covariance.

    Attributes:
        position: float64, shape (n, 4): centre x, y, width, height in pixels.
        velocity: float64, shape (n, 4): per second.
    """

    def __init__(self, measured: Array) -> None:
        size = _size(measured)
        self.position = measured.copy()
        self.velocity = np.zeros_like(measured)
        self._var_position = (MEASUREMENT_SD * size) ** 2
        self._covariance = np.zeros_like(size)
        self._var_velocity = (FIRST_VELOCITY_SD * size) ** 2

    def predict(self, dt_s: float) -> None:
        """Move every box ``dt_s`` seconds on, at its velocity."""
        noise = (ACCELERATION_SD * _size(self.position)) ** 2
        self.position += self.velocity * dt_s
        np.maximum(self.position[:, 2:], 1.0, out=self.position[:, 2:])
        self._var_position += dt_s * (2 * self._covariance + dt_s * self._var_velocity) + noise * dt_s**4 / 4
        self._covariance += dt_s * self._var_velocity + noise * dt_s**3 / 2
        self._var_velocity += noise * dt_s**2

    def hold(self, rows: NDArray[np.intp]) -> None:
        """Stop these boxes from growing or shrinking: a hand that covers a thing makes it seem to shrink to nothing."""
        self.velocity[rows, 2:] = 0.0

    def place(self, rows: NDArray[np.intp], centres: Array) -> None:
        """Put these boxes somewhere, at rest; how sure that is stays as it is."""
        self.position[rows] = centres
        self.velocity[rows] = 0.0

    def correct(self, rows: NDArray[np.intp], measured: Array) -> None:
        """Fold a measured box into each of the given rows.

        Args:
            rows: Distinct rows, shape (m,).
            measured: Centre form, shape (m, 4).
        """
        var_position, covariance = self._var_position[rows], self._covariance[rows]
        innovation_var = var_position + self._measurement_var(rows, measured)
        gain_position, gain_velocity = var_position / innovation_var, covariance / innovation_var
        innovation = measured - self.position[rows]
        self.position[rows] += gain_position * innovation
        self.velocity[rows] += gain_velocity * innovation
        self._var_position[rows] = (1 - gain_position) * var_position
        self._covariance[rows] = (1 - gain_position) * covariance
        self._var_velocity[rows] -= gain_velocity * covariance

    def _measurement_var(self, rows: NDArray[np.intp], measured: Array) -> Array:
        """How far a measured box is to be trusted: less, the more its shape differs from what was expected.

        A hand that covers half of a lying piece moves the centre of what is left; believing it sends the track off.
        """
        expected = self.position[rows]
        misfit = np.abs(np.log(measured[:, 2:] / expected[:, 2:])).sum(axis=1, keepdims=True)
        sd = MEASUREMENT_SD + MISFIT_SD * np.minimum(misfit, 1.0)
        result: Array = (sd * _size(expected)) ** 2
        return result

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget all boxes but these."""
        for name in ("position", "velocity", "_var_position", "_covariance", "_var_velocity"):
            setattr(self, name, getattr(self, name)[rows])

    def extend(self, measured: Array) -> None:
        """Add new boxes behind the present ones."""
        new = BoxFilter(measured)
        for name in ("position", "velocity", "_var_position", "_covariance", "_var_velocity"):
            setattr(self, name, np.concatenate([getattr(self, name), getattr(new, name)]))


def _size(centres: Array) -> Array:
    """Scale of the noise of all coordinates: the geometric mean of the box's sides, shape (n, 1)."""
    return np.sqrt(np.maximum(centres[:, 2:3] * centres[:, 3:4], 1.0))
