"""Any ONNX detector as a model folder: layout and input found out by looking, then written down in a card."""

from __future__ import annotations

import ast
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import (
    CARD_NAME,
    WEIGHTS_NAME,
    InputSpec,
    Layout,
    ModelCard,
    load_card,
    refuse_people,
    sha256_of,
)
from tracker.detect.heads import yolox_grid
from tracker.detect.labels import COCO_LABELS
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ConflictError, ModelError, ModelRefusedError

DEFAULT_INPUT = 640
"""Side of the input of a model with dynamic shape that names none in its metadata: what most exporters train at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of a model; everything that is ``None`` is found out.

    Attributes:
        labels: ``coco``, a file with one label a line, or ``None`` to take the names in the model's metadata.
        layout: One of :class:`Layout`, or ``None``.
        size: Input width and height, or ``None``.
        licence: SPDX id of the weights.
    """

    labels: str | None
    layout: Layout | None
    size: tuple[int, int] | None
    licence: str


def import_model(file: Path, folder: Path, wanted: Wanted) -> ModelCard:
    """Make a model folder from an ONNX file.

    Args:
        file: The ONNX file; it is copied.
        folder: Created; must not hold a model yet.

    Raises:
        ModelError: The file is no ONNX detector of a known layout, or labels and layout do not fit it.
        ModelRefusedError: It declares outputs about people.
        ConflictError: The folder holds a model already.
    """
    if not file.is_file():
        raise ModelError(f"{file} is not a file", expected="an ONNX file")
    if (folder / CARD_NAME).exists() or (folder / WEIGHTS_NAME).exists():
        raise ConflictError(f"{folder} holds a model already", hint="Choose another --name, or delete the folder first")
    session = OnnxSession(file)
    metadata = session.metadata
    _refuse_declared(session, metadata, str(file))
    width, height = _input_size(session, metadata, wanted.size)
    output = session.run(_probe(width, height))
    labels = _labels(wanted.labels, metadata)
    refuse_people(list(labels), source=wanted.labels or str(file))
    layout = wanted.layout or _layout(output, width, height, len(labels))
    _check_fits(layout, output, labels)
    spec = _input_spec(layout, width, height)
    if None in session.inputs[0].shape[2:]:
        spec = replace(spec, shape="picture")
    card = _card_text(file, layout, spec, labels, wanted.licence)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / WEIGHTS_NAME)
    (folder / CARD_NAME).write_text(card, encoding="utf-8")
    return load_card(folder)


def _refuse_declared(session: OnnxSession, metadata: dict[str, str], source: str) -> None:
    task = metadata.get("task", "detect")
    if task == "pose" or "kpt_shape" in metadata:
        raise ModelRefusedError(
            f"{source} is a pose model",
            expected="task detect",
            got=f"task {task}",
            hint="Fairloom looks at garments only",
        )
    if task != "detect":
        raise ModelError(f"{source} is no detector", expected="task detect", got=f"task {task}")
    refuse_people([info.name for info in session.outputs], source=source)
    refuse_people(list(_metadata_labels(metadata)), source=source)


def _input_size(session: OnnxSession, metadata: dict[str, str], size: tuple[int, int] | None) -> tuple[int, int]:
    shape = session.inputs[0].shape
    if len(shape) != 4 or shape[1] not in (3, None) or session.inputs[0].dtype != "tensor(float)":
        raise ModelError(
            "the model's input is no picture",
            expected="float32 of shape (1, 3, height, width)",
            got=f"{session.inputs[0].dtype} of shape {shape}",
        )
    if shape[0] not in (1, None):
        raise ModelError("the model takes only whole batches", expected="batch 1 or dynamic", got=f"batch {shape[0]}")
    fixed = (shape[3], shape[2])
    if fixed[0] and fixed[1]:
        if size and size != fixed:
            raise ModelError(
                "--input does not fit the model", expected=f"{fixed[0]}x{fixed[1]}", got=f"{size[0]}x{size[1]}"
            )
        return fixed[0], fixed[1]
    if size:
        return size
    try:
        named = json.loads(metadata.get("imgsz", "null"))
    except json.JSONDecodeError:
        named = None
    if isinstance(named, list) and len(named) == 2:
        return int(named[1]), int(named[0])
    side = int(named) if isinstance(named, int) else DEFAULT_INPUT
    return side, side


