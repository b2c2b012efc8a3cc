"""One clip through the whole of the counting: decoder, camera's health, detector, tracker, rules, database, orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from tracker.capture import HealthWatch, ReplaySource
from tracker.domain.detections import Detections
from tracker.domain.frames import Frame, Gap, GapReason, Picture
from tracker.domain.ports import Detector, FrameSource
from tracker.domain.rules import Calibration
from tracker.replay import Step, steps
from tracker.sim.scenes import Scene
from tracker.sim.settled import settled_events
from tracker.trials.books import START, Books
from tracker.trials.judging import Verdict, judge

PURPOSE = "A simulated table whose true count is known"


@dataclass(frozen=True, slots=True)
class Clip:
    """One table of one play, filmed.

    Attributes:
        suite: Whose.
        play: Which of its plays.
        scene: What was filmed.
        path: The video.
    """

    suite: str
    play: int
    scene: Scene
    path: Path


@dataclass(frozen=True, slots=True)
class Trial:
    """A clip, counted and judged.

    Attributes:
        clip: Which.
        verdict: What came of it.
        looks: Frames at which the model looked.
        gaps: Why the camera was blind, each time.
    """

    clip: Clip
    verdict: Verdict
    looks: int
    gaps: tuple[GapReason, ...]


def run_trial(clip: Clip, books: Books, detector: Detector) -> Trial:
    """Count a clip into the books and judge what they say.

    Args:
        clip: What to count.
        books: The play's database.
        detector: A model, or a :class:`~tracker.trials.witness.Witness` of this clip's script.
    """
    script, rules = clip.scene.script, clip.scene.rules
    calibration = Calibration(script.camera, PURPOSE, (), rules)
    looking = Looking(detector)
    reasons: list[GapReason] = []

    def counted() -> Iterator[Step]:
        source = ReplaySource(clip.path, camera=script.camera, start=START)
        with Guarded(source, key_every=max(1, round(script.fps)), on_frame=looking.turn) as guarded:
            for step in steps(guarded, calibration, looking):
                if isinstance(step.seen, Gap) and step.seen.end is None:
                    reasons.append(step.seen.reason)
                yield step

    events = books.record(script.camera, counted())
    targets = {rule.id: rule.target.step for rule in rules if rule.target.step is not None}
    verdict = judge(targets, settled_events(script, rules), events)
    return Trial(clip, verdict, looking.looks, tuple(reasons))


@runtime_checkable
class Told(Protocol):
    """A detector that has to be told which frame comes: it knows the clip."""

    def turn(self, frame: int) -> None:
        """The next look is at this frame."""
        ...


class Looking:
    """A detector that counts how often it is asked.

    Args:
        detector: Who answers.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.looks = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names by class id."""
        return self._detector.labels

    @property
    def provider(self) -> str:
        """What really runs."""
        return self._detector.provider

    def turn(self, frame: int) -> None:
        """The next look is at this frame; a model need not know."""
        if isinstance(self._detector, Told):
            self._detector.turn(frame)

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels, best score first."""
        self.looks += 1
        return self._detector.detect(picture)


class Guarded:
    """A recorded clip as a live camera delivers it: a knocked camera's zones follow, what shows nothing is a gap.

    Args:
        source: The clip.
        key_every: Frames from one key frame to the next.
        on_frame: Told the number of each frame before it is handed on.
    """

    def __init__(self, source: FrameSource, *, key_every: int, on_frame: Callable[[int], None]) -> None:
        self._source, self._key_every, self._on_frame = source, key_every, on_frame

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Frame | Gap]:
        health = HealthWatch()
        blind: Gap | None = None
        for seen in self._source:
            if isinstance(seen, Gap):
                yield seen
                continue
            at = seen.moment
            sight = health.update(seen.picture, at.t_s, key=at.frame % self._key_every == 0)
            if sight.reason is not None:
                if blind is None:
                    blind = Gap(seen.camera, sight.reason, at.at, None)
                    yield blind
                continue
            if blind is not None:
                yield replace(blind, end=at.at)
                blind = None
            self._on_frame(at.frame)
            yield replace(seen, shift=sight.shift)
