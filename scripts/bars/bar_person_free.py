"""Nobody in the pictures that leave memory: simulated forearms with exact masks, the real models, the real wiring.

Three questions, each on tables, arms, sleeves and skin tones drawn anew from the seed:

- somebody says that the view is empty while arms lie in it: how much of them is in the background;
- the view is known, arms and pieces come: how much of the arms is in the scene, pieces shown whole included;
- how much of a room that really is empty may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from figures import Figure

from tracker.detect import load_detector
from tracker.domain.frames import CameraId, Frame, Moment
from tracker.models import model_folder
from tracker.privacy.colours import picture_of
from tracker.scenes import SceneMaker, people_eye
from tracker.sim.hands import SKIN_TONES, Grip, draw_hand, random_arm
from tracker.sim.light import CameraLight
from tracker.sim.sprite import make_stamp, paste, stamp_corner
from tracker.sim.stills import simulated_piece
from tracker.sim.surfaces import random_surface

NAME = "person-free"
WHAT = "no pixel of an arm is in the pictures that leave memory"

WIDTH, HEIGHT = 960, 540
ROOMS = 20
CONFIRM_S, LOOK_S = 10.0, 1.0
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TELLS = 24
"""Levels from the room by which a pixel of an arm gives it away; noise and encoding stay below."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A table with arms on it.

    Attributes:
        bgr: The picture.
        arms: Pixels of the arms.
    """

    bgr: np.ndarray
    arms: np.ndarray


def with_arms(room: np.ndarray, tone: int, rng: np.random.Generator) -> Drawn:
    """One or two arms of a skin tone that reach in from an edge, with or without sleeves."""
    bgr, arms = room.copy(), np.zeros(room.shape[:2], np.bool_)
    for _ in range(int(rng.integers(1, 3))):
        size = float(rng.uniform(50, 100))
        arm = replace(random_arm(rng), skin=tone)
        hand = draw_hand(arm, list(Grip)[rng.integers(3)], size, rng, reach_px=size * 5)
        turn = float(rng.uniform(0, 360))
        stamp = make_stamp(hand.sprite, turn, CameraLight(WIDTH, HEIGHT, rng).shadow(12))
        x, y = _from_the_edge(turn, size, rng)
        paste(bgr, stamp, x, y)
        left, top = stamp_corner(stamp, x, y)
        high, wide = stamp.solid.shape
        inside = slice(max(0, top), min(HEIGHT, top + high)), slice(max(0, left), min(WIDTH, left + wide))
        arms[inside] |= (
            stamp.solid[inside[0].start - top : inside[0].stop - top, inside[1].start - left : inside[1].stop - left]
            > 127
        )
    return Drawn(bgr, arms)


def _from_the_edge(turn_deg: float, size: float, rng: np.random.Generator) -> tuple[float, float]:
    """Where the middle of a sprite lies whose fingers point somewhere and whose elbow is outside of the picture."""
    along, reach = np.deg2rad(turn_deg), float(rng.uniform(1.0, 3.5)) * size
    to = np.array([np.sin(along), -np.cos(along)])
    middle = np.array([WIDTH / 2, HEIGHT / 2]) + rng.uniform(-0.3, 0.3, 2) * (WIDTH, HEIGHT)
    with np.errstate(divide="ignore"):
        back = np.min(np.where(to > 0, middle / np.abs(to), (np.array([WIDTH, HEIGHT]) - middle) / np.abs(to)))
    tip = middle - to * (back - reach)
    centre = tip - to * size * 3
    return float(centre[0]), float(centre[1])


def frames(bgr: np.ndarray, start_s: float, seconds: float, rng: np.random.Generator) -> list[Frame]:
    """The same view for some seconds, in a camera's noise."""
    return [
        Frame(
            CameraId("bar"),
            Moment(round(t_s * 10), t_s, START),
            picture_of((bgr + rng.normal(0, 2, bgr.shape)).clip(0, 255).astype(np.uint8)),
        )
        for t_s in np.arange(start_s, start_s + seconds, LOOK_S).tolist()
    ]


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Rooms, one after another; every arm pixel counts."""
    rng = np.random.default_rng(seed)
    detector = load_detector(model_folder("default"))
    eye = people_eye(detector)
    rooms = 2 if sample else ROOMS
    drawn = burnt = left = photos = 0
    shown, beside = [], []
    for number in range(rooms):
        room = np.asarray(random_surface(WIDTH, HEIGHT, rng), np.uint8).copy()
        there = with_arms(room, number % len(SKIN_TONES), rng)
        maker = SceneMaker(detector, eye, empty_until_s=CONFIRM_S)
        for each in frames(there.bgr, 0, CONFIRM_S, rng):
            maker.take(each)
        background = maker.background()
        beside.append(background.share)
        drawn += int(there.arms.sum())
        burnt += _given_away(background.bgr, background.pixels() & there.arms, room)

        maker = SceneMaker(detector, eye, empty_until_s=CONFIRM_S)
        for each in frames(room, 0, CONFIRM_S + LOOK_S, rng):
            maker.take(each)
        shown.append(maker.background().share)
        working = room.copy()
        for _ in range(3):
            piece, _ = simulated_piece(float(rng.uniform(120, 200)), rng)
            stamp = make_stamp(piece, float(rng.uniform(0, 360)), CameraLight(WIDTH, HEIGHT, rng).shadow(3))
            paste(working, stamp, float(rng.uniform(0, WIDTH)), float(rng.uniform(0, HEIGHT)))
        there = with_arms(working, number % len(SKIN_TONES), rng)
        for each in frames(there.bgr, CONFIRM_S + 1, 4, rng):
            maker.take(each)
        scene, _ = maker.scene(photos=True)
        photos += int(scene.photos.sum())
        left += _given_away(scene.bgr, scene.real & there.arms, room, working)
        print(f"    room {number}: burnt {burnt}, in scenes {left}, of {drawn}, {photos} photos", flush=True)
    return [
        Figure("arms in a view that is said to be empty: pixels hidden", _share(burnt, drawn), "%", ">= 99",
               _share(burnt, drawn) >= 99),
        Figure("these views: median share that may be shown", round(100 * float(np.median(beside)), 1), "%", "", None),
        Figure("arms in scenes of a known view: pixels hidden", _share(left, drawn), "%", ">= 99",
               _share(left, drawn) >= 99),
        Figure("pieces shown whole in these scenes", photos, f"of {3 * rooms}", "", None),
        Figure("empty rooms: median share that may be shown", round(100 * float(np.median(shown)), 1), "%", "", None),
    ]  # fmt: skip


def _given_away(bgr: np.ndarray, arms: np.ndarray, *without: np.ndarray) -> int:
    """Pixels of arms that come from the camera and differ from whatever may lie under them."""
    apart = [np.abs(bgr.astype(np.int16) - clean).max(axis=-1) > TELLS for clean in without]
    return int(np.count_nonzero(arms & np.logical_and.reduce(apart)))


def _share(wrong: int, whole: int) -> float:
    return round(100 * (1 - wrong / whole), 2)
