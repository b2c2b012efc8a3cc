"""Real garments cut out of photos by their masks, split by who took the photo, and the floors they lay on."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError

CUTOUT_PX = 300
"""Longest side of a loaded cut-out: larger than it is ever laid into a picture."""
_MOST_UNCERTAIN = 0.05
"""Masks with a larger share of half-transparent pixels have wisps of floor in them (looked at by eye)."""
_KEPT, _KEPT_WHOLE = 4000, 200
"""Cut-outs and empty photos, and whole photos, that a process keeps decoded: half a gigabyte and a tenth of one."""
_RIM_PX = 13


@dataclass(frozen=True, slots=True)
class Cutout:
    """One photographed garment, not loaded yet.

    Attributes:
        image: JPEG file.
        mask: PNG file, 8 bits, the garment's opacity.
        contributor: Who took it; no contributor is on both sides of the split.
    """

    image: Path
    mask: Path
    contributor: str


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """What a thing looks like from above.

    Attributes:
        bgr: uint8, shape (h, w, 3).
        alpha: uint8, shape (h, w): 255 where the thing is solid.
    """

    bgr: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


def find_cutouts(folder: Path) -> tuple[Cutout, ...]:
    """Every photo whose mask passed the checks (``auto_ok`` = 1, few half-transparent pixels), in order of name.

    Args:
        folder: Holds ``labels.csv``, ``masks.csv`` (or its columns in ``labels.csv``), ``images/`` and ``masks/``, or
            folders that do.

    Raises:
        ConfigError: The folder lacks its tables.
    """
    parts = [folder] if (folder / "labels.csv").is_file() else sorted(p.parent for p in folder.glob("*/labels.csv"))
    found = [cutout for part in parts for cutout in _of_folder(part)]
    if not found:
        raise ConfigError(
            f"{folder} holds no cut-outs", expected="labels.csv and masks.csv in it or in its folders", got="none"
        )
    return tuple(sorted(found, key=lambda cutout: cutout.image.name))


def _of_folder(folder: Path) -> list[Cutout]:
    tables = [_rows(folder / name) for name in ("labels.csv", "masks.csv") if (folder / name).is_file()]
    try:
        contributors = {row["image"]: row["sender_id"] for row in tables[0]}
        good = [row["image"] for row in tables[-1] if row["auto_ok"] == "1" and _certain(row)]
    except KeyError as error:
        raise ConfigError(f"{folder}: a table lacks a column", got=str(error)) from error
    return [
        Cutout(folder / "images" / f"{name}.jpg", folder / "masks" / f"{name}.png", contributors[name])
        for name in good
        if name in contributors
    ]


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _certain(row: dict[str, str]) -> bool:
    return float(row.get("uncertain_frac") or 0) <= _MOST_UNCERTAIN


def split_by_contributor(
    cutouts: tuple[Cutout, ...], held_out_share: float, seed: int
) -> tuple[tuple[Cutout, ...], tuple[Cutout, ...]]:
    """Cut-outs to train on, and those of contributors held out.

    Args:
        cutouts: All of them.
        held_out_share: Share of photos to hold out, about; contributors are taken whole, in an order the seed decides.
        seed: Same seed, same split.
    """
    names = sorted({cutout.contributor for cutout in cutouts})
    order = np.random.default_rng([seed, 21]).permutation(len(names))
    wanted, held_out, taken = held_out_share * len(cutouts), set(), 0
    for index in order:
        count = sum(cutout.contributor == names[index] for cutout in cutouts)
        # A contributor of hundreds would swallow the whole share: validation needs many hands.
        if taken + count <= wanted:
            held_out.add(names[index])
            taken += count
    train = tuple(cutout for cutout in cutouts if cutout.contributor not in held_out)
    return train, tuple(cutout for cutout in cutouts if cutout.contributor in held_out)


@lru_cache(maxsize=_KEPT)
def load_cutout(cutout: Cutout) -> Sprite:
    """The garment without its floor, at most ``CUTOUT_PX`` long.

    Raises:
        ConfigError: A picture file cannot be read.
    """
    picture, alpha = _load(cutout)
    alpha = _largest_part(alpha)
    rows, columns = np.flatnonzero((alpha > 40).any(axis=1)), np.flatnonzero((alpha > 40).any(axis=0))
    area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture, alpha = picture[area], alpha[area]
    factor = min(1.0, CUTOUT_PX / max(alpha.shape))
    size = max(8, round(alpha.shape[1] * factor)), max(8, round(alpha.shape[0] * factor))
    return Sprite(
        np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8),
    )


@lru_cache(maxsize=_KEPT // 4)
def emptied_photo(cutout: Cutout) -> NDArray[np.uint8]:
    """The photo without its garment, BGR: what lay around it, carried on over where it lay.

    Raises:
        ConfigError: A picture file cannot be read.
    """
    picture, mask = _load(cutout)
    height, width = picture.shape[:2]
    hole = cv2.dilate((mask > 20).astype(np.uint8), np.ones((_RIM_PX, _RIM_PX), np.uint8))
    small = max(2, width // 5), max(2, height // 5)
    tiny_hole = (cv2.resize(hole, small, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    tiny_hole = np.asarray(cv2.dilate(tiny_hole, np.ones((3, 3), np.uint8)), np.uint8)
    if tiny_hole.all():
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), width / 8), np.uint8)
    tiny = cv2.inpaint(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), tiny_hole, 3, cv2.INPAINT_TELEA)
    filled = cv2.resize(tiny, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    # The grain of the floor, taken from where it shows, goes on in the hole too.
    grain = picture.astype(np.float32) - cv2.GaussianBlur(picture, (0, 0), 5)
    grain[hole > 0] = 0
    shift = np.roll(grain, (height // 2, width // 2), axis=(0, 1)) + np.roll(grain, height // 3, axis=0)
    weight = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 3)[..., None]
    joined = picture * (1 - weight) + (filled + shift) * weight
    return np.asarray(np.clip(joined, 0, 255), np.uint8)


def floor_patch(cutout: Cutout, rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """A rectangle of the floor beside the photographed garment, BGR; ``None`` when the garment fills the photo.

    Raises:
        ConfigError: A picture file cannot be read.
    """
    picture, mask = _load(cutout)
    height, width = mask.shape
    for _ in range(12):
        rows, columns = (int(side * rng.uniform(0.12, 0.35)) for side in (height, width))
        top, left = int(rng.integers(height - rows)), int(rng.integers(width - columns))
        if int(mask[top : top + rows, left : left + columns].max()) < 20:
            return picture[top : top + rows, left : left + columns]
    return None


@lru_cache(maxsize=_KEPT_WHOLE)
def _load(cutout: Cutout) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    picture, mask = cv2.imread(str(cutout.image)), cv2.imread(str(cutout.mask), cv2.IMREAD_GRAYSCALE)
    if picture is None or mask is None:
        raise ConfigError(f"cannot read {cutout.image.name} or its mask", hint="The folder of cut-outs is incomplete")
    if mask.shape != picture.shape[:2]:
        mask = cv2.resize(mask, (picture.shape[1], picture.shape[0]))
    return np.asarray(picture, np.uint8), np.asarray(mask, np.uint8)


def _largest_part(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask without specks beside the garment."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((alpha > 40).astype(np.uint8))
    if count <= 2:
        return alpha
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.where(parts == largest, alpha, 0).astype(np.uint8)
