"""The model card: what is in a model folder, and how its input and output are meant.

A model is a folder with ``model.onnx`` and ``card.toml``; docs/models.md documents every key.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tracker.domain.errors import ModelError, ModelHashError, ModelRefusedError

WEIGHTS_NAME = "model.onnx"
CARD_NAME = "card.toml"
MIN_SIDE, MAX_SIDE = 32, 4096
"""Pixels of an input's sides."""
LEAST_CONFIDENCE = 0.05
"""Boxes below it never leave a detector."""

REFUSED_WORDS = frozenset(
    {
        "age", "anger", "angry", "disgust", "embedding", "embeddings", "emotion", "emotions", "face", "faces", "facial",
        "fear", "gaze", "gender", "happy", "identities", "identity", "keypoint", "keypoints", "kpt", "kpts", "landmark",
        "landmarks", "pose", "reid", "sad", "skeleton", "surprise",
    }
)  # fmt: skip
"""Words in labels, output names or declared tasks that mark a model about people; whole words, lower case."""


class Layout(StrEnum):
    """What the numbers of a model's outputs mean.

    Dense, one row for each cell of a grid; boxes in input pixels; suppression is ours:

    ``YOLOX_GRID``     (1, n, 5 + classes): offsets on the grid and logarithms of sizes, then objectness, class scores.
    ``YOLOX_DECODED``  (1, n, 5 + classes): centre and size, then objectness, class scores.
    ``YOLOV5``         the same with three anchors a cell; YOLOv5 and YOLOv7. Its input is RGB 0..1.
    ``YOLOV8``         (1, 4 + classes, n): centre and size, then class scores; YOLOv8 to YOLO26 without NMS.
    ``YOLO_CORNERS``   (1, 4 + classes, n): corners, then class scores.

    Sparse, one row for each thing, best first or not:

    ``END2END``        (1, n, 6): corners in input pixels, score, class; YOLOv10, YOLO26, exports with NMS in them.
    ``RTDETR``         (1, n, 6): centre and size as shares of the input, score, class.
    ``RTDETR_SCORES``  (1, n, 4 + classes): centre and size as shares of the input, then class scores.
    ``DETR``           logits (1, n, classes) and boxes (1, n, 4), centre and size as shares; D-FINE, DEIM, RT-DETR.
    ``DETR_SIZED``     class ids (1, n), boxes (1, n, 4) and scores (1, n): corners in a size given as second input.
    ``RFDETR``         as ``DETR``, with columns that mean no class: COCO's unused ids, or one behind the classes.
    ``RFDETR_FROM_1``  as ``RFDETR``, with the column that means no class before the classes.
    """

    YOLOX_GRID = "yolox-grid"
    YOLOX_DECODED = "yolox-decoded"
    YOLOV5 = "yolov5"
    YOLOV8 = "yolov8"
    YOLO_CORNERS = "yolo-corners"
    END2END = "end2end"
    RTDETR = "rtdetr"
    RTDETR_SCORES = "rtdetr-scores"
    DETR = "detr"
    DETR_SIZED = "detr-sized"
    RFDETR = "rf-detr"
    RFDETR_FROM_1 = "rf-detr-from-1"


