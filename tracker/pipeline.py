"""One camera, from frame to counts; this file reads like the way of the data.

``Frame -> Detections -> Tracks -> Events``
"""

from __future__ import annotations

from tracker.count import Counted, Counter, View, people
from tracker.detect import MotionSensor
from tracker.domain.frames import Frame
from tracker.domain.ports import Detector
from tracker.domain.rules import Calibration
from tracker.domain.shift import STRAIGHT, Shift
from tracker.track import ByteTracker


class CameraPipeline:
    """Everything between one camera's frames and its counts.

    Args:
        calibration: The camera's rules.
        detector: The model; may be shared between cameras that take turns.
    """

    def __init__(self, calibration: Calibration, detector: Detector) -> None:
        self.calibration = calibration
        self._detector = detector
        self._counter = Counter(calibration, detector.labels)
        self._size: tuple[int, int] | None = None
        self._shift = STRAIGHT
        self._start_over()

    def update(self, frame: Frame) -> Counted:
        """What this frame made certain."""
        picture = frame.picture
        closed = self._fit((picture.width, picture.height), frame.shift)
        # before the model has emptied the processor's caches of the picture
        motion = self._motion.update(picture, frame.moment.t_s)
        detections = self._detector.detect(picture)
        tracks = self._tracker.update(detections, frame.moment.t_s)
        view = View(frame.moment, picture.width, picture.height, tracks, motion)
        counted = self._counter.update(view)
        return Counted(counted.events, counted.stock, closed.activity + counted.activity)

    def blind(self) -> Counted:
        """The camera lost sight: what lay there before says nothing about what lies there after."""
        return self._start_over()

    def finish(self) -> Counted:
        """Close what is open at the end of the source."""
        return self._counter.flush()

    def _fit(self, size: tuple[int, int], shift: Shift) -> Counted:
        changed = self._size is not None and size != self._size
        if shift != self._shift or (changed and shift != STRAIGHT):
            closed = self._counter.flush()
            moved = self.calibration.moved(shift, aspect=size[1] / size[0])
            self._counter, self._shift, self._size = Counter(moved, self._detector.labels), shift, size
            self._start_over()
            return closed
        self._size = size
        return self._start_over() if changed else Counted((), (), ())

    def _start_over(self) -> Counted:
        self._tracker = ByteTracker(people(self._detector.labels))
        self._motion = MotionSensor()
        return self._counter.restart()
