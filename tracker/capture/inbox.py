"""Between the threads that decode and the one loop that analyses: newest frame wins, no gap is lost."""

from __future__ import annotations

from collections import deque
from threading import Condition
from time import monotonic

from tracker.domain.frames import CameraId, Frame, Gap


class _Slot:
    """What one camera has for the loop: at most one frame before its gaps, the gaps, at most one frame after them."""

    __slots__ = ("after", "before", "dropped", "gaps")

    def __init__(self) -> None:
        self.before: Frame | None = None
        self.gaps: deque[Gap] = deque()
        self.after: Frame | None = None
        self.dropped = 0

    def put(self, item: Frame | Gap) -> None:
        if isinstance(item, Gap):
            self._put_gap(item)
        elif self.gaps:
            self.dropped += self.after is not None
            self.after = item
        else:
            self.dropped += self.before is not None
            self.before = item

    def _put_gap(self, gap: Gap) -> None:
        # A frame between two gaps that nobody fetched in time is as old as any other dropped frame.
        self.dropped += self.after is not None
        self.after = None
        last = self.gaps[-1] if self.gaps else None
        if last is not None and last.end is None and (last.start, last.reason) == (gap.start, gap.reason):
            self.gaps[-1] = gap  # its opening was not fetched yet: the closed gap says it all
        else:
            self.gaps.append(gap)

    def take(self) -> Frame | Gap | None:
        if self.before is not None:
            item, self.before = self.before, None
            return item
        if self.gaps:
            gap = self.gaps.popleft()
            if not self.gaps:
                self.before, self.after = self.after, None
            return gap
        return None


class Inbox:
    """Fetches from several cameras in turn, so that a fast one cannot starve a slow one.

    State: per camera at most two frames and the gaps nobody fetched yet. One thread a camera puts; one loop fetches.

    Args:
        cameras: All that will put; unique.
    """

    def __init__(self, cameras: tuple[CameraId, ...]) -> None:
        self._changed = Condition()
        self._slots = {camera: _Slot() for camera in cameras}
        self._turns = deque(cameras)
        self._open = set(cameras)

    def put(self, item: Frame | Gap) -> None:
        """Leaves a frame (replacing an unfetched older one) or a gap (kept until it is fetched)."""
        with self._changed:
            self._slots[item.camera].put(item)
            self._changed.notify()

    def close(self, camera: CameraId) -> None:
        """Says that nothing more will come from this camera."""
        with self._changed:
            self._open.discard(camera)
            self._changed.notify()

    def next(self, timeout_s: float) -> tuple[CameraId, Frame | Gap] | None:
        """What the next camera in turn has; ``None`` after ``timeout_s``, or at once when every camera is closed."""
        deadline = monotonic() + timeout_s
        with self._changed:
            while (found := self._take()) is None and self._open:
                left_s = deadline - monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            return found

    @property
    def exhausted(self) -> bool:
        """Every camera is closed and everything was fetched."""
        with self._changed:
            return not self._open and not any(s.before or s.gaps or s.after for s in self._slots.values())

    def dropped(self, camera: CameraId) -> int:
        """Frames of this camera that a newer one replaced before anybody fetched them."""
        with self._changed:
            return self._slots[camera].dropped

    def _take(self) -> tuple[CameraId, Frame | Gap] | None:
        for _ in range(len(self._turns)):
            camera = self._turns[0]
            self._turns.rotate(-1)
            item = self._slots[camera].take()
            if item is not None:
                return camera, item
        return None
