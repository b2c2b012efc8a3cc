"""A script in, frames with truth out.

What does not move is painted once into a base picture; each frame copies it and lays only the carried pieces and
hands on top::

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
from tracker.sim.goods import tray
from tracker.sim.hands import Hand
from tracker.sim.light import CameraLight
from tracker.sim.motion import HandPose, Motion, PiecePose, Poses
from tracker.sim.script import FrameTruth, Scenery, SceneScript, TruthBox
from tracker.sim.sprite import Shadow, Sprite, Stamp, make_stamp, part_of, paste, stamp_box, stamp_corner, turned_alpha
from tracker.sim.surfaces import draw_surface
from tracker.sim.wardrobe import TruthPlayer, Wardrobe

LEAST_VISIBLE = 0.3
"""Things that show less than this share of themselves are not labelled: nobody could count them either."""
_LIFT_STEPS = 3
_LIFT_PX = 0.03
"""How far a lifted piece is above the table, over the picture's width."""
_KEPT_STAMPS = 160
_TRAYS = ((150, 112, 60), (92, 120, 84), (70, 70, 160))
_CARTON = (96, 146, 184)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A stamp at its place in the picture, with what it is.

    Attributes:
        stamp: What is pasted; its solid part carries the label (a hand without its forearm).
        cover: Everything of it that hides what lies below, uint8, shape of the stamp.
        x: Centre, pixels.
        y: Centre, pixels.
        truth: Its label and box.
    """

    stamp: Stamp
    cover: NDArray[np.uint8]
    x: float
    y: float
    truth: TruthBox


def render(script: SceneScript) -> Iterator[tuple[NDArray[np.uint8], FrameTruth]]:
    """The clip, frame by frame.

    Yields:
        BGR frame, uint8, shape (height, width, 3), the caller's to keep; and what is in it.
    """
    wardrobe = Wardrobe(script)
    stage, truth = Stage(wardrobe), TruthPlayer(wardrobe)
    for frame in range(script.frames):
        yield stage.picture(frame), truth.frame(frame)


class Stage:
    """Draws one script. At most ``_KEPT_STAMPS`` turned sprites are kept, oldest out first."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe
        self._script = script = wardrobe.script
        self._motion = Motion(script)
        self._stamps: OrderedDict[tuple[object, ...], tuple[Stamp, NDArray[np.uint8]]] = OrderedDict()
        rng = np.random.default_rng([script.seed, 1])
        table = draw_surface(script.surface, script.width, script.height, rng)
        self._light = CameraLight(script.width, script.height, rng)
        for item in script.scenery:
            stamp = make_stamp(_draw_scenery(item, script.width), item.place.angle_deg, self._light.shadow(5))
            paste(table, stamp, item.place.x * script.width, item.place.y * script.height)
        self._table = np.asarray(cv2.GaussianBlur(table, (0, 0), 0.5), np.uint8)
        self._base = self._table
        self._base_key: tuple[PiecePose, ...] = ()

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """The frame as the camera delivers it; frames may be asked for in any order."""
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

    def laid(self, frame: int) -> list[Laid]:
        """Every piece and hand of the frame, bottom to top."""
        poses = self._motion.at(frame / self._script.fps)
        return [self._lay_piece(pose) for pose in poses.resting] + self._moving(poses)

    def visible(self, frame: int) -> tuple[TruthBox, ...]:
        """Boxes of what shows at least ``LEAST_VISIBLE`` of itself in the frame, bottom to top."""
        laid = self.laid(frame)
        shares = visible_shares(laid, (self._script.height, self._script.width))
        return tuple(item.truth for item, share in zip(laid, shares, strict=True) if share >= LEAST_VISIBLE)

    def _moving(self, poses: Poses) -> list[Laid]:
        return [self._lay_piece(pose) for pose in poses.held] + [self._lay_hand(pose) for pose in poses.hands]

    def _lay_piece(self, pose: PiecePose) -> Laid:
        spot = self._wardrobe.piece_spot(pose)
        lift = math.ceil(pose.lift * _LIFT_STEPS)
        key = ("piece", pose.piece, spot.angle_deg, lift)
        if key not in self._stamps:
            height_px = 5 + self._script.width * _LIFT_PX * lift / _LIFT_STEPS
            stamp = make_stamp(self._wardrobe.sprite(pose.piece), spot.angle_deg, self._light.shadow(height_px))
            self._keep(key, (stamp, stamp.solid))
        stamp, cover = self._stamps[key]
        label = self._wardrobe.piece(pose.piece).form.label
        return Laid(
            stamp, cover, spot.x, spot.y, TruthBox(pose.piece, label, stamp_box(stamp, spot.x, spot.y), pose.held)
        )

    def _lay_hand(self, pose: HandPose) -> Laid:
        spot = self._wardrobe.hand_spot(pose)
        key = ("hand", pose.move.arm, pose.grip, spot.angle_deg)
        if key not in self._stamps:
            hand = self._wardrobe.hand(pose.move.arm, pose.grip)
            self._keep(key, hand_stamp(hand, spot.angle_deg, self._light.shadow(12)))
        stamp, cover = self._stamps[key]
        box = stamp_box(stamp, spot.x, spot.y)
        return Laid(stamp, cover, spot.x, spot.y, TruthBox(-1 - pose.move.arm, "hand", box, held=False))

    def _keep(self, key: tuple[object, ...], stamp: tuple[Stamp, NDArray[np.uint8]]) -> None:
        self._stamps[key] = stamp
        if len(self._stamps) > _KEPT_STAMPS:
            self._stamps.popitem(last=False)


def hand_stamp(hand: Hand, angle_deg: float, shadow: Shadow) -> tuple[Stamp, NDArray[np.uint8]]:
    """Hand with forearm as a stamp whose solid part is the hand alone, and what all of it covers."""
    whole = make_stamp(hand.sprite, angle_deg, shadow)
    return part_of(whole, turned_alpha(hand.without_forearm(), angle_deg, shadow)), whole.solid


def visible_shares(laid: list[Laid], shape: tuple[int, int]) -> list[float]:
    """Share of each thing's labelled pixels that can be seen: inside the picture and not covered by what lies above.

    Args:
        laid: Everything, bottom to top.
        shape: Height and width of the picture.
    """
    owner = np.full(shape, -1, np.int16)
    for index, item in enumerate(laid):
        _claim(owner, item, item.cover, -1)
        _claim(owner, item, item.stamp.solid, index)
    seen = np.bincount(owner[owner >= 0].ravel(), minlength=len(laid))
    whole = [max(1, int((item.stamp.solid > 127).sum())) for item in laid]
    return [float(seen[index] / whole[index]) for index in range(len(laid))]


def _claim(owner: NDArray[np.int16], item: Laid, mask: NDArray[np.uint8], index: int) -> None:
    left, top = stamp_corner(item.stamp, item.x, item.y)
    rows, columns = np.nonzero(mask > 127)
    rows, columns = rows + top, columns + left
    inside = (rows >= 0) & (rows < owner.shape[0]) & (columns >= 0) & (columns < owner.shape[1])
    owner[rows[inside], columns[inside]] = index


def _draw_scenery(item: Scenery, width_px: int) -> Sprite:
    rng = np.random.default_rng(item.seed)
    if item.name in ("tray", "carton"):
        colour = _CARTON if item.name == "carton" else _TRAYS[item.seed % len(_TRAYS)]
        return tray(item.width * width_px, item.height * width_px, colour, rng)
    return CLUTTER[item.name](item.width * width_px, rng)
