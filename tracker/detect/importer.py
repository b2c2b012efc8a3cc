"""Any ONNX detector as a model folder: layout and input found out by looking, then written down in a card."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from tracker.detect.card import (
    CARD_NAME,
    MAX_SIDE,
    MIN_SIDE,
    WEIGHTS_NAME,
    InputSpec,
    Layout,
    ModelCard,
    load_card,
    refuse_people,
    sha256_of,
)
from tracker.detect.feeding import TensorInfo, probe_tensor, require_picture
from tracker.detect.labels import labels_of, metadata_labels
from tracker.detect.reading import Answer, check_fits, find_layout, input_of, outputs_of
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ConflictError, ModelError, ModelRefusedError

DEFAULT_INPUT = 640
"""Side of the input of a model with dynamic shape that names none in its metadata: what most exporters train at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of a model; everything that is ``None`` is found out.

    Attributes:
        labels: ``coco``, a file with one label a line or JSON, or ``None`` to look into the model and beside it.
        layout: One of :class:`Layout`, or ``None``.
        size: Input width and height, or ``None``.
        licence: SPDX id of the weights.
    """

    labels: str | None
    layout: Layout | None
    size: tuple[int, int] | None
    licence: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about an ONNX file.

    Attributes:
        layout: Meaning of its outputs.
        input: Meaning of its input.
        labels: Class names by class id.
        reasons: Why so: one sentence each for layout, labels and input.
    """

    layout: Layout
    input: InputSpec
    labels: tuple[str, ...]
    reasons: tuple[str, ...]


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
    return write_model_folder(file, folder, inspect_model(file, wanted), licence=wanted.licence)


def write_model_folder(file: Path, folder: Path, findings: Findings, *, licence: str) -> ModelCard:
    """A model folder from an ONNX file and what was found out about it.

    Raises:
        ConflictError: The folder holds a model already.
        ModelError: It cannot be written.
    """
    if (folder / CARD_NAME).exists() or (folder / WEIGHTS_NAME).exists():
        raise ConflictError(f"{folder} holds a model already", hint="Choose another --name, or delete the folder first")
    text = _card_text(file, findings, licence)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / WEIGHTS_NAME)
        (folder / CARD_NAME).write_text(text, encoding="utf-8")
    except OSError as error:
        hint = "Choose another --folder or --name"
        raise ModelError(f"{folder} cannot be written", got=str(error.strerror), hint=hint) from error
    return load_card(folder)


def inspect_model(file: Path, wanted: Wanted) -> Findings:
    """Layout, input and labels of an ONNX file, found out by looking and by running it once.

    Raises:
        ModelError: It is no ONNX detector of a known layout, or labels and layout do not fit it.
        ModelRefusedError: It declares outputs about people.
    """
    if not file.is_file():
        raise ModelError(f"{file} is not a file", expected="an ONNX file")
    session = OnnxSession(file)
    metadata = session.metadata
    refuse_declared(session, source=str(file))
    size = _input_size(session.inputs[0], metadata, wanted.size)
    probe = probe_tensor(session.inputs, size)
    height, width = probe.shape[2:]
    bytes_wanted = session.inputs[0].dtype == "tensor(uint8)"
    answered = session.run(probe * 255 if bytes_wanted else probe)
    outputs = {info.name: output for info, output in zip(session.outputs, answered, strict=True)}
    labels, where = labels_of(wanted.labels, metadata, file)
    refuse_people(list(labels), source=wanted.labels or str(file))
    if wanted.layout is None:
        layout, why = find_layout(Answer(outputs, width, height, len(labels), metadata))
    else:
        layout, why = wanted.layout, "as asked"
    check_fits(layout, [outputs[name] for name in outputs_of(layout, list(outputs))], len(labels))
    spec, how = input_of(layout, width, height, metadata)
    if None in session.inputs[0].shape[2:] and spec.letterbox != "stretch":
        spec = replace(spec, shape="picture")
    if bytes_wanted:
        spec, how = replace(spec, scale=1.0), f"{how}; but 0..255, since the input is of bytes"
    return Findings(layout, spec, labels, (f"layout: {why}", f"labels: {where}", f"input: {how}"))


def refuse_declared(session: OnnxSession, *, source: str) -> None:
    """Refuse a model that says of itself, in metadata or in names of inputs and outputs, that it looks at people.

    Raises:
        ModelRefusedError: It does.
        ModelError: It says that it is no detector.
    """
    metadata = session.metadata
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
    refuse_people([info.name for info in (*session.inputs, *session.outputs)], source=source)
    refuse_people(list(metadata_labels(metadata)), source=source)


def _input_size(info: TensorInfo, metadata: dict[str, str], size: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height to feed: the file's own, or what the user says, or what the exporter wrote."""
    require_picture(info)
    fixed = (info.shape[3], info.shape[2])
    if fixed[0] and fixed[1]:
        if size and size != fixed:
            raise ModelError(
                "--input does not fit the model", expected=f"{fixed[0]}x{fixed[1]}", got=f"{size[0]}x{size[1]}"
            )
        found = (fixed[0], fixed[1])
    else:
        found = size or _named_size(metadata)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in found):
        raise ModelError(
            "the model's input has an unlikely size",
            expected=f"sides of {MIN_SIDE} to {MAX_SIDE} pixels",
            got=f"{found[0]}x{found[1]}",
        )
    return found


def _named_size(metadata: dict[str, str]) -> tuple[int, int]:
    try:
        named = json.loads(metadata.get("imgsz", "null"))
    except ValueError:
        named = None
    if isinstance(named, list) and len(named) == 2 and all(isinstance(side, int) for side in named):
        return named[1], named[0]
    side = named if isinstance(named, int) else DEFAULT_INPUT
    return side, side


def _card_text(file: Path, findings: Findings, licence: str) -> str:
    spec = findings.input
    names = ",\n".join(f"    {json.dumps(label, ensure_ascii=False)}" for label in findings.labels)
    reasons = "\n".join(f"# {' '.join(reason.split())}" for reason in findings.reasons)
    normalised = "" if (spec.mean, spec.std) == _PLAIN else f"mean = {list(spec.mean)}\nstd = {list(spec.std)}\n"
    return f"""# Written by `tracker model add`; docs/models.md documents every key.
{reasons}
name = {json.dumps(file.stem, ensure_ascii=False)}
sha256 = "{sha256_of(file)}"
licence = {json.dumps(licence, ensure_ascii=False)}
layout = "{findings.layout}"
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
{normalised}"""


_PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
