"""A whole suite played, counted and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tracker.domain.ports import Detector
from tracker.sim.scenes import Scene
from tracker.trials.books import Books
from tracker.trials.figures import RuleFigures, figures
from tracker.trials.playing import OnFrame, film
from tracker.trials.running import Clip, Trial, run_trial
from tracker.trials.suites import Suite

DetectorOf = Callable[[Scene], Detector]
"""The detector that looks at a scene: the same model for all, or a witness for each."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a suite's plays came to.

    Attributes:
        suite: Which.
        seed: Of its plays.
        model: What looked.
        trials: One for each table of each play.
    """

    suite: Suite
    seed: int
    model: str
    trials: tuple[Trial, ...]

    def figures(self) -> list[RuleFigures]:
        """Each rule's figures."""
        return figures(self.trials, seed=self.seed)

    def as_dict(self) -> dict[str, Any]:
        """One of the objects ``tracker sim evaluate --json`` prints; docs/simulator.md documents it."""
        return {
            "suite": self.suite.name,
            "failure": self.suite.failure,
            "seed": self.seed,
            "model": self.model,
            "pieces_per_order": self.suite.plan.work.pieces,
            "frames": sum(trial.clip.scene.script.frames for trial in self.trials),
            "looks": sum(trial.looks for trial in self.trials),
            "rules": [asdict(rule) for rule in self.figures()],
            "orders": [
                {"play": trial.clip.play, **asdict(count)} for trial in self.trials for count in trial.verdict.counts
            ],
            "faults": [
                {"play": trial.clip.play, **asdict(fault)} for trial in self.trials for fault in trial.verdict.faults
            ],
            "blind": [
                {"play": trial.clip.play, "camera": trial.clip.scene.script.camera, "reason": reason}
                for trial in self.trials
                for reason in trial.gaps
            ],
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a suite is played.

    Attributes:
        folder: Videos are kept here and used again by their names; the caller's to clear.
        on_frame: Called after each frame that was drawn.
        on_trial: Called after each table that was judged.
    """

    folder: Path
    on_frame: OnFrame | None = None
    on_trial: Callable[[Trial], None] | None = None


def evaluate(suite: Suite, seed: int, detector_of: DetectorOf, *, model: str, stage: Stage) -> Evaluation:
    """Play every table of a suite, count it, and judge the counts.

    Args:
        suite: What to play.
        seed: Decides everything that varies.
        detector_of: Who looks.
        model: Its name, for the record.
        stage: Where.
    """
    trials = []
    for play in range(suite.plays):
        scenes = suite.scenes(seed, play)
        database = stage.folder / f"{suite.name}-{seed}-{play}.db"
        database.unlink(missing_ok=True)
        with Books(database, scenes, pieces=suite.plan.work.pieces) as books:
            for scene in scenes:
                video = stage.folder / f"{suite.name}-{seed}-{play}-{scene.script.camera}-{suite.plan.work.pieces}.mp4"
                if not video.exists():
                    film(scene, video, on_frame=stage.on_frame)
                trials.append(run_trial(Clip(suite.name, play, scene, video), books, detector_of(scene)))
                if stage.on_trial is not None:
                    stage.on_trial(trials[-1])
        database.unlink()
    return Evaluation(suite, seed, model, tuple(trials))
