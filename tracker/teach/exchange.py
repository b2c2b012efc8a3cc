"""Labelled pictures out to other tools and labels back in: COCO JSON is the pivot, YOLO text beside it.

CVAT, Label Studio, FiftyOne, Datumaro and supervision read and write both (docs/adr/0003-dependencies.md says why no
converter is a dependency). CVAT takes ``--format cvat`` as "COCO 1.0": one zip of the same tree.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.teach.collection import Box, Collection, Decision, Item, Part, State

COCO_FILE = Path("annotations") / "instances_default.json"
SPLITS = {Part.LEARN: "train", Part.KEPT: "val"}


class Exchange(StrEnum):
    """What is written."""

    YOLO = "yolo"
    COCO = "coco"
    CVAT = "cvat"


def export(collection: Collection, out: Path, *, kind: Exchange) -> int:
    """Writes pictures and boxes for another tool; pictures that were skipped stay out.

    Args:
        collection: What to write: final boxes, and proposals of pictures nobody looked at yet (``cvat`` and ``coco``
            only: a trainer must not learn from proposals).
        out: An empty or new folder.
        kind: The format.

    Returns:
        How many pictures were written.

    Raises:
        ConfigError: The folder is not empty, or there is nothing to write.
    """
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out} is not empty", expected="a new folder")
    wanted = [
        item for item in sorted(collection.items, key=lambda item: item.name)
        if collection.decision(item.name).state is State.ACCEPTED
        or (kind is not Exchange.YOLO and collection.decision(item.name).state is State.OPEN)
    ]  # fmt: skip
    if not wanted:
        raise ConfigError(f"{collection.folder} has no labelled pictures", hint="`tracker teach label DIR` comes first")
    if kind is Exchange.YOLO:
        write_yolo(collection, wanted, out)
    else:
        _write_coco(collection, wanted, out)
    if kind is Exchange.CVAT:
        _zip(out)
    return len(wanted)


def write_yolo(collection: Collection, items: list[Item], out: Path) -> None:
    """``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml``: learnt from is ``train``, kept back is ``val``."""
    for split in SPLITS.values():
        for kind in ("images", "labels"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
    for item in items:
        split = SPLITS[item.part]
        shutil.copyfile(collection.file(item.name), out / "images" / split / f"{item.name}.jpg")
        lines = []
        for box in collection.decision(item.name).boxes:
            left, top, right, bottom = box.xyxy
            middle = f"{(left + right) / 2:.6f} {(top + bottom) / 2:.6f}"
            lines.append(f"{collection.labels.index(box.label)} {middle} {right - left:.6f} {bottom - top:.6f}\n")
        (out / "labels" / split / f"{item.name}.txt").write_text("".join(lines), encoding="utf-8")
    names = "".join(f"  {index}: {json.dumps(label)}\n" for index, label in enumerate(collection.labels))
    text = f"path: .\ntrain: images/train\nval: images/val\nnames:\n{names}"
    (out / "data.yaml").write_text(text, encoding="utf-8")


def read_labels(collection: Collection, source: Path) -> int:
    """Takes boxes that another tool corrected, by the pictures' names; those pictures count as accepted.

    Args:
        collection: Whose pictures they are.
        source: A COCO JSON file, a zip or folder with one, or a folder of YOLO text files (CVAT: "COCO 1.0").

    Returns:
        How many pictures were taken over.

    Raises:
        ConfigError: Nothing readable, an unknown class or picture, or a box outside the picture; nothing is changed.
    """
    document = _coco_of(source)
    found = _of_coco(collection, document) if document is not None else _of_yolo(collection, source)
    if not found:
        raise ConfigError(f"{source} holds labels of no picture in {collection.folder}")
    for name, boxes in found.items():
        collection.decide(name, Decision(State.ACCEPTED, boxes))
    return len(found)


def _write_coco(collection: Collection, items: list[Item], out: Path) -> None:
    (out / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, item in enumerate(items, start=1):
        width, height = item.size
        shutil.copyfile(collection.file(item.name), out / "images" / f"{item.name}.jpg")
        images.append({"id": number, "file_name": f"{item.name}.jpg", "width": width, "height": height})
        for box in collection.decision(item.name).boxes:
            left, top, right, bottom = (v * s for v, s in zip(box.xyxy, (width, height, width, height), strict=True))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": collection.labels.index(box.label) + 1,
                    "bbox": [round(v, 2) for v in (left, top, right - left, bottom - top)],
                    "area": round((right - left) * (bottom - top), 2),
                    "iscrowd": 0,
                    "segmentation": [],
                }
            )
    categories = [
        {"id": index + 1, "name": label, "supercategory": ""} for index, label in enumerate(collection.labels)
    ]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (out / COCO_FILE).parent.mkdir(parents=True, exist_ok=True)
    (out / COCO_FILE).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _zip(out: Path) -> None:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    with zipfile.ZipFile(out / "cvat.zip", "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            archive.write(path, path.relative_to(out).as_posix())


_MOST_BYTES = 200_000_000
MOST_CUT = 0.05
"""Share of the picture by which a box may stick out: more is no rounding."""


def _coco_of(source: Path) -> dict[str, Any] | None:
    """The COCO document in a file, zip or folder; ``None`` when there is none."""
    try:
        if source.suffix.lower() == ".zip":
            with zipfile.ZipFile(source) as archive:
                inside = [i for i in archive.infolist() if i.filename.endswith(".json") and i.file_size < _MOST_BYTES]
                if not inside:
                    raise ConfigError(f"{source} holds no COCO annotations", expected=COCO_FILE.as_posix())
                text = archive.read(inside[0]).decode("utf-8")
        else:
            path = source / COCO_FILE if source.is_dir() else source
            if source.is_dir() and not path.is_file():
                return None
            text = path.read_text(encoding="utf-8")
        document = json.loads(text)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{source} cannot be read", expected="COCO JSON or YOLO text", got=str(error)) from error
    if not isinstance(document, dict):
        raise ConfigError(f"{source} is no COCO document", got=type(document).__name__)
    return document


def _of_coco(collection: Collection, document: dict[str, Any]) -> dict[str, tuple[Box, ...]]:
    try:
        labels = {each["id"]: each["name"] for each in document["categories"]}
        images = {each["id"]: each for each in document["images"]}
        boxes: dict[str, list[Box]] = {Path(each["file_name"]).stem: [] for each in images.values()}
        for each in document["annotations"]:
            image = images[each["image_id"]]
            left, top, width, height = (float(value) for value in each["bbox"])
            edges = (left, top, left + width, top + height)
            sides = (image["width"], image["height"]) * 2
            xyxy = tuple(value / side for value, side in zip(edges, sides, strict=True))
            boxes[Path(image["file_name"]).stem].append(_checked(collection, labels[each["category_id"]], xyxy))
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise ConfigError("the COCO document cannot be taken over", got=repr(error)[:200]) from error
    return _known(collection, boxes)


def _of_yolo(collection: Collection, source: Path) -> dict[str, tuple[Box, ...]]:
    boxes: dict[str, list[Box]] = {}
    for path in sorted(source.rglob("*.txt")):
        if not path.stem.isdecimal():
            continue
        try:
            rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            boxes[path.stem] = [_of_row(collection, row) for row in rows]
        except (ValueError, IndexError) as error:
            raise ConfigError(f"{path} cannot be taken over", got=repr(error)[:200]) from error
    return _known(collection, boxes)


def _of_row(collection: Collection, row: list[str]) -> Box:
    x, y, width, height = (float(value) for value in row[1:5])
    edges = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return _checked(collection, collection.labels[int(row[0])], edges)


def _checked(collection: Collection, label: str, xyxy: tuple[float, ...]) -> Box:
    """A box of a known class; what sticks out of the picture by rounding is cut."""
    left, top, right, bottom = (min(1.0, max(0.0, value)) for value in xyxy)
    if label not in collection.labels:
        msg = f"class {label!r} is none of {', '.join(collection.labels)}"
        raise ValueError(msg)
    cut = max(abs(a - b) for a, b in zip(xyxy, (left, top, right, bottom), strict=True))
    if not (left < right and top < bottom) or cut > MOST_CUT:
        msg = f"not a box inside the picture: {xyxy}"
        raise ValueError(msg)
    return Box(label, (left, top, right, bottom))


def _known(collection: Collection, boxes: dict[str, list[Box]]) -> dict[str, tuple[Box, ...]]:
    names = {item.name for item in collection.items}
    return {name: tuple(found) for name, found in boxes.items() if name in names}
