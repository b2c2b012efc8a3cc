"""Goes on learning from a model file itself: no checkpoint is needed, only ``model.onnx`` of a network that we know.

An exported network has its normalisation folded into its kernels. It is taken up again in that form: kernels and biases
are fitted at a low learning rate, which needs few pictures and no statistics of batches.
"""

from __future__ import annotations

import importlib
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.detect.card import WEIGHTS_NAME, Layout, ModelCard, load_card
from tracker.domain.errors import ConfigError, ModelError

NETWORKS = ("yolo11n", "yolov8n", "yolo11s", "yolov8s")
"""What is tried, in this order; all with ``Layout.YOLOV8`` outputs and RGB 0..1 inputs."""
STRIDE, PAD = 32, 114
_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
_LR, _LAST_LR, _WARMUP_STEPS = 2e-4, 0.02, 30
_DECAY = 0.995
"""Averaged weights keep this share of themselves a step."""
_SAVE_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One picture to learn from.

    Attributes:
        picture: BGR, uint8, shape (height, width, 3).
        rows: Class, then left, top, right, bottom as shares of the picture; float32 (n, 5).
    """

    picture: NDArray[np.uint8]
    rows: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how.

    Attributes:
        minutes: Time for fitting, over all runs that an interruption makes of it.
        batch: Pictures a step.
        seed: Decides order and variations.
    """

    minutes: float
    batch: int = 8
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a fit stands: steps so far, loss of the last one, seconds that are left."""

    step: int
    loss: float
    left_s: float


def fine_tune(
    start: Path, *, lessons: tuple[Lesson, ...], plan: Plan, work: Path, report: Callable[[Progress], None]
) -> Path:
    """Fits a model further, or carries on where an interrupted run stopped.

    Args:
        start: Folder of the model to start from.
        lessons: What to learn; shuffled and varied anew in every pass.
        plan: How long and how.
        work: Folder for checkpoints.
        report: Called after every step.

    Returns:
        The new ONNX file, in the folder for checkpoints.

    Raises:
        ConfigError: The extra ``train`` is not installed.
        ModelError: The model is none that can be taken up again.
    """
    torch, card = load_torch(), load_card(start)
    torch.manual_seed(plan.seed)
    work.mkdir(parents=True, exist_ok=True)
    run = _Run(torch, network_of(start, card), lessons=lessons, plan=plan, card=card)
    checkpoint = work / "last.pt"
    if checkpoint.is_file():
        run.load(checkpoint)
    run.learn(checkpoint, report)
    return _export(torch, run.averaged_model(), card, work)


def load_torch() -> Any:  # noqa: ANN401 -- torch is not installed where types are checked
    """The training framework.

    Raises:
        ConfigError: The extra ``train`` is not installed.
    """
    os.environ.setdefault("YOLO_OFFLINE", "1")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")  # its log goes to standard output, which is ours
    try:
        importlib.import_module("ultralytics.nn.tasks")
        importlib.import_module("onnx")
        return importlib.import_module("torch")
    except ImportError as error:
        raise ConfigError(
            "learning needs the extra `train` on this machine",
            got=str(error),
            hint="pip install torch, then pip install 'fairloom[train]'; or `tracker teach export` and learn elsewhere",
        ) from error


def network_of(start: Path, card: ModelCard) -> Any:  # noqa: ANN401
    """The network of a model folder with its weights, ready to learn on.

    Raises:
        ModelError: Layout, input or weights are those of no network in ``NETWORKS``.
    """
    hint = "`tracker teach export` writes the pictures for its own trainer, `tracker model add` takes the result"
    if card.layout is not Layout.YOLOV8 or card.input.colour != "rgb":
        raise ModelError(
            f"{card.name} cannot be taken up again here",
            expected=f"layout {Layout.YOLOV8} with RGB input, as {', '.join(NETWORKS)}",
            got=f"{card.layout}, {card.input.colour}",
            hint=hint,
        )
    torch = load_torch()
    onnx, numpy_helper = importlib.import_module("onnx"), importlib.import_module("onnx.numpy_helper")
    tasks, utils = importlib.import_module("ultralytics.nn.tasks"), importlib.import_module("ultralytics.utils")
    graph = onnx.load(str(start / WEIGHTS_NAME)).graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for name in NETWORKS:
        model = _built(torch, tasks.DetectionModel, name, weights=weights, classes=len(card.labels))
        state = model.state_dict()
        if all(key in weights and tuple(value.shape) == weights[key].shape for key, value in state.items()):
            model.load_state_dict({key: torch.from_numpy(np.array(weights[key], np.float32)) for key in state})
            model.args = utils.IterableSimpleNamespace(**(vars(utils.DEFAULT_CFG) | _GAINS))
            model.names = dict(enumerate(card.labels))
            for key, parameter in model.named_parameters():
                parameter.requires_grad_(".dfl" not in key)
            return model
    raise ModelError(
        f"{card.name} cannot be taken up again here",
        expected=f"the weights of one of {', '.join(NETWORKS)} in floating point",
        got="other weights (models in bytes cannot learn: start from the one they were made from)",
        hint=hint,
    )


def _built(torch: Any, network: Any, name: str, *, weights: dict[str, Any], classes: int) -> Any:  # noqa: ANN401
    """A network without normalisation for so many classes; its class branches as wide as those of the weights.

    A network that was itself fitted from COCO's weights keeps branches made for 80 classes.
    """
    model = network(f"{name}.yaml", nc=classes, verbose=False)
    last = weights.get(f"model.{len(model.model) - 1}.cv3.0.2.weight")
    if last is not None and last.shape[1] != model.model[-1].cv3[0][2].in_channels:
        model = network(f"{name}.yaml", nc=last.shape[1], verbose=False)
        head = model.model[-1]
        for branch in head.cv3:
            branch[2] = torch.nn.Conv2d(branch[2].in_channels, classes, 1)
        head.nc, head.no = classes, classes + 4 * head.reg_max
    return model.eval().fuse(verbose=False)


class _Run:
    """One fit: network, averaged weights, optimiser, and how far it has come."""

    def __init__(self, torch: Any, model: Any, *, lessons: tuple[Lesson, ...], plan: Plan, card: ModelCard) -> None:  # noqa: ANN401
        self._torch, self._model, self._lessons, self._plan = torch, model, lessons, plan
        self._long = max(card.input.width, card.input.height)
        self._averaged = {key: value.detach().clone() for key, value in model.state_dict().items()}
        learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.AdamW(learnt, lr=_LR, weight_decay=5e-4)
        self._step, self._spent_s = 0, 0.0

    def load(self, checkpoint: Path) -> None:
        kept = self._torch.load(checkpoint, map_location="cpu", weights_only=True)
        self._model.load_state_dict(kept["model"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self._averaged, self._step, self._spent_s = kept["averaged"], kept["step"], kept["spent_s"]

    def averaged_model(self) -> Any:  # noqa: ANN401
        self._model.load_state_dict(self._averaged)
        return self._model

    def learn(self, checkpoint: Path, report: Callable[[Progress], None]) -> None:
        """Every minute that is left; a checkpoint each."""
        self._model.train()
        whole_s, before_s, began, saved = self._plan.minutes * 60, self._spent_s, time.monotonic(), time.monotonic()
        try:
            while self._spent_s < whole_s:
                loss = self._take(self._spent_s / whole_s)
                self._spent_s = before_s + time.monotonic() - began
                report(Progress(self._step, loss, max(0.0, whole_s - self._spent_s)))
                if time.monotonic() - saved > _SAVE_S:
                    self._save(checkpoint)
                    saved = time.monotonic()
        finally:
            self._save(checkpoint)

    def _take(self, done: float) -> float:
        torch = self._torch
        rng = np.random.default_rng([self._plan.seed, self._step])
        picks = rng.choice(len(self._lessons), min(self._plan.batch, len(self._lessons)), replace=False)
        pictures, rows = make_batch([self._lessons[pick] for pick in picks], self._long, rng)
        warm = min(1.0, (self._step + 1) / _WARMUP_STEPS)
        for group in self._optimiser.param_groups:
            group["lr"] = _LR * warm * (_LAST_LR + (1 - _LAST_LR) * (1 + math.cos(math.pi * done)) / 2)
        image = torch.from_numpy(pictures).float() / 255
        truth = torch.from_numpy(rows)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = self._model(image)
        found = {k: [x.float() for x in v] if isinstance(v, list) else v.float() for k, v in found.items()}
        loss, _ = self._model.loss(
            {"batch_idx": truth[:, 0], "cls": truth[:, 1:2], "bboxes": truth[:, 2:], "img": image}, found
        )
        loss.sum().backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 10.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self._step += 1
        keep = min(_DECAY, self._step / (self._step + 9))
        with torch.no_grad():
            for key, value in self._model.state_dict().items():
                self._averaged[key].lerp_(value, 1 - keep)
        return float(loss.sum()) / len(picks)

    def _save(self, checkpoint: Path) -> None:
        fresh = checkpoint.with_suffix(".part")
        state = {"model": self._model.state_dict(), "averaged": self._averaged, "step": self._step}
        self._torch.save(state | {"optimiser": self._optimiser.state_dict(), "spent_s": self._spent_s}, fresh)
        fresh.replace(checkpoint)


def make_batch(
    lessons: list[Lesson], long: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Lessons scaled, moved, mirrored and tinted by chance onto one canvas that holds each of them.

    Args:
        lessons: At least one.
        long: Long side of the canvas, pixels.
        rng: Chance.

    Returns:
        RGB, uint8, shape (n, 3, height, width), and picture, class, centre and size in 0..1, float32 (m, 6).
    """
    fits = [long / max(lesson.picture.shape[:2]) for lesson in lessons]
    sides = [
        max(math.ceil(lesson.picture.shape[axis] * fit / STRIDE) for lesson, fit in zip(lessons, fits, strict=True))
        for axis in (1, 0)
    ]
    size = np.array(sides) * STRIDE
    pictures = np.empty((len(lessons), 3, size[1], size[0]), np.uint8)
    rows = []
    for number, (lesson, fit) in enumerate(zip(lessons, fits, strict=True)):
        made, labels = _varied(lesson, fit, size, rng)
        pictures[number] = made[:, :, ::-1].transpose(2, 0, 1)
        rows.append(np.concatenate([np.full((len(labels), 1), number, np.float32), labels], axis=1))
    return pictures, np.concatenate(rows).astype(np.float32)


