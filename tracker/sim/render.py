"""A script in, frames with truth out.

What does not move is painted once into a base picture; each frame copies it and lays only the carried pieces and hands on top::

    table + scenery + resting pieces --copy--> + held pieces + hands --> light and noise --> frame
         (painted anew only when a piece is set down or lifted)
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.clutter import CLUTTER
from tracker.sim.garments import crumpled_garment, flat_garment, folded_garment, half_folded_garment
from tracker.sim.goods import polybag_pack, tied_bundle, tray
from tracker.sim.hands import Grip, Hand, draw_hand
from tracker.sim.light import CameraLight
from tracker.sim.motion import HandPose, Motion, PiecePose, Poses
from tracker.sim.script import Form, FrameTruth, Piece, Scenery, SceneScript, TruthBox
from tracker.sim.sprite import Sprite, Stamp, make_stamp, paste, stamp_box
from tracker.sim.surfaces import draw_surface

_ANGLE_STEP_DEG = 2.0
_LIFT_STEPS = 3
_LIFT_PX = 0.03
"""How far a lifted piece is above the table, over the picture's width."""
_KEPT_STAMPS = 160


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A stamp at its place in the picture, with what it is.

    Attributes:
        stamp: What is pasted.
        solid: The part of it that carries the label (a hand without its forearm).
        x: Centre, pixels.
        y: Centre, pixels.
        truth: Its label and box; ``None`` for things nobody labels.
    """

    stamp: Stamp
    solid: Stamp
    x: float
    y: float
    truth: TruthBox | None


def render(script: SceneScript) -> Iterator[tuple[NDArray[np.uint8], FrameTruth]]:
    """The clip, frame by frame.

    Yields:
        BGR frame, uint8, shape (height, width, 3), the caller's to keep; and what is in it.
    """
    stage = Stage(script)
    for frame in range(script.frames):
        yield stage.picture(frame), stage.truth(frame)


class Stage:
    """Draws one script. Sprites are made once; at most ``_KEPT_STAMPS`` turned copies are kept, oldest out first."""

    def __init__(self, script: SceneScript) -> None:
        self._script = script
        self._motion = Motion(script)
        self._pieces = {piece.id: piece for piece in script.pieces}
        self._sprites: dict[int, Sprite] = {}
        self._hands: dict[tuple[int, Grip], Hand] = {}
        self._stamps: OrderedDict[tuple[object, ...], tuple[Stamp, Stamp]] = OrderedDict()
        rng = np.random.default_rng([script.seed, 1])
        table = draw_surface(script.surface, script.width, script.height, rng)
        self._light = CameraLight(script.width, script.height, rng)
        for item in script.scenery:
            stamp = make_stamp(_draw_scenery(item, script.width), item.place.angle_deg, self._light.shadow(5))
            paste(table, stamp, *self._pixels(item.place.x, item.place.y))
        self._table = np.asarray(cv2.GaussianBlur(table, (0, 0), 0.5), np.uint8)
        self._base = self._table
        self._base_key: tuple[PiecePose, ...] = ()

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """The frame as the camera delivers it."""
        t_s = frame / self._script.fps
        poses = self._motion.at(t_s)
        if poses.resting != self._base_key:
            self._base = self._table.copy()
            for pose in poses.resting:
                laid = self._lay_piece(pose)
                paste(self._base, laid.stamp, laid.x, laid.y)
            self._base_key = poses.resting
        canvas = self._base.copy()
        for laid in self._moving(poses):
            paste(canvas, laid.stamp, laid.x, laid.y)
        return self._light.expose(canvas, t_s, np.random.default_rng([self._script.seed, 2, frame]))

    def truth(self, frame: int) -> FrameTruth:
        """What is in the frame, bottom to top; needs no drawing of the frame."""
        boxes = tuple(laid.truth for laid in self.laid(frame) if laid.truth is not None)
        return FrameTruth(frame, frame / self._script.fps, boxes)

    def laid(self, frame: int) -> list[Laid]:
        """Every piece and hand of the frame, bottom to top."""
        poses = self._motion.at(frame / self._script.fps)
        return [self._lay_piece(pose) for pose in poses.resting] + self._moving(poses)

    def _moving(self, poses: Poses) -> list[Laid]:
        return [self._lay_piece(pose) for pose in poses.held] + [self._lay_hand(pose) for pose in poses.hands]

    def _pixels(self, x: float, y: float) -> tuple[float, float]:
        return x * self._script.width, y * self._script.height

    def _lay_piece(self, pose: PiecePose) -> Laid:
        piece = self._pieces[pose.piece]
        angle = round(pose.place.angle_deg / _ANGLE_STEP_DEG) * _ANGLE_STEP_DEG
        lift = math.ceil(pose.lift * _LIFT_STEPS)
        key = ("piece", pose.piece, angle, lift)
        if key not in self._stamps:
            if pose.piece not in self._sprites:
                self._sprites[pose.piece] = draw_piece(piece, self._script.width)
            height_px = 5 + self._script.width * _LIFT_PX * lift / _LIFT_STEPS
            stamp = make_stamp(self._sprites[pose.piece], angle, self._light.shadow(height_px))
            self._keep(key, (stamp, stamp))
        stamp, _ = self._stamps[key]
        x, y = self._pixels(pose.place.x, pose.place.y)
        return Laid(stamp, stamp, x, y, TruthBox(piece.id, piece.form.label, stamp_box(stamp, x, y), pose.held))

    def _lay_hand(self, pose: HandPose) -> Laid:
        post = self._script.arms[pose.move.arm]
        x, y = self._pixels(pose.x, pose.y)
        shoulder = self._pixels(*post.shoulder)
        pull = self._hold_distance(pose)
        away = math.hypot(shoulder[0] - x, shoulder[1] - y) or 1.0
        # The hand holds the side of the piece that is nearer to its shoulder.
        x, y = x + (shoulder[0] - x) / away * pull, y + (shoulder[1] - y) / away * pull
        angle = math.degrees(math.atan2(x - shoulder[0], shoulder[1] - y))
        angle = round(angle / _ANGLE_STEP_DEG) * _ANGLE_STEP_DEG
        hand = self._hand(pose.move.arm, pose.grip)
        key = ("hand", pose.move.arm, pose.grip, angle)
        if key not in self._stamps:
            whole = make_stamp(hand.sprite, angle, self._light.shadow(12))
            self._keep(key, (whole, make_stamp(_hand_only(hand), angle, None)))
        whole, hand_only = self._stamps[key]
        turn = math.radians(angle)
        grip_x = math.cos(turn) * hand.grip[0] - math.sin(turn) * hand.grip[1]
        grip_y = math.sin(turn) * hand.grip[0] + math.cos(turn) * hand.grip[1]
        x, y = x - grip_x, y - grip_y
        return Laid(whole, hand_only, x, y, TruthBox(-1 - pose.move.arm, "hand", stamp_box(hand_only, x, y), held=False))

    def _hold_distance(self, pose: HandPose) -> float:
        piece = self._pieces[pose.move.piece]
        return 0.3 * piece.size * self._script.width

    def _hand(self, arm: int, grip: Grip) -> Hand:
        if (arm, grip) not in self._hands:
            post = self._script.arms[arm]
            size = post.hand_size * self._script.width
            rng = np.random.default_rng([self._script.seed, 3, arm, list(Grip).index(grip)])
            self._hands[arm, grip] = draw_hand(post.arm, grip, size, rng, reach_px=size * 4.2)
        return self._hands[arm, grip]

    def _keep(self, key: tuple[object, ...], stamps: tuple[Stamp, Stamp]) -> None:
        self._stamps[key] = stamps
        if len(self._stamps) > _KEPT_STAMPS:
            self._stamps.popitem(last=False)


def draw_piece(piece: Piece, width_px: int) -> Sprite:
    """The piece's sprite for a picture of that width; the same piece always looks the same."""
    rng = np.random.default_rng(piece.seed)
    size = piece.size * width_px
    match piece.form:
        case Form.FLAT:
            return flat_garment(piece.kind, piece.fabric, size, rng)
        case Form.FOLDED:
            return folded_garment(piece.kind, piece.fabric, size, rng)
        case Form.HALF_FOLDED:
            return half_folded_garment(piece.kind, piece.fabric, size, rng)
        case Form.CRUMPLED:
            return crumpled_garment(piece.fabric, size, rng)
        case Form.BUNDLE:
            return tied_bundle(piece.fabric, size, rng)
        case Form.PACK:
            return polybag_pack(piece.kind, piece.fabric, size, rng)


