"""Which picture comes where: composites of real cut-outs, simulated stills, frames of workshop clips."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.errors import ConfigError
from tracker.sim.clutter import random_clutter
from tracker.sim.fabric import random_fabric
from tracker.sim.hands import Grip, draw_hand, random_arm
from tracker.sim.render import Stage
from tracker.sim.stills import Setting, Still, draw_still, simulated_piece
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import ORDERS, make_workshop
from tracker.train.composite import Plan, Sources, Thing, compose
from tracker.train.cutouts import Cutout, Sprite, find_cutouts, load_cutout, split_by_contributor
from tracker.train.drape import crumpled, folded, pulled, recoloured, trimmed
from tracker.train.recipe import Recipe
from tracker.train.scenery import Scenery

SPLITS = ("train", "tune", "real", "hard", "sim")
_FORMATS = ((4, 3), (4, 3), (4, 3), (16, 9), (16, 9), (1, 1), (3, 4))
_PLAIN_SHARE = {"train": 0.6, "tune": 0.6}
"""Share of composites with whole garments only. Without them in training, parts of garments pass for folded ones."""
_TRAINED_OUTLINES = (0.8, 0.1, 0.1, 0.0)
"""Outlines of patches in training: nearly all rectangles, and no silhouettes of garments, unlike what is measured on. A
plain silhouette is a garment to any eye, and a model that must call it none, beside garments folded to plain polygons,
learns to doubt both: it missed whole, plain garments of its own training."""
_TRAINED_DRAWN = 0.05
"""Share of the pieces of a composite in training that are drawn by the simulator: those are plain polygons too."""
_CLIP_SEEDS = {"train": 1000, "sim": 500_000}
_DRAWN = {"pieces": 260, "clutter": 140, "hands": 110}
"""How many simulated things there are, each drawn once and used again: drawing a hand takes as long as a composite."""
_DRAWN_PX = 130.0


class Scenes:
    """Pictures by split and number. Holds textures, nothing that grows."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self.folder = recipe.work / "data"
        share, seed = recipe.data.held_out_share, recipe.seed
        train, held_out = split_by_contributor(find_cutouts(recipe.data.cutouts), share, seed)
        tested, tuned = split_by_contributor(held_out, 1 / 3, seed + 1)
        photos: dict[str, tuple[Cutout, ...]] = {"train": train, "tune": tuned, "real": tested, "hard": tested}
        for split, some in photos.items():
            if not some:
                raise ConfigError(
                    f"no contributor of {recipe.data.cutouts} is left for the split {split}",
                    hint="Change data.held_out_share, or use cut-outs of more contributors",
                )
        tables = sorted(recipe.data.backgrounds.glob("*.png"))
        if not tables:
            raise ConfigError(f"{recipe.data.backgrounds} holds no backgrounds", expected="PNG files", got="none")
        # Every fifth table is kept for validation, so that found garments are not found by a known table.
        shown, kept = [table for i, table in enumerate(tables) if i % 5], tables[::5]
        self._photos = photos
        self._scenery = {split: Scenery(kept, photos[split]) for split in photos}
        self._scenery["train"] = Scenery(shown, photos["train"], _TRAINED_OUTLINES)

    def still(self, split: str, index: int) -> Still:
        """Picture ``index`` of a split; it is the same whatever the others are."""
        rng = np.random.default_rng([self._recipe.seed, SPLITS.index(split), index])
        kind, data = rng.random(), self._recipe.data
        if split in ("tune", "real", "hard") or (split == "train" and kind < data.real_share):
            still = self._composite(split, rng)
        elif kind > 1 - data.clip_share * (1 if split == "train" else 2):
            still = _clip_frame(_CLIP_SEEDS[split] + self._recipe.seed * 97 + index, rng)
        else:
            still = draw_still(Setting(*self._size(rng), simulated_piece), rng)
        return worsened(still, rng)

    def _composite(self, split: str, rng: np.random.Generator) -> Still:
        photos, scenery = self._photos[split], self._scenery[split]
        plain = split == "real" or (split != "hard" and rng.random() < _PLAIN_SHARE[split])

        drawn = self._any("pieces")

        def piece(size_px: float, chance: np.random.Generator) -> Thing:
            if split == "train" and chance.random() < _TRAINED_DRAWN:
                return drawn(size_px, chance)
            cutout = photos[int(chance.integers(len(photos)))]
            return Thing(_garment(cutout, size_px, chance, plain=plain), "garment")

        def patch(size_px: float, chance: np.random.Generator) -> Thing:
            return Thing(scenery.patch(size_px, chance), None)

        sources = Sources(piece, patch, self._any("clutter"), self._any("hands"))
        plan = _plain_plan(rng) if plain else _wild_plan(rng)
        return compose(scenery.background(*self._size(rng), rng), plan, sources, rng)

    def _any(self, kind: str) -> Callable[[float, np.random.Generator], Thing]:
        def draw(size_px: float, rng: np.random.Generator) -> Thing:
            thing = _drawn(kind, int(rng.integers(_DRAWN[kind])))
            sprite = _sized(thing.sprite, size_px)
            if thing.labelled is None:
                return Thing(sprite, thing.label)
            size = sprite.alpha.shape[1], sprite.alpha.shape[0]
            return Thing(sprite, thing.label, np.asarray(cv2.resize(thing.labelled, size), np.uint8))

        return draw

    def _size(self, rng: np.random.Generator) -> tuple[int, int]:
        across, down = _FORMATS[int(rng.integers(len(_FORMATS)))]
        long = self._recipe.data.width
        sides = (long, long * down / across) if across >= down else (long * across / down, long)
        return round(sides[0] / 2) * 2, round(sides[1] / 2) * 2


