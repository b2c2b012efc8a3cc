"""Fits the weights with libreyolo on the processor or a GPU, and exports them. torch lives here and nowhere else."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.train.dataset import round_yaml
from tracker.train.recipe import Recipe


def fit(recipe: Recipe) -> Path:
    """Trains round after round, or carries on where an interrupted run stopped.

    Returns:
        The checkpoint with the averaged weights of the last epoch.

    Raises:
        ConfigError: The extra ``train`` is not installed, or data or start weights are missing.
    """
    start = recipe.fit.start_weights
    for number in range(1, len(recipe.rounds) + 1):
        _fit_round(recipe, number, start)
        start = _last_of(recipe, number)
    return start


def checkpoint_of(recipe: Recipe) -> Path:
    """Where the fit leaves its weights.

    Raises:
        ConfigError: There are none yet.
    """
    last = _last_of(recipe, len(recipe.rounds))
    if not last.is_file():
        raise ConfigError(f"{last} is missing", hint="Run the step `fit` first")
    return last


def _fit_round(recipe: Recipe, number: int, start: Path) -> None:
    last, done = _last_of(recipe, number), _run_of(recipe, number) / "done"
    if done.is_file():
        return
    data, plan = round_yaml(recipe.work / "data", number), recipe.rounds[number - 1]
    resume = last.is_file()
    for needed, step in ((data, "run the step `data` first"), (start, "set fit.start_weights in the recipe")):
        if not needed.is_file():
            raise ConfigError(f"{needed} is missing", hint=step)
    model = _libreyolo().LibreYOLO(str(last if resume else start))
    model.train(
        str(data), epochs=plan.epochs, batch=recipe.fit.batch, imgsz=recipe.fit.input_px, lr0=plan.lr,
        warmup_epochs=plan.warmup_epochs, no_aug_epochs=plan.plain_epochs, mosaic_prob=recipe.fit.mosaic,
        mixup_prob=0.0, degrees=0.0, shear=0.0, mosaic_scale=(0.6, 1.4), flipud=0.5, seed=recipe.seed,
        project=str(recipe.work), name=_run_of(recipe, number).name, exist_ok=True, resume=resume, workers=0,
        amp=False, cache="ram", eval_interval=100, save_period=1000, callbacks=_ChannelsLast(model),
        device=os.environ.get("FAIRLOOM_TRAIN_DEVICE", "cpu"),
    )  # fmt: skip
    done.write_text("", encoding="utf-8")


def _run_of(recipe: Recipe, number: int) -> Path:
    return recipe.work / f"fit-{number}"


def _last_of(recipe: Recipe, number: int) -> Path:
    return _run_of(recipe, number) / "weights" / "last.pt"


def export(recipe: Recipe, checkpoint: Path) -> Path:
    """The weights as ONNX: 1x3xSxS float32 BGR 0..255 in, (1, n, 5 + classes) out, boxes decoded to input pixels.

    Returns:
        The model file in the recipe's output folder.
    """
    model = _libreyolo().LibreYOLO(str(checkpoint))
    recipe.output.mkdir(parents=True, exist_ok=True)
    target = recipe.output / "model.onnx"
    made = model.export(
        "onnx", imgsz=recipe.fit.input_px, simplify=False, dynamic=False, output_path=str(recipe.work / "export.onnx")
    )
    shutil.move(made, target)
    return target


class _ChannelsLast:
    """Keeps the network's tensors in channels-last order: a quarter faster on processors, the same numbers.

    A callback, because libreyolo builds the network anew for the number of classes when training starts.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - libreyolo ships no types
        self._model = model

    def on_train_start(self, event: object) -> None:
        del event
        torch = importlib.import_module("torch")
        self._model.model.to(memory_format=torch.channels_last)

    def on_train_epoch_end(self, event: object) -> None:
        """Nothing: libreyolo logs each epoch itself."""

    def on_train_end(self, event: object) -> None:
        """Nothing to undo: checkpoints hold values, not their order in memory."""

    def on_train_exception(self, event: object) -> None:
        """Nothing to undo."""


def _libreyolo() -> Any:  # noqa: ANN401 - libreyolo ships no types
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("YOLO_OFFLINE", "1")
    try:
        return importlib.import_module("libreyolo")
    except ImportError as error:
        raise ConfigError(
            "training needs the extra `train`",
            got=str(error),
            hint="pip install torch, then pip install 'fairloom[train]'",
        ) from error