def visible_shares(laid: list[Laid], shape: tuple[int, int]) -> list[float]:
    """Share of each thing's labelled pixels that can be seen: inside the picture and not covered by what lies above.

    Args:
        laid: Everything, bottom to top.
        shape: Height and width of the picture.
    """
    owner = np.full(shape, -1, np.int16)
    for index, item in enumerate(laid):
        _claim(owner, item.stamp, (item.x, item.y), -1)
        _claim(owner, item.solid, (item.x, item.y), index)
    seen = np.bincount(owner[owner >= 0].ravel(), minlength=len(laid))
    whole = [max(1, int((item.solid.solid > 127).sum())) for item in laid]
    return [float(seen[index] / whole[index]) for index in range(len(laid))]


def _claim(owner: NDArray[np.int16], stamp: Stamp, where: tuple[float, float], index: int) -> None:
    left, top = round(where[0] - stamp.origin[0]), round(where[1] - stamp.origin[1])
    rows, columns = np.nonzero(stamp.solid > 127)
    rows, columns = rows + top, columns + left
    inside = (rows >= 0) & (rows < owner.shape[0]) & (columns >= 0) & (columns < owner.shape[1])
    owner[rows[inside], columns[inside]] = index


def _hand_only(hand: Hand) -> Sprite:
    alpha = hand.sprite.alpha.copy()
    alpha[round(alpha.shape[0] * hand.hand_share) :] = 0
    return Sprite(hand.sprite.bgr, alpha)


def _draw_scenery(item: Scenery, width_px: int) -> Sprite:
    rng = np.random.default_rng(item.seed)
    if item.name in ("tray", "carton"):
        colour = (96, 146, 184) if item.name == "carton" else ((150, 112, 60), (92, 120, 84), (70, 70, 160))[item.seed % 3]
        return tray(item.width * width_px, item.height * width_px, colour, rng)
    return CLUTTER[item.name](item.width * width_px, rng)