@lru_cache(maxsize=sum(_DRAWN.values()))
def _drawn(kind: str, number: int) -> Thing:
    """One of the simulator's own pieces, clutter or hands."""
    rng = np.random.default_rng([list(_DRAWN).index(kind), number])
    if kind == "hands":
        grip = list(Grip)[int(rng.integers(len(Grip)))]
        hand = draw_hand(random_arm(rng), grip, _DRAWN_PX * 0.4, rng, reach_px=_DRAWN_PX * 1.8)
        return Thing(Sprite(hand.sprite.bgr, hand.sprite.alpha), "hand", hand.without_forearm().alpha)
    if kind == "clutter":
        sprite, label = random_clutter(_DRAWN_PX * 0.7, rng), None
    else:
        sprite, label = simulated_piece(_DRAWN_PX, rng)
    return Thing(trimmed(sprite.bgr, sprite.alpha), label)


def _plain_plan(rng: np.random.Generator) -> Plan:
    """Whole garments, side by side or a little over each other, with patches about."""
    return Plan(
        pieces=int(rng.integers(0, 10)),
        size=(0.15, 0.5),
        cover=float(rng.choice([0.0, 0.33])),
        inside=0.75,
        patches=int(rng.poisson(1.2)),
        clutter=0,
        hands=0,
    )


def _wild_plan(rng: np.random.Generator) -> Plan:
    """Anything a table may show."""
    empty = rng.random() < 0.1
    return Plan(
        pieces=0 if empty else int(rng.integers(1, 10)),
        size=(0.1, 0.6),
        cover=float(rng.choice([0.0, 0.15, 0.33, 0.5], p=[0.3, 0.3, 0.3, 0.1])),
        inside=float(rng.choice([0.5, 0.75, 1.0])),
        patches=int(rng.poisson(1.6)),
        clutter=int(rng.poisson(1.5)) if rng.random() < 0.5 else 0,
        hands=int(rng.integers(1, 4)) if rng.random() < 0.25 else 0,
    )


def _garment(cutout: Cutout, size_px: float, rng: np.random.Generator, *, plain: bool) -> Sprite:
    sprite = load_cutout(cutout)
    # Work at little more than the final size: effects cost by the pixel.
    sprite = recoloured(_sized(sprite, min(size_px * 1.1, float(max(sprite.alpha.shape)))), rng)
    chance = rng.random()
    if plain:
        pass
    elif chance < 0.1:
        sprite = crumpled(sprite, rng)
    elif chance < 0.35:
        sprite = folded(sprite, rng, corner=bool(chance < 0.18))
    elif chance < 0.5:
        sprite = pulled(sprite, rng, strength=float(rng.uniform(0.01, 0.06)))
    if rng.random() < 0.5:
        sprite = Sprite(sprite.bgr[:, ::-1], sprite.alpha[:, ::-1])
    return _sized(sprite, size_px)


def _sized(sprite: Sprite, size_px: float) -> Sprite:
    factor = size_px / max(sprite.alpha.shape)
    size = max(6, round(sprite.alpha.shape[1] * factor)), max(6, round(sprite.alpha.shape[0] * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return Sprite(
        np.asarray(cv2.resize(np.ascontiguousarray(sprite.bgr), size, interpolation=how), np.uint8),
        np.asarray(cv2.resize(np.ascontiguousarray(sprite.alpha), size, interpolation=how), np.uint8),
    )


def _clip_frame(seed: int, rng: np.random.Generator) -> Still:
    """A frame of a workshop clip nobody drew from before."""
    looks = tuple(dataclasses.replace(order, fabric=random_fabric(rng)) for order in ORDERS)
    workshop = make_workshop(seed, orders=looks if rng.random() < 0.7 else ORDERS)
    script = workshop.scripts[int(rng.integers(len(workshop.scripts)))]
    frame = int(rng.integers(script.frames))
    stage = Stage(Wardrobe(script))
    return Still(stage.picture(frame), stage.visible(frame))


def worsened(still: Still, rng: np.random.Generator) -> Still:
    """The still as a cheap camera sends it: uneven light, soft focus, low resolution, noise, hard JPEG, by chance."""
    picture = still.picture
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        picture = _lit(picture, rng)
    if rng.random() < 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.3))), np.uint8)
    if rng.random() < 0.15:
        share = float(rng.uniform(0.5, 0.85))
        small = cv2.resize(picture, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.3:
        noise = rng.normal(0, rng.uniform(1, 9), (height, width, 1)).astype(np.float32)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return Still(picture, still.boxes)


def _lit(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Light that falls off towards one side, a cast of colour, and another exposure."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    turn = float(rng.uniform(0, 2 * np.pi))
    fall = 1 + np.float32(rng.uniform(0, 0.35)) * (x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)))
    fall *= 1 - np.float32(rng.uniform(0, 0.2)) * (x * x + y * y)
    gain = (float(rng.uniform(0.65, 1.3)) * (1 + rng.normal(0, 0.05, 3))).astype(np.float32)
    return np.asarray(np.clip(picture.astype(np.float32) * fall[..., None] * gain, 0, 255), np.uint8)
