"""The data set of a run: pictures and YOLO labels on disk, made from nothing but the recipe and its seed.

Layout (read by libreyolo, ultralytics and the evaluation alike)::

    WORK/data/data.yaml
    WORK/data/manifest.json             what is in it; a finished data set with the same manifest is not built again
    WORK/data/images/{train,real,sim}/000000.jpg
    WORK/data/labels/{train,real,sim}/000000.txt     class x y width height, 0..1

``real`` holds scenes of garments from contributors held out, ``sim`` scenes from simulator seeds held out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.sim.fabric import random_fabric
from tracker.sim.render import Stage
from tracker.sim.script import LABELS
from tracker.sim.sprite import Sprite
from tracker.sim.stills import Setting, Still, draw_still, simulated_piece
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import ORDERS, make_workshop
from tracker.sim.yolo import write_example
from tracker.train.cutouts import Cutout, cutout_sprite, find_cutouts, floor_patch, split_by_contributor
from tracker.train.recipe import Recipe

SPLITS = ("train", "real", "sim")
_FORMATS = ((4, 3), (16, 9), (16, 9), (1, 1))
_CLIP_SEEDS = {"train": 1000, "sim": 5000}
_DRAWN_TABLE_SHARE = 0.45
_FLOOR_SHARE = 0.2
_OWN_PIECE_SHARE = 0.3


def build_dataset(recipe: Recipe, report: Callable[[str, int, int], None]) -> Path:
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
        key: str(value) for key, value in dataclasses.asdict(recipe.data).items()
    }
    noted = folder / "manifest.json"
    yaml = folder / "data.yaml"
    if noted.is_file() and json.loads(noted.read_text(encoding="utf-8")) == manifest:
        return yaml
    cv2.setNumThreads(1)
    sources = _Sources(recipe)
    half = recipe.data.val_images // 2
    for split, count in (("train", recipe.data.train_images), ("real", half), ("sim", recipe.data.val_images - half)):
        for index, still in enumerate(sources.stills(split, count)):
            write_example(folder, split, index, still)
            if (index + 1) % 50 == 0 or index + 1 == count:
                report(split, index + 1, count)
    names = ", ".join(LABELS)
    text = f"path: {folder.resolve()}\ntrain: images/train\nval: images/real\nnc: {len(LABELS)}\nnames: [{names}]\n"
    yaml.write_text(text, encoding="utf-8")
    noted.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return yaml


class _Sources:
    """Where the pictures of each split come from. Holds file names and decoded backgrounds, nothing that grows."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        train, held_out = split_by_contributor(
            find_cutouts(recipe.data.cutouts), recipe.data.held_out_share, recipe.seed
        )
        self._cutouts = {"train": train, "real": held_out}
        tables = sorted(recipe.data.backgrounds.glob("*.png"))
        if not tables:
            raise ConfigError(f"{recipe.data.backgrounds} holds no backgrounds", expected="PNG files")
        # Every fifth table is kept for validation, so that found garments are not found by a known table.
        self._tables = {"train": [t for i, t in enumerate(tables) if i % 5], "real": tables[::5]}

    def stills(self, split: str, count: int) -> Iterator[Still]:
        """That many pictures; picture i of a split is the same whatever the others are."""
        clips = _ClipFrames(split, self._recipe.seed) if split in _CLIP_SEEDS else None
        for index in range(count):
            rng = np.random.default_rng([self._recipe.seed, SPLITS.index(split), index])
            kind = rng.random()
            data = self._recipe.data
            if split == "real" or (split == "train" and kind < data.real_share):
                still = self._real(split, rng)
            elif clips is not None and kind > 1 - data.clip_share * (1 if split == "train" else 2):
                still = clips.draw(rng)
            else:
                still = draw_still(self._setting(rng, pieces=simulated_piece), rng)
            yield worsened(still, rng)

    def _real(self, split: str, rng: np.random.Generator) -> Still:
        cutouts = self._cutouts[split]

        def piece(size_px: float, chance: np.random.Generator) -> tuple[Sprite, str]:
            if chance.random() < _OWN_PIECE_SHARE:
                return _own_piece(size_px, chance)
            cutout: Cutout = cutouts[int(chance.integers(len(cutouts)))]
            return cutout_sprite(cutout, size_px, chance), "garment"

        def patch(chance: np.random.Generator) -> NDArray[np.uint8]:
            floor = floor_patch(cutouts[int(chance.integers(len(cutouts)))], chance) if chance.random() < 0.6 else None
            return floor if floor is not None else self._table(split, chance)

        setting = dataclasses.replace(self._setting(rng, pieces=piece), patches=patch)
        chance = rng.random()
        if chance > _DRAWN_TABLE_SHARE:
            setting = dataclasses.replace(setting, background=self._table(split, rng))
        elif chance < _FLOOR_SHARE:
            floor = floor_patch(cutouts[int(rng.integers(len(cutouts)))], rng)
            setting = dataclasses.replace(setting, background=None if floor is None else _mirrored(floor))
        return draw_still(setting, rng)

    def _table(self, split: str, rng: np.random.Generator) -> NDArray[np.uint8]:
        tables = self._tables[split]
        return _picture(tables[int(rng.integers(len(tables)))])

    def _setting(self, rng: np.random.Generator, *, pieces: Callable[..., tuple[Sprite, str]]) -> Setting:
        across, down = _FORMATS[int(rng.integers(len(_FORMATS)))]
        width = self._recipe.data.width
        height = round(width * down / across / 2) * 2
        return Setting(width, height, pieces)


class _ClipFrames:
    """Frames of workshop clips: what the demo's cameras see, from seeds the demo and the evaluation do not share."""

    def __init__(self, split: str, seed: int) -> None:
        self._first = _CLIP_SEEDS[split] + seed * 97
        self._drawn = 0

    def draw(self, rng: np.random.Generator) -> Still:
        """A frame of a workshop nobody drew from before; every draw is another workshop."""
        looks = tuple(dataclasses.replace(order, fabric=random_fabric(rng)) for order in ORDERS)
        workshop = make_workshop(self._first + self._drawn, orders=looks if rng.random() < 0.7 else ORDERS)
        self._drawn += 1
        script = workshop.scripts[int(rng.integers(len(workshop.scripts)))]
        frame = int(rng.integers(script.frames))
        stage = Stage(Wardrobe(script))
        return Still(stage.picture(frame), stage.visible(frame))


def _own_piece(size_px: float, rng: np.random.Generator) -> tuple[Sprite, str]:
    """A bundle or a pack of the simulator's among real garments, so that the classes meet in one picture."""
    for _ in range(40):
        sprite, label = simulated_piece(size_px, rng)
        if label != "garment":
            return sprite, label
    return simulated_piece(size_px, rng)


def _mirrored(floor: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A larger floor without seams, from a small patch and its mirror images."""
    row = np.concatenate([floor, floor[:, ::-1], floor], axis=1)
    return np.concatenate([row, row[::-1], row], axis=0)


def _picture(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ConfigError(f"cannot read the background {path.name}")
    return np.asarray(picture, np.uint8)


def worsened(still: Still, rng: np.random.Generator) -> Still:
    """The still as a cheap camera sends it: soft focus, low resolution, hard JPEG compression, by chance."""
    picture = still.picture
    height, width = picture.shape[:2]
    if rng.random() < 0.35:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.3))), np.uint8)
    if rng.random() < 0.2:
        share = float(rng.uniform(0.45, 0.8))
        small = cv2.resize(picture, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.6:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return Still(picture, still.boxes)
