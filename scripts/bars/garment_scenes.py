"""Scenes of real garments that a model never saw, as a data set for `tracker model evaluate`.

    python scripts/bars/garment_scenes.py DIR [--count 400] [--seed 1] [--overlap 0] [--recipe FILE]

Cut-outs of contributors whom the recipe's training held out, 0 to 9 a picture at 0.15 to 0.5 of its width, on tables
that training held out too, with shadows, and rectangles of other floors that are no garments. None covers another
unless `--overlap` says how much of one may be covered.
The composing is not that of training, so a model cannot profit from knowing its seams. Writes YOLO labels and a sidecar
with the visible share of each garment.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.train.cutouts import Cutout, find_cutouts, split_by_contributor
from tracker.train.recipe import load_recipe

Bytes = NDArray[np.uint8]

RECIPE = Path(__file__).resolve().parents[2] / "models" / "default" / "train.toml"
WIDTH, HEIGHT = 640, 480
EMPTY_SHARE = 0.1
MOST = 9
SIZES = (0.15, 0.5)
"""Longer side of a garment over the picture's width."""
TRIES = 40


@dataclass(frozen=True, slots=True)
class Sources:
    """What scenes are made of: garments held out, and tables held out."""

    cutouts: Sequence[Cutout]
    tables: Sequence[Path]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A garment in its place.

    Attributes:
        mask: Over the whole picture, 0..1.
        shows: Where it shows, bool, over the whole picture.
        area: Pixels that showed when nothing lay on it.
        box: Left, top, right, bottom in pixels.
    """

    mask: NDArray[np.float32]
    shows: NDArray[np.bool_]
    area: int
    box: tuple[int, int, int, int]


def sources(recipe: Path = RECIPE) -> Sources:
    """Garments and tables that the recipe's training never sees."""
    made = load_recipe(recipe)
    _, held_out = split_by_contributor(find_cutouts(made.data.cutouts), made.data.held_out_share, made.seed)
    return Sources(held_out, sorted(made.data.backgrounds.glob("*.png"))[::5])


