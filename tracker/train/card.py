"""Writes the model card of a run: what the weights are, from what they were made, and how good they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.sim.script import LABELS
from tracker.train.batches import PAD
from tracker.train.evaluate import Accuracy
from tracker.train.recipe import Recipe

LAYOUT = "yolov8"


def write_card(recipe: Recipe, accuracy: Sequence[Accuracy]) -> Path:
    """``card.toml`` beside the run's ``model.onnx``.

    Args:
        recipe: The run; its sources go into the card.
        accuracy: What the evaluation measured; empty right after the export.

    Returns:
        The card's path.
    """
    weights = recipe.output / "model.onnx"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    parts = [_head(recipe, digest), _training(recipe)]
    parts += [_table("[[sources]]", {"name": s.name, "licence": s.licence, "use": s.use}) for s in recipe.sources]
    parts += [_table("[[accuracy]]", _figures(line)) for line in accuracy]
    path = recipe.output / "card.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _head(recipe: Recipe, digest: str) -> str:
    head = {
        "name": recipe.name,
        "version": recipe.version,
        "sha256": digest,
        "licence": recipe.licence,
        "layout": LAYOUT,
        "labels": list(LABELS),
    }
    size = recipe.fit.input_px
    given = {"width": size, "height": size, "colour": "rgb", "scale": 1 / 255, "letterbox": "centre", "pad": PAD}
    given |= {"shape": "picture"}
    return (
        _table("# Written by `python -m tracker.train`; see docs/training.md.", head) + "\n" + _table("[input]", given)
    )


def _training(recipe: Recipe) -> str:
    return _table(
        "[training]",
        {
            "recipe": f"{recipe.fit.network} fitted to {recipe.data.train_images} made pictures",
            "config": recipe.path.name,
            "seed": recipe.seed,
            "steps": recipe.fit.steps,
            "batch": recipe.fit.batch,
            "command": f"python -m tracker.train --config {recipe.output.as_posix()}/{recipe.path.name}",
        },
    )


def _figures(line: Accuracy) -> dict[str, object]:
    return {
        "measured_on": line.on,
        "images": line.images,
        "label": line.label,
        "at_confidence": line.at_confidence,
        "iou": 0.5,
        "truth": line.truth,
        "recall": round(line.recall, 4),
        "precision": round(line.precision, 4),
        "exact_count": round(line.exact_count, 4),
    }


def _table(header: str, values: Mapping[str, object]) -> str:
    # JSON spells strings, numbers and flat lists exactly as TOML does.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([header, *lines]) + "\n"
