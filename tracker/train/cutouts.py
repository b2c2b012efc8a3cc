"""Real garments cut out of photos by their masks, split by who took the photo."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.sim.drawing import OVERSAMPLE, grown, smooth_noise
from tracker.sim.fabric import wrinkles
from tracker.sim.sprite import Sprite


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


def find_cutouts(folder: Path) -> tuple[Cutout, ...]:
    """Every photo whose mask passed the checks (``auto_ok`` = 1), in order of name.

    Raises:
        ConfigError: The folder lacks its tables.
    """
    try:
        with (folder / "labels.csv").open(encoding="utf-8", newline="") as table:
            contributors = {row["image"]: row["sender_id"] for row in csv.DictReader(table)}
        with (folder / "masks.csv").open(encoding="utf-8", newline="") as table:
            good = sorted(row["image"] for row in csv.DictReader(table) if row["auto_ok"] == "1")
    except (OSError, KeyError) as error:
        raise ConfigError(
            f"{folder} holds no cut-outs", expected="labels.csv and masks.csv with their columns", got=str(error)
        ) from error
    return tuple(
        Cutout(folder / "images" / f"{name}.jpg", folder / "masks" / f"{name}.png", contributors[name])
        for name in good
        if name in contributors
    )


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


def cutout_sprite(cutout: Cutout, size_px: float, rng: np.random.Generator) -> Sprite:
    """The garment about ``size_px`` high in final pixels: recoloured, sometimes thrown down or folded.

    Raises:
        ConfigError: A picture file cannot be read.
    """
    picture, alpha = _load(cutout)
    rows, columns = np.flatnonzero((alpha > 127).any(axis=1)), np.flatnonzero((alpha > 127).any(axis=0))
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    alpha = alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = size_px * OVERSAMPLE / max(alpha.shape)
    size = max(8, round(alpha.shape[1] * factor)), max(8, round(alpha.shape[0] * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    # The mask's soft rim still shows the old floor: pull it in by a pixel.
    alpha = grown(np.asarray(cv2.resize(alpha, size, interpolation=how), np.uint8), -1)
    picture = _recoloured(np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8), rng)
    if rng.random() < 0.3:
        picture, alpha = _draped(picture, alpha, rng)
    chance = rng.random()
    if chance < 0.34:
        picture, alpha = _folded(picture, alpha, rng, corner=bool(chance < 0.12))
    if rng.random() < 0.5:
        picture, alpha = picture[:, ::-1], alpha[:, ::-1]
    return Sprite(np.ascontiguousarray(picture), np.ascontiguousarray(alpha))


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


def _load(cutout: Cutout) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    picture, mask = cv2.imread(str(cutout.image)), cv2.imread(str(cutout.mask), cv2.IMREAD_GRAYSCALE)
    if picture is None or mask is None:
        raise ConfigError(f"cannot read {cutout.image.name} or its mask", hint="The folder of cut-outs is incomplete")
    if mask.shape != picture.shape[:2]:
        mask = cv2.resize(mask, (picture.shape[1], picture.shape[0]))
    return np.asarray(picture, np.uint8), np.asarray(mask, np.uint8)


def _recoloured(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another dye and another light: hue turned in two of five, brightness, contrast and warmth always a little."""
    if rng.random() < 0.4:
        hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(rng.integers(180))) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * float(rng.uniform(0.6, 1.5)), 0, 255)
        picture = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)
    gain = float(rng.uniform(0.7, 1.3)) * (1 + rng.normal(0, 0.04, 3))
    lifted = (picture.astype(np.float32) - 110) * float(rng.uniform(0.8, 1.2)) + 110
    return np.asarray(np.clip(lifted * gain.astype(np.float32), 0, 255), np.uint8)


def _draped(
    picture: NDArray[np.uint8], alpha: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The garment thrown down instead of laid out: pulled out of shape, with more creases."""
    height, width = alpha.shape
    size, cell = max(height, width), float(rng.uniform(0.2, 0.5))
    pull = float(rng.uniform(0.01, 0.06)) * size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x += np.float32(pull) * smooth_noise((height, width), (cell * height, cell * width), rng)
    y += np.float32(pull) * smooth_noise((height, width), (cell * height, cell * width), rng)
    creased = picture.astype(np.float32) * wrinkles((height, width), float(rng.uniform(0.4, 1.2)), rng)[..., None]
    pulled = cv2.remap(
        np.clip(creased, 0, 255).astype(np.uint8), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(pulled, np.uint8), np.asarray(cv2.remap(alpha, x, y, cv2.INTER_LINEAR), np.uint8)


def _folded(
    picture: NDArray[np.uint8], alpha: NDArray[np.uint8], rng: np.random.Generator, *, corner: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The part beyond a line turned over onto the rest: a garment folded in half, or with a corner turned in."""
    height, width = alpha.shape
    angle = float(rng.uniform(0, 2 * np.pi)) if corner else float(rng.choice([0.0, 0.5, 1.0, 1.5])) * np.pi
    angle += float(rng.normal(0, 0.08))
    normal = np.array([np.cos(angle), np.sin(angle)])
    reach = abs(normal[0]) * width / 2 + abs(normal[1]) * height / 2
    offset = reach * float(rng.uniform(0.4, 0.7) if corner else rng.uniform(0.0, 0.25))
    middle = np.array([width / 2, height / 2]) + normal * offset
    # Reflection about the line through ``middle``: x' = x - 2 n (n . (x - middle)).
    mirror = np.eye(2) - 2 * np.outer(normal, normal)
    turn = np.hstack([mirror, (2 * normal * (normal @ middle))[:, None]]).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    beyond = (x - middle[0]) * normal[0] + (y - middle[1]) * normal[1]
    flap_alpha = cv2.warpAffine(np.where(beyond > 0, alpha, 0).astype(np.uint8), turn, (width, height))
    flap = cv2.warpAffine(picture, turn, (width, height)).astype(np.float32) * float(rng.uniform(0.72, 0.95))
    shadow = cv2.GaussianBlur(flap_alpha, (0, 0), max(1.0, width * 0.012)).astype(np.float32)[..., None] / 255
    weight = flap_alpha.astype(np.float32)[..., None] / 255
    below = picture.astype(np.float32) * (1 - 0.4 * shadow)
    joined = below + weight * (flap - below)
    whole = np.where(beyond > 0, 0, np.maximum(alpha, flap_alpha)).astype(np.uint8)
    return np.clip(joined, 0, 255).astype(np.uint8), whole
