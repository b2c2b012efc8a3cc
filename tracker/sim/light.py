"""What lamp and camera do to a picture: a pool of light, slow drift, sensor noise."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.drawing import Float, smooth_noise
from tracker.sim.sprite import Shadow

_NOISE_PICTURES = 6
_NOISE_PLAY_PX = 32


class CameraLight:
    """The light over one table and the noise of one sensor.

    Keeps a few noise pictures and cuts a fresh piece from them for each frame: drawing new noise would cost more than
    the scene.
    """

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self._pool = _lamp_pool(width, height, rng)
        sigma = float(rng.uniform(0.9, 2.4))
        size = (height + _NOISE_PLAY_PX, width + _NOISE_PLAY_PX, 3)
        self._noise = []
        for _ in range(_NOISE_PICTURES):
            noise = np.round(rng.standard_normal(size, dtype=np.float32) * np.float32(sigma))
            self._noise.append((np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)))
        self._drift = float(rng.uniform(0.01, 0.05))
        self._period_s = float(rng.uniform(25, 70))
        self._phase = float(rng.uniform(0, 2 * math.pi))
        self._level = float(rng.uniform(0.86, 1.08))
        angle = float(rng.uniform(0.2, 1.3))
        self._toward = math.cos(angle), math.sin(angle)
        self._strength = float(rng.uniform(0.3, 0.55))

    def shadow(self, lift_px: float) -> Shadow:
        """Shadow of a thing that stands ``lift_px`` above what lies below it."""
        away = 1.5 + 0.45 * lift_px
        soft = 1.6 + 0.28 * lift_px
        dx, dy = self._toward[0] * away, self._toward[1] * away
        return Shadow(dx, dy, soft, self._strength / (1 + 0.02 * lift_px))

    def expose(
        self, picture: NDArray[np.uint8], t_s: float, rng: np.random.Generator, *, gain: float = 1.0
    ) -> NDArray[np.uint8]:
        """The picture as the sensor delivers it at a time; works in place and returns it.

        Args:
            picture: The scene, evenly lit.
            t_s: Seconds from the first frame.
            rng: Where the noise comes from.
            gain: By how much it comes out brighter than usual.
        """
        level = gain * self._level * (1 + self._drift * math.sin(2 * math.pi * t_s / self._period_s + self._phase))
        cv2.multiply(picture, self._pool, dst=picture, scale=level / 128)
        plus, minus = self._noise[int(rng.integers(_NOISE_PICTURES))]
        y, x = (int(i) for i in rng.integers(0, _NOISE_PLAY_PX, 2))
        height, width = picture.shape[:2]
        cv2.add(picture, plus[y : y + height, x : x + width], dst=picture)
        cv2.subtract(picture, minus[y : y + height, x : x + width], dst=picture)
        return picture


def _lamp_pool(width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Gain of each pixel times 128: brighter under the lamp, darker in the corners, a little warm or cold."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    centre_x, centre_y = width * float(rng.uniform(0.3, 0.7)), height * float(rng.uniform(0.25, 0.6))
    reach = max(width, height) * float(rng.uniform(0.55, 1.1))
    distance: Float = ((x - centre_x) ** 2 + (y - centre_y) ** 2) / np.float32(reach**2)
    gain: Float = 0.8 + 0.3 * np.exp(-distance) + 0.012 * smooth_noise((height, width), (height / 2, width / 2), rng)
    warmth = float(rng.normal(0, 0.025))
    tinted = gain[..., None] * np.array([1 - warmth, 1.0, 1 + warmth], np.float32)
    return np.clip(tinted * 128, 0, 255).astype(np.uint8)
