"""The sprites of one script, and where in the picture each of them goes: what drawing and truth share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tracker.sim.bins import random_bin
from tracker.sim.clutter import CLUTTER
from tracker.sim.fabric import Fabric
from tracker.sim.garments import crumpled_garment, flat_garment, folded_garment, half_folded_garment
from tracker.sim.goods import polybag_pack, tied_bundle
from tracker.sim.hands import Grip, Hand, draw_hand
from tracker.sim.motion import HandPose, Motion, PiecePose
from tracker.sim.outlines import GarmentKind
from tracker.sim.panels import random_panel
from tracker.sim.script import Form, FrameTruth, Gesture, Piece, SceneScript, TruthBox
from tracker.sim.sprite import Box, Sprite, box_at, solid_box, turned_alpha

ANGLE_STEP_DEG = 2.5
"""Turns are rounded to this, so that a turned sprite can be used for several frames."""
_HOLD_SHARE = 0.3
"""How far from a piece's centre a hand holds it, over the piece's height."""
_REACH = 4.2
"""Length of forearm that is drawn, in hand lengths: enough to reach out of the picture."""
MOVABLE = ("scissors", "cup", "offcut", "pincushion", "spool", "paper")
"""What hands move about that is no piece."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a sprite's centre goes, pixels, and its clockwise turn, a multiple of ``ANGLE_STEP_DEG``."""

    x: float
    y: float
    angle_deg: float


class Wardrobe:
    """Draws each sprite of a script once, when first asked for; holds at most two a piece and one an arm and grip."""

    def __init__(self, script: SceneScript) -> None:
        self.script = script
        self._pieces = {piece.id: piece for piece in script.pieces}
        self._sprites: dict[tuple[int, Form], Sprite] = {}
        self._hands: dict[tuple[int, Grip], Hand] = {}

    def piece(self, piece_id: int) -> Piece:
        """The script's piece."""
        return self._pieces[piece_id]

    def form(self, pose: PiecePose) -> Form:
        """How the piece looks at this moment."""
        piece = self._pieces[pose.piece]
        return piece.carried if pose.held and piece.carried is not None else piece.form

    def sprite(self, pose: PiecePose) -> Sprite:
        """What the piece looks like at this moment."""
        key = pose.piece, self.form(pose)
        if key not in self._sprites:
            self._sprites[key] = draw_piece(replace(self._pieces[pose.piece], form=key[1]), self.script.width)
        return self._sprites[key]

    def hand(self, arm: int, grip: Grip) -> Hand:
        """What the arm's hand looks like with that grip."""
        if (arm, grip) not in self._hands:
            post = self.script.arms[arm]
            size = post.hand_size * self.script.width
            rng = np.random.default_rng([self.script.seed, 3, arm, list(Grip).index(grip)])
            self._hands[arm, grip] = draw_hand(post.arm, grip, size, rng, reach_px=size * _REACH)
        return self._hands[arm, grip]

    def piece_spot(self, pose: PiecePose) -> Spot:
        """Where the piece's sprite goes."""
        place = pose.place
        return Spot(place.x * self.script.width, place.y * self.script.height, _stepped(place.angle_deg))

    def hand_spot(self, pose: HandPose) -> Spot:
        """Where the hand's sprite goes: turned away from its shoulder, its grip on the near side of the piece."""
        post = self.script.arms[pose.doing.arm]
        x, y = pose.x * self.script.width, pose.y * self.script.height
        shoulder_x, shoulder_y = post.shoulder[0] * self.script.width, post.shoulder[1] * self.script.height
        held = 0.0 if isinstance(pose.doing, Gesture) else self._pieces[pose.doing.piece].size
        pull = _HOLD_SHARE * held * self.script.width
        away = math.hypot(shoulder_x - x, shoulder_y - y) or 1.0
        x, y = x + (shoulder_x - x) / away * pull, y + (shoulder_y - y) / away * pull
        angle = _stepped(math.degrees(math.atan2(x - shoulder_x, shoulder_y - y)))
        grip_x, grip_y = self.hand(pose.doing.arm, pose.grip).grip
        turn = math.radians(angle)
        dx = math.cos(turn) * grip_x - math.sin(turn) * grip_y
        dy = math.sin(turn) * grip_x + math.cos(turn) * grip_y
        return Spot(x - dx, y - dy, angle)


class TruthPlayer:
    """What is in each frame of a script, without drawing any; keeps one box for each sprite and turn."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe
        self._motion = Motion(wardrobe.script)
        self._boxes: dict[tuple[object, ...], Box] = {}

    def frame(self, frame: int) -> FrameTruth:
        """Boxes of that frame, bottom to top."""
        t_s = frame / self._wardrobe.script.fps
        poses = self._motion.at(t_s)
        boxes = [self._piece(pose) for pose in poses.resting + poses.held] + [self._hand(pose) for pose in poses.hands]
        return FrameTruth(frame, t_s, tuple(boxes))

    def _piece(self, pose: PiecePose) -> TruthBox:
        spot = self._wardrobe.piece_spot(pose)
        key = (pose.piece, self._wardrobe.form(pose), spot.angle_deg)
        if key not in self._boxes:
            self._boxes[key] = solid_box(turned_alpha(self._wardrobe.sprite(pose), spot.angle_deg, None))
        label = self._wardrobe.piece(pose.piece).form.label
        return TruthBox(pose.piece, label, box_at(self._boxes[key], spot.x, spot.y), pose.held)

    def _hand(self, pose: HandPose) -> TruthBox:
        spot = self._wardrobe.hand_spot(pose)
        key = ("hand", pose.doing.arm, pose.grip, spot.angle_deg)
        if key not in self._boxes:
            hand = self._wardrobe.hand(pose.doing.arm, pose.grip)
            self._boxes[key] = solid_box(turned_alpha(hand.without_forearm(), spot.angle_deg, None))
        return TruthBox(-1 - pose.doing.arm, "hand", box_at(self._boxes[key], spot.x, spot.y), held=False)


def draw_piece(piece: Piece, width_px: int) -> Sprite:
    """The piece's sprite for a picture of that width; the same piece always looks the same."""
    rng = np.random.default_rng(piece.seed)
    size = piece.size * width_px
    if piece.form is Form.THING:
        return CLUTTER[MOVABLE[piece.seed % len(MOVABLE)]](size, rng)
    if piece.form is Form.CRUMPLED:
        return crumpled_garment(piece.fabric, size, rng)
    if piece.form is Form.PANEL:
        return random_panel(piece.fabric, size, rng)
    if piece.form is Form.BIN:
        return random_bin(size, rng)
    if piece.form is Form.BUNDLE:
        return tied_bundle(piece.fabric, size, rng)
    return _SHAPED[piece.form](piece.kind, piece.fabric, size, rng)


_SHAPED: dict[Form, Callable[[GarmentKind, Fabric, float, np.random.Generator], Sprite]] = {
    Form.FLAT: flat_garment,
    Form.FOLDED: folded_garment,
    Form.HALF_FOLDED: half_folded_garment,
    Form.PACK: polybag_pack,
}


def _stepped(angle_deg: float) -> float:
    return round(angle_deg / ANGLE_STEP_DEG) * ANGLE_STEP_DEG
