"""Finding out a model's layout by looking: names and shapes of its outputs, its metadata, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import InputSpec, Layout
from tracker.detect.heads import yolox_grid
from tracker.detect.labels import COCO_CATEGORY_IDS
from tracker.domain.errors import ModelError

Array = NDArray[np.float32]

LOGITS = ("pred_logits", "logits", "labels")
BOXES = ("pred_boxes", "boxes", "dets")
"""What exporters of DETR families call these outputs; RF-DETR calls its logits labels and its boxes dets."""
SIZED = ("labels", "boxes", "scores")
"""Outputs of D-FINE, DEIM and RT-DETR exported with their post-processor, in the order the head reads them."""
ANCHORS = 3
"""Anchors a cell of YOLOv5 and YOLOv7."""
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision's backbones were trained with, for channel values 0..1 in the order RGB."""
DINO_SIZES = frozenset({"s", "m", "l", "x"})
"""Sizes of DEIMv2 whose backbone is DINOv3, which wants ImageNet's mean; the smaller ones do not."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a model said to a probe.

    Attributes:
        outputs: By name, in the model's order.
        width: Input width, pixels.
        height: Input height, pixels.
        classes: How many labels there are.
        metadata: What the exporter wrote.
    """

    outputs: Mapping[str, Array]
    width: int
    height: int
    classes: int
    metadata: Mapping[str, str]


def outputs_of(layout: Layout, names: Sequence[str]) -> tuple[str, ...]:
    """The outputs that the head of a layout reads, in its order.

    Args:
        names: The model's outputs.

    Raises:
        ModelError: One is missing.
    """
    if layout is Layout.DETR_SIZED:
        wanted: Sequence[Sequence[str]] = [(name,) for name in SIZED]
    elif layout in {Layout.DETR, Layout.RFDETR, Layout.RFDETR_FROM_1}:
        wanted = [LOGITS, BOXES]
    else:
        return (names[0],)
    found = [next((name for name in names if name in choices), None) for choices in wanted]
    if None in found:
        raise ModelError(
            f"layout {layout} does not fit the model",
            expected="outputs named " + ", ".join("/".join(choices) for choices in wanted),
            got=", ".join(names),
        )
    return tuple(name for name in found if name is not None)


def find_layout(answer: Answer) -> tuple[Layout, str]:
    """A model's layout, and what gave it away.

    Raises:
        ModelError: It is none of those we know, or it could be two; the message names ``--layout``.
    """
    names = set(answer.outputs)
    if names >= set(SIZED):
        return Layout.DETR_SIZED, "outputs labels, boxes and scores"
    if names & set(LOGITS) and names & set(BOXES):
        return _detr(answer)
    first = next(iter(answer.outputs.values()))
    if first.ndim == 3 and first.shape[0] == 1:
        found = _dense(answer, first[0]) or _sparse(answer, first[0])
        if found is not None:
            return found
    raise _unknown(answer)


def check_fits(layout: Layout, outputs: Sequence[Array], classes: int) -> None:
    """Make sure that outputs have the shapes that a layout's head reads, for this number of labels.

    Raises:
        ModelError: They have not.
    """
    shapes = [output.shape for output in outputs]
    first = shapes[0]
    if layout is Layout.DETR_SIZED:
        rows = first[1] if len(first) == 2 else -1
        if shapes != [(1, rows), (1, rows, 4), (1, rows)]:
            raise _misfit(layout, "shapes (1, n), (1, n, 4), (1, n)", shapes)
        return
    if len(first) != 3 or first[0] != 1:
        raise _misfit(layout, "shape (1, ..., ...)", shapes)
    if layout in {Layout.END2END, Layout.RTDETR}:
        if first[2] != 6:
            raise _misfit(layout, "shape (1, n, 6)", shapes)
        return
    if layout in {Layout.DETR, Layout.RFDETR, Layout.RFDETR_FROM_1} and shapes[1] != (1, first[1], 4):
        raise _misfit(layout, f"boxes of shape (1, {first[1]}, 4)", shapes)
    seen = _classes_seen(layout, first)
    if classes not in seen:
        raise ModelError(
            f"labels and layout {layout} do not fit the model",
            expected=f"{' or '.join(map(str, seen))} labels for an output of shape {first}",
            got=f"{classes}",
        )


def input_of(layout: Layout, width: int, height: int, metadata: Mapping[str, str]) -> tuple[InputSpec, str]:
    """What each family's own code feeds its models, and what of that can't be seen in the file, in words."""
    family, size = metadata.get("model_family", ""), metadata.get("size", "")
    if layout in {Layout.YOLOX_GRID, Layout.YOLOX_DECODED}:
        spec = InputSpec(width, height, colour="bgr", scale=1.0, letterbox="top-left", pad=114)
        return spec, "as YOLOX is trained: BGR 0..255, letterbox top left"
    if layout in {Layout.RFDETR, Layout.RFDETR_FROM_1} or (family == "deimv2" and size in DINO_SIZES):
        spec = InputSpec(width, height, "rgb", 1 / 255, "stretch", 114, mean=IMAGENET_MEAN, std=IMAGENET_STD)
        return spec, "as its family is trained: RGB with ImageNet's mean, stretched"
    if layout in {Layout.DETR, Layout.DETR_SIZED, Layout.RTDETR, Layout.RTDETR_SCORES}:
        spec = InputSpec(width, height, colour="rgb", scale=1 / 255, letterbox="stretch", pad=114)
        return (
            spec,
            "as D-FINE, DEIM and RT-DETR are trained: RGB 0..1, stretched; give mean and std in the card if not",
        )
    letterbox = "top-left" if metadata.get("letterbox_pad") == "topleft" else "centre"
    spec = InputSpec(width, height, colour="rgb", scale=1 / 255, letterbox=letterbox, pad=114)
    return spec, f"as YOLOv5 to YOLO26 are trained: RGB 0..1, letterbox {letterbox}"


