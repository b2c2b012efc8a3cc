"""Single pictures of busy tables, for training: anything anywhere, every label exact.

Where clips follow a script, a still throws chance at everything: light, table, scale, piles, hands, clutter, blur.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.bins import random_bin
from tracker.sim.clutter import random_clutter
from tracker.sim.drawing import OVERSAMPLE, polygon_mask, rounded_rectangle
from tracker.sim.fabric import random_fabric
from tracker.sim.goods import tray
from tracker.sim.hands import Grip, draw_hand, random_arm
from tracker.sim.light import CameraLight
from tracker.sim.outlines import GarmentKind
from tracker.sim.panels import random_panel
from tracker.sim.render import LEAST_VISIBLE, Laid, hand_stamp, visible_shares
from tracker.sim.script import Form, Piece, TruthBox
from tracker.sim.sprite import Sprite, make_stamp, paste, stamp_box
from tracker.sim.surfaces import random_surface
from tracker.sim.wardrobe import draw_piece

PieceSource = Callable[[float, np.random.Generator], tuple[Sprite, str]]
"""Size in final pixels and a generator in, a thing and its label out."""

PatchSource = Callable[[np.random.Generator], NDArray[np.uint8]]
"""A generator in, a picture of something flat that is no piece out (BGR)."""

_FREE_VISIBLE = 0.66
_FORMS = (Form.FLAT, Form.FOLDED, Form.HALF_FOLDED, Form.CRUMPLED, Form.BUNDLE, Form.PACK)
_FORM_SHARES = (0.2, 0.14, 0.15, 0.07, 0.22, 0.22)
_FOLDING = (GarmentKind.TSHIRT, GarmentKind.POLO, GarmentKind.SHIRT, GarmentKind.LONGSLEEVE, GarmentKind.HOODIE)


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture and what can be seen in it.

    Attributes:
        picture: BGR, uint8, shape (height, width, 3).
        boxes: Everything labelled that shows at least ``LEAST_VISIBLE`` of itself, cut at the picture's edge.
    """

    picture: NDArray[np.uint8]
    boxes: tuple[TruthBox, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What a still is made from.

    Attributes:
        width: Pixels.
        height: Pixels.
        pieces: Where pieces come from; the simulator's own by default.
        background: An empty table to use instead of a drawn one, BGR, at least one pixel; it is cut and scaled to fit.
        patches: Where flat patches that are no pieces come from (a mat, a rug, a sheet of board); ``None`` for none.
        hands: Expected number of hands.
        piece_size: Smallest and largest height of a piece over the picture's width.
        bins: Expected number of open bins with pieces in them; their class is not among those of the default model.
    """

    width: int
    height: int
    pieces: PieceSource
    background: NDArray[np.uint8] | None = None
    patches: PatchSource | None = None
    hands: float = 0.7
    piece_size: tuple[float, float] = (0.1, 0.5)
    bins: float = 0.0


def simulated_piece(size_px: float, rng: np.random.Generator) -> tuple[Sprite, str]:
    """Any piece of the simulator's own, about ``size_px`` high."""
    form = _FORMS[int(rng.choice(len(_FORMS), p=_FORM_SHARES))]
    kinds = _FOLDING if form is Form.HALF_FOLDED else tuple(GarmentKind)
    kind = kinds[int(rng.integers(len(kinds)))]
    size = size_px * {Form.HALF_FOLDED: 1.25, Form.FLAT: 1.15}.get(form, 0.85)
    piece = Piece(0, form, kind, random_fabric(rng), size, int(rng.integers(2**31)), 1, None, None)
    return draw_piece(piece, 1), form.label


def with_panels(share: float, pieces: PieceSource = simulated_piece) -> PieceSource:
    """Other pieces, so many of them replaced by single cut panels, whose class is not among those of the default model.

    Args:
        share: Of panels, 0..1.
        pieces: Where the others come from.
    """

    def source(size_px: float, rng: np.random.Generator) -> tuple[Sprite, str]:
        if rng.random() >= share:
            return pieces(size_px, rng)
        return random_panel(random_fabric(rng), size_px * 1.15, rng), Form.PANEL.label

    return source


def draw_still(setting: Setting, rng: np.random.Generator) -> Still:
    """One picture with everything labelled."""
    canvas = _table(setting, rng)
    light = CameraLight(setting.width, setting.height, rng)
    if setting.patches is not None and rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            _lay_patch(canvas, setting.patches(rng), light, rng)
    _scatter_clutter(canvas, light, rng)
    bins = _lay_bins(setting, light, rng) if setting.bins > 0 else []
    pieces = _lay_pieces(setting, light, rng)
    laid = bins + pieces
    for _ in range(int(rng.poisson(setting.hands))):
        laid.append(_lay_hand(setting, pieces, light, rng))
    for item in laid:
        paste(canvas, item.stamp, item.x, item.y)
    shares = visible_shares(laid, (setting.height, setting.width))
    if rng.random() < 0.25:
        canvas = _shaken(canvas, rng)
    canvas = light.expose(canvas, 0.0, rng)
    boxes = tuple(
        _cut_at_edge(item.truth, setting) for item, share in zip(laid, shares, strict=True) if share >= LEAST_VISIBLE
    )
    return Still(canvas, boxes)


def _table(setting: Setting, rng: np.random.Generator) -> NDArray[np.uint8]:
    width, height = setting.width, setting.height
    if setting.background is None:
        return np.ascontiguousarray(random_surface(width, height, rng))
    picture = setting.background
    share = float(rng.uniform(0.35, 1.0))
    rows = max(1, int(picture.shape[0] * share))
    columns = max(1, min(picture.shape[1], int(rows * width / height)))
    top, left = int(rng.integers(picture.shape[0] - rows + 1)), int(rng.integers(picture.shape[1] - columns + 1))
    cut = picture[top : top + rows, left : left + columns]
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _lay_patch(
    canvas: NDArray[np.uint8], picture: NDArray[np.uint8], light: CameraLight, rng: np.random.Generator
) -> None:
    """A flat thing with straight or round edges: it has an outline and a texture like a garment's, and is none."""
    height, width = canvas.shape[:2]
    wide, high = (int(v) for v in rng.uniform(0.1, 0.45, 2) * width * OVERSAMPLE)
    texture = np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)
    outline = rounded_rectangle(wide - 4, high - 4, min(wide, high) * float(rng.choice([0.02, 0.1, 0.45])))
    if rng.random() < 0.3:
        outline = outline * rng.uniform(0.6, 1.0, outline.shape).astype(np.float32)
    mask = polygon_mask((high, wide), outline + np.array([wide / 2, high / 2], np.float32))
    shadow = light.shadow(float(rng.uniform(0, 5))) if rng.random() < 0.6 else None
    stamp = make_stamp(Sprite(texture, mask), float(rng.uniform(0, 360)), shadow)
    paste(canvas, stamp, float(rng.uniform(0, width)), float(rng.uniform(0, height)))


