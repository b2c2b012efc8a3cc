"""What a live watch needs from the outside, as fakes: cameras that play a script, a clock, a database that refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self

from tracker.capture import CameraState, CameraStats
from tracker.domain.errors import StoreBusyError
from tracker.domain.frames import CameraId, Frame, Gap
from tracker.store import ReadView, Store, WriteUnit


class Clock:
    """Stands still until somebody sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class PlayedCameras:
    """Live cameras that play a list: what they saw, and between it anything to be done at that point.

    The clock goes with what they saw, a tenth of a second behind it.
    """

    def __init__(self, script: Sequence[Frame | Gap | Callable[[], Any]], clock: Clock, *cameras: CameraId) -> None:
        self._script, self._clock = list(script), clock
        self._frames = dict.fromkeys(cameras, 0)
        self._states = dict.fromkeys(cameras, CameraState.CONNECTING)
        self.started = self.stopped = False

    def __enter__(self) -> Self:
        self.started = True
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped = True
        self._states = dict.fromkeys(self._states, CameraState.STOPPED)

    @property
    def exhausted(self) -> bool:
        return not self._script

    def next(self, timeout_s: float) -> tuple[CameraId, Frame | Gap] | None:
        assert self.started
        assert not self.stopped
        item = self._script.pop(0)
        if not isinstance(item, Frame | Gap):
            item()
            return None
        if isinstance(item, Frame):
            self._frames[item.camera] += 1
            self._states[item.camera] = CameraState.LIVE
            seen_at = item.moment.at
        else:
            self._states[item.camera] = CameraState.LOST if item.end is None else CameraState.LIVE
            seen_at = item.end or item.start
        self._clock.now = max(self._clock.now, seen_at + timedelta(seconds=0.1))
        return item.camera, item

    def stats(self) -> dict[CameraId, CameraStats]:
        return {
            camera: CameraStats(
                state=state,
                problem=None,
                decoded=self._frames[camera],
                frames=self._frames[camera],
                dropped=0,
                decode_errors=0,
                reconnects=0,
                last_frame_at=None,
            )
            for camera, state in self._states.items()
        }


class RefusingStore:
    """A database that refuses to write while told to.

    Args:
        store: The real one behind it.
        when: ``before`` anything was written, ``commit`` (all was written, nothing kept), or ``after`` it was kept,
            when only the good news got lost.
    """

    def __init__(self, store: Store, when: str = "before") -> None:
        self._store, self._when = store, when
        self.refusing = False
        self.refusals = 0

    @contextmanager
    def write(self, now: datetime) -> Iterator[WriteUnit]:
        if not self.refusing:
            with self._store.write(now) as unit:
                yield unit
            return
        self.refusals += 1
        if self._when == "before":
            self._refuse()
        with self._store.write(now) as unit:
            yield unit
            if self._when == "commit":
                self._refuse()
        self._refuse()

    @contextmanager
    def read(self) -> Iterator[ReadView]:
        with self._store.read() as view:
            yield view

    def begin(self) -> None:
        self.refusing = True

    def end(self) -> None:
        self.refusing = False

    def _refuse(self) -> None:
        raise StoreBusyError("the database is locked by another process")
