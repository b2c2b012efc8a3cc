"""What lens and mount do to a picture: barrel distortion, dirt, a camera that is knocked.

::

    scene --moved by knocks--> bent by the lens --> dirt on it --> picture

Boxes of the scene go the same way.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.drawing import Float, smooth_noise
from tracker.sim.hardship import Hardship
from tracker.sim.script import TruthBox

SHAKE_S = 0.8
"""How long a knocked camera trembles."""
SHAKE_HZ = 3.5
SHAKE_MOST = 1.5
"""The first swing, in times of what remains."""
_BACK_STEPS = 6

Pose = tuple[float, float, float]
"""How the view is moved: right and down in picture widths, clockwise in degrees."""


class Lens:
    """One camera's lens on its mount; remembers the map of the last pose.

    Args:
        hardship: What is wrong with it.
        size: Width and height of the picture.
        rng: Where the dirt comes from.
    """

    def __init__(self, hardship: Hardship, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._hardship, self._size = hardship, size
        self._map: tuple[Pose, NDArray[np.int16], NDArray[np.uint16]] | None = None
        self._dirt = _drawn_dirt(hardship.dirt, size, rng) if hardship.dirt > 0 else None

    def see(self, picture: NDArray[np.uint8], t_s: float) -> NDArray[np.uint8]:
        """The picture that falls on the sensor; the same array when nothing is wrong."""
        pose = self.pose(t_s)
        if pose != (0.0, 0.0, 0.0) or self._hardship.bend:
            if self._map is None or self._map[0] != pose:
                self._map = (pose, *self._maps(pose))
            _, coarse, fine = self._map
            bent = cv2.remap(picture, coarse, fine, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            picture = np.asarray(bent, np.uint8)
        if self._dirt is not None:
            cv2.multiply(picture, self._dirt, dst=picture, scale=1 / 255)
        return picture

    def box(self, box: TruthBox, t_s: float) -> TruthBox:
        """Where a box of the scene is in the picture."""
        pose = self.pose(t_s)
        if pose == (0.0, 0.0, 0.0) and not self._hardship.bend:
            return box
        left, top, right, bottom = box.xyxy
        middle_x, middle_y = box.centre
        edges = [(left, middle_y), (right, middle_y), (middle_x, top), (middle_x, bottom)]
        corners = [(x, y) for x in (left, right) for y in (top, bottom)]
        points = self._forward(np.array(edges + corners), pose)
        # Things are rounder than their boxes: half way between the moved edges' middles and the moved corners.
        low = (points[:4].min(axis=0) + points[4:].min(axis=0)) / 2
        high = (points[:4].max(axis=0) + points[4:].max(axis=0)) / 2
        return TruthBox(box.piece, box.label, (*low.tolist(), *high.tolist()), box.held)

    def pose(self, t_s: float) -> Pose:
        """How the view is moved at a time."""
        dx = dy = angle = 0.0
        for knock in self._hardship.knocks:
            since_s = t_s - knock.t_s
            if since_s < 0:
                continue
            swing = 1.0
            if since_s < SHAKE_S:
                calm = 1 - since_s / SHAKE_S
                swing += SHAKE_MOST * calm * math.sin(2 * math.pi * SHAKE_HZ * since_s)
            dx, dy, angle = dx + swing * knock.dx, dy + swing * knock.dy, angle + swing * knock.angle_deg
        return dx, dy, angle

    def _maps(self, pose: Pose) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
        """For each pixel of the picture, where in the scene it looks, as OpenCV wants it."""
        width, height = self._size
        x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
        seen = self._unbent(np.stack([x.ravel(), y.ravel()], axis=1))
        back = (seen - self._middle - np.array(pose[:2]) * width) @ _turn(-pose[2]).T + self._middle
        maps = back.astype(np.float32).reshape(height, width, 2)
        coarse, fine = cv2.convertMaps(maps, np.empty(0, np.float32), cv2.CV_16SC2)
        return np.asarray(coarse, np.int16), np.asarray(fine, np.uint16)

    def _forward(self, points: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
        """Points of the scene in the picture, shape (n, 2)."""
        moved = (points - self._middle) @ _turn(pose[2]).T + self._middle + np.array(pose[:2]) * self._size[0]
        bent: NDArray[np.float64] = moved
        for _ in range(_BACK_STEPS):
            bent = bent + (moved - self._unbent(bent))
        return bent

    def _unbent(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a straight lens would have put points of the picture; the left and right edge's middles stay."""
        off = (points - self._middle) / self._middle[0]
        reach = np.sum(off * off, axis=1, keepdims=True)
        bend = self._hardship.bend
        straight: NDArray[np.float64] = off * ((1 + bend * reach) / (1 + bend)) * self._middle[0] + self._middle
        return straight

    @property
    def _middle(self) -> NDArray[np.float64]:
        return np.array(self._size, np.float64) / 2


def _turn(angle_deg: float) -> NDArray[np.float64]:
    """Clockwise as seen in the picture."""
    angle = math.radians(angle_deg)
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _drawn_dirt(dirt: float, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Share of light that the lens lets through, times 255: soft drops and a film of dust."""
    width, height = size
    keep: Float = np.ones((height, width), np.float32)
    for _ in range(round(3 + 9 * dirt)):
        drop = np.zeros((height, width), np.float32)
        centre = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(drop, centre, int(rng.uniform(0.01, 0.05) * width), 1.0, -1)
        soft = cv2.GaussianBlur(drop, (0, 0), float(rng.uniform(0.008, 0.03)) * width)
        keep *= 1 - np.float32(rng.uniform(0.15, 0.5) * dirt) * np.asarray(soft, np.float32)
    film = smooth_noise((height, width), (height / 3, width / 3), rng)
    keep *= 1 - np.float32(0.06 * dirt) * np.clip(film, 0, 2)
    return np.ascontiguousarray(np.repeat(np.clip(keep * 255, 0, 255).astype(np.uint8)[..., None], 3, axis=2))
