"""``python -m tracker.train --config FILE``: data set, fit, ONNX, evaluation, card; what is done is not done again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.train.recipe import Recipe, load_recipe

STEPS = ("data", "fit", "export", "evaluate")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the steps; the exit code is 0, or 1 when the recipe or its data is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tracker.train", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="recipe, for example models/default/train.toml")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS), help="only these (default: all)")
    given = parser.parse_args(arguments)
    try:
        _run(load_recipe(given.config), tuple(given.steps))
    except TrackerError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _run(recipe: Recipe, steps: tuple[str, ...]) -> None:
    # Each step imports what only it needs: the data set is built without torch, the evaluation without ultralytics.
    if "data" in steps:
        from tracker.train.dataset import build_dataset

        build_dataset(recipe, _progress)
    if "fit" in steps:
        from tracker.train.fit import fit

        fit(recipe)
    if "export" in steps:
        from tracker.train.card import write_card
        from tracker.train.evaluate import best_confidence, seen
        from tracker.train.fit import checkpoint_of, export

        export(recipe, checkpoint_of(recipe))
        write_card(recipe, ())
        export(recipe, checkpoint_of(recipe), confidence=best_confidence(seen(recipe, "tune")))
        write_card(recipe, ())
    if "evaluate" in steps:
        from tracker.train.card import write_card
        from tracker.train.evaluate import evaluate

        write_card(recipe, evaluate(recipe))


def _progress(split: str, done: int, count: int) -> None:
    sys.stdout.write(f"{split}: {done}/{count} pictures\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
