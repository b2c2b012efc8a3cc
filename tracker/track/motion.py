"""A constant-velocity Kalman filter for a box, on real time instead of frame counts.

Centre x, centre y, width and height are filtered independently of each other, as in SORT and ByteTrack: their 8x8
covariance is block diagonal, so four 2x2 filters give the same numbers. Their noise has one scale, the box's size, so
all four share one 2x2 covariance.

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), section 6.2.2
(discretised continuous white noise acceleration is 6.2.2; here the piecewise constant form, 6.3.2).
"""

from __future__ import annotations

import math

from tracker.domain.geometry import Box

Centred = tuple[float, float, float, float]
"""One box: centre x, centre y, width, height in pixels."""

MEASUREMENT_SD = 0.05
"""Detectors place an edge within about a twentieth of the box; in box sizes."""
MISFIT_SD = 0.5
"""Added per unit of log-ratio between measured and expected sides; in box sizes."""
ACCELERATION_SD = 20.0
"""Box sizes per second squared: a quick hand brings a piece to five of its sizes a second in a quarter of one."""
FIRST_VELOCITY_SD = 4.0
"""Box sizes per second: a new thing may already be moving fast."""


def as_centred(box: Box) -> Centred:
    """A box by its centre; width and height at least 1 pixel."""
    left, top, right, bottom = box
    width, height = max(right - left, 1.0), max(bottom - top, 1.0)
    return left + width / 2, top + height / 2, width, height


def as_corners(centred: Centred) -> Box:
    """The inverse of :func:`as_centred`."""
    x, y, width, height = centred
    half_width, half_height = max(width, 1.0) / 2, max(height, 1.0) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


class BoxFilter:
    """Position and velocity of one box with their covariance.

    Attributes:
        position: Centre x, y, width, height in pixels.
        velocity: The same per second.
    """

    __slots__ = ("_covariance", "_var_position", "_var_velocity", "position", "velocity")

    def __init__(self, measured: Centred) -> None:
        size = _size(measured)
        self.position = measured
        self.velocity: Centred = (0.0, 0.0, 0.0, 0.0)
        self._var_position = (MEASUREMENT_SD * size) ** 2
        self._covariance = 0.0
        self._var_velocity = (FIRST_VELOCITY_SD * size) ** 2

    @property
    def speed(self) -> float:
        """Box sizes per second."""
        return math.hypot(self.velocity[0], self.velocity[1]) / _size(self.position)

    def predict(self, dt_s: float) -> None:
        """Move the box ``dt_s`` seconds on, at its velocity."""
        noise = (ACCELERATION_SD * _size(self.position)) ** 2
        x, y, width, height = self.position
        vx, vy, v_width, v_height = self.velocity
        self.position = (
            x + vx * dt_s,
            y + vy * dt_s,
            max(width + v_width * dt_s, 1.0),
            max(height + v_height * dt_s, 1.0),
        )
        self._var_position += dt_s * (2 * self._covariance + dt_s * self._var_velocity) + noise * dt_s**4 / 4
        self._covariance += dt_s * self._var_velocity + noise * dt_s**3 / 2
        self._var_velocity += noise * dt_s**2

    def correct(self, measured: Centred) -> None:
        """Fold a measured box in."""
        innovation_var = self._var_position + self._measurement_var(measured)
        gain, gain_velocity = self._var_position / innovation_var, self._covariance / innovation_var
        x, y, width, height = self.position
        vx, vy, v_width, v_height = self.velocity
        dx, dy, d_width, d_height = measured[0] - x, measured[1] - y, measured[2] - width, measured[3] - height
        self.position = x + gain * dx, y + gain * dy, width + gain * d_width, height + gain * d_height
        self.velocity = (
            vx + gain_velocity * dx,
            vy + gain_velocity * dy,
            v_width + gain_velocity * d_width,
            v_height + gain_velocity * d_height,
        )
        covariance = self._covariance
        self._var_position *= 1 - gain
        self._covariance *= 1 - gain
        self._var_velocity -= gain_velocity * covariance

    def hold_size(self) -> None:
        """Stop the box from growing or shrinking: a hand that covers a thing makes it seem to shrink to nothing."""
        self.velocity = self.velocity[0], self.velocity[1], 0.0, 0.0

    def place(self, centred: Centred) -> None:
        """Put the box somewhere, at rest; how sure that is stays as it is."""
        self.position, self.velocity = centred, (0.0, 0.0, 0.0, 0.0)

    def _measurement_var(self, measured: Centred) -> float:
        """How far a measured box is to be trusted: less, the more its shape differs from what was expected.

        A hand that covers half of a lying piece moves the centre of what is left; believing it sends the track off.
        """
        _, _, width, height = self.position
        misfit = abs(math.log(measured[2] / width)) + abs(math.log(measured[3] / height))
        sd = MEASUREMENT_SD + MISFIT_SD * min(misfit, 1.0)
        return (sd * _size(self.position)) ** 2


def _size(centred: Centred) -> float:
    """Scale of the noise of all coordinates: the geometric mean of the box's sides."""
    return math.sqrt(max(centred[2] * centred[3], 1.0))
