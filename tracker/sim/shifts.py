"""What happens at each of the workshop's cameras in two minutes, as scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import GateRule, TransferRule
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import Arm, Grip, random_arm
from tracker.sim.outlines import GarmentKind
from tracker.sim.script import ArmPost, Form, Move, Piece, Place, Scenery, SceneScript
from tracker.sim.surfaces import Surface

DURATION_S = 120.0
Size = tuple[int, int, float]
"""Width, height in pixels, frames per second."""

_LINING = Fabric(COLOURS["grey"], COLOURS["white"], Pattern.PLAIN, 12)


class Look(Protocol):
    """What a shift needs to know of an order."""

    @property
    def id(self) -> OrderId:
        """Its number."""
        ...

    @property
    def kind(self) -> GarmentKind:
        """What is sewn."""
        ...

    @property
    def fabric(self) -> Fabric:
        """From what."""
        ...


Work = Sequence[tuple[Look | None, int]]
"""How many things of which order, one after the other; ``None``: whose they are nobody can tell."""


class _Scene:
    """Collects pieces and moves; ids count up, seeds follow from the generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.pieces: list[Piece] = []
        self.moves: list[Move] = []

    def piece(self, form: Form, look: Look | None, size: float, *, pieces: int = 1, home: Place | None = None) -> int:
        """A new piece; its id."""
        kind = look.kind if look is not None else GarmentKind.SHIRT
        fabric = look.fabric if look is not None else _LINING
        order = look.id if look is not None else None
        seed = int(self.rng.integers(2**31))
        size *= float(self.rng.uniform(0.95, 1.05))
        self.pieces.append(Piece(len(self.pieces), form, kind, fabric, size, seed, pieces, order, home))
        return len(self.pieces) - 1

    def move(self, piece: int, arm: int, start_s: float, to: Place, start: Place | None = None) -> None:
        """Somebody carries it; nobody works by the clock, so start and length have a little play."""
        lasts_s = float(self.rng.uniform(1.35, 1.75))
        grip = Grip.HOLD if self.rng.random() < 0.7 else Grip.FIST
        self.moves.append(Move(piece, arm, start_s + float(self.rng.uniform(-0.3, 0.3)), lasts_s, to, start, grip))

    def near(self, x: float, y: float, angle_deg: float = 0.0, *, play: float = 0.012) -> Place:
        """A place close to that one."""
        dx, dy, turn = self.rng.normal(0, 1, 3)
        return Place(x + dx * play, y + dy * play * 1.6, angle_deg + turn * 6)


def cutting_shift(work: Work, rule: GateRule, size: Size, rng: np.random.Generator) -> SceneScript:
    """Bundles are brought from the left, handed over the line, and fetched away on the right; one comes back once."""
    scene = _Scene(rng)
    cutter, issuer, runner = 0, 1, 2
    waiting = [(0.12, 0.24), (0.27, 0.3), (0.13, 0.6), (0.28, 0.68)]
    receiving = [(0.68, 0.28), (0.84, 0.34), (0.69, 0.66), (0.85, 0.7)]
    things = [look for look, count in work for _ in range(count)]
    comes_back = len(things) - 3
    hand_over_s = 4.0
    for index, look in enumerate(things):
        here, there = waiting[index % 4], receiving[index % 4]
        home = scene.near(*here) if index < 3 else None
        bundle = scene.piece(Form.BUNDLE, look, 0.145, pieces=10, home=home)
        if home is None:
            scene.move(bundle, cutter, hand_over_s - 6.0, scene.near(*here), Place(-0.2, here[1], 15))
        scene.move(bundle, issuer, hand_over_s, scene.near(*there))
        if index == comes_back:
            # The ticket is missing: back over the line, and again.
            scene.move(bundle, issuer, hand_over_s + 4.0, scene.near(*here))
            scene.move(bundle, issuer, hand_over_s + 9.0, scene.near(*there))
            hand_over_s += 9.0
        scene.move(bundle, runner, hand_over_s + 5.0, Place(1.22, there[1] - 0.05, -12))
        hand_over_s += 9.0
    arms = (
        ArmPost(_arm(rng, 4), (-0.22, 0.55), 0.115),
        ArmPost(_arm(rng, 1), (0.46, 1.55), 0.115),
        ArmPost(_arm(rng, 7), (1.24, 0.35), 0.115),
    )
    scenery = (
        Scenery("scissors", Place(0.44, 0.12, 70), 0.13, 0, 3),
        Scenery("ruler", Place(0.24, 0.93, 2), 0.2, 0, 4),
        Scenery("paper", Place(0.94, 0.9, 12), 0.1, 0, 5),
        Scenery("offcut", Place(0.42, 0.88, 0), 0.08, 0, 7),
    )
    return _script(rule, scene, size, _Room(Surface.MAT, arms, scenery))


