"""How long to wait before a camera is tried again."""

from __future__ import annotations

import random

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
GOOD_STRETCH_S = 10.0
"""A connection that delivered this long counts as recovered; one that fails sooner keeps the delay growing."""


class Backoff:
    """Delays that double from half a second to thirty, each shortened at random by up to half.

    The randomness keeps sixteen cameras behind one switch from all knocking at once when it comes back.

    Args:
        rng: Source of the randomness.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._ceiling_s = FIRST_DELAY_S

    def next_s(self, *, delivered_s: float) -> float:
        """Seconds to wait now.

        Args:
            delivered_s: How long the connection that just ended had delivered frames, seconds; 0 when it never did.
        """
        if delivered_s >= GOOD_STRETCH_S:
            self._ceiling_s = FIRST_DELAY_S
        delay_s = self._ceiling_s * self._rng.uniform(0.5, 1.0)
        self._ceiling_s = min(2 * self._ceiling_s, LONGEST_DELAY_S)
        return delay_s
