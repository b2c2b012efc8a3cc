"""Fits the weights on the processor or a GPU, and exports them. torch and ultralytics live here and nowhere else.

The network and its loss are ultralytics'; the loop is ours, because ultralytics' trainer pads every picture to a square
and knows half precision on GPUs only. On processors with AMX or AVX-512 BF16, bfloat16 halves the time of a step.
"""

from __future__ import annotations

import importlib
import math
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.sim.script import LABELS
from tracker.train.batches import Batch, batches, read_examples
from tracker.train.recipe import FitRecipe, Recipe

_DECAY, _DECAY_STEPS = 0.999, 1000
"""Averaged weights (EMA) keep this share of themselves a step, less in the first steps."""
_WEIGHT_DECAY = 5e-4
_LAST_LR = 0.02
"""Learning rate of the last step over the peak."""
OPERATING_CONFIDENCE = 0.3
"""Where the shipped model's scores part right from wrong: above what a stock wants (0.25), below what a track is sure
of (0.35)."""
_REPORT_STEPS = 50
_SAVE_S = 300.0
_GAINS = {"box": 5.0, "cls": 1.0, "dfl": 1.0}
"""Weights of the parts of ultralytics' loss. Its defaults (7.5, 0.5, 1.5) are for eighty classes and boxes right to the
pixel; what goes wrong here is whether a thing is a garment, hardly ever where it lies."""


def fit(recipe: Recipe) -> Path:
    """Trains, or carries on where an interrupted run stopped.

    Progress goes to standard output with the time that is left; a checkpoint is written every five minutes.

    Returns:
        The checkpoint with the averaged weights.

    Raises:
        ConfigError: The extra ``train`` is not installed, or start weights or data set are missing.
    """
    torch = _torch()
    folder = recipe.work / "fit"
    last, done = folder / "last.pt", folder / "done"
    if done.is_file():
        return last
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(recipe, torch)
    if last.is_file():
        run.load(last)
    run.learn(last)
    done.write_text("", encoding="utf-8")
    return last


def checkpoint_of(recipe: Recipe) -> Path:
    """Where the fit leaves its weights.

    Raises:
        ConfigError: There are none yet.
    """
    last = recipe.work / "fit" / "last.pt"
    if not last.is_file():
        raise ConfigError(f"{last} is missing", hint="Run the step `fit` first")
    return last


def export(recipe: Recipe, checkpoint: Path, *, confidence: float = OPERATING_CONFIDENCE) -> Path:
    """The averaged weights as ONNX: 1x3xHxW float32 RGB 0..1 in, (1, 4 + classes, n) out, boxes in input pixels.

    Sides are any multiples of 32, so that pictures need not be padded to squares.

    Args:
        recipe: The run.
        checkpoint: Where the fit left its weights.
        confidence: What the fitted network says of a box that is as likely right as wrong. All logits are shifted so
            that the shipped model says ``OPERATING_CONFIDENCE`` of it; no box changes its place or rank.

    Returns:
        The model file in the recipe's output folder.
    """
    torch = _torch()
    model = _network(recipe.fit)
    model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["averaged"])
    for branch in model.model[-1].cv3:
        branch[-1].bias.data += _logit(OPERATING_CONFIDENCE) - _logit(confidence)
    recipe.output.mkdir(parents=True, exist_ok=True)
    ultralytics = importlib.import_module("ultralytics")
    holder = recipe.work / "export.pt"
    model.names = dict(enumerate(LABELS))
    torch.save({"model": model.eval()}, holder)
    made = ultralytics.YOLO(str(holder)).export(
        format="onnx", imgsz=recipe.fit.input_px, dynamic=True, simplify=False, nms=False, device="cpu"
    )
    return Path(shutil.move(made, recipe.output / "model.onnx"))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