def sewing_shift(work: Work, rule: TransferRule, size: Size, rng: np.random.Generator) -> SceneScript:
    """A maker lays finished pieces on the table, a helper puts them into the tray; one is taken back and mended."""
    scene = _Scene(rng)
    maker, helper = 0, 1
    slots = [(x, y) for y in (0.15, 0.33, 0.51, 0.69, 0.86) for x in (0.575, 0.735, 0.895)]
    things = [look for look, count in work for _ in range(count)]
    t_s = 2.0
    for index, look in enumerate(things):
        slot = slots[index]
        piece = scene.piece(Form.HALF_FOLDED, look, 0.17)
        _lay_off(scene, piece, t_s, slot)
        if index == 2:
            # A seam is open: out of the tray, back to the maker, and through again later.
            scene.move(piece, helper, t_s + 7.0, scene.near(0.2, 0.4))
            scene.move(piece, maker, t_s + 10.0, Place(-0.25, 0.5))
            _lay_off(scene, piece, t_s + 20.5, slot)
            t_s += 7.0
        t_s += 8.2
        if index == 3:
            t_s += 5.5
    arms = (ArmPost(_arm(rng, 2), (-0.24, 0.7), 0.115), ArmPost(_arm(rng, 8), (0.47, 1.6), 0.115))
    scenery = (
        Scenery("tray", Place(0.735, 0.505), 0.5, 0.535, 0),
        Scenery("spool", Place(0.06, 0.12, 0), 0.12, 0, 11),
        Scenery("pincushion", Place(0.07, 0.9, 0), 0.1, 0, 12),
        Scenery("scissors", Place(0.4, 0.13, 100), 0.12, 0, 15),
        Scenery("cup", Place(0.4, 0.9, 130), 0.11, 0, 14),
    )
    return _script(rule, scene, size, _Room(Surface.WOOD, arms, scenery))


def packing_shift(work: Work, rule: GateRule, size: Size, rng: np.random.Generator) -> SceneScript:
    """Packs are laid ready on the left and put into the carton on the right; one comes out again for its sticker."""
    scene = _Scene(rng)
    ready = [(0.15, 0.34), (0.3, 0.64)]
    slots = [(0.73, 0.3), (0.88, 0.3), (0.73, 0.72), (0.88, 0.72)]
    things = [look for look, count in work for _ in range(count)]
    t_s = 2.0
    for index, look in enumerate(things):
        here, slot = ready[index % 2], slots[index % 4]
        pack = scene.piece(Form.PACK, look, 0.17)
        scene.move(pack, 0, t_s, scene.near(*here), Place(-0.25, here[1], -10))
        scene.move(pack, 1, t_s + 3.4, scene.near(*slot))
        if index == 4:
            scene.move(pack, 1, t_s + 7.0, scene.near(*here))
            scene.move(pack, 1, t_s + 11.0, scene.near(*slot))
            t_s += 8.0
        t_s += 7.9
    arms = (ArmPost(_arm(rng, 6), (-0.22, 0.75), 0.115), ArmPost(_arm(rng, 3), (0.5, 1.6), 0.115))
    scenery = (
        Scenery("carton", Place(0.805, 0.51), 0.345, 0.5, 1),
        Scenery("paper", Place(0.07, 0.9, -8), 0.11, 0, 21),
        Scenery("ruler", Place(0.3, 0.06, 1), 0.16, 0, 22),
        Scenery("spool", Place(0.48, 0.9, 0), 0.14, 0, 23),
    )
    return _script(rule, scene, size, _Room(Surface.PLASTER, arms, scenery))


def _lay_off(scene: _Scene, piece: int, t_s: float, slot: tuple[float, float]) -> None:
    """Maker (arm 0) to the table, helper (arm 1) to the tray."""
    scene.move(piece, 0, t_s, scene.near(0.22, 0.5, play=0.03), Place(-0.25, 0.55, -20))
    scene.move(piece, 1, t_s + 3.2, scene.near(*slot, play=0.008))


def _arm(rng: np.random.Generator, skin: int) -> Arm:
    arm = random_arm(rng)
    return Arm(skin, arm.sleeve, max(0.15, arm.sleeve_start), arm.left)


@dataclass(frozen=True, slots=True)
class _Room:
    """Table, people and things that stay where they are."""

    surface: Surface
    arms: tuple[ArmPost, ...]
    scenery: tuple[Scenery, ...]


def _script(rule: GateRule | TransferRule, scene: _Scene, size: Size, room: _Room) -> SceneScript:
    width, height, fps = size
    camera = CameraId(str(rule.id).split("-", maxsplit=1)[0])
    return SceneScript(
        camera=camera,
        width=width,
        height=height,
        fps=fps,
        duration_s=DURATION_S,
        seed=int(scene.rng.integers(2**31)),
        surface=room.surface,
        pieces=tuple(scene.pieces),
        arms=room.arms,
        moves=tuple(scene.moves),
        scenery=room.scenery,
        rule=rule,
    )