Triple = tuple[float, float, float]
"""One number for each colour channel, in the order of the input's ``colour``."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How a picture becomes the model's input tensor.

    Attributes:
        width: Input width, pixels.
        height: Input height, pixels.
        colour: Channel order, ``rgb`` or ``bgr``.
        scale: Factor on 0..255 values: 1/255 for models fed 0..1, 1 for models fed 0..255.
        letterbox: Where the picture sits in the padding, ``centre`` or ``top-left``; ``stretch`` pads nothing and
            gives up the picture's proportions.
        pad: Padding value 0..255, before scaling.
        shape: ``fixed`` always feeds ``width`` x ``height``. ``picture`` feeds a model of dynamic shape the smallest
            input with sides of a multiple of 32 that holds the picture shrunk into ``width`` x ``height``: a wide
            picture costs little more than half of a square.
        mean: Taken off each channel after scaling; zeros for most families.
        std: Each channel is divided by it after that.
    """

    width: int
    height: int
    colour: str
    scale: float
    letterbox: str
    pad: int
    shape: str = "fixed"
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model folder declares.

    Attributes:
        name: Shown in reports and stored with every run.
        sha256: Hexadecimal digest of model.onnx; checked before the file is opened as a model.
        licence: SPDX id or a sentence.
        layout: Meaning of the output.
        input: Meaning of the input.
        labels: Class names by class id.
        confidence: Threshold at which it is meant to be measured, 0.05..1; ``None`` when the card does not say.
    """

    name: str
    sha256: str
    licence: str
    layout: Layout
    input: InputSpec
    labels: tuple[str, ...]
    confidence: float | None = None


LETTERBOXES = ("centre", "top-left", "stretch")

_CARD_KEYS = (
    "name",
    "version",
    "sha256",
    "licence",
    "layout",
    "labels",
    "confidence",
    "input",
    "sources",
    "accuracy",
    "training",
    "quantized",
)
_REQUIRED = ("name", "sha256", "licence", "layout", "labels", "input")
_INPUT_REQUIRED = ("width", "height", "colour", "scale", "letterbox", "pad")
_INPUT_KEYS = (*_INPUT_REQUIRED, "shape", "mean", "std")


def load_card(folder: Path) -> ModelCard:
    """The card of a model folder, checked against the weights beside it.

    Raises:
        ModelError: The folder, the card or one of its values is wrong.
        ModelHashError: model.onnx is not the file the card describes.
        ModelRefusedError: A label names something about people that Fairloom never looks for.
    """
    card_path, weights_path = folder / CARD_NAME, folder / WEIGHTS_NAME
    for path in (card_path, weights_path):
        if not path.is_file():
            raise ModelError(
                f"{folder} is no model folder",
                expected=f"a file {path.name} in it",
                got="none",
                hint="`tracker model add FILE.onnx --labels FILE` makes a model folder from any ONNX file",
            )
    try:
        card = parse_card(tomllib.loads(card_path.read_text(encoding="utf-8")), source=str(card_path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{card_path} is not valid TOML", got=str(error)) from error
    digest = sha256_of(weights_path)
    if digest != card.sha256:
        raise ModelHashError(
            f"{weights_path} is not the file its card describes",
            expected=f"sha256 {card.sha256}",
            got=digest,
            hint="Restore the file, or add it anew with `tracker model add`",
        )
    return card


def parse_card(raw: dict[str, Any], *, source: str) -> ModelCard:
    """A card from parsed TOML.

    Args:
        raw: The parsed file.
        source: Named in errors.

    Raises:
        ModelError: A key is missing or unknown, or a value is out of range.
        ModelRefusedError: A label names something about people.
    """
    _check_keys(raw, _CARD_KEYS, _REQUIRED, source)
    given = raw["input"]
    if not isinstance(given, dict):
        raise ModelError(f"{source}: input", expected="a table [input]", got=repr(given))
    _check_keys(given, _INPUT_KEYS, _INPUT_REQUIRED, f"{source} [input]")
    labels = raw["labels"]
    if not (isinstance(labels, list) and labels and all(isinstance(label, str) and label for label in labels)):
        raise ModelError(f"{source}: labels", expected="a list of class names", got=repr(labels)[:80])
    spec = InputSpec(
        width=_whole(given["width"], f"{source} input.width", low=MIN_SIDE, high=MAX_SIDE),
        height=_whole(given["height"], f"{source} input.height", low=MIN_SIDE, high=MAX_SIDE),
        colour=_choice(given["colour"], ("rgb", "bgr"), f"{source} input.colour"),
        scale=_number(given["scale"], f"{source} input.scale"),
        letterbox=_choice(given["letterbox"], LETTERBOXES, f"{source} input.letterbox"),
        pad=_whole(given["pad"], f"{source} input.pad", low=0, high=255),
        shape=_choice(given.get("shape", "fixed"), ("fixed", "picture"), f"{source} input.shape"),
        mean=_triple(given.get("mean", [0.0, 0.0, 0.0]), f"{source} input.mean", low=-255.0),
        std=_triple(given.get("std", [1.0, 1.0, 1.0]), f"{source} input.std", low=1e-6),
    )
    if spec.letterbox == "stretch" and (spec.width % 2 or spec.height % 2):
        raise ModelError(
            f"{source} input", expected="even sides for a stretched picture", got=f"{spec.width}x{spec.height}"
        )
    refuse_people(labels, source=source)
    return ModelCard(
        name=str(raw["name"]),
        sha256=str(raw["sha256"]).lower(),
        licence=str(raw["licence"]),
        layout=Layout(_choice(raw["layout"], tuple(Layout), f"{source} layout")),
        input=spec,
        labels=tuple(labels),
        confidence=_confidence(raw.get("confidence"), f"{source} confidence"),
    )


def refuse_people(words: list[str], *, source: str) -> None:
    """Refuse a model that declares outputs about who people are or how they feel.

    Raises:
        ModelRefusedError: One of the words is on the list.
    """
    for word in words:
        parts = set(word.lower().replace("_", " ").replace("-", " ").split())
        if found := parts & REFUSED_WORDS:
            raise ModelRefusedError(
                f"{source} declares {word!r}",
                expected="a model of things",
                got=f"an output about people ({min(found)})",
                hint="Fairloom counts garments and never loads face, pose, emotion or identity models",
            )


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_keys(raw: dict[str, Any], known: tuple[str, ...], required: tuple[str, ...], source: str) -> None:
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0)
            raise ModelError(f"{source}: unknown key {key!r}", hint=f"The nearest known key is {near[0]!r}")
    missing = [key for key in required if key not in raw]
    if missing:
        raise ModelError(f"{source}: missing {', '.join(missing)}", hint="docs/models.md documents every key")


def _choice(value: object, allowed: tuple[str, ...], source: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ModelError(source, expected=f"one of {', '.join(allowed)}", got=repr(value))
    return value


def _whole(value: object, source: str, *, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError(source, expected=f"a whole number {low}..{high}", got=repr(value))
    return value


def _confidence(value: object, source: str) -> float | None:
    if value is None:
        return None
    if (number := _number(value, source)) < LEAST_CONFIDENCE:
        raise ModelError(source, expected=f"at least {LEAST_CONFIDENCE}", got=repr(value))
    return number


def _number(value: object, source: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= 1:
        raise ModelError(source, expected="a number above 0 and at most 1", got=repr(value))
    return float(value)


def _triple(value: object, source: str, *, low: float) -> Triple:
    given = value if isinstance(value, list) else []
    numbers = [each for each in given if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if not (len(given) == len(numbers) == 3 and all(low <= each <= 255 for each in numbers)):
        raise ModelError(source, expected=f"three numbers {low:g}..255", got=repr(value)[:80])
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