def compose(folder: Path, given: Sources, *, count: int, seed: int, overlap: float = 0.0) -> None:
    """Writes that many scenes with labels and sidecar; the same seed gives the same ones."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    notes: dict[str, Any] = {}
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        picture, laid = scene(given, rng, overlap)
        quality = int(rng.integers(60, 93))
        cv2.imwrite(str(folder / "images" / f"{index:05d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        lines, boxes = [], []
        for piece in laid:
            left, top, right, bottom = piece.box
            x, y = (left + right) / 2 / WIDTH, (top + bottom) / 2 / HEIGHT
            lines.append(f"0 {x:.6f} {y:.6f} {(right - left) / WIDTH:.6f} {(bottom - top) / HEIGHT:.6f}\n")
            boxes.append({"visible": round(float(piece.shows.sum()) / piece.area, 3)})
        (folder / "labels" / f"{index:05d}.txt").write_text("".join(lines), encoding="utf-8")
        notes[f"images/{index:05d}.jpg"] = {"boxes": boxes}
    (folder / "data.yaml").write_text("names: [garment]\n", encoding="utf-8")
    (folder / "conditions.json").write_text(json.dumps({"pictures": notes}, indent=1), encoding="utf-8")


def scene(given: Sources, rng: np.random.Generator, overlap: float = 0.0) -> tuple[Bytes, list[Laid]]:
    """One picture, BGR, and its garments from the lowest to the uppermost; of each at most ``overlap`` is covered."""
    canvas = table(given, rng).astype(np.float32)
    for _ in range(int(rng.integers(0, 4))):
        lay_patch(canvas, given, rng)
    count = 0 if rng.random() < EMPTY_SHARE else int(rng.integers(1, MOST + 1))
    # many garments are small ones, or they would not fit
    largest = min(SIZES[1], 1.1 / np.sqrt(max(1, count)))
    laid: list[Laid] = []
    for _ in range(count):
        size = float(np.exp(rng.uniform(np.log(SIZES[0]), np.log(largest)))) * WIDTH
        colour, alpha = turned(*cutout(given, rng), size, rng)
        for _ in range(TRIES):
            piece = placed(alpha, rng)
            if piece is not None and all(shows_under(low, piece) >= 1 - overlap for low in laid):
                draw(canvas, colour, piece, rng)
                laid = [hidden_by(low, piece) for low in laid] + [piece]
                break
    return exposed(canvas, rng), laid


def table(given: Sources, rng: np.random.Generator) -> Bytes:
    """A table or the floor of a photo, grown by its mirror images."""
    if rng.random() < 0.5:
        picture = read(given.tables[int(rng.integers(len(given.tables)))])
    else:
        patch = floor(given, rng)
        picture = np.concatenate([patch, patch[:, ::-1]], axis=1)
        picture = np.concatenate([picture, picture[::-1]], axis=0)
    share = float(rng.uniform(0.5, 1.0))
    rows, columns = max(8, int(picture.shape[0] * share)), max(8, int(picture.shape[1] * share))
    top, left = (
        int(rng.integers(whole - part + 1)) for whole, part in zip(picture.shape, (rows, columns), strict=False)
    )
    cut = picture[top : top + rows, left : left + columns]
    return np.asarray(cv2.resize(cut, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)


def floor(given: Sources, rng: np.random.Generator) -> Bytes:
    """A rectangle beside a garment in its photo; of a table where every garment tried fills its photo."""
    for _ in range(TRIES):
        picture, mask = loaded(given.cutouts[int(rng.integers(len(given.cutouts)))])
        rows, columns = (int(side * rng.uniform(0.15, 0.35)) for side in mask.shape)
        top, left = int(rng.integers(mask.shape[0] - rows)), int(rng.integers(mask.shape[1] - columns))
        if mask[top : top + rows, left : left + columns].max() < 20:
            return picture[top : top + rows, left : left + columns]
    return read(given.tables[int(rng.integers(len(given.tables)))])


def lay_patch(canvas: NDArray[np.float32], given: Sources, rng: np.random.Generator) -> None:
    """A rectangle of another floor, which is no garment."""
    wide, high = (int(side) for side in rng.uniform(0.12, 0.45, 2) * WIDTH)
    patch = np.asarray(cv2.resize(floor(given, rng), (wide, high)), np.uint8)
    mask = np.full((high, wide), 255, np.uint8)
    colour, alpha = turned(patch, mask, float(max(wide, high)), rng)
    piece = placed(alpha, rng)
    if piece is not None:
        draw(canvas, colour, piece, rng)


def cutout(given: Sources, rng: np.random.Generator) -> tuple[Bytes, Bytes]:
    """A garment and its mask, cut to the mask."""
    picture, mask = loaded(given.cutouts[int(rng.integers(len(given.cutouts)))])
    rows, columns = np.flatnonzero((mask > 127).any(axis=1)), np.flatnonzero((mask > 127).any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    # the rim of a soft mask shows the old floor
    return picture[window], np.asarray(cv2.erode(mask[window], np.ones((3, 3), np.uint8)), np.uint8)


def turned(picture: Bytes, mask: Bytes, size: float, rng: np.random.Generator) -> tuple[Bytes, Bytes]:
    """Both turned by any angle, mirrored by chance, the longer side of what the mask keeps scaled to ``size``."""
    if rng.random() < 0.5:
        picture, mask = picture[:, ::-1], mask[:, ::-1]
    angle = float(rng.uniform(0, 360))
    high, wide = mask.shape
    factor = size / max(high, wide)
    side = int(np.hypot(high, wide) * factor) + 4
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, factor)
    turn[:, 2] += side / 2 - np.array([wide / 2, high / 2])
    flags = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = cv2.warpAffine(
        np.ascontiguousarray(picture), turn, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    alpha = cv2.warpAffine(np.ascontiguousarray(mask), turn, (side, side), flags=cv2.INTER_LINEAR)
    rows, columns = np.flatnonzero((alpha > 127).any(axis=1)), np.flatnonzero((alpha > 127).any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.asarray(small[window], np.uint8), np.asarray(alpha[window], np.uint8)


def placed(alpha: Bytes, rng: np.random.Generator) -> Laid | None:
    """Somewhere wholly inside the picture; ``None`` when it is larger than the picture."""
    high, wide = alpha.shape
    if high >= HEIGHT or wide >= WIDTH:
        return None
    top, left = int(rng.integers(HEIGHT - high)), int(rng.integers(WIDTH - wide))
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[top : top + high, left : left + wide] = alpha.astype(np.float32) / 255
    solid = mask > 0.5
    return Laid(mask, solid, max(1, int(solid.sum())), (left, top, left + wide, top + high))


def draw(canvas: NDArray[np.float32], colour: Bytes, piece: Laid, rng: np.random.Generator) -> None:
    """Lays it down with its shadow."""
    left, top, right, bottom = piece.box
    shift = np.array([[1, 0, rng.uniform(-6, 6)], [0, 1, rng.uniform(-6, 6)]], np.float64)
    shadow = cv2.warpAffine(cv2.GaussianBlur(piece.mask, (0, 0), float(rng.uniform(2, 7))), shift, (WIDTH, HEIGHT))
    canvas *= 1 - float(rng.uniform(0.1, 0.45)) * shadow[..., None]
    weight = piece.mask[top:bottom, left:right, None]
    gain = rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3)
    canvas[top:bottom, left:right] += weight * (colour.astype(np.float32) * gain - canvas[top:bottom, left:right])


def shows_under(low: Laid, upper: Laid) -> float:
    """Share of a garment that would show if another were laid on it."""
    left, top, right, bottom = upper.box
    window = slice(top, bottom), slice(left, right)
    return float(low.shows.sum() - (low.shows[window] & upper.shows[window]).sum()) / low.area


def hidden_by(low: Laid, upper: Laid) -> Laid:
    """The garment with another laid on it."""
    return replace(low, shows=low.shows & ~upper.shows)


def exposed(canvas: NDArray[np.float32], rng: np.random.Generator) -> Bytes:
    """As a cheap camera sees it: a lamp on one side, exposure, soft focus, noise."""
    slope = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None] * float(rng.uniform(-0.25, 0.25))
    lit = canvas * (float(rng.uniform(0.55, 1.25)) * (1 + slope))[..., None]
    soft = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.3, 1.2)))
    return np.asarray(np.clip(soft + rng.normal(0, rng.uniform(0, 5), soft.shape), 0, 255), np.uint8)


def loaded(item: Cutout) -> tuple[Bytes, Bytes]:
    """Photo and mask of one size."""
    picture, mask = read(item.image), read(item.mask, cv2.IMREAD_GRAYSCALE)
    return picture, np.asarray(cv2.resize(mask, (picture.shape[1], picture.shape[0])), np.uint8)


def read(path: Path, how: int = cv2.IMREAD_COLOR) -> Bytes:
    """A picture file."""
    picture = cv2.imread(str(path), how)
    if picture is None:
        raise SystemExit(f"cannot read {path}")
    return np.asarray(picture, np.uint8)


def main() -> None:
    """Make the data set that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overlap", type=float, default=0.0, help="most of a garment that others may cover, 0..1")
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    given = parser.parse_args()
    compose(given.folder, sources(given.recipe), count=given.count, seed=given.seed, overlap=given.overlap)
    print(f"{given.count} scenes in {given.folder}")


if __name__ == "__main__":
    main()
