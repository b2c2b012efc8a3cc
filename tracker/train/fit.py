"""Fits the weights with libreyolo on the processor or a GPU, and exports them. torch lives here and nowhere else."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.train.anysize import any_size
from tracker.train.recipe import Recipe


def fit(recipe: Recipe, data_yaml: Path) -> Path:
    """Trains, or carries on where an interrupted run stopped.

    Args:
        recipe: What to do.
        data_yaml: The data set.

    Returns:
        The checkpoint with the averaged weights of the last epoch.

    Raises:
        ConfigError: The extra ``train`` is not installed, or the start weights are missing.
    """
    libreyolo = _libreyolo()
    run = recipe.work / "fit"
    last, done = run / "weights" / "last.pt", run / "done"
    if done.is_file():
        return last
    resume = last.is_file()
    start = last if resume else recipe.fit.start_weights
    if not start.is_file():
        raise ConfigError(f"start weights {start} are missing", hint="Set fit.start_weights in the recipe")
    model = libreyolo.LibreYOLO(str(start))
    model.train(
        str(data_yaml), epochs=recipe.fit.epochs, batch=recipe.fit.batch, imgsz=recipe.fit.input_px, lr0=recipe.fit.lr,
        warmup_epochs=recipe.fit.warmup_epochs, no_aug_epochs=recipe.fit.plain_epochs, mosaic_prob=recipe.fit.mosaic,
        mixup_prob=0.0, degrees=0.0, shear=0.0, mosaic_scale=(0.6, 1.4), flipud=0.5, seed=recipe.seed,
        project=str(recipe.work), name="fit", exist_ok=True, resume=resume, workers=0, amp=False, cache="ram",
        callbacks=_ChannelsLast(model),
        eval_interval=100, save_period=1000, device=os.environ.get("FAIRLOOM_TRAIN_DEVICE", "cpu"),
    )  # fmt: skip
    done.write_text("", encoding="utf-8")
    return last


def checkpoint_of(recipe: Recipe) -> Path:
    """Where the fit leaves its weights.

    Raises:
        ConfigError: There are none yet.
    """
    last = recipe.work / "fit" / "weights" / "last.pt"
    if not last.is_file():
        raise ConfigError(f"{last} is missing", hint="Run the step `fit` first")
    return last


def export(recipe: Recipe, checkpoint: Path) -> Path:
    """The weights as ONNX: 1x3xHxW float32 BGR 0..255 in, (1, n, 5 + classes) out, boxes on the grid.

    Sides are any multiples of 32, so that pictures need not be padded to squares.

    Returns:
        The model file in the recipe's output folder.
    """
    model = _libreyolo().LibreYOLO(str(checkpoint))
    recipe.output.mkdir(parents=True, exist_ok=True)
    target = recipe.output / "model.onnx"
    made = model.export(
        "onnx", imgsz=recipe.fit.input_px, simplify=False, dynamic=False, output_path=str(recipe.work / "export.onnx")
    )
    return any_size(Path(made), target)


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
