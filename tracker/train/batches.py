"""Batches for the fit: pictures of one format together, each scaled, moved, mirrored and tinted anew every time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.detect.letterbox import STRIDE
from tracker.domain.errors import ConfigError
from tracker.train.recipe import FitRecipe

PAD = 114
_LEAST_LEFT = 0.35
"""Share of a box that must stay inside the picture for it to stay a label."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A picture and its labels, held in RAM.

    Attributes:
        jpeg: The file's bytes; decoded, thousands would not fit.
        size: Width and height, pixels.
        labels: Class, centre and size in 0..1; float32 (n, 5).
    """

    jpeg: NDArray[np.uint8]
    size: tuple[int, int]
    labels: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step is fitted to.

    Attributes:
        pictures: RGB, uint8, shape (batch, 3, height, width), sides in multiples of 32.
        labels: Picture, class, centre and size in 0..1; float32 (n, 6).
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.float32]


def read_examples(folder: Path, split: str) -> tuple[Example, ...]:
    """All pictures of a split, in order of name.

    Raises:
        ConfigError: There are none.
    """
    files = sorted((folder / "images" / split).glob("*.jpg"))
    if not files:
        raise ConfigError(f"{folder} holds no pictures of {split}", hint="Run the step `data` first")
    examples = []
    for file in files:
        text = (folder / "labels" / split / f"{file.stem}.txt").read_text(encoding="utf-8")
        rows = np.array([line.split() for line in text.splitlines()], np.float32).reshape(-1, 5)
        jpeg = np.frombuffer(file.read_bytes(), np.uint8)
        height, width = _decoded(jpeg).shape[:2]
        examples.append(Example(jpeg, (width, height), rows))
    return tuple(examples)


def batches(examples: tuple[Example, ...], fit: FitRecipe, *, seed: int, epoch: int, skip: int = 0) -> Iterator[Batch]:
    """The batches of one epoch, made while the one before is learnt; the same seed and epoch give the same ones.

    Pictures of one format go together, since padding a wide picture to a square would cost half of the time.
    """
    rng = np.random.default_rng([seed, 7, epoch])
    groups: dict[tuple[int, int], list[int]] = {}
    for index in rng.permutation(len(examples)):
        groups.setdefault(examples[index].size, []).append(int(index))
    jobs = [
        (shape, members[first : first + fit.batch])
        for shape, members in groups.items()
        for first in range(0, len(members), fit.batch)
    ]
    order = rng.permutation(len(jobs))
    with ThreadPoolExecutor(1) as maker:
        waiting = None
        sizes = STRIDE * rng.integers(fit.smallest_px // STRIDE, fit.largest_px // STRIDE + 1, len(jobs))
        for number in order[skip:]:
            shape, members = jobs[number]
            seeds = [seed, 8, epoch, int(number)]
            job = maker.submit(_batch, [examples[i] for i in members], shape, int(sizes[number]), seeds)
            if waiting is not None:
                yield waiting.result()
            waiting = job
        if waiting is not None:
            yield waiting.result()


def _batch(examples: list[Example], shape: tuple[int, int], long: int, seeds: list[int]) -> Batch:
    rng = np.random.default_rng(seeds)
    factor = long / max(shape)
    width, height = (-(-round(side * factor) // STRIDE) * STRIDE for side in shape)
    pictures, labels = np.empty((len(examples), 3, height, width), np.uint8), []
    for number, example in enumerate(examples):
        picture, rows = _changed(example, (width, height), factor, rng)
        pictures[number] = picture.transpose(2, 0, 1)[::-1]
        labels.append(np.concatenate([np.full((len(rows), 1), number, np.float32), rows], axis=1))
    return Batch(pictures, np.concatenate(labels))


def _changed(
    example: Example, size: tuple[int, int], factor: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The picture at another scale and place, mirrored and tinted by chance, with its labels."""
    picture = _decoded(example.jpeg)
    width, height = example.size
    scale = factor * float(np.exp(rng.uniform(-0.22, 0.26))) if rng.random() < 0.7 else factor
    spare = np.array(size) - np.array([width, height]) * scale
    shift = spare * (rng.uniform(0, 1, 2) if rng.random() < 0.5 else 0.5)
    flip = rng.random(2) < 0.5
    if scale < 0.75:
        picture = np.asarray(cv2.resize(picture, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA), np.uint8)
    stretch = np.array([width / picture.shape[1], height / picture.shape[0]]) * scale
    matrix = np.array([[stretch[0], 0, shift[0]], [0, stretch[1], shift[1]]], np.float32)
    made = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD))
    corners = _corners(example.labels, (width, height)) * scale + np.tile(shift, 2)
    if flip[0]:
        made, corners = made[:, ::-1], (np.array([size[0], 0, size[0], 0]) + corners * [-1, 1, -1, 1])[:, [2, 1, 0, 3]]
    if flip[1]:
        made, corners = made[::-1], (np.array([0, size[1], 0, size[1]]) + corners * [1, -1, 1, -1])[:, [0, 3, 2, 1]]
    return _tinted(np.ascontiguousarray(made), rng), _cut(example.labels[:, :1], corners, size)


def _corners(labels: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float64]:
    half = labels[:, 3:5] / 2
    corners = np.concatenate([labels[:, 1:3] - half, labels[:, 1:3] + half], axis=1)
    return np.asarray(corners * np.array([*size, *size], float))


def _cut(classes: NDArray[np.float32], corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """Class, centre and size in 0..1 of the boxes that are still inside."""
    inner = np.clip(corners, 0, np.array([*size, *size], float))
    sides, whole = inner[:, 2:] - inner[:, :2], corners[:, 2:] - corners[:, :2]
    stays = sides.prod(axis=1) >= _LEAST_LEFT * whole.prod(axis=1)
    middle = (inner[:, 2:] + inner[:, :2]) / 2
    rows = np.concatenate([middle / size, sides / size], axis=1)
    return np.asarray(np.concatenate([classes, rows], axis=1)[stays], np.float32)


def _tinted(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another exposure and white balance, by a table for each channel."""
    gain = float(rng.uniform(0.8, 1.2)) * (1 + rng.normal(0, 0.04, 3))
    levels = np.arange(256)[:, None] * gain + float(rng.uniform(-12, 12))
    return np.asarray(cv2.LUT(picture, np.clip(levels, 0, 255).astype(np.uint8)[None]), np.uint8)


def _decoded(jpeg: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    if picture is None:
        raise ConfigError("a picture of the data set cannot be read", hint="Build the data set anew")
    return np.asarray(picture, np.uint8)
