"""Pictures composed of cut-outs: garments on a table among patches, clutter and hands, every label exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.script import TruthBox
from tracker.sim.sprite import Box
from tracker.sim.stills import Still
from tracker.train.cutouts import Sprite

Float = NDArray[np.float32]
_TRIES = 14


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A sprite with its label.

    Attributes:
        sprite: All of it.
        label: Class, or ``None`` for what is not labelled.
        labelled: The part that carries the label, uint8, shape of the sprite; ``None``: all of it.
    """

    sprite: Sprite
    label: str | None
    labelled: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a picture is composed of.

    Attributes:
        pieces: How many things are to be counted.
        size: Smallest and largest long side of a piece over the picture's width.
        cover: Largest share of a piece that others may hide.
        inside: Least share of a piece that lies inside the picture; what shows less could be named either way.
        patches: How many flat patches lie below.
        clutter: How many small things lie about.
        hands: How many hands reach in.
    """

    pieces: int
    size: tuple[float, float]
    cover: float
    inside: float
    patches: int
    clutter: int
    hands: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Where things come from: size in pixels and a generator in, a thing out."""

    piece: Callable[[float, np.random.Generator], Thing]
    patch: Callable[[float, np.random.Generator], Thing]
    clutter: Callable[[float, np.random.Generator], Thing]
    hand: Callable[[float, np.random.Generator], Thing]


def compose(background: NDArray[np.uint8], plan: Plan, sources: Sources, rng: np.random.Generator) -> Still:
    """One picture.

    Args:
        background: The empty table, BGR; its size is the picture's.
        plan: What lies on it.
        sources: Where that comes from.
        rng: Where chance comes from.
    """
    table = _Table(background, rng)
    width = background.shape[1]
    for _ in range(plan.patches):
        table.lay(sources.patch(width * float(rng.uniform(0.08, 0.5)), rng), cover=1.0)
    early = int(rng.integers(plan.clutter + 1))
    for _ in range(early):
        table.lay(sources.clutter(width * float(rng.uniform(0.06, 0.25)), rng), cover=1.0)
    low, high = np.log(plan.size)
    middle = float(rng.uniform(low, high))
    for _ in range(plan.pieces):
        size = float(np.exp(np.clip(middle + rng.normal(0, 0.3), low, high)))
        table.lay(sources.piece(width * size, rng), cover=plan.cover, inside=plan.inside)
    for _ in range(plan.clutter - early):
        table.lay(sources.clutter(width * float(rng.uniform(0.05, 0.16)), rng), cover=plan.cover)
    for _ in range(plan.hands):
        table.reach_in(sources.hand(width * float(rng.uniform(0.5, 1.1)), rng), cover=max(plan.cover, 0.4))
    return table.still()


