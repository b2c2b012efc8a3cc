"""Tiny data sets and models whose figures can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from tracker.domain.detections import Detections
from tracker.domain.frames import Picture
from tracker.evaluate.looking import Seen, Sight
from tracker.evaluate.matching import match
from tracker.evaluate.things import Conditions, Example, Things

Box = tuple[float, float, float, float]
WIDTH, HEIGHT = 100, 80

ONE: Box = (0.0, 0.0, 20.0, 20.0)
NEAR: Box = (2.0, 0.0, 22.0, 20.0)  # IoU with ONE: 360 / 440
HALF: Box = (0.0, 0.0, 20.0, 10.0)  # IoU with ONE: exactly 0.5
FAR: Box = (60.0, 40.0, 90.0, 70.0)


def boxes(*rows: Box) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def things(*rows: Box, label: str = "garment", crowd: Sequence[Box] = ()) -> Things:
    every = [*rows, *crowd]
    return Things.of(every, [label] * len(every), [False] * len(rows) + [True] * len(crowd))


def seen(
    true: Things,
    *found: tuple[Box, float] | tuple[Box, float, str],
    conditions: Conditions = Conditions(),  # noqa: B008
    brightness: float = 120.0,
    contrasts: Sequence[float] | None = None,
) -> Seen:
    """A picture of 100 x 80 with its truth, and what one model found in it."""
    detections = Detections(
        boxes(*[row[0] for row in found]),
        np.array([row[1] for row in found], np.float32),
        np.zeros(len(found), np.int32),
    )
    labels = tuple(row[2] if len(row) == 3 else "garment" for row in found)
    matched = match(detections.xyxy, detections.score, true.xyxy, true.crowd)
    return Seen(
        example=Example(Path("a.png"), "a.png", true, (WIDTH, HEIGHT), conditions),
        width=WIDTH,
        height=HEIGHT,
        sights=(Sight(detections, labels, matched, 10.0),),
        brightness=brightness,
        contrasts=np.array([30.0] * len(true) if contrasts is None else contrasts, np.float64),
    )


def sights(pictures: Sequence[Seen]) -> list[Sight]:
    return [picture.sights[0] for picture in pictures]


class Whites:
    """A model that finds every white rectangle, ``garment`` with a confidence of 0.9, and its lower half with 0.3."""

    labels = ("garment", "hand")

    def __init__(self, *, doubles: bool = False, label: int = 0) -> None:
        self._doubles, self._label = doubles, label

    def detect(self, picture: Picture) -> Detections:
        _, _, stats, _ = cv2.connectedComponentsWithStats((picture.y > 200).astype(np.uint8))
        rows = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:].tolist() if area > 20]
        scores = [0.9] * len(rows)
        if self._doubles:
            rows += [(left, (top + bottom) / 2 + 2, right, bottom) for left, top, right, bottom in rows]
            scores += [0.3] * len(scores)
        return Detections(boxes(*rows), np.array(scores, np.float32), np.full(len(rows), self._label, np.int32))


def draw(path: Path, *rows: Box, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """A dark picture with white rectangles."""
    picture = np.full((size[1], size[0], 3), 40, np.uint8)
    for left, top, right, bottom in rows:
        picture[int(top) : int(bottom), int(left) : int(right)] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(path.suffix, picture)
    assert done
    path.write_bytes(data.tobytes())


def yolo(*rows: Box, size: tuple[int, int] = (WIDTH, HEIGHT), label: int = 0) -> str:
    lines = []
    for left, top, right, bottom in rows:
        x, y = (left + right) / 2 / size[0], (top + bottom) / 2 / size[1]
        lines.append(f"{label} {x} {y} {(right - left) / size[0]} {(bottom - top) / size[1]}\n")
    return "".join(lines)


def write_yolo(folder: Path, pictures: dict[str, tuple[Box, ...]], names: str = "names: [garment]\n") -> Path:
    """``images/NAME`` and ``labels/NAME.txt`` for each; no text for a picture without things."""
    for name, rows in pictures.items():
        draw(folder / "images" / name, *rows)
        if rows:
            text = (folder / "labels" / name).with_suffix(".txt")
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_text(yolo(*rows), encoding="utf-8")
    (folder / "data.yaml").write_text(names, encoding="utf-8")
    return folder


def coco(*images: tuple[str, tuple[Box, ...]], size: tuple[int, int] = (WIDTH, HEIGHT)) -> dict:
    annotations = []
    for number, (_, rows) in enumerate(images, start=1):
        for left, top, right, bottom in rows:
            box = [left, top, right - left, bottom - top]
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": 7, "bbox": box})
    return {
        "images": [
            {"id": number, "file_name": name, "width": size[0], "height": size[1]}
            for number, (name, _) in enumerate(images, start=1)
        ],
        "annotations": annotations,
        "categories": [{"id": 7, "name": "shirt"}],
    }


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
