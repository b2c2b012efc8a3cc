"""How bright each frame comes out: lamps that are switched or flicker, and the camera that makes up for it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.hardship import Switch
from tracker.sim.motion import Motion
from tracker.sim.script import SceneScript

FADE_S = 0.1
"""A lamp is not dark at once."""
STRIKE_HZ = 4.3
STRIKE_LEVEL = 0.4
"""A fluorescent tube that strikes: so often, and down to this share of its light."""
LEAST_GAIN, MOST_GAIN = 0.4, 3.0
"""What a cheap camera's exposure control can do."""
LIT = 0.9
"""Share of the light below which a lamp counts as off."""
PIECE_FILL = 0.6
"""Share of the square over a piece's size that it covers."""


class Exposure:
    """Brightness of every frame of a script, worked out once.

    Args:
        script: With its hardship.
        motion: Of the script.
        table: Mean grey level of the empty table, 0..255.
    """

    def __init__(self, script: SceneScript, motion: Motion, *, table: float) -> None:
        self._script, self._motion, self._table = script, motion, max(table, 1.0)
        self._hardship = script.hardship
        self._switches = sorted(script.hardship.switches, key=lambda switch: switch.t_s)
        self._gains = self._followed()
        self._bands = self._drawn_bands()

    def factor(self, frame: int) -> float:
        """By how much the frame is brighter than with all lamps on and the exposure as it was set up."""
        gain = 1.0 if self._gains is None else float(self._gains[min(frame, len(self._gains) - 1)])
        return gain * self.lamps(frame / self._script.fps)

    def flicker(self, picture: NDArray[np.uint8], t_s: float) -> None:
        """Lay the lamp's bands over a picture, in place."""
        flicker = self._hardship.flicker
        if flicker is None:
            return
        if self._bands is None:
            swing = 1 + flicker.strength * math.sin(2 * math.pi * flicker.hz * t_s)
            cv2.convertScaleAbs(picture, dst=picture, alpha=swing)
            return
        height = picture.shape[0]
        period = self._bands.shape[0] - height
        start = round(t_s * flicker.hz * period) % period
        cv2.multiply(picture, self._bands[start : start + height], dst=picture, scale=1 / 128)

    def lamps(self, t_s: float) -> float:
        """Light on the table, 1 with every lamp on."""
        level = 1.0
        for switch in self._switches:
            if t_s < switch.t_s:
                break
            level = _after(switch, level, t_s)
        return level

    def words(self, t_s: float) -> str:
        """The light at a time, for whoever sorts pictures by it."""
        lamps = "all lamps on" if self.lamps(t_s) >= LIT else "a lamp off"
        return lamps if self._hardship.flicker is None else f"{lamps}, one flickers"

    def _followed(self) -> NDArray[np.float64] | None:
        """The exposure control's gain in each frame: a first-order lag behind what the picture asks for."""
        lag_s = self._hardship.auto_exposure_s
        if lag_s is None:
            return None
        fps, frames = self._script.fps, self._script.frames
        share = 1 - math.exp(-1 / (fps * lag_s))
        usual = self._brightness(0)
        gain, gains = 1.0, np.empty(frames)
        for frame in range(frames):
            wanted = usual / max(self._brightness(frame) * self.lamps(frame / fps), 1e-3)
            gain += share * (min(MOST_GAIN, max(LEAST_GAIN, wanted)) - gain)
            gains[frame] = gain
        return gains

    def _brightness(self, frame: int) -> float:
        """Mean grey level of the scene under full light, from its pieces' colours and sizes."""
        script = self._script
        poses = self._motion.at(frame / script.fps)
        pieces = {piece.id: piece for piece in script.pieces}
        light = self._table
        for pose in poses.resting + poses.held:
            piece = pieces[pose.piece]
            share = PIECE_FILL * piece.size**2 * script.width / script.height
            light += share * (sum(piece.fabric.colour) / 3 - self._table)
        return max(light, 1.0)

    def _drawn_bands(self) -> NDArray[np.uint8] | None:
        """One period of bands and a picture's height more, to cut from; uint8, 128 is neutral."""
        flicker = self._hardship.flicker
        if flicker is None or flicker.bands <= 0:
            return None
        height, width = self._script.height, self._script.width
        period = max(2, round(height / flicker.bands))
        rows = np.arange(period + height) / period
        swing = 1 + flicker.strength * np.sin(2 * math.pi * rows)
        bands = np.clip(swing * 128, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(bands[:, None, None], (period + height, width, 3)))


def _after(switch: Switch, before: float, t_s: float) -> float:
    """Light after a switch; a tube that strikes goes dim again and again before it burns."""
    since_s = t_s - switch.t_s
    if since_s < switch.strikes_s and math.sin(2 * math.pi * STRIKE_HZ * since_s) < 0:
        return STRIKE_LEVEL * switch.level
    return before + (switch.level - before) * min(1.0, since_s / FADE_S)