class _Table:
    """A picture in the making, and who owns each of its pixels."""

    def __init__(self, background: NDArray[np.uint8], rng: np.random.Generator) -> None:
        self._rng = rng
        self._canvas = background.astype(np.float32)
        self._size = background.shape[1], background.shape[0]
        self._owner = np.full(self._size[::-1], -1, np.int16)
        self._areas: list[int] = []
        self._seen: list[int] = []
        self._boxes: list[tuple[str, Box] | None] = []
        angle = rng.uniform(0, 2 * np.pi)
        self._lamp = np.array([np.cos(angle), np.sin(angle)]) * float(rng.uniform(0, 1))
        self._shadow = float(rng.uniform(0.05, 0.6)) if rng.random() < 0.75 else 0.0
        self._softness = float(rng.uniform(0.6, 6))
        self._rim = float(rng.choice([-1.0, 0.0, 0.0, 1.0, 2.0]))

    def lay(self, thing: Thing, *, cover: float, inside: float = 0.0) -> None:
        """Somewhere, where it hides no more than ``cover`` of any piece; left out where there is no such place."""
        rng = self._rng
        placed = _turned(thing, float(rng.uniform(0, 360)), self._rim)
        width, height = self._size
        for _ in range(_TRIES):
            x, y = float(rng.uniform(0.0, 1.0)) * width, float(rng.uniform(0.0, 1.0)) * height
            if self._fits(placed, x, y, cover=cover, inside=inside):
                self._paste(placed, x, y, thing.label)
                return

    def reach_in(self, thing: Thing, *, cover: float) -> None:
        """From the picture's edge, often over a piece."""
        rng = self._rng
        width, height = self._size
        angle = float(rng.normal(0, 35)) + float(rng.choice([0.0, 180.0, 90.0, -90.0], p=[0.55, 0.15, 0.15, 0.15]))
        placed = _turned(thing, angle, self._rim)
        tip = np.array(_middle(placed.labelled)) - np.array(placed.alpha.shape[::-1]) / 2
        pieces = [entry[1] for entry in self._boxes if entry is not None]
        for _ in range(_TRIES):
            aim = np.array([rng.uniform(0.05, 0.95) * width, rng.uniform(0.05, 0.95) * height])
            if pieces and rng.random() < 0.75:
                left, top, right, bottom = pieces[int(rng.integers(len(pieces)))]
                aim = np.array([rng.uniform(left, right), rng.uniform(top, bottom)])
            x, y = (float(value) for value in aim - tip)
            if self._fits(placed, x, y, cover=cover, inside=0.0):
                self._paste(placed, x, y, thing.label)
                return

    def still(self) -> Still:
        """The picture and its labels."""
        boxes = tuple(
            TruthBox(index, entry[0], entry[1], held=False) for index, entry in enumerate(self._boxes) if entry
        )
        return Still(np.clip(self._canvas, 0, 255).astype(np.uint8), boxes)

    def _fits(self, placed: _Placed, x: float, y: float, *, cover: float, inside: float) -> bool:
        window = _window(self._owner.shape, placed, x, y)
        if window is None:
            return False
        target, source = window
        solid = placed.alpha[source] > 127
        if solid.sum() < inside * placed.area:
            return False
        owners = self._owner[target][solid]
        taken = np.bincount(owners[owners >= 0], minlength=len(self._areas))
        return all(
            self._boxes[index] is None or self._seen[index] - taken[index] >= (1 - cover) * self._areas[index]
            for index in np.flatnonzero(taken)
        )

    def _paste(self, placed: _Placed, x: float, y: float, label: str | None) -> None:
        window = _window(self._owner.shape, placed, x, y)
        assert window is not None  # noqa: S101 - whoever pastes has asked `_fits`
        target, source = window
        region = self._canvas[target]
        if self._shadow and self._rng.random() < 0.9:
            reach = self._lamp * float(self._rng.uniform(1, 8))
            move = np.array([[1, 0, reach[0]], [0, 1, reach[1]]], np.float32)
            fallen = cv2.warpAffine(placed.alpha, move, placed.alpha.shape[::-1])
            soft = cv2.GaussianBlur(fallen, (0, 0), self._softness)[source].astype(np.float32)
            region *= 1 - (self._shadow / 255) * soft[..., None]
        weight = placed.alpha[source].astype(np.float32)[..., None] / 255
        region += weight * (placed.bgr[source] - region)
        index = len(self._areas)
        owner = self._owner[target]
        covered = owner[placed.alpha[source] > 127]
        for other, count in enumerate(np.bincount(covered[covered >= 0], minlength=index)):
            self._seen[other] -= int(count)
        mine = placed.labelled[source] > 127
        owner[placed.alpha[source] > 127] = -1
        owner[mine] = index
        self._areas.append(max(1, int(mine.sum())))
        self._seen.append(int(mine.sum()))
        self._boxes.append(None if label is None or mine.sum() < 12 else (label, _extent(mine, target)))


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A thing turned, with a margin for its shadow."""

    bgr: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    labelled: NDArray[np.uint8]
    area: int


def _turned(thing: Thing, angle_deg: float, rim: float) -> _Placed:
    height, width = thing.sprite.alpha.shape
    turn = np.deg2rad(angle_deg)
    cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
    margin = 14
    size = int(width * cos + height * sin) + 2 * margin, int(width * sin + height * cos) + 2 * margin
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1.0)
    matrix[0, 2] += (size[0] - width) / 2
    matrix[1, 2] += (size[1] - height) / 2
    bgr = cv2.warpAffine(thing.sprite.bgr, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(thing.sprite.alpha, matrix, size, flags=cv2.INTER_LINEAR)
    whole = thing.sprite.alpha if thing.labelled is None else thing.labelled
    labelled = alpha if thing.labelled is None else cv2.warpAffine(whole, matrix, size, flags=cv2.INTER_LINEAR)
    # How hard the scissors cut: the mask as it is, its rim pulled in, or made sharp.
    if rim > 0:
        alpha = np.asarray(cv2.erode(alpha, np.ones((2, 2) if rim == 1 else (3, 3), np.uint8)), np.uint8)
    elif rim < 0:
        alpha = np.clip(alpha.astype(np.float32) * 3 - 255, 0, 255).astype(np.uint8)
    return _Placed(
        np.asarray(bgr, np.uint8),
        np.asarray(alpha, np.uint8),
        np.asarray(cv2.min(labelled, alpha), np.uint8),
        max(1, int((alpha > 127).sum())),
    )


Window = tuple[tuple[slice, slice], tuple[slice, slice]]


def _window(shape: tuple[int, ...], placed: _Placed, x: float, y: float) -> Window | None:
    """Where the thing meets the picture: slices there and in the thing; ``None``: nowhere."""
    height, width = placed.alpha.shape
    left, top = round(x - width / 2), round(y - height / 2)
    rows, columns = (max(0, top), min(shape[0], top + height)), (max(0, left), min(shape[1], left + width))
    if rows[1] <= rows[0] or columns[1] <= columns[0]:
        return None
    target = slice(*rows), slice(*columns)
    return target, (slice(rows[0] - top, rows[1] - top), slice(columns[0] - left, columns[1] - left))


def _extent(mask: NDArray[np.bool_], target: tuple[slice, slice]) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = target[0].start, target[1].start
    return float(left + columns[0]), float(top + rows[0]), float(left + columns[-1] + 1), float(top + rows[-1] + 1)


def _middle(mask: NDArray[np.uint8]) -> tuple[float, float]:
    moments = cv2.moments(mask, binaryImage=True)
    area = max(1.0, moments["m00"])
    return moments["m10"] / area, moments["m01"] / area