def _metadata_labels(metadata: dict[str, str]) -> tuple[str, ...]:
    """Class names an exporter wrote: a dict of index to name as Python or JSON text."""
    text = metadata.get("names", "")
    if not text:
        return ()
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return ()
    if isinstance(names, dict):
        return tuple(str(names[key]) for key in sorted(names, key=int))
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def _labels(wanted: str | None, metadata: dict[str, str]) -> tuple[str, ...]:
    if wanted == "coco":
        return COCO_LABELS
    if wanted is not None:
        path = Path(wanted)
        if not path.is_file():
            raise ModelError(
                f"--labels {wanted}", expected="`coco` or a text file with one label a line", got="no such file"
            )
        labels = tuple(line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip())
    else:
        labels = _metadata_labels(metadata)
    if not labels:
        raise ModelError(
            "the model's class names are unknown",
            expected="labels",
            got="none",
            hint="Give --labels coco or --labels FILE",
        )
    return labels


def _layout(output: NDArray[np.float32], width: int, height: int, classes: int) -> Layout:
    if output.ndim == 3 and output.shape[0] == 1:
        grid, stride = yolox_grid(width, height)
        n = len(grid)
        if output.shape[1] == n and output.shape[2] == 5 + classes:
            return _yolox_kind(output, grid, stride)
        if output.shape[2] == n and output.shape[1] == 4 + classes:
            return Layout.YOLOV8
    raise ModelError(
        "the model's layout is unknown",
        expected=f"an output of shape (1, n, {5 + classes}) for yolox or (1, {4 + classes}, n) for yolov8, "
        f"with {classes} labels",
        got=f"{output.shape}",
        hint=f"Check --labels, or give --layout {'|'.join(Layout)} and --input WxH",
    )


def _yolox_kind(output: NDArray[np.float32], grid: NDArray[np.float32], stride: NDArray[np.float32]) -> Layout:
    """Decoded centres follow their cell across the picture; raw offsets do not know where they are."""
    centres = (grid[:, 0] + 0.5) * stride[:, 0]
    follows = float(np.corrcoef(output[0, :, 0], centres)[0, 1])
    return Layout.YOLOX_DECODED if follows > 0.9 else Layout.YOLOX_GRID


def _check_fits(layout: Layout, output: NDArray[np.float32], labels: tuple[str, ...]) -> None:
    classes = output.shape[1] - 4 if layout is Layout.YOLOV8 else output.shape[-1] - 5
    if output.ndim != 3 or classes != len(labels):
        raise ModelError(
            f"labels and layout {layout} do not fit the model",
            expected=f"{classes} labels for an output of shape {output.shape}",
            got=f"{len(labels)}",
        )


def _input_spec(layout: Layout, width: int, height: int) -> InputSpec:
    """What each family's own training code feeds its models."""
    if layout is Layout.YOLOV8:
        return InputSpec(width, height, colour="rgb", scale=1 / 255, letterbox="centre", pad=114)
    return InputSpec(width, height, colour="bgr", scale=1.0, letterbox="top-left", pad=114)


def _probe(width: int, height: int) -> NDArray[np.float32]:
    """Any picture will do: layout is read from shapes and from where boxes lie, not from what they hold."""
    return np.full((1, 3, height, width), 0.45, np.float32)


def _card_text(file: Path, layout: Layout, spec: InputSpec, labels: tuple[str, ...], licence: str) -> str:
    names = ",\n".join(f"    {json.dumps(label, ensure_ascii=False)}" for label in labels)
    return f"""# Written by `tracker model add`; docs/models.md documents every key.
name = {json.dumps(file.stem, ensure_ascii=False)}
sha256 = "{sha256_of(file)}"
licence = {json.dumps(licence, ensure_ascii=False)}
layout = "{layout}"
labels = [
{names},
]

[input]
width = {spec.width}
height = {spec.height}
colour = "{spec.colour}"
scale = {spec.scale!r}
letterbox = "{spec.letterbox}"
pad = {spec.pad}
shape = "{spec.shape}"
"""
