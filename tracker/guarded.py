"""The supervisor of one camera: an error in its pipeline costs it its sight for a while, and the others nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from tracker.count import Counted
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.rules import Calibration
from tracker.pipeline import CameraPipeline

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
"""After an error the camera is looked through again after this long, doubled for each error in a row."""
LONGEST_PAUSE = timedelta(minutes=1)
"""And never later than this: what was wrong may be over."""
HEALTHY = timedelta(minutes=1)
"""So long without an error, and the next one is the first again."""
HOPELESS = 5
"""So many errors in a row, about half a minute of them, are no passing trouble."""

_NOTHING = Counted((), (), ())


class GuardedPipeline:
    """A camera's pipeline that starts over after an error instead of raising it.

    From the error to the next frame that can be counted is a ``Gap``. The traceback is logged once; errors after that,
    until the camera was well for a while, only lengthen the pause.

    Args:
        pipeline: What may fail.
    """

    def __init__(self, pipeline: CameraPipeline) -> None:
        self._pipeline = pipeline
        self._gap: Gap | None = None
        self._again: datetime | None = None
        self._seen_at: datetime | None = None
        self._well_since: datetime | None = None
        self.failures = 0
        self.error: Exception | None = None

    @property
    def calibration(self) -> Calibration:
        """The camera's rules."""
        return self._pipeline.calibration

    @property
    def failing(self) -> bool:
        """Whether frames are let pass unseen until the pause is over."""
        return self._again is not None

    @property
    def hopeless(self) -> bool:
        """Whether starting over has not helped several times in a row."""
        return self.failing and self.failures >= HOPELESS

    def update(self, frame: Frame) -> tuple[Counted, tuple[Gap, ...]]:
        """What this frame made certain, and the gap that began or ended with it."""
        at = frame.moment.at
        if self._again is not None and at < self._again:
            return _NOTHING, ()
        counted = self._tried(lambda: self._pipeline.update(frame), at)
        if counted is None:
            return self._start_over(at)
        self._seen_at = at
        ended = () if self._gap is None else (Gap(self._gap.camera, self._gap.reason, self._gap.start, at),)
        if self._again is not None:
            self._gap, self._again, self._well_since = None, None, at
            log.info("camera_counts_again camera=%s", frame.camera)
        elif self._well_since is not None and at - self._well_since >= HEALTHY:
            self.failures, self._well_since = 0, None
        return counted, ended

    def blind(self) -> Counted:
        """The camera lost sight, which is a gap of its own: it takes over from one that an error began."""
        self._gap = None
        return self._tried(self._pipeline.blind, self._seen_at) or _NOTHING

    def finish(self) -> Counted:
        """Close what is open at the end of the source, or of the hour."""
        return self._tried(self._pipeline.finish, self._seen_at) or _NOTHING

    def _tried(self, work: Callable[[], Counted], at: datetime | None) -> Counted | None:
        """What the work gave; ``None`` when it failed."""
        try:
            return work()
        except Exception as error:
            camera = self.calibration.camera
            if not self.failures:
                log.exception("camera_failed camera=%s at=%s; it starts over, the others go on", camera, at)
            self.error = error
            return None

    def _start_over(self, at: datetime) -> tuple[Counted, tuple[Gap, ...]]:
        pause = min(FIRST_PAUSE * 2**self.failures, LONGEST_PAUSE)
        self.failures += 1
        self._again, self._well_since = at + pause, None
        counted = self._tried(self._pipeline.blind, at) or _NOTHING
        if self._gap is not None:
            return counted, ()
        self._gap = Gap(self.calibration.camera, GapReason.UNREADABLE, self._seen_at or at, None)
        return counted, (self._gap,)
