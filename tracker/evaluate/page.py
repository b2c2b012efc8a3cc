"""A page about an evaluation that opens anywhere without a network: one file, pictures of the data inside."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker import __version__
from tracker.domain.errors import ConfigError
from tracker.evaluate.charts import reliability_chart, sweep_chart
from tracker.evaluate.evaluation import Evaluation
from tracker.evaluate.looking import Seen
from tracker.evaluate.matching import FALSE, IGNORED
from tracker.evaluate.pictures import read_picture

HERE = Path(__file__).parent
WORST = 24
"""Pictures on a page unless another number is given: about 1 MB."""
_SIDE, _QUALITY = 560, 78


@dataclass(frozen=True, slots=True)
class Drawn:
    """One box on a picture.

    Attributes:
        kind: ``found`` or ``missed`` for things; ``right`` or ``false`` for what the model says; ``crowd`` for a thing
            that is many, ``ignored`` for a box in it.
        x: Left edge, per cent of the picture's width.
        y: Top edge, per cent of its height.
        width: Per cent.
        height: Per cent.
        word: What stands beside it.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    word: str


@dataclass(frozen=True, slots=True)
class Case:
    """One picture in which something went wrong.

    Attributes:
        name: Relative to the data set.
        width: Pixels.
        height: Pixels.
        jpeg: The picture, base64.
        boxes: What is drawn on it.
        missed: Things that were not found.
        false: Boxes that show nothing.
    """

    name: str
    width: int
    height: int
    jpeg: str
    boxes: tuple[Drawn, ...]
    missed: int
    false: int


def write_page(path: Path, evaluation: Evaluation, report: dict[str, Any], *, worst: int = WORST) -> None:
    """The page, with the pictures in which most went wrong and true and found boxes drawn on them.

    It holds pictures of the evaluation data, and of nothing else.

    Args:
        path: HTML file to write; what was there is replaced.
        evaluation: What was measured.
        report: The same as :func:`tracker.evaluate.document`, with the machine and the models named.
        worst: Most pictures to show.

    Raises:
        ConfigError: The file cannot be written.
    """
    chosen = worst_cases(evaluation, worst)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": _percent, "interval": _interval}
    text = environment.get_template("page.html.jinja").render(
        report=report,
        version=__version__,
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        cases=[_case(seen, evaluation.options.confidence) for seen in chosen],
        wrong=len(_wrong(evaluation)),
        sweep=sweep_chart(report["model"]["sweep"], report["operating"]["confidence"]),
        reliability=reliability_chart(report["model"]["calibration"]["bins"]),
        groups=_grouped(report["model"]["parts"]),
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}", got=error.strerror or str(error)) from error


def worst_cases(evaluation: Evaluation, most: int) -> list[Seen]:
    """Pictures in which something went wrong, most errors first, then by name."""
    wrong = _wrong(evaluation)
    order = sorted(wrong, key=lambda row: (-sum(wrong[row]), evaluation.look.seen[row].example.name))
    return [evaluation.look.seen[row] for row in order[:most]]


def _wrong(evaluation: Evaluation) -> dict[int, tuple[int, int]]:
    """Things missed and boxes false, of every picture with any."""
    errors = {}
    for row, seen in enumerate(evaluation.look.seen):
        matched = _matched(seen, evaluation.options.confidence)
        missed = int((~seen.things.crowd).sum()) - int((matched >= 0).sum())
        false = int((matched == FALSE).sum())
        if missed or false:
            errors[row] = (missed, false)
    return errors


def _matched(seen: Seen, confidence: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    sight = seen.sights[0]
    return sight.match[sight.found.score >= np.float32(confidence)]


def _case(seen: Seen, confidence: float) -> Case:
    bgr = read_picture(seen.example.path, seen.example.size)
    factor = min(1.0, _SIDE / max(bgr.shape[:2]))
    size = (max(1, round(seen.width * factor)), max(1, round(seen.height * factor)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    matched = _matched(seen, confidence)
    boxes = [*_things(seen, {int(index) for index in matched if index >= 0}), *_found(seen, confidence)]
    return Case(
        name=seen.example.name,
        width=seen.width,
        height=seen.height,
        jpeg=base64.b64encode(jpeg.tobytes()).decode("ascii"),
        boxes=tuple(boxes),
        missed=sum(box.kind == "missed" for box in boxes),
        false=sum(box.kind == "false" for box in boxes),
    )


def _things(seen: Seen, found: set[int]) -> list[Drawn]:
    drawn = []
    for index, (box, label) in enumerate(zip(seen.things.xyxy, seen.things.labels, strict=True)):
        kind = "crowd" if seen.things.crowd[index] else "found" if index in found else "missed"
        drawn.append(_drawn(kind, box, seen, f"missed {label}" if kind == "missed" else label))
    return drawn


def _found(seen: Seen, confidence: float) -> list[Drawn]:
    sight = seen.sights[0]
    kinds = {FALSE: "false", IGNORED: "ignored"}
    return [
        _drawn(kinds.get(int(match), "right"), box, seen, f"{label} {score:.2f}")
        for box, label, score, match in zip(sight.found.xyxy, sight.labels, sight.found.score, sight.match, strict=True)
        if score >= np.float32(confidence)
    ]


def _drawn(kind: str, box: np.ndarray[Any, np.dtype[np.float32]], seen: Seen, word: str) -> Drawn:
    left, top, right, bottom = (float(edge) for edge in box)
    x, y = 100 / seen.width, 100 / seen.height
    return Drawn(kind, left * x, top * y, (right - left) * x, (bottom - top) * y, word)


def _grouped(parts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        groups.setdefault(part["by"], []).append(part)
    return groups


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u00a0%"


def _interval(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return "nothing to measure"
    return f"{100 * share['low']:.1f} to {100 * share['high']:.1f}\u00a0%"
