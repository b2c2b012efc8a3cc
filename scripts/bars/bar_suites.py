"""Counting errors on suites of simulated tables, one failure each, with a line counter of the field beside ours.

The full run takes hours on two cores. The same boxes go into both counters: a witness's, which knows the truth and sees
it a little badly, and the default model's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figures import Figure
from footage_peer import crossings

from tracker.capture import ReplaySource
from tracker.count.view import countable
from tracker.detect import load_detector
from tracker.domain.detections import Detections
from tracker.domain.events import Direction
from tracker.domain.frames import Frame, Picture
from tracker.domain.ports import Detector
from tracker.domain.rules import GateRule
from tracker.models import model_folder
from tracker.sim.scenes import Scene
from tracker.trials.books import START, Books
from tracker.trials.figures import ALLOWED
from tracker.trials.judging import OrderCount
from tracker.trials.playing import film
from tracker.trials.running import Clip, Told, run_trial
from tracker.trials.suites import Suite, read_suite
from tracker.trials.witness import Witness

NAME = "suites"
WHAT = "orders counted on tables where one thing goes wrong at a time, and what a plain line counter makes of them"

FOLDER = Path(__file__).resolve().parents[2] / "suites"
SAMPLE, SAMPLE_PIECES = ("covered", "line-flicker"), 8
ORDERS = 5
"""Orders of a suite in the full run; the suite of whole orders plays all of its own."""
WITHIN, MOST_ERROR = 0.95, 0.01
"""Share of orders that must be within ``ALLOWED`` pieces, and the mean error that is allowed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One gate of one play: the orders' true and counted pieces, and the net count of the peer for all of them."""

    orders: tuple[OrderCount, ...]
    peer: int


class Remembered:
    """Detections of every frame of a clip, for whoever asks."""

    def __init__(self, clip: Path, scene: Scene, detector: Detector) -> None:
        self.labels, self.provider = detector.labels, detector.provider
        self.boxes: list[tuple[float, Detections]] = []
        self._frame = 0
        with ReplaySource(clip, camera=scene.script.camera, start=START) as source:
            for seen in source:
                if isinstance(seen, Frame):
                    if isinstance(detector, Told):
                        detector.turn(seen.moment.frame)
                    self.boxes.append((seen.moment.t_s, detector.detect(seen.picture)))

    def turn(self, frame: int) -> None:
        """The next look is at this frame."""
        self._frame = frame

    def detect(self, _: Picture) -> Detections:
        """What was seen in it."""
        return self.boxes[self._frame][1]


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Every suite, seen by a witness and by the default model; the sample plays two of them with a witness."""
    suites = [_limited(read_suite(path), sample=sample) for path in sorted(FOLDER.glob("*.toml"))]
    suites = [suite for suite in suites if not sample or suite.name in SAMPLE]
    model = None if sample else load_detector(model_folder("default"))
    figures: list[Figure] = []
    for eyes, detector in (("witness", None), ("default model", model)):
        if eyes != "witness" and detector is None:
            continue
        beaten = 0
        for suite in suites:
            outcomes = list(_outcomes(suite, seed, detector))
            ours = float(np.mean([abs(count.error) / count.true for one in outcomes for count in one.orders]))
            theirs = float(np.mean([_peer_error(one) for one in outcomes]))
            beaten += ours < theirs or ours == theirs == 0
            figures += _figures(f"{suite.name}, {eyes}", outcomes, ours, theirs)
        whole = f"suites on which the peer does no better, {eyes}"
        figures.append(Figure(whole, beaten, f"of {len(suites)}", "all", beaten == len(suites)))
    return figures


def _limited(suite: Suite, *, sample: bool) -> Suite:
    if sample:
        return suite.limited(orders=1, pieces=SAMPLE_PIECES)
    return suite if suite.name == "orders" else suite.limited(orders=min(ORDERS, suite.orders), pieces=None)


def _figures(name: str, outcomes: Sequence[Outcome], ours: float, theirs: float) -> list[Figure]:
    counts = [count for one in outcomes for count in one.orders]
    within = sum(abs(count.error) <= ALLOWED for count in counts) / len(counts)
    return [
        Figure(f"{name}: orders within {ALLOWED}", round(within, 3), "", f"at least {WITHIN}", within >= WITHIN),
        Figure(f"{name}: mean error", round(ours, 4), "", f"below {MOST_ERROR}", ours < MOST_ERROR),
        Figure(f"{name}: mean error of supervision + ByteTrack", round(theirs, 4), "", "", None),
    ]


def _peer_error(outcome: Outcome) -> float:
    true = sum(count.true for count in outcome.orders)
    return abs(outcome.peer - true) / true


def _outcomes(suite: Suite, seed: int, model: Detector | None) -> Iterator[Outcome]:
    """Each play's tables, counted by both."""
    with tempfile.TemporaryDirectory() as folder:
        for play in range(suite.plays):
            scenes = suite.scenes(seed, play)
            with Books(Path(folder) / f"{play}.db", scenes, pieces=suite.plan.work.pieces) as books:
                for scene in scenes:
                    video = Path(folder) / "clip.mp4"
                    film(scene, video)
                    yield _outcome(Clip(suite.name, play, scene, video), books, model or Witness(scene.script, seed))
                    video.unlink()


def _outcome(clip: Clip, books: Books, detector: Detector) -> Outcome:
    seen = Remembered(clip.path, clip.scene, detector)
    gate = clip.scene.rules[0]
    verdict = run_trial(clip, books, seen).verdict
    orders = tuple(count for count in verdict.counts if count.rule == gate.id and count.order is not None)
    return Outcome(orders, _peer(clip.scene, gate, seen))


def _peer(scene: Scene, gate: GateRule, seen: Remembered) -> int:
    """Pieces that supervision and ByteTrack count in, less those out; only the gate's own classes are shown to them."""
    width, height = scene.script.width, scene.script.height
    start, end = ((x * width, y * height) for x, y in (gate.start, gate.end))
    wanted = countable(seen.labels, gate.target.classes).tolist()
    ways = [direction for _, direction in crossings(seen.boxes, (start, end), wanted)]
    return ways.count(Direction.IN) - ways.count(Direction.OUT)
