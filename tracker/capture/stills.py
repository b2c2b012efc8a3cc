"""A camera of which a still now and then is enough: only key frames are decoded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import monotonic

from tracker.capture.feeds import Received, SelectiveFeed, Sign, StreamLostError, TimedPicture
from tracker.capture.timing import MICROSECONDS
from tracker.domain.sources import Stills

_RETRY_S = 2.0
"""Before a lost connection is tried again while the next still is not missed yet."""


@dataclass(frozen=True, slots=True)
class StillsFeed:
    """One picture of a feed every so often.

    The connection stays open in between, because undecoded packets cost next to nothing and a loss is noticed at once.
    A loss that is over before two stills are missed is none: nobody looked. Stills are timed by their arrival::

        key frames   | . . . | . . . | . . . | . . . | . . . |
        due          0           30          60
        stills       |               |               |

    Attributes:
        feed: What the pictures come from.
        stills: How often.
    """

    feed: SelectiveFeed
    stills: Stills

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        """See ``Feed``; a connection that is lost is made anew here until two stills are missed."""
        began = monotonic()
        schedule = _Schedule(began, self.stills)
        while True:
            try:
                for received in self.feed.pictures(wait, schedule.is_due):
                    if isinstance(received, TimedPicture):
                        now = monotonic()
                        schedule.taken(now)
                        yield TimedPicture(round((now - began) * MICROSECONDS), received.picture)
                    else:
                        yield received
            except StreamLostError:
                if schedule.is_missed():
                    raise
                wait(_RETRY_S)
                yield Sign.NOTHING_YET
            else:
                return

    def redact(self, text: str) -> str:
        """See ``Feed``."""
        return self.feed.redact(text)


class _Schedule:
    """When the next still is due. State: two moments of the monotonic clock, seconds."""

    def __init__(self, began: float, stills: Stills) -> None:
        self._stills = stills
        self._due = began
        self._last: float | None = None

    def is_due(self) -> bool:
        """Whether a still is wanted now."""
        return monotonic() >= self._due

    def taken(self, now: float) -> None:
        """A still was taken; the next is due on the grid of all of them, so that lateness does not add up."""
        self._last = now
        behind = (now - self._due) // self._stills.every_s
        self._due += (behind + 1) * self._stills.every_s

    def is_missed(self) -> bool:
        """Whether the last still is so old, if there is one, that two did not come."""
        return self._last is None or monotonic() - self._last >= self._stills.patience_s
