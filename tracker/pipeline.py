"""One camera, from frame to counts; this file reads like the way of the data.

``Frame -> Detections -> Tracks -> Events``, and beside it ``Frame -> order cards``
"""

from __future__ import annotations

import math
from dataclasses import replace

from tracker.cards import CardEye
from tracker.count import Counted, Counter, View, people
from tracker.detect import Attention, MotionSensor, Outlook, Surroundings, Worth
from tracker.domain.detections import Motion
from tracker.domain.frames import Frame, Picture
from tracker.domain.ports import Detector
from tracker.domain.rules import Calibration, GateRule, Rule, TransferRule, Zone
from tracker.domain.shift import STRAIGHT, Shift
from tracker.domain.tracks import Tracks
from tracker.track import ByteTracker

SAME_S = 0.2
"""While nothing changes, rules are asked this often: they wait for seconds, and motion is looked for no oftener."""
ZONE_REACH = 0.1
"""How far around a rule's zones a change matters at once, in longer sides of the picture: a hand's length."""
GATE_REACH = 0.15
"""The same around a gate's line: what is quick is not yet over it when it is seen."""
FAR_S = 0.25
"""For a camera with a gate, what moves elsewhere is looked at this often: a gate tells a crossing by a piece that is
gone here and one that has come to rest there, so both sides have to be known all the time."""


class CameraPipeline:
    """Everything between one camera's frames and its counts.

    Args:
        calibration: The camera's rules.
        detector: The model; may be shared between cameras that take turns.
        every_frame: Look at every frame, changed or not.
    """

    def __init__(self, calibration: Calibration, detector: Detector, *, every_frame: bool = False) -> None:
        self.calibration = self._placed = calibration
        self.looks = 0
        self._moved: Motion | None = None
        self._viewed_s = -math.inf
        self._every_frame = every_frame
        self._detector = detector
        self._counter = Counter(calibration, detector.labels)
        self._size: tuple[int, int] | None = None
        self._shift = STRAIGHT
        self._start_over()

    def update(self, frame: Frame) -> Counted:
        """What this frame made certain."""
        picture, t_s = frame.picture, frame.moment.t_s
        closed = self._fit((picture.width, picture.height), frame.shift)
        # before the model has emptied the processor's caches of the picture
        motion = self._motion.update(picture, t_s)
        cards = self._cards.update(frame, motion)
        self._moved = _both(self._moved, motion)
        worth = Worth.LOOK if self._every_frame else self._attention.judge(picture, t_s)
        if worth is Worth.LOOK:
            tracks = self._look(picture, t_s)
        elif worth is Worth.SAME and t_s - self._viewed_s >= SAME_S:
            tracks = self._tracker.hold(t_s)
        else:
            if worth is Worth.LATER:
                self._tracker.rest()
            return replace(closed, cards=cards)
        view = View(frame.moment, picture.width, picture.height, tracks, self._moved)
        self._moved, self._viewed_s = None, t_s
        counted = self._counter.update(view)
        return Counted(counted.events, counted.stock, closed.activity + counted.activity, cards)

    def blind(self) -> Counted:
        """The camera lost sight: what lay there before says nothing about what lies there after."""
        return self._start_over()

    def finish(self) -> Counted:
        """Close what is open at the end of the source."""
        return self._counter.flush()

    def _look(self, picture: Picture, t_s: float) -> Tracks:
        self.looks += 1
        size = (picture.width, picture.height)
        tracks = self._tracker.update(self._detector.detect(picture), t_s, picture=size)
        if self._every_frame:
            return tracks
        if self._tracker.is_unsure(size):
            self._attention.stay()
        else:
            self._attention.expect(Outlook(*self._tracker.outlook()))
        return tracks

    def _fit(self, size: tuple[int, int], shift: Shift) -> Counted:
        changed = self._size is not None and size != self._size
        if shift != self._shift or (changed and shift != STRAIGHT):
            closed = self._counter.flush()
            self._placed = self.calibration.moved(shift, aspect=size[1] / size[0])
            self._counter, self._shift, self._size = Counter(self._placed, self._detector.labels), shift, size
            self._start_over()
            return closed
        self._size = size
        return self._start_over() if changed else Counted((), (), ())

    def _start_over(self) -> Counted:
        self._tracker = ByteTracker(people(self._detector.labels))
        self._motion = MotionSensor()
        self._moved = None
        gates = any(isinstance(rule, GateRule) for rule in self._placed.rules)
        self._attention = Attention(surroundings(self._placed.rules), far_every_s=FAR_S if gates else math.inf)
        self._viewed_s = -math.inf
        self._cards = CardEye(self._placed)
        return self._counter.restart()


def surroundings(rules: tuple[Rule, ...]) -> list[Surroundings]:
    """Where in the picture a change matters to rules at once."""
    lines = [Surroundings((rule.start, rule.end), GATE_REACH) for rule in rules if isinstance(rule, GateRule)]
    return lines + [Surroundings(zone.polygon, ZONE_REACH) for rule in rules for zone in _zones(rule)]


def _zones(rule: Rule) -> tuple[Zone, ...]:
    if isinstance(rule, TransferRule):
        return rule.source, rule.destination
    return () if isinstance(rule, GateRule) else (rule.zone,)


def _both(before: Motion | None, now: Motion) -> Motion:
    """Where something moved in either; the same grid."""
    return now if before is None else Motion(before.moved | now.moved)
