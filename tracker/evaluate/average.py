"""Average precision by pycocotools, the evaluator that the figures of COCO are made with."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.evaluate.intervals import Draws, Spread, spread
from tracker.evaluate.looking import Seen, Sight

DRAWS = 200
"""Samples for an interval of average precision, which costs far more than a share."""
MOST_BOXES = 100
"""Boxes a picture that count, the surest ones: COCO's own limit."""
_AT_HALF = 0
"""Place of IoU 0.5 among the evaluator's ten overlaps, 0.5 to 0.95."""

_Namer = Callable[[tuple[str, ...]], list[int]]


@dataclass(frozen=True, slots=True)
class Average:
    """Average precision, all sizes, at most 100 boxes a picture.

    Attributes:
        map50: At an IoU of 0.5.
        map50_95: Mean over IoU 0.5, 0.55 .. 0.95.
    """

    map50: Spread
    map50_95: Spread


@dataclass(frozen=True, slots=True)
class Averages:
    """The same three ways.

    Attributes:
        any_piece: Whatever things are called: one class.
        by_label: Mean over the labels; ``None`` when data and model share none.
        labels: Each label alone, ``None`` where the data has no such thing: mAP50 and mAP50-95.
    """

    any_piece: Average
    by_label: Average | None
    labels: dict[str, tuple[float | None, float | None]]


def require_evaluator() -> None:
    """Make sure that the evaluator is installed, before anything takes time.

    Raises:
        ConfigError: It is not.
    """
    try:
        import pycocotools.cocoeval  # noqa: F401
        import yaml  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "models cannot be evaluated on this installation",
            expected="the packages pycocotools and pyyaml",
            got=f"no {error.name}",
            hint='`pip install "fairloom[evaluate]"` brings them',
        ) from error


def averages(seen: Sequence[Seen], sights: Sequence[Sight], labels: Sequence[str], draws: Draws) -> Averages:
    """Average precision of one model.

    Args:
        seen: Pictures with their things.
        sights: What the model found in each.
        labels: Names that data and model share.
        draws: Samples for the intervals; the first 200 are used.
    """
    everything = _evaluated(seen, sights, lambda names: [1] * len(names), 1)
    any_piece = _average(everything, draws)
    if not labels:
        return Averages(any_piece, None, {})
    ids = {label: number for number, label in enumerate(labels, start=1)}
    named = _evaluated(seen, sights, lambda names: [ids.get(name, 0) for name in names], len(ids))
    precision = _precision(named)
    each = {label: (_mean(precision[_AT_HALF, :, k]), _mean(precision[:, :, k])) for k, label in enumerate(labels)}
    return Averages(any_piece, _average(named, draws), each)


def _evaluated(seen: Sequence[Seen], sights: Sequence[Sight], ids: _Namer, classes: int) -> Any:  # noqa: ANN401
    """The evaluator after its matching; category 0 is left out of it."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    annotations: list[dict[str, Any]] = []
    rows: list[NDArray[np.float64]] = []
    for image, (picture, sight) in enumerate(zip(seen, sights, strict=True), start=1):
        things = picture.things
        boxes = _corner_and_size(things.xyxy)
        for box, category, crowd in zip(boxes, ids(things.labels), things.crowd, strict=True):
            area = float(box[2] * box[3])
            note = {"id": len(annotations) + 1, "image_id": image, "category_id": category, "iscrowd": int(crowd)}
            annotations.append(note | {"bbox": box.tolist(), "area": area})
        found, categories = _corner_and_size(sight.found.xyxy), np.array(ids(sight.labels), np.float64)
        columns = [np.full(len(found), float(image)), *found.T, sight.found.score.astype(np.float64), categories]
        rows.append(np.stack(columns, axis=1))
    with contextlib.redirect_stdout(io.StringIO()):  # the evaluator talks
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": number + 1} for number in range(len(seen))],
            "annotations": annotations,
            "categories": [{"id": number + 1, "name": str(number)} for number in range(classes)],
        }
        truth.createIndex()
        table = np.concatenate(rows)
        table = table[table[:, 6] > 0]
        results = truth.loadRes(table) if len(table) else _nothing(truth)
        evaluator = COCOeval(truth, results, "bbox")
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluator.params.maxDets = [MOST_BOXES]
        evaluator.evaluate()
    return evaluator


def _nothing(truth: Any) -> Any:  # noqa: ANN401
    """Results without a box, which ``loadRes`` does not take."""
    from pycocotools.coco import COCO

    results = COCO()
    results.dataset = {**truth.dataset, "annotations": []}
    results.createIndex()
    return results


def _corner_and_size(xyxy: NDArray[np.float32]) -> NDArray[np.float64]:
    boxes = xyxy.astype(np.float64)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def _precision(evaluator: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """The evaluator's table: overlap (10), recall level (101), label; -1 where a label has no thing."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator.accumulate()
    return np.asarray(evaluator.eval["precision"][:, :, :, 0, 0])


def _average(evaluator: Any, draws: Draws) -> Average:  # noqa: ANN401
    precision = _precision(evaluator)
    half, whole = _mean(precision[_AT_HALF]), _mean(precision)
    if half is None or whole is None:
        return Average(Spread(None, None, None), Spread(None, None, None))
    drawn = np.array([_drawn(evaluator, weights) for weights in draws.weights[:DRAWS]])
    return Average(spread(half, drawn[:, 0]), spread(whole, drawn[:, 1]))


def _drawn(evaluator: Any, weights: NDArray[np.float64]) -> tuple[float, float]:  # noqa: ANN401
    """mAP50 and mAP50-95 of a sample: every picture as often as its weight says."""
    pictures = len(evaluator.params.imgIds)
    picks = np.repeat(np.arange(pictures), weights.astype(np.int64))
    sample = copy.copy(evaluator)
    sample.params = copy.copy(evaluator.params)
    sample.params.imgIds = list(range(len(picks)))
    sample._paramsEval = sample.params  # noqa: SLF001 - what accumulate() compares its parameters with
    labels = len(evaluator.params.catIds)
    sample.evalImgs = [evaluator.evalImgs[k * pictures + pick] for k in range(labels) for pick in picks]
    precision = _precision(sample)
    half, whole = _mean(precision[_AT_HALF]), _mean(precision)
    return (np.nan, np.nan) if half is None or whole is None else (half, whole)


def _mean(precision: NDArray[np.float64]) -> float | None:
    known = precision[precision > -1]
    return float(known.mean()) if len(known) else None
