"""Which frames are due when fewer are wanted than the video has."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from tracker.capture.timing import MICROSECONDS

T = TypeVar("T")


class Due(Protocol[T]):
    """Picks frames by their time."""

    def offer(self, elapsed_us: int, frame: T) -> T | None:
        """A frame that turned out to be due: this one or the one before, else ``None``.

        Args:
            elapsed_us: The frame's time; greater than at the call before.
            frame: The frame.
        """
        ...

    def last(self) -> T | None:
        """A frame held back that is due after all; the next frame offered counts as a first one."""
        ...


class EveryFrame(Generic[T]):
    """Every frame is due."""

    def offer(self, elapsed_us: int, frame: T) -> T | None:  # noqa: ARG002  the port's
        """See ``Due``."""
        return frame

    def last(self) -> T | None:
        """See ``Due``; none is held back."""
        return None


class FirstDue(Generic[T]):
    """Picks the first frame at or after each due time 0, every_s, 2 * every_s ..., as a live camera of stills does.

    Args:
        every_s: Seconds, above 0.
    """

    def __init__(self, every_s: float) -> None:
        self._period_us = every_s * MICROSECONDS
        self._due = 0

    def offer(self, elapsed_us: int, frame: T) -> T | None:
        """See ``Due``."""
        if elapsed_us < self._due * self._period_us:
            return None
        self._due = int(elapsed_us // self._period_us) + 1
        return frame

    def last(self) -> T | None:
        """See ``Due``; none is held back."""
        return None


class NearestDue(Generic[T]):
    """Picks, for each due time 0, 1/fps, 2/fps ..., the frame nearest to it; each frame at most once.

    Holds one frame back, because only its successor tells which of both is nearer. The first frame is always due::

        frames   0 . . 1 . . 2 . . 3 . . 4
        due      |       |       |       |
        picked   0       1       3       4

    Args:
        fps: Frames wanted per second, greater than 0.
        step_us: Nominal microseconds between the video's frames.
    """

    def __init__(self, *, fps: float, step_us: int) -> None:
        self._period_us = MICROSECONDS / fps
        self._step_us = step_us
        self._due = 0
        self._held: tuple[int, T] | None = None
        self._held_is_due = False

    def offer(self, elapsed_us: int, frame: T) -> T | None:
        """The frame before this one if it turned out to be due, else ``None``.

        Args:
            elapsed_us: The frame's time; greater than at the call before.
            frame: The frame.
        """
        held, picked = self._held, self._held_is_due
        self._held, self._held_is_due = (elapsed_us, frame), False
        if held is None:
            self._held_is_due = True
            self._due = int(elapsed_us // self._period_us) + 1
            return None
        last_due = int(elapsed_us // self._period_us)
        if last_due >= self._due:
            middle = (held[0] + elapsed_us) / 2
            picked = picked or self._due * self._period_us <= middle
            self._held_is_due = last_due * self._period_us > middle
            self._due = last_due + 1
        return held[1] if picked else None

    def last(self) -> T | None:
        """The frame held back if it is due, else ``None``; the next frame offered counts as a first one."""
        if self._held is None:
            return None
        elapsed_us, frame = self._held
        due = self._held_is_due or self._due * self._period_us <= elapsed_us + self._step_us / 2
        self._held = None
        return frame if due else None
