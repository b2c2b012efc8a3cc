"""A suite small enough to play in a test."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tracker.sim.plan import Incidents, Plan, Sight, Work
from tracker.sim.script import Form
from tracker.trials.evaluation import Evaluation, Stage, evaluate
from tracker.trials.suites import Suite
from tracker.trials.witness import Blur, Witness

PLAN = Plan(
    Work(pieces=3, pace_s=(0.8, 1.0), forms=(Form.FOLDED,), size=(0.2, 0.22)),
    Incidents(),
    Sight(width=160, height=90, fps=(8.0, 8.0)),
)
SUITE = Suite("small", "Nothing in particular", 1, 1, ("sew",), PLAN)
CLEAR = Blur(misses=0.0, misses_held=0.0, tremble=0.005, ghosts=0.0)
BLIND = Blur(misses=1.0, misses_held=1.0)


def suite(**incidents: float) -> Suite:
    """The small suite, with these chances."""
    return replace(SUITE, plan=replace(PLAN, incidents=Incidents(**incidents)))


@cache
def evaluated(*, blind: bool = False) -> Evaluation:
    """The small suite, seen well or not at all."""
    blur = BLIND if blind else CLEAR
    stage = Stage(Path(mkdtemp()))
    return evaluate(SUITE, 5, lambda scene: Witness(scene.script, 5, blur), model="truth", stage=stage)
