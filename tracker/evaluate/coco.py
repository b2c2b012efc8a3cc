"""Labels in COCO's format: one JSON file with ``images``, ``annotations`` and ``categories``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.evaluate.things import BoxConditions, Conditions, Example, Things


@dataclass(slots=True)
class CocoLabels:
    """What the JSON files of a data set say.

    Attributes:
        examples: Pictures that are there, with their boxes in pixels.
        missing: Pictures that are not there, or that several files could be.
        dropped: Boxes without an area.
        files: The JSON files.
        names: Every category's name.
    """

    examples: list[Example] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    dropped: int = 0
    files: list[Path] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def find_coco(folder: Path) -> dict[Path, Mapping[str, Any]]:
    """JSON files below a folder that hold boxes of pictures, parsed; others (captions, sidecars) are left alone.

    Raises:
        ConfigError: A file called like labels (``instances*.json``, ``*annotations*.json``) is no JSON.
    """
    found = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            raw = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            if path.name.startswith("instances") or "annotations" in path.name:
                raise ConfigError(f"{path} is not valid JSON", got=str(error)[:200]) from error
            continue
        if isinstance(raw, Mapping) and isinstance(raw.get("images"), list) and _has_boxes(raw.get("annotations")):
            found[path] = raw
    return found


def _has_boxes(annotations: object) -> bool:
    if not isinstance(annotations, list):
        return False
    return not annotations or (isinstance(annotations[0], Mapping) and "bbox" in annotations[0])


def read_coco(folder: Path, files: Mapping[Path, Mapping[str, Any]], pictures: Iterable[Path]) -> CocoLabels:
    """The labels of some files, each picture once.

    Args:
        folder: The data set.
        files: Parsed files, by path.
        pictures: Every picture file below the folder; no other is opened, whatever a file says.

    Raises:
        ConfigError: A file contradicts itself or names one picture twice.
    """
    index: dict[str, list[Path]] = {}
    for path in pictures:
        index.setdefault(path.name, []).append(path)
    labels = CocoLabels(files=list(files))
    taken: dict[Path, Path] = {}
    for file, raw in files.items():
        try:
            _read_one(folder, file, raw, labels, index)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            what = f"key {error} is missing" if isinstance(error, KeyError) else str(error)
            raise ConfigError(f"{file} is no COCO file of boxes", got=what) from error
        for example in labels.examples[len(taken) :]:
            if example.path in taken:
                raise ConfigError(
                    f"{example.name} is labelled twice",
                    got=f"{taken[example.path].name} and {file.name}",
                    hint="Choose one with --split, or give a folder with one set of labels",
                )
            taken[example.path] = file
    return labels


def _read_one(
    folder: Path, file: Path, raw: Mapping[str, Any], labels: CocoLabels, index: Mapping[str, list[Path]]
) -> None:
    names = {category["id"]: str(category["name"]) for category in raw["categories"]}
    labels.names.update(names.values())
    boxes: dict[Any, list[Mapping[str, Any]]] = {image["id"]: [] for image in raw["images"]}
    for annotation in raw["annotations"]:
        if annotation["image_id"] not in boxes or annotation["category_id"] not in names:
            msg = f"annotation {annotation.get('id')} speaks of a picture or category that the file does not list"
            raise ValueError(msg)
        boxes[annotation["image_id"]].append(annotation)
    if len(boxes) != len(raw["images"]):
        msg = "two pictures have one id"
        raise ValueError(msg)
    for image in raw["images"]:
        path = _picture(str(image["file_name"]), file, index)
        if path is None:
            labels.missing.append(str(image["file_name"]))
            continue
        size = (int(image["width"]), int(image["height"]))
        things, conditions, dropped = _things(boxes[image["id"]], names, size)
        labels.dropped += dropped
        labels.examples.append(Example(path, path.relative_to(folder).as_posix(), things, size, conditions))


def _things(
    annotations: list[Mapping[str, Any]], names: Mapping[Any, str], size: tuple[int, int]
) -> tuple[Things, Conditions, int]:
    """Boxes cut at the picture's edge, what is noted of each, and how many have no area."""
    rows, labels, crowd, notes, dropped = [], [], [], [], 0
    for annotation in annotations:
        x, y, width, height = (float(value) for value in annotation["bbox"])
        left, top = max(0.0, x), max(0.0, y)
        right, bottom = min(float(size[0]), x + width), min(float(size[1]), y + height)
        if not (right > left and bottom > top):  # NaN fails as well
            dropped += 1
            continue
        rows.append((left, top, right, bottom))
        labels.append(names[annotation["category_id"]])
        crowd.append(bool(annotation.get("iscrowd", 0)))
        occluded = (annotation.get("attributes") or {}).get("occluded")
        notes.append(BoxConditions(tags={} if occluded is None else {"occluded": "yes" if occluded else "no"}))
    noted = any(note.tags for note in notes)
    return Things.of(rows, labels, crowd), Conditions(boxes=tuple(notes) if noted else ()), dropped


def _picture(file_name: str, file: Path, index: Mapping[str, list[Path]]) -> Path | None:
    """The one file below the data set that ``file_name`` can mean; ``None`` when there is none, or no telling.

    The name may be written on Windows, relative to anything, or absolute on the machine of whoever made the labels:
    the longest matching end of the path decides, then nearness to the JSON file.
    """
    words = file_name.replace("\\", "/").split("/")
    candidates = index.get(words[-1], [])
    for length in range(min(len(words), 8), 0, -1):
        fitting = [path for path in candidates if list(path.parts[-length:]) == words[-length:]]
        if len(fitting) == 1:
            return fitting[0]
        near = [path for path in fitting if file.parent in path.parents]
        if len(near) == 1:
            return near[0]
        if fitting:
            return None
    return None
