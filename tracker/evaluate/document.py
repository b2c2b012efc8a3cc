"""An evaluation as plain values, for ``--json`` and for the page; docs/evaluation.md documents every key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tracker.evaluate.baseline import LIMIT, ConstantBox
from tracker.evaluate.evaluation import Evaluation, Measured
from tracker.evaluate.intervals import LEVEL
from tracker.evaluate.scores import Score

FORMAT = 1
"""Raised when a key changes its meaning or goes; new keys may come without it."""
_DIGITS = 4


def document(evaluation: Evaluation) -> dict[str, Any]:
    """Every figure, rounded to four digits."""
    dataset, seen = evaluation.dataset, evaluation.look.seen
    things = [int((~picture.things.crowd).sum()) for picture in seen]
    raw = {
        "format": FORMAT,
        "data": {
            "folder": str(dataset.folder),
            "labels_format": dataset.kind,
            "pictures": len(seen),
            "pictures_without_things": sum(count == 0 for count in things),
            "things": sum(things),
            "labels": dict(dataset.labels),
            "uncounted": list(dataset.uncounted),
            "skipped": dict(evaluation.look.skipped),
            "missing": list(dataset.missing),
            "dropped_labels": dataset.dropped,
        },
        "evidence": _evidence(evaluation.baseline),
        "operating": {"confidence": evaluation.options.confidence, "iou": 0.5},
        "intervals": {"level": LEVEL, "seed": evaluation.options.seed},
        "model": _model(evaluation.model),
        "reference": None if evaluation.reference is None else _model(evaluation.reference),
        "comparison": None if evaluation.comparison is None else asdict(evaluation.comparison),
        "notes": list(evaluation.notes),
    }
    rounded: dict[str, Any] = _rounded(raw)
    return rounded


def _evidence(baseline: ConstantBox) -> dict[str, Any]:
    return {
        "refused": baseline.refused,
        "limit": LIMIT,
        "constant_box": {"xyxy": baseline.xyxy, "recall": asdict(baseline.recall), "right": asdict(baseline.right)},
        "constant_count": {"things": baseline.count, "exact": asdict(baseline.exact)},
    }


def _model(measured: Measured) -> dict[str, Any]:
    averages = measured.averages
    by_name = {score.label: score for score in measured.labels}
    return {
        "any_piece": {
            "map50": asdict(averages.any_piece.map50),
            "map50_95": asdict(averages.any_piece.map50_95),
            **_score(measured.score),
        },
        "by_label": {
            "map50": None if averages.by_label is None else asdict(averages.by_label.map50),
            "map50_95": None if averages.by_label is None else asdict(averages.by_label.map50_95),
            "named": asdict(measured.named),
            "labels": [
                {
                    "label": label,
                    "ap50": at_half,
                    "ap50_95": over_all,
                    "recall": asdict(by_name[label].recall),
                    "false": asdict(by_name[label].false),
                }
                for label, (at_half, over_all) in averages.labels.items()
            ],
        },
        "sweep": [_score(score) for score in measured.sweep],
        "recommended": _score(measured.recommended.score)
        | {
            "exact_elsewhere": None
            if measured.recommended.exact_elsewhere is None
            else asdict(measured.recommended.exact_elsewhere)
        },
        "calibration": asdict(measured.calibration),
        "parts": [asdict(part) for part in measured.parts],
        "speed": asdict(measured.speed),
    }


def _score(score: Score) -> dict[str, Any]:
    return asdict(score)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - plain values of any shape
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
