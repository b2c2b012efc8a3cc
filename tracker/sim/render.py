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
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.sim.clutter import CLUTTER
from tracker.sim.exposure import Exposure
from tracker.sim.goods import tray
from tracker.sim.hands import Hand
from tracker.sim.hardship import NO_HARDSHIP
from tracker.sim.lens import Lens
from tracker.sim.light import CameraLight
from tracker.sim.motion import HandPose, Motion, PiecePose, Poses
from tracker.sim.people import draw_seated, sway
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
SMEAR_STEP_PX = 3.0
MOST_SMEARS = 7
"""What moves while the shutter is open is drawn every so many pixels, and at most so many times."""
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
        yield stage.picture(frame), stage.through_lens(truth.frame(frame))


class Stage:
    """Draws one script. At most ``_KEPT_STAMPS`` turned sprites are kept, oldest out first."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe
        self._script = script = wardrobe.script
        self._motion = Motion(script)
        self._people: dict[int, Stamp] = {}
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
        self._exposure = Exposure(script, self._motion, table=float(self._table.mean()))
        self._lens = Lens(script.hardship, (script.width, script.height), np.random.default_rng([script.seed, 4]))

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """The frame as the camera delivers it; frames may be asked for in any order."""
        t_s = frame / self._script.fps
        canvas = self._lens.see(self._exposed(t_s), t_s)
        noise = np.random.default_rng([self._script.seed, 2, frame])
        if self._script.hardship == NO_HARDSHIP:
            return self._light.expose(canvas, t_s, noise)
        picture = self._light.expose(canvas, t_s, noise, gain=self._exposure.factor(frame))
        self._exposure.flicker(picture, t_s)
        return picture

    def light(self, frame: int) -> str:
        """The lamps over the table in that frame, in words."""
        return self._exposure.words(frame / self._script.fps)

    def through_lens(self, truth: FrameTruth) -> FrameTruth:
        """The same with every box where the camera's picture shows it."""
        return replace(truth, boxes=tuple(self._lens.box(box, truth.t_s) for box in truth.boxes))

    def _exposed(self, t_s: float) -> NDArray[np.uint8]:
        """What falls on the sensor while the shutter is open: the mean of several moments where something moves."""
        shutter_s = self._script.hardship.shutter_s
        moments = self._smears(t_s, shutter_s) if shutter_s > 0 else 1
        canvas = self._canvas(t_s - shutter_s / 2) if moments > 1 else self._canvas(t_s)
        for index in range(1, moments):
            later = self._canvas(t_s - shutter_s / 2 + shutter_s * index / (moments - 1))
            cv2.addWeighted(canvas, index / (index + 1), later, 1 / (index + 1), 0, dst=canvas)
        return canvas

    def _smears(self, t_s: float, shutter_s: float) -> int:
        """How many moments it takes to draw what moves as a smear."""
        before, after = self._motion.at(t_s - shutter_s / 2), self._motion.at(t_s + shutter_s / 2)
        ways = [
            math.hypot(
                (one.place.x - two.place.x) * self._script.width, (one.place.y - two.place.y) * self._script.height
            )
            for one, two in zip(before.held, after.held, strict=False)
        ]
        ways += [
            math.hypot((one.x - two.x) * self._script.width, (one.y - two.y) * self._script.height)
            for one, two in zip(before.hands, after.hands, strict=False)
        ]
        return min(MOST_SMEARS, 1 + round(max(ways, default=0.0) / SMEAR_STEP_PX))

    def _canvas(self, t_s: float) -> NDArray[np.uint8]:
        """The scene at a moment, evenly lit."""
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
        for index, person in enumerate(self._script.seated):
            at = sway(person, t_s)
            paste(canvas, self._person(index, at.angle_deg), at.x * self._script.width, at.y * self._script.height)
        return canvas

    def _person(self, index: int, angle_deg: float) -> Stamp:
        if index not in self._people:
            sprite = draw_seated(self._script.seated[index], self._script.width)
            self._people[index] = make_stamp(sprite, angle_deg, self._light.shadow(26))
        return self._people[index]

    def laid(self, frame: int) -> list[Laid]:
        """Every piece and hand of the frame, bottom to top."""
        poses = self._motion.at(frame / self._script.fps)
        return [self._lay_piece(pose) for pose in poses.resting] + self._moving(poses)

    def visible(self, frame: int) -> tuple[TruthBox, ...]:
        """Boxes of what shows at least ``LEAST_VISIBLE`` of itself in the frame, bottom to top."""
        return tuple(box for box, share in self.shown(frame) if share >= LEAST_VISIBLE)

    def shown(self, frame: int) -> list[tuple[TruthBox, float]]:
        """Every box of the frame as the camera's picture shows it, and the share of it that can be seen."""
        laid = self.laid(frame)
        shares = visible_shares(laid, (self._script.height, self._script.width))
        t_s = frame / self._script.fps
        return [(self._lens.box(item.truth, t_s), share) for item, share in zip(laid, shares, strict=True)]

    def _moving(self, poses: Poses) -> list[Laid]:
        return [self._lay_piece(pose) for pose in poses.held] + [self._lay_hand(pose) for pose in poses.hands]

    def _lay_piece(self, pose: PiecePose) -> Laid:
        spot = self._wardrobe.piece_spot(pose)
        lift = math.ceil(pose.lift * _LIFT_STEPS)
        key = ("piece", pose.piece, self._wardrobe.form(pose), spot.angle_deg, lift)
        if key not in self._stamps:
            height_px = 5 + self._script.width * _LIFT_PX * lift / _LIFT_STEPS
            stamp = make_stamp(self._wardrobe.sprite(pose), spot.angle_deg, self._light.shadow(height_px))
            self._keep(key, (stamp, stamp.solid))
        stamp, cover = self._stamps[key]
        label = self._wardrobe.piece(pose.piece).form.label
        return Laid(
            stamp, cover, spot.x, spot.y, TruthBox(pose.piece, label, stamp_box(stamp, spot.x, spot.y), pose.held)
        )

    def _lay_hand(self, pose: HandPose) -> Laid:
        spot = self._wardrobe.hand_spot(pose)
        key = ("hand", pose.doing.arm, pose.grip, spot.angle_deg)
        if key not in self._stamps:
            hand = self._wardrobe.hand(pose.doing.arm, pose.grip)
            self._keep(key, hand_stamp(hand, spot.angle_deg, self._light.shadow(12)))
        stamp, cover = self._stamps[key]
        box = stamp_box(stamp, spot.x, spot.y)
        return Laid(stamp, cover, spot.x, spot.y, TruthBox(-1 - pose.doing.arm, "hand", box, held=False))

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