def _detr(answer: Answer) -> tuple[Layout, str]:
    names = list(answer.outputs)
    logits = answer.outputs[outputs_of(Layout.DETR, names)[0]]
    columns, named = logits.shape[-1], " and ".join(outputs_of(Layout.DETR, names))
    ours = "dets" in names or answer.metadata.get("model_family") == "rfdetr"
    if columns == answer.classes:
        layout = Layout.RFDETR if ours else Layout.DETR
        return layout, f"outputs {named}, {columns} columns for as many labels"
    coco = len(COCO_CATEGORY_IDS)
    if columns == coco + 11 and answer.classes == coco:
        return Layout.RFDETR, f"outputs {named}, {columns} columns: COCO's own category ids"
    if columns == answer.classes + 1:
        raise ModelError(
            "which column of the model means no class cannot be seen",
            expected=f"{answer.classes} columns for {answer.classes} labels",
            got=f"{columns}",
            hint=f"Give --layout {Layout.RFDETR} if category ids began at 0 in training (most do), else "
            f"--layout {Layout.RFDETR_FROM_1}",
        )
    raise _unknown(answer)


def _dense(answer: Answer, rows: Array) -> tuple[Layout, str] | None:
    grid, stride = yolox_grid(answer.width, answer.height)
    cells, classes = len(grid), answer.classes
    centres = (grid + 0.5) * stride
    if rows.shape == (cells, 5 + classes):
        # decoded centres follow their cell across the picture; raw offsets do not know where they are
        if _follows(rows[:, 0], centres[:, 0]):
            return Layout.YOLOX_DECODED, f"{cells} rows, one a cell, and their boxes follow the cells"
        return Layout.YOLOX_GRID, f"{cells} rows, one a cell, and their boxes do not follow the cells"
    if rows.shape == (ANCHORS * cells, 5 + classes):
        return Layout.YOLOV5, f"{ANCHORS} rows a cell"
    if rows.shape[0] == 4 + classes and rows.shape[1] != 6:
        return _columnar(answer, rows, centres)
    return None


def _columnar(answer: Answer, rows: Array, centres: Array) -> tuple[Layout, str]:
    """Centre and size, or corners: in pixels from the centres of the cells, which of the two readings lies nearer?"""
    if rows.shape[1] != len(centres):  # YOLOv3-tiny and models with a fourth stride
        return Layout.YOLOV8, f"{rows.shape[0]} rows: boxes and {answer.classes} classes"
    as_centres = np.abs(rows[:2].T - centres).mean()
    as_corners = np.abs((rows[:2] + rows[2:4]).T / 2 - centres).mean()
    if as_corners < 0.5 * as_centres:
        return Layout.YOLO_CORNERS, f"{rows.shape[1]} columns, one a cell, and corners around the cells"
    return Layout.YOLOV8, f"{rows.shape[1]} columns, one a cell, and box centres near the cells"


def _sparse(answer: Answer, rows: Array) -> tuple[Layout, str] | None:
    shares = bool(rows.size) and bool(np.abs(rows[:, :4]).max() <= 2) and bool(rows[:, 2:4].any())
    if rows.shape[1] == 6 and bool((rows[:, 5] == np.rint(rows[:, 5])).all()):
        if shares:
            return Layout.RTDETR, "rows of box, score and class; boxes are shares of the input"
        return Layout.END2END, "rows of corners, score and class"
    if rows.shape[1] == 4 + answer.classes and shares:
        return Layout.RTDETR_SCORES, "rows of box and class scores; boxes are shares of the input"
    return None


def _follows(values: Array, centres: Array) -> bool:
    if values.std() == 0:  # a correlation of something that never changes is not a number
        return False
    return bool(np.corrcoef(values, centres)[0, 1] > 0.9)


def _classes_seen(layout: Layout, shape: tuple[int, ...]) -> list[int]:
    """How many labels an output of this shape can have."""
    columns = shape[2]
    if layout in {Layout.YOLOV8, Layout.YOLO_CORNERS}:
        return [shape[1] - 4]
    if layout is Layout.RTDETR_SCORES:
        return [columns - 4]
    if layout is Layout.DETR:
        return [columns]
    if layout is Layout.RFDETR_FROM_1:
        return [columns - 1]
    if layout is Layout.RFDETR:
        coco = len(COCO_CATEGORY_IDS)
        return [columns, columns - 1, *([coco] if columns == coco + 11 else [])]
    return [columns - 5]


def _misfit(layout: Layout, expected: str, shapes: Sequence[tuple[int, ...]]) -> ModelError:
    return ModelError(
        f"layout {layout} does not fit the model", expected=expected, got=", ".join(str(shape) for shape in shapes)
    )


def _unknown(answer: Answer) -> ModelError:
    classes = answer.classes
    shapes = ", ".join(f"{name} {output.shape}" for name, output in answer.outputs.items())
    return ModelError(
        "the model's layout is unknown",
        expected=f"outputs of a layout in docs/models.md, such as (1, {4 + classes}, n), (1, n, {5 + classes}) or "
        f"(1, n, 6), with {classes} labels",
        got=shapes,
        hint=f"Check --labels, or give --layout {'|'.join(Layout)} and --input WxH",
    )
