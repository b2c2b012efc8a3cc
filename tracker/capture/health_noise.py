"""Whether the noise of a camera's key frames is new each time, or the same: what tells a sensor that has stopped.

Behind a sensor that has stopped, an encoder that controls its rate goes on changing the picture: its quantiser drifts,
and with it nearly every pixel, a little. So how much changes says nothing. But all these pictures are made from one
and the same noisy one, whose grain stays in them. A camera's usual picture is known, as the mean of its key frames;
what a key frame differs in from it is grain and rounding. Between two key frames of a living sensor that is hardly
alike, since its grain is new each time; between two of a stopped one it is.

    grain(k) = picture(k) - usual          alive:    likeness(grain(k), grain(k - 1)) 0 to 0.15
                                           stopped:  0.3 to 1

How alike is usual differs from camera to camera, mostly because of what they do against noise, so it is learnt. What
is beyond it is summed up over the key frames, as in Page's test (E. S. Page, Continuous inspection schemes, Biometrika
41, 1954).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH = 320
"""Columns looked at, about."""
BLOCKS = (8, 4)
"""What moved, and a clock, are in few of these."""
NEAR = (9, 9)
"""Pixels over which light is taken out of the grain."""
VISIBLE = 3.0
"""Grey levels of light by which a place differs from its usual picture when something lies there."""
LOUD = 4.0
"""Grey levels at which grain is cut off: an edge that has moved is louder."""
FAINT = 0.01
"""Square grey levels below which a block has no grain: masked, black, or wiped clean by the encoder."""
ENOUGH = 8
"""Blocks with grain that it takes."""
SAME_VIEW, CLEAR_VIEW = 0.5, 0.8
"""Share of the places that must look as usual, while something moves and when nothing does; else the usual picture is
learnt anew: what came to stay is alike from picture to picture, as grain that stays is."""
LOW = 0.25
"""Likeness is that of the block which so many are below: what changed is alike, but never in all of them."""
LIGHT = 1.0
"""Grey levels of mean light by which the usual picture is out of date."""
KEPT = 8
"""Key frames that make the usual picture."""
SEEN, LEARNT = 3, 4
"""Key frames before grain is compared, and comparisons before their likeness is known."""
SLOWLY = 1 / 16
"""Weight of one comparison in what is usual."""
LEAST, SIGMAS = 0.08, 3.0
"""Excess over the usual likeness that is nothing: at least, and in standard deviations."""
EARLY, EARLY_SIGMA = 16, 0.05
"""Comparisons below which their spread is not believed beyond this, which coarse encoders have."""
TOLD = 0.15
"""Sum of what is beyond that from which the grain is called the same."""
OVER = 2
"""Key frames in a row with new grain after which it is over."""

Grain = NDArray[np.float32]


class SameNoise:
    """Compares the grain of each key frame with that of the one before; one per camera.

    State: the usual picture, the last two key frames and how alike they usually are. Another view, another light or
    another size forgets all of it.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._usual: Grain | None = None
        self._pictures = 0
        self._last: tuple[Grain, Grain] | None = None
        self._likeness, self._variance, self._compared = 0.0, 0.0, 0
        self._excess = 0.0
        self._fresh = 0

    @property
    def suspected(self) -> bool:
        """Some key frames were more alike than usual; the sensor may have stopped before them."""
        return self._excess > 0

    @property
    def same(self) -> bool:
        """The grain has been the same for some time."""
        return self._excess >= TOLD

    def stirred(self) -> None:
        """Something moved: the sensor lives, whatever its grain says."""
        self._excess, self._fresh = 0.0, 0

    def update(self, luma: NDArray[np.uint8], before: NDArray[np.uint8], *, calm: bool) -> None:
        """Takes a key frame into account.

        Args:
            luma: Rows of the key frame, the same rows each time.
            before: The same rows of the look before it, mostly not a key frame.
            calm: Nothing has moved since the key frame before.
        """
        picture = _thin(luma)
        if self._usual is None or self._usual.shape != picture.shape:
            self._forget()
            self._usual, self._pictures = picture, 1
            return
        grain, light, usual_share = self._grain(picture, self._usual)
        if usual_share < (CLEAR_VIEW if calm else SAME_VIEW) or abs(light) >= LIGHT:
            self._forget()
            self._usual, self._pictures = picture, 1
            return
        last, self._last = self._last, (picture, grain)
        if last is None:
            return
        if calm and self._pictures >= SEEN:
            self._compare(grain, last[1], self._grain(_thin(before), self._usual)[0])
        if not self.suspected:
            self._pictures = min(self._pictures + 1, KEPT)
            cv2.accumulateWeighted(last[0], self._usual, 1 / self._pictures)

    @staticmethod
    def _grain(picture: Grain, usual: Grain) -> tuple[Grain, float, float]:
        """What differs from the usual picture: its grain, its mean light, and the share of places that are as usual."""
        differs = cv2.subtract(picture, usual)
        light = cv2.blur(differs, NEAR)
        as_usual = cv2.inRange(light, -VISIBLE, VISIBLE)
        grain = cv2.copyTo(np.clip(cv2.subtract(differs, light), -LOUD, LOUD), as_usual)
        share = cv2.countNonZero(as_usual) / as_usual.size
        return np.asarray(grain, np.float32), float(cv2.mean(light, as_usual)[0]), share

    def _compare(self, grain: Grain, last: Grain, before: Grain) -> None:
        """The key frame before, and the picture right before this: where it was refined, it has this grain already."""
        with_key, with_before = _alike(grain, last), _alike(grain, before)
        if with_key is None or with_before is None:
            return
        alike = (with_key + with_before) / 2 - 1 / (
            self._pictures + 1
        )  # what is alike by the usual picture's own grain
        sigma = math.sqrt(self._variance)
        if self._compared < EARLY:
            sigma = min(sigma, EARLY_SIGMA)
        limit = self._likeness + max(LEAST, SIGMAS * sigma)
        if self._compared < LEARNT or limit + TOLD >= 1:
            self._learn(alike)
            return
        self._fresh = self._fresh + 1 if alike <= limit else 0
        self._excess = min(max(0.0, self._excess + alike - limit), 2 * TOLD)
        if self._fresh >= OVER:
            self._excess = 0.0
        if not self.suspected:
            self._learn(alike)

    def _learn(self, alike: float) -> None:
        self._compared += 1
        gain = max(1 / self._compared, SLOWLY)
        away = alike - self._likeness
        if self._compared > LEARNT:
            away = min(away, LEAST)  # a sensor that stops may not become what is usual
        self._likeness += gain * away
        self._variance += gain * ((1 - gain) * away * away - self._variance)


def _thin(luma: NDArray[np.uint8]) -> Grain:
    return luma[:, :: max(1, luma.shape[1] // WIDTH)].astype(np.float32)


def _alike(grain: Grain, other: Grain) -> float | None:
    """Correlation, in a block that is rather low in it; ``None`` when too few have any grain."""
    product, own, others = (
        cv2.resize(cv2.multiply(a, b), BLOCKS, interpolation=cv2.INTER_AREA)
        for a, b in ((grain, other), (grain, grain), (other, other))
    )
    grained = (own > FAINT) & (others > FAINT)
    if np.count_nonzero(grained) < ENOUGH:
        return None
    return float(np.quantile(product[grained] / np.sqrt(own[grained] * others[grained]), LOW))
