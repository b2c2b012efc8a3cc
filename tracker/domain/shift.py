"""How a camera has moved a little: a similarity that takes its zones along."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shift:
    """Where things of the old view are in the new one: turned and scaled about the picture's middle, then shifted.

    ::

        old view            new view: the camera was pushed to the left
        +--------+          +--------+
        | []     |   dx     |    []  |
        +--------+  ---->   +--------+

    Attributes:
        dx: To the right, in picture widths.
        dy: Downwards, in picture widths too.
        angle_deg: Clockwise as seen in the picture.
        scale: Above 1 when things look larger.
    """

    dx: float
    dy: float
    angle_deg: float = 0.0
    scale: float = 1.0

    def moved(self, point: tuple[float, float], *, aspect: float) -> tuple[float, float]:
        """Where a point of the old view is in the new one.

        Args:
            point: x and y, each in 0..1 of the picture.
            aspect: The picture's height over its width.
        """
        x, y = point[0] - 0.5, (point[1] - 0.5) * aspect
        turn = math.radians(self.angle_deg)
        cos, sin = self.scale * math.cos(turn), self.scale * math.sin(turn)
        new_x, new_y = cos * x - sin * y + self.dx, sin * x + cos * y + self.dy
        return new_x + 0.5, new_y / aspect + 0.5

    def then(self, later: Shift) -> Shift:
        """Both movements, this one first."""
        spin = complex(
            later.scale * math.cos(math.radians(later.angle_deg)), later.scale * math.sin(math.radians(later.angle_deg))
        )
        place = spin * complex(self.dx, self.dy) + complex(later.dx, later.dy)
        return Shift(place.real, place.imag, self.angle_deg + later.angle_deg, self.scale * later.scale)

    def reach(self, *, aspect: float) -> float:
        """How far the corner of the picture that moves most has moved, in picture widths."""
        corners = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
        moved = (self.moved(corner, aspect=aspect) for corner in corners)
        return max(math.hypot(m[0] - c[0], (m[1] - c[1]) * aspect) for m, c in zip(moved, corners, strict=True))


STRAIGHT = Shift(0.0, 0.0)
"""The camera has not moved."""
