"""The data set of a run: pictures and YOLO labels on disk, made from nothing but the recipe and its seed.

Layout (read by the fit, ultralytics and the evaluation alike)::

    WORK/data/data.yaml
    WORK/data/manifest.json             what is in it; a finished data set with the same manifest is not built again
    WORK/data/building.json             the same while it is built: an interrupted build goes on where it stopped
    WORK/data/images/{train,...}/000000.jpg
    WORK/data/labels/{train,...}/000000.txt     class x y width height, 0..1

``real`` holds plain scenes of garments from contributors held out, ``hard`` the same with piles, folds, hands and
clutter, ``tune`` a mixture from other contributors held out, to choose thresholds on; ``sim`` scenes from simulator
seeds held out.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2

from tracker.sim.script import LABELS
from tracker.sim.yolo import write_example
from tracker.train.recipe import Recipe
from tracker.train.scenes import SPLITS, Scenes

_SHARD = 50
Report = Callable[[str, int, int], None]


def build_dataset(recipe: Recipe, report: Report) -> Path:
    """Makes the data set, or finds it made.

    Args:
        recipe: What to make.
        report: Called now and then with split, pictures done and pictures in all.

    Returns:
        Path of ``data.yaml``.

    Raises:
        ConfigError: Cut-outs or backgrounds are missing.
    """
    folder = recipe.work / "data"
    manifest = {"seed": recipe.seed, "labels": list(LABELS)} | {
        key: str(value) for key, value in dataclasses.asdict(recipe.data).items() if key != "workers"
    }
    noted, building, yaml = (folder / name for name in ("manifest.json", "building.json", "data.yaml"))
    if _says(noted, manifest):
        return yaml
    if not _says(building, manifest):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        building.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    counts = dict.fromkeys(SPLITS, recipe.data.val_images) | {"train": recipe.data.train_images}
    shards = [(split, first) for split in reversed(SPLITS) for first in range(0, counts[split], _SHARD)]
    done = dict.fromkeys(SPLITS, 0)
    for split, made in _built(recipe, shards, counts):
        done[split] += made
        report(split, done[split], counts[split])
    names = ", ".join(LABELS)
    text = f"path: {folder.resolve()}\ntrain: images/train\nval: images/real\nnc: {len(LABELS)}\nnames: [{names}]\n"
    yaml.write_text(text, encoding="utf-8")
    building.replace(noted)
    return yaml


def _says(file: Path, manifest: dict[str, object]) -> bool:
    return file.is_file() and json.loads(file.read_text(encoding="utf-8")) == manifest


def _built(recipe: Recipe, shards: list[tuple[str, int]], counts: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Builds every shard, in this process or in others; picture i of a split is the same either way."""
    if recipe.data.workers < 2:
        scenes = Scenes(recipe)
        for split, first in shards:
            yield split, _build_shard(scenes, split, range(first, min(first + _SHARD, counts[split])))
        return
    # A fresh interpreter each: what the parent holds of OpenCV's threads does not survive a fork.
    with ProcessPoolExecutor(
        recipe.data.workers, mp_context=get_context("spawn"), initializer=_prepare, initargs=(recipe,)
    ) as pool:
        jobs = [
            (split, pool.submit(_in_worker, split, first, min(first + _SHARD, counts[split])))
            for split, first in shards
        ]
        for split, job in jobs:
            yield split, job.result()


_WORKER: dict[int, Scenes] = {}


def _prepare(recipe: Recipe) -> None:
    _WORKER[os.getpid()] = Scenes(recipe)


def _in_worker(split: str, first: int, end: int) -> int:
    return _build_shard(_WORKER[os.getpid()], split, range(first, end))


def _build_shard(scenes: Scenes, split: str, indices: range) -> int:
    cv2.setNumThreads(1)
    for index in indices:
        # Labels are written after their picture: where they are, both are.
        if not (scenes.folder / "labels" / split / f"{index:06d}.txt").is_file():
            write_example(scenes.folder, split, index, scenes.still(split, index), quality=95)
    return len(indices)
