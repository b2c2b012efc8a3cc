"""Whether the grain of a camera's key frames is new each time, or the same: what tells a sensor that has stopped.

Behind a sensor that has stopped, an encoder that controls its rate goes on changing the picture: its quantiser drifts,
and with it nearly every pixel, a little. So how much changes says nothing. But all these pictures are made from one
and the same noisy one, whose grain stays in them. A camera's usual picture is known, as the mean of its key frames;
what a picture differs in from it is grain and rounding. A key frame is encoded from what the sensor sees now, the
picture right before it from what it saw until then: of a living sensor their grain is hardly alike, of a stopped one
it is.

    grain(t) = picture(t) - usual          alive:    likeness(grain(key), grain(before key)) -0.4 to 0.15
                                           stopped:  0.3 to 1, by the second key frame

Something else makes grain alike for a while: a usual picture that is out of date, because something has come or gone,
or because the encoder has become finer or coarser after a movement. So grain is only believed to be the same where it
has been seen to be new since the last movement: the rise from key frame to key frame is what tells.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH = 320
"""Columns looked at, about."""
BLOCKS = (8, 4)
"""What a clock changes, and a lamp that glows, is in few of these."""
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
CLEAR_VIEW = 0.8
"""Share of the places that must look as usual; else the usual picture is learnt anew."""
LOW = 0.25
"""Likeness is that of the block which so many are below: what changed is alike, but never in all of them."""
LIGHT = 1.0
"""Grey levels of mean light by which the usual picture is out of date."""
KEPT = 8
"""Key frames that make the usual picture."""
SEEN, SETTLED = 4, 3
"""Key frames before grain is compared, and how often in a row it must then be new before it is judged."""
NEW, NEW_AGAIN = 0.17, 0.1
"""Likeness up to which grain is new; and after it was the same: quantisers that jump make it less alike for once."""
TOLD = 0.22
"""What is beyond that, summed over key frames in a row, from which it is the same."""

Grain = NDArray[np.float32]


class SameNoise:
    """Compares the grain of each key frame with that of the picture before it; one per camera.

    State: the usual picture, the last key frame and how long grain has been new or alike. Another view or another
    light forgets all of it; for another size a new one is made.
    """

    def __init__(self) -> None:
        self._usual: Grain | None = None
        self._pictures = 0
        self._last: tuple[Grain, Grain] | None = None
        self._settled = 0
        self._excess = 0.0

    @property
    def suspected(self) -> bool:
        """The last key frame was alike though others were not; the sensor may have stopped before it."""
        return self._excess > 0

    @property
    def same(self) -> bool:
        """The grain has been the same for some time."""
        return self._excess >= TOLD

    def stirred(self) -> None:
        """Something moved: the sensor lives, and its grain must be seen to be new again."""
        self._settled, self._excess = 0, 0.0

    def update(self, luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> None:
        """Takes a key frame into account, when nothing has moved since the key frame before.

        Args:
            luma: Rows of the key frame, the same rows each time.
            before: The same rows of a picture shortly before it.
        """
        picture = _thin(luma)
        if self._usual is None:
            self._usual, self._pictures = picture, 1
            return
        grain, light, usual_share = _grain(picture, self._usual)
        if usual_share < CLEAR_VIEW or abs(light) >= LIGHT:
            self.stirred()
            self._usual, self._pictures, self._last = picture, 1, None
            return
        last, self._last = self._last, (picture, grain)
        if last is None:
            return
        if self._pictures >= SEEN:
            alike = _alike(grain, last[1]), _alike(grain, _grain(_thin(before), self._usual)[0])
            if alike[0] is not None and alike[1] is not None:
                # what is alike by the usual picture's own grain is no likeness of theirs
                self._judge(max(alike[0], alike[1]) - 1 / (self._pictures + 1))
        if not self.suspected:
            # one key frame late: the pictures after it may still carry its grain
            self._pictures = min(self._pictures + 1, KEPT)
            cv2.accumulateWeighted(last[0], self._usual, 1 / self._pictures)

    def _judge(self, alike: float) -> None:
        if alike <= (NEW_AGAIN if self.same else NEW):
            self._settled, self._excess = self._settled + 1, 0.0
        elif self._settled >= SETTLED:
            self._excess += max(0.0, alike - NEW)
        else:
            self._settled = 0


def _thin(luma: NDArray[np.uint8]) -> Grain:
    return luma[:, :: max(1, luma.shape[1] // WIDTH)].astype(np.float32)


def _grain(picture: Grain, usual: Grain) -> tuple[Grain, float, float]:
    """What differs from the usual picture: its grain, its mean light, and the share of places that are as usual."""
    differs = cv2.subtract(picture, usual)
    light = cv2.blur(differs, NEAR)
    as_usual = cv2.inRange(light, -VISIBLE, VISIBLE)
    grain = cv2.copyTo(np.clip(cv2.subtract(differs, light), -LOUD, LOUD), as_usual)
    share = cv2.countNonZero(as_usual) / as_usual.size
    return np.asarray(grain, np.float32), float(cv2.mean(light, as_usual)[0]), share


def _alike(grain: Grain, other: Grain) -> float | None:
    """Correlation, in a block that is rather low in it; ``None`` when too few have any grain."""
    product, own, others = (
        cv2.resize(cv2.multiply(a, b), BLOCKS, interpolation=cv2.INTER_AREA)
        for a, b in ((grain, other), (grain, grain), (other, other))
    )
    grained = (own > FAINT) & (others > FAINT)
    if np.count_nonzero(grained) < ENOUGH:
        return None
    alike = np.sort(product[grained] / np.sqrt(own[grained] * others[grained]))
    return float(np.interp(LOW * (alike.size - 1), np.arange(alike.size), alike))