def _scatter_clutter(canvas: NDArray[np.uint8], light: CameraLight, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    if rng.random() < 0.3:
        wide, high = rng.uniform(0.25, 0.6, 2) * width
        stamp = make_stamp(
            tray(wide, high, tuple(rng.uniform(40, 220, 3)), rng), float(rng.normal(0, 6)), light.shadow(6)
        )
        paste(canvas, stamp, float(rng.uniform(0, width)), float(rng.uniform(0, height)))
    for _ in range(int(rng.poisson(2.2))):
        thing = random_clutter(width * float(rng.uniform(0.08, 0.24)), rng)
        stamp = make_stamp(thing, float(rng.uniform(0, 360)), light.shadow(5))
        paste(canvas, stamp, float(rng.uniform(0, width)), float(rng.uniform(0, height)))


def _lay_bins(setting: Setting, light: CameraLight, rng: np.random.Generator) -> list[Laid]:
    """Bins anywhere, and in each a few pieces that lie more or less inside."""
    laid: list[Laid] = []
    for _ in range(int(rng.poisson(setting.bins))):
        high = setting.width * float(rng.uniform(0.25, 0.5))
        angle = float(rng.normal(0, 15)) + 90.0 * int(rng.integers(4))
        stamp = make_stamp(random_bin(high, rng), angle, light.shadow(16))
        x, y = float(rng.uniform(0.1, 0.9)) * setting.width, float(rng.uniform(0.1, 0.9)) * setting.height
        laid.append(Laid(stamp, stamp.solid, x, y, TruthBox(0, Form.BIN.label, stamp_box(stamp, x, y), held=False)))
        for _ in range(int(rng.integers(0, 5))):
            sprite, label = setting.pieces(high * float(rng.uniform(0.3, 0.6)), rng)
            piece = make_stamp(sprite, float(rng.uniform(0, 360)), light.shadow(5))
            at = x + high * float(rng.normal(0, 0.12)), y + high * float(rng.normal(0, 0.12))
            laid.append(Laid(piece, piece.solid, *at, TruthBox(0, label, stamp_box(piece, *at), held=False)))
    return laid


def _lay_pieces(setting: Setting, light: CameraLight, rng: np.random.Generator) -> list[Laid]:
    low, high = np.log(setting.piece_size)
    scale = float(np.exp(rng.uniform(low, high)))
    # Large pieces fill the table: few of them; small ones may be many.
    count = min(int(rng.integers(1, 10)), max(1, int(0.55 / scale**1.7 * 0.5625)))
    if rng.random() < 0.09:
        count = 0
    piled = rng.random() < 0.12
    laid: list[Laid] = []
    for index in range(count):
        size = setting.width * float(
            np.clip(scale * rng.uniform(0.75, 1.3), setting.piece_size[0], setting.piece_size[1])
        )
        sprite, label = setting.pieces(size, rng)
        stamp = make_stamp(sprite, float(rng.uniform(0, 360)), light.shadow(float(rng.uniform(3, 14))))
        for _ in range(8):
            x, y = float(rng.uniform(0.02, 0.98)) * setting.width, float(rng.uniform(0.04, 0.96)) * setting.height
            item = Laid(stamp, stamp.solid, x, y, TruthBox(index, label, stamp_box(stamp, x, y), held=False))
            shares = visible_shares([*laid, item], (setting.height, setting.width))
            if min(shares) >= (LEAST_VISIBLE if piled else _FREE_VISIBLE):
                laid.append(item)
                break
    return laid


def _lay_hand(setting: Setting, pieces: list[Laid], light: CameraLight, rng: np.random.Generator) -> Laid:
    size = setting.width * float(rng.uniform(0.08, 0.2))
    grip = list(Grip)[int(rng.integers(len(Grip)))]
    hand = draw_hand(random_arm(rng), grip, size, rng, reach_px=size * 4.5)
    if pieces and rng.random() < 0.75:
        left, top, right, bottom = pieces[int(rng.integers(len(pieces)))].stamp.box
        held = pieces[int(rng.integers(len(pieces)))]
        x = held.x + float(rng.uniform(-0.4, 0.4)) * (right - left)
        y = held.y + float(rng.uniform(-0.4, 0.4)) * (bottom - top)
    else:
        x, y = float(rng.uniform(0, setting.width)), float(rng.uniform(0, setting.height))
    # Arms come from outside the picture, mostly from below.
    angle = float(rng.normal(0, 35)) + float(rng.choice([0.0, 180.0, 90.0, -90.0], p=[0.55, 0.15, 0.15, 0.15]))
    turn = np.deg2rad(angle)
    x -= np.cos(turn) * hand.grip[0] - np.sin(turn) * hand.grip[1]
    y -= np.sin(turn) * hand.grip[0] + np.cos(turn) * hand.grip[1]
    stamp, cover = hand_stamp(hand, angle, light.shadow(10))
    return Laid(stamp, cover, x, y, TruthBox(-1, "hand", stamp_box(stamp, x, y), held=False))


def _shaken(canvas: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Motion blur along a random direction."""
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1.0 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), float(rng.uniform(0, 180)), 1.0)
    kernel = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
    return np.asarray(cv2.filter2D(canvas, -1, kernel / kernel.sum()), np.uint8)


def _cut_at_edge(box: TruthBox, setting: Setting) -> TruthBox:
    left, top, right, bottom = box.xyxy
    cut = max(0.0, left), max(0.0, top), min(float(setting.width), right), min(float(setting.height), bottom)
    return TruthBox(box.piece, box.label, cut, box.held)
