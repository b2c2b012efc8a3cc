"""How many real garments the default model finds, makes up and counts, of contributors whom it never saw."""

from __future__ import annotations

import tempfile
from pathlib import Path

from figures import Figure
from garment_scenes import RECIPE, compose, sources

from tracker.detect import load_detector
from tracker.evaluate import Evaluation, Options, evaluate, load_dataset
from tracker.evaluate.intervals import Share
from tracker.train.recipe import load_recipe

NAME = "eyes"
WHAT = "garments of unseen contributors that the default model finds, makes up and counts, apart and overlapping"

SCENES, SAMPLE_SCENES = 400, 12
OVERLAPS = {"apart": 0.0, "overlapping": 0.34}
SEED_STEP = 1000
"""Scenes of the two kinds come from different seeds."""


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner's signature
    """Shares in per cent, with the threshold at which most pictures are counted right."""
    recipe = load_recipe(RECIPE)
    if not recipe.data.cutouts.is_dir():
        return [Figure(f"not measured: no {recipe.data.cutouts}", 0, "", "", None)]
    given, detector = sources(), load_detector(RECIPE.parent)
    figures = []
    for number, (name, overlap) in enumerate(OVERLAPS.items()):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            count = SAMPLE_SCENES if sample else SCENES
            compose(folder, given, count=count, seed=seed + number * SEED_STEP, overlap=overlap)
            figures += _figures(name, evaluate([detector], load_dataset(folder), Options()))
    return figures


def _figures(name: str, found: Evaluation) -> list[Figure]:
    score, best = found.model.score, found.model.recommended
    return [
        _figure(f"{name}: things found at {score.confidence:g}", score.recall),
        _figure(f"{name}: false boxes at {score.confidence:g}", score.false),
        _figure(f"{name}: pictures counted right at {score.confidence:g}", score.exact),
        _figure(f"{name}: counted right at the best threshold, {best.score.confidence:g}", best.score.exact),
        _figure(f"{name}: what one constant box would find", found.baseline.recall),
    ]


def _figure(name: str, share: Share) -> Figure:
    if share.value is None or share.low is None or share.high is None:
        return Figure(f"{name}: nothing to count", 0, "", "", None)
    interval = f"% ({100 * share.low:.1f} to {100 * share.high:.1f})"
    return Figure(name, round(100 * share.value, 2), interval, "", None)