def _varied(
    lesson: Lesson, fit: float, size: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    height, width = lesson.picture.shape[:2]
    scale = fit * float(np.exp(rng.uniform(-0.25, 0.15)))
    shift = (size - np.array([width, height]) * scale) * rng.uniform(0, 1, 2)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    canvas = (int(size[0]), int(size[1]))
    made = cv2.warpAffine(lesson.picture, matrix, canvas, flags=cv2.INTER_AREA, borderValue=(PAD, PAD, PAD))
    boxes = (lesson.rows[:, 1:] * np.array([width, height] * 2) * scale + np.tile(shift, 2)) / np.tile(size, 2)
    mirrored = rng.random(2) < 0.5
    if mirrored[0]:
        made, boxes = made[:, ::-1], np.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], axis=1)
    if mirrored[1]:
        made, boxes = made[::-1], np.stack([boxes[:, 0], 1 - boxes[:, 3], boxes[:, 2], 1 - boxes[:, 1]], axis=1)
    levels = np.arange(256) * rng.uniform(0.8, 1.2) + rng.uniform(-12, 12)
    made = cv2.LUT(np.ascontiguousarray(made), np.clip(levels, 0, 255).astype(np.uint8))
    inner = np.clip(boxes, 0, 1)
    whole = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    stays = np.prod(inner[:, 2:] - inner[:, :2], axis=1) > 0.35 * whole
    middle, sides = (inner[:, :2] + inner[:, 2:]) / 2, inner[:, 2:] - inner[:, :2]
    labels = np.concatenate([lesson.rows[:, :1], middle, sides], axis=1)[stays]
    return np.asarray(made, np.uint8), labels.astype(np.float32)


def _export(torch: Any, model: Any, card: ModelCard, work: Path) -> Path:  # noqa: ANN401
    ultralytics = importlib.import_module("ultralytics")
    holder = work / "export.pt"
    torch.save({"model": model.eval()}, holder)
    made = ultralytics.YOLO(str(holder)).export(
        format="onnx",
        imgsz=(card.input.height, card.input.width),
        dynamic=card.input.shape == "picture",
        simplify=False,
        nms=False,
        device="cpu",
    )
    return Path(shutil.move(made, work / WEIGHTS_NAME))