class _Run:
    """One fit: network, averaged weights, optimiser, and the step it has come to."""

    def __init__(self, recipe: Recipe, torch: Any) -> None:  # noqa: ANN401 - torch is not installed where types are checked
        self._recipe, self._fit, self._torch = recipe, recipe.fit, torch
        torch.manual_seed(recipe.seed)
        self._device = torch.device(os.environ.get("FAIRLOOM_TRAIN_DEVICE", "cpu"))
        self._model = _network(recipe.fit).to(self._device, memory_format=torch.channels_last)
        self._averaged = {key: value.detach().clone() for key, value in self._model.state_dict().items()}
        self._optimiser = torch.optim.AdamW(_groups(self._model), lr=recipe.fit.lr, betas=(0.9, 0.999))
        self._examples = read_examples(recipe.work / "data", "train")
        self._steps, self._step = recipe.fit.steps, 0

    def load(self, checkpoint: Path) -> None:
        """Goes on from a checkpoint."""
        kept = self._torch.load(checkpoint, map_location=self._device, weights_only=True)
        self._model.load_state_dict(kept["model"])
        self._averaged, self._step = kept["averaged"], kept["step"]
        self._optimiser.load_state_dict(kept["optimiser"])

    def save(self, checkpoint: Path) -> None:
        """Writes a checkpoint; an interrupted write leaves the one before."""
        fresh = checkpoint.with_suffix(".part")
        state = {"model": self._model.state_dict(), "averaged": self._averaged, "step": self._step}
        self._torch.save(state | {"optimiser": self._optimiser.state_dict()}, fresh)
        fresh.replace(checkpoint)

    def learn(self, checkpoint: Path) -> None:
        """Every step that is left."""
        self._model.train()
        first, began, saved = self._step, time.monotonic(), time.monotonic()
        each = self._epoch_steps()
        while self._step < self._steps:
            epoch, skip = divmod(self._step, each)
            for batch in batches(self._examples, self._fit, seed=self._recipe.seed, epoch=epoch, skip=skip):
                losses = self._take(batch)
                if self._step % _REPORT_STEPS == 0:
                    left = (time.monotonic() - began) / (self._step - first) * (self._steps - self._step)
                    parts = " ".join(f"{float(loss):.3f}" for loss in losses)
                    sys.stdout.write(
                        f"epoch {epoch + 1} step {self._step}/{self._steps} loss {parts} left {left:.0f} s\n"
                    )
                    sys.stdout.flush()
                if time.monotonic() - saved > _SAVE_S:
                    self.save(checkpoint)
                    saved = time.monotonic()
                if self._step == self._steps:
                    break
        self.save(checkpoint)

    def _take(self, batch: Batch) -> Any:  # noqa: ANN401
        torch = self._torch
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self._fit, self._step)
        labels = torch.from_numpy(batch.labels).to(self._device)
        pictures = torch.from_numpy(batch.pictures).to(self._device)
        pictures = (pictures.float() / 255).contiguous(memory_format=torch.channels_last)
        truth = {"batch_idx": labels[:, 0], "cls": labels[:, 1:2], "bboxes": labels[:, 2:], "img": pictures}
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            found = self._model(pictures)
        # The loss takes differences of small numbers: not in half precision.
        found = {
            key: [v.float() for v in value] if isinstance(value, list) else value.float()
            for key, value in found.items()
        }
        loss, _ = self._model.loss(truth, found)
        loss.sum().backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 10.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self._step += 1
        keep = _DECAY * (1 - math.exp(-self._step / _DECAY_STEPS))
        with torch.no_grad():
            for key, value in self._model.state_dict().items():
                if value.dtype.is_floating_point:
                    self._averaged[key].lerp_(value, 1 - keep)
        return loss.detach() / len(pictures)

    def _epoch_steps(self) -> int:
        sizes: dict[tuple[int, int], int] = {}
        for example in self._examples:
            sizes[example.size] = sizes.get(example.size, 0) + 1
        return sum(math.ceil(count / self._fit.batch) for count in sizes.values())


def learning_rate(fit: FitRecipe, step: int) -> float:
    """Rises over the first steps, then falls along half a cosine to a fiftieth; anew from each of ``restart_steps``."""
    rounds = [*fit.restart_steps, fit.steps]
    first = max((start for start in fit.restart_steps if start <= step), default=0)
    last, peak = next(end for end in rounds if end > first), fit.restart_lr if first else fit.lr
    rising = step - first
    if rising < fit.warmup_steps:
        return peak * (rising + 1) / fit.warmup_steps
    done = (rising - fit.warmup_steps) / max(1, last - first - fit.warmup_steps)
    return peak * (_LAST_LR + (1 - _LAST_LR) * (1 + math.cos(math.pi * min(1.0, done))) / 2)


def _groups(model: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Parameters with and without decay: only kernels decay, biases and normalisation don't."""
    kernels = [parameter for parameter in model.parameters() if parameter.requires_grad and parameter.ndim > 1]
    rest = [parameter for parameter in model.parameters() if parameter.requires_grad and parameter.ndim <= 1]
    return [{"params": kernels, "weight_decay": _WEIGHT_DECAY}, {"params": rest, "weight_decay": 0.0}]


def _network(fit: FitRecipe) -> Any:  # noqa: ANN401
    """The network with its start weights; loading them also widens the class branches to those of the weights.

    Raises:
        ConfigError: The start weights are missing.
    """
    if not fit.start_weights.is_file():
        raise ConfigError(f"start weights {fit.start_weights} are missing", hint="Set fit.start_weights in the recipe")
    tasks, utils = importlib.import_module("ultralytics.nn.tasks"), importlib.import_module("ultralytics.utils")
    model = tasks.DetectionModel(f"{fit.network}.yaml", nc=len(LABELS), verbose=False)
    model.load(tasks.load_checkpoint(str(fit.start_weights))[0], verbose=False)
    model.args = utils.IterableSimpleNamespace(**(vars(utils.DEFAULT_CFG) | _GAINS))
    return model


def _torch() -> Any:  # noqa: ANN401
    os.environ.setdefault("YOLO_OFFLINE", "1")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    try:
        importlib.import_module("ultralytics.nn.tasks")
        return importlib.import_module("torch")
    except ImportError as error:
        raise ConfigError(
            "training needs the extra `train`",
            got=str(error),
            hint="pip install torch, then pip install 'fairloom[train]'",
        ) from error
