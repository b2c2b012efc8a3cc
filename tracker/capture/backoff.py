"""How long to wait before a camera is tried again."""

from __future__ import annotations

import random

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 5.0
"""A silent camera costs next to nothing to ask, and every second in which it is back and not asked is one unseen."""
LONGEST_REFUSED_S = 30.0
"""One that answers and refuses may lock its user out for guessing: cameras do so after five to ten wrong passwords."""
GOOD_STRETCH_S = 10.0
"""A connection that delivered this long counts as recovered; one that fails sooner keeps the delay growing."""


class Backoff:
    """Delays that double from half a second to five, to thirty while refused, each shortened at random by up to half.

    The randomness keeps sixteen cameras behind one switch from all knocking at once when it comes back.

    Args:
        rng: Source of the randomness.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._ceiling_s = FIRST_DELAY_S

    def next_s(self, *, delivered_s: float, refused: bool = False) -> float:
        """Seconds to wait now.

        Args:
            delivered_s: How long the connection that just ended had delivered frames, seconds; 0 when it never did.
            refused: Whether the camera answered, and would not have us.
        """
        if delivered_s >= GOOD_STRETCH_S:
            self._ceiling_s = FIRST_DELAY_S
        longest_s = LONGEST_REFUSED_S if refused else LONGEST_DELAY_S
        delay_s = min(self._ceiling_s, longest_s) * self._rng.uniform(0.5, 1.0)
        self._ceiling_s = min(2 * self._ceiling_s, longest_s)
        return delay_s
