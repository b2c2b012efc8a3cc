"""Replays a video through a camera's pipeline and says what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tracker.count import Counted
from tracker.domain.events import ActivityInterval, Direction, Event, StockReading
from tracker.domain.frames import Frame, Gap
from tracker.domain.ports import Detector, FrameSource
from tracker.domain.rules import Calibration, GateRule, Rule, StockRule, TransferRule
from tracker.pipeline import CameraPipeline


@dataclass(frozen=True, slots=True)
class Step:
    """One frame or gap of a replay, and what it made certain."""

    seen: Frame | Gap
    counted: Counted


def steps(
    source: FrameSource, calibration: Calibration, detector: Detector, *, every_frame: bool = False
) -> Iterator[Step]:
    """Everything a replay counts, frame by frame.

    Activity that is still open at the end is left to :func:`replay`; nothing about activity is stored from a replay.

    Args:
        every_frame: The model looks at every frame, changed or not.
    """
    pipeline = CameraPipeline(calibration, detector, every_frame=every_frame)
    last: Frame | None = None
    for seen in source:
        if isinstance(seen, Gap):
            yield Step(seen, pipeline.blind())
        else:
            last = seen
            yield Step(seen, pipeline.update(seen))
    if last is not None:
        yield Step(last, pipeline.finish())


@dataclass(frozen=True, slots=True)
class Replay:
    """What a whole replay counted.

    Attributes:
        frames: Frames looked at.
        provider: Execution provider that ran.
    """

    frames: int
    provider: str
    calibration: Calibration
    events: tuple[Event, ...]
    stock: tuple[StockReading, ...]
    activity: tuple[ActivityInterval, ...]
    gaps: tuple[Gap, ...]

    def as_dict(self) -> dict[str, Any]:
        """What ``tracker replay --json`` prints beside the model; docs/replay.md documents it."""
        return {
            "frames": self.frames,
            "provider": self.provider,
            "rules": {rule.id: self._rule(rule) for rule in self.calibration.rules},
            "events": [_event(event) for event in self.events],
        }

    def _rule(self, rule: Rule) -> dict[str, Any]:
        directions = [event.direction for event in self.events if event.rule == rule.id]
        if isinstance(rule, GateRule):
            return {"kind": "gate", "in": directions.count(Direction.IN), "out": directions.count(Direction.OUT)}
        if isinstance(rule, TransferRule):
            moved, returned = directions.count(Direction.MOVED), directions.count(Direction.RETURNED)
            return {"kind": "transfer", "count": moved, "returned": returned}
        if isinstance(rule, StockRule):
            readings = [reading for reading in self.stock if reading.rule == rule.id]
            return {
                "kind": "stock",
                "readings": [
                    {"t_s": round(reading.moment.t_s, 3), "frame": reading.moment.frame, "count": reading.count}
                    for reading in readings
                ],
            }
        busy = [interval for interval in self.activity if interval.rule == rule.id]
        return {
            "kind": "activity",
            "intervals_s": [[round(interval.start_s, 3), round(interval.end_s, 3)] for interval in busy],
            "busy_s": round(sum(interval.end_s - interval.start_s for interval in busy), 3),
        }


def replay(
    source: FrameSource,
    calibration: Calibration,
    detector: Detector,
    *,
    on_step: Callable[[Step], None] | None = None,
    every_frame: bool = False,
) -> Replay:
    """Count a whole video.

    Args:
        on_step: Called after every frame, for progress and for storing.
        every_frame: The model looks at every frame, changed or not.
    """
    frames = 0
    events: list[Event] = []
    stock: list[StockReading] = []
    activity: list[ActivityInterval] = []
    gaps: list[Gap] = []
    latest: Frame | None = None
    for step in steps(source, calibration, detector, every_frame=every_frame):
        if isinstance(step.seen, Gap):
            gaps.append(step.seen)
        elif step.seen is not latest:
            frames, latest = frames + 1, step.seen
        events += step.counted.events
        stock += step.counted.stock
        activity += step.counted.activity
        if on_step is not None:
            on_step(step)
    return Replay(frames, detector.provider, calibration, tuple(events), tuple(stock), tuple(activity), tuple(gaps))


def _event(event: Event) -> dict[str, Any]:
    return {
        "rule": event.rule,
        "kind": event.kind,
        "direction": event.direction,
        "class": event.class_name,
        "pieces": event.pieces,
        "frame": event.moment.frame,
        "t_s": round(event.moment.t_s, 3),
        "event_id": str(event.id),
    }
