"""Class names: COCO's, and whatever an exporter left in a model file or beside it."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np

from tracker.domain.errors import ModelError

COCO_LABELS = tuple(
    """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,
bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,
snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,
knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,
dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,
vase,scissors,teddy bear,hair drier,toothbrush""".replace("\n", "").split(",")
)
"""The 80 class names of COCO, in the order detectors trained on it use."""

COCO_CATEGORY_IDS = np.array(
    [i for i in range(1, 91) if i not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}], dtype=np.intp
)
"""COCO's own ids of those classes; ten of 1 to 90 were never used."""

METADATA_KEYS = ("names", "class_names", "classes", "id2label")
"""Where exporters write class names: ultralytics and libreyolo; RF-DETR; others; Hugging Face."""
BESIDE = ("labels.txt", "classes.txt", "classes.json", "labels.json", "config.json")
"""Files of class names that people keep beside a model, in the order they are looked for."""


def labels_of(wanted: str | None, metadata: dict[str, str], file: Path) -> tuple[tuple[str, ...], str]:
    """A model's class names, and where they come from, in words.

    Args:
        wanted: ``coco``, or a file, or ``None`` to look into the metadata and then beside the model.
        metadata: Custom metadata of the model.
        file: The model.

    Raises:
        ModelError: The file is missing or unreadable, or nobody says.
    """
    if wanted == "coco":
        return COCO_LABELS, "COCO, as asked"
    if wanted is not None:
        if not Path(wanted).is_file():
            raise ModelError(
                f"--labels {wanted}",
                expected="`coco` or a file: text with one label a line, or JSON",
                got="no such file",
            )
        if found := _read(Path(wanted)):
            return found, f"{wanted}, as asked"
    elif found := metadata_labels(metadata):
        return found, "the file's own metadata"
    else:
        for name in BESIDE:
            if (path := file.parent / name).is_file() and (found := _read(path)):
                return found, f"{name} beside the file"
    raise ModelError(
        "the model's class names are unknown",
        expected="labels",
        got="none",
        hint="Give --labels coco or --labels FILE",
    )


def metadata_labels(metadata: dict[str, str]) -> tuple[str, ...]:
    """Class names an exporter wrote, as Python or JSON text; nothing when there are none."""
    for key in METADATA_KEYS:
        if found := _parsed(metadata.get(key, "")):
            return found
    return ()


def _read(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"{path} cannot be read", expected="class names in UTF-8", got="something else") from None
    if path.suffix.lower() == ".json":
        return _parsed(text)
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _parsed(text: str) -> tuple[str, ...]:
    """Names from a list, or a dict of index to name, or a dict that holds one of these under a known key."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        try:
            names = ast.literal_eval(text)
        # what ast raises on a text that is too deep or too long for it differs from version to version
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
    if isinstance(names, dict):
        for key in METADATA_KEYS:
            if isinstance(names.get(key), (list, dict)):
                names = names[key]
                break
    if isinstance(names, dict):
        if not all(str(key).isdecimal() for key in names):
            return ()
        return tuple(str(names[key]) for key in sorted(names, key=int))
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
