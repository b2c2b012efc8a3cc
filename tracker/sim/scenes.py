"""A plan and a seed in, a camera's script with its rules out: whose table it is, who works there, what lies about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CountUnit, GateRule, RuleId, StepId, Target, TransferRule, Zone
from tracker.sim.desk import Cloth, Desk
from tracker.sim.fabric import random_fabric
from tracker.sim.hands import random_arm
from tracker.sim.outlines import GarmentKind
from tracker.sim.people import HAIR
from tracker.sim.plan import Plan, drawn_hardship
from tracker.sim.script import ArmPost, Form, Piece, Place, Scenery, SceneScript, Seated
from tracker.sim.surfaces import Surface
from tracker.sim.tables import LINE_X, SHOULDERS, SOURCE_X, TRAY_X, Shift, Turn

QUIET_S = 4.0
"""After the last hand has gone, the clip goes on for so long: rules wait until something lies still."""
SCENERY = (
    ("ruler", (0.45, 0.95), 0.14),
    ("paper", (0.5, 0.06), 0.08),
    ("offcut", (0.46, 0.1), 0.05),
    ("pincushion", (0.03, 0.05), 0.08),
    ("spool", (0.97, 0.95), 0.1),
    ("scissors", (0.03, 0.95), 0.1),
)
"""What lies about, where, how large."""
BIN_X = 0.775
"""Middle of a bin that stands where the tray is."""
CHAIRS = ((0.1, 1.02, 0.0), (0.9, 1.02, 0.0), (0.12, -0.02, 180.0), (0.88, -0.02, 180.0))
"""Where people sit: x, y, and the turn that makes them look at the table."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's clip and what should count in it.

    Attributes:
        script: Everything that happens; its rule is the first of ``rules``.
        rules: A gate and a transfer over the same table.
        turns: From when on which order is handed over.
    """

    script: SceneScript
    rules: tuple[GateRule, TransferRule]
    turns: tuple[Turn, ...]


def draw_cloth(order: OrderId, rng: np.random.Generator) -> Cloth:
    """What an order is sewn as."""
    kinds = list(GarmentKind)
    return Cloth(order, kinds[int(rng.integers(len(kinds)))], random_fabric(rng))


def draw_scene(plan: Plan, work: Sequence[tuple[Cloth, int]], *, name: str, rng: np.random.Generator) -> Scene:
    """A table at which so many pieces of each cloth are handed over.

    Args:
        plan: What happens, and what the camera suffers.
        work: Cloth and pieces, one order after the other.
        name: Of camera and step; the transfer counts for the step ``NAME-tray``.
        rng: Where all else comes from.
    """
    shift = Shift(plan, rng)
    shift.run(work)
    desk, sight = shift.desk, plan.sight
    bins = (_bin(desk, rng),) if plan.work.bin else ()
    duration_s = desk.end_s + QUIET_S
    rules = table_rules(name, (), mirrored=desk.mirrored)
    surfaces = list(Surface)
    script = SceneScript(
        camera=CameraId(name),
        width=sight.width,
        height=sight.height,
        fps=float(round(float(rng.uniform(*sight.fps)))),
        duration_s=duration_s,
        seed=int(rng.integers(2**31)),
        surface=surfaces[int(rng.integers(len(surfaces)))],
        pieces=(*desk.pieces, *bins),
        arms=_arms(desk.mirrored, rng),
        moves=tuple(desk.moves),
        scenery=_scenery(rng),
        rule=rules[0],
        gestures=tuple(desk.gestures),
        seated=_seated(plan.work.seated, rng),
        hardship=drawn_hardship(sight, duration_s, rng),
    )
    return Scene(script, rules, tuple(shift.turns))


def table_rules(name: str, classes: tuple[str, ...], *, mirrored: bool) -> tuple[GateRule, TransferRule]:
    """The gate over the table's line and the transfer from its source into its tray."""
    x = 1 - LINE_X if mirrored else LINE_X
    down, up = (x, 1.0), (x, 0.0)
    start, end = (up, down) if mirrored else (down, up)
    gate = GateRule(RuleId(f"{name}-gate"), _target(name, classes), start, end)
    source, tray = _zone("source", SOURCE_X, mirrored=mirrored), _zone("tray", TRAY_X, mirrored=mirrored)
    return gate, TransferRule(RuleId(f"{name}-tray"), _target(f"{name}-tray", classes), source, tray)


def _target(step: str, classes: tuple[str, ...]) -> Target:
    return Target(classes, CountUnit.PIECE, 1, StepId(step), None)


def _zone(name: str, span: tuple[float, float], *, mirrored: bool) -> Zone:
    left, right = sorted(1 - x for x in span) if mirrored else span
    return Zone(name, ((left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0)))


def _arms(mirrored: bool, rng: np.random.Generator) -> tuple[ArmPost, ...]:  # noqa: FBT001 - the table's own fact
    return tuple(
        ArmPost(random_arm(rng), (1 - x if mirrored else x, y), float(rng.uniform(0.1, 0.125))) for x, y in SHOULDERS
    )


def _bin(desk: Desk, rng: np.random.Generator) -> Piece:
    """A bin under all that will be laid into the tray."""
    kinds = list(GarmentKind)
    return Piece(
        id=len(desk.pieces),
        form=Form.BIN,
        kind=kinds[0],
        fabric=random_fabric(rng),
        size=float(rng.uniform(0.48, 0.52)),
        seed=int(rng.integers(2**31)),
        pieces=0,
        order=None,
        home=desk.seen(Place(BIN_X, 0.5, float(rng.normal(0, 1.5)))),
    )


def _scenery(rng: np.random.Generator) -> tuple[Scenery, ...]:
    picked = rng.choice(len(SCENERY), int(rng.integers(2, len(SCENERY) + 1)), replace=False)
    things = (SCENERY[int(index)] for index in picked)
    return tuple(
        Scenery(name, Place(x, y, float(rng.uniform(-180, 180))), size, 0, int(rng.integers(2**31)))
        for name, (x, y), size in things
    )


def _seated(most: int, rng: np.random.Generator) -> tuple[Seated, ...]:
    count = int(rng.integers(most + 1))
    chairs = (CHAIRS[int(index)] for index in rng.choice(len(CHAIRS), count, replace=False))
    return tuple(
        Seated(
            place=Place(x, y, turn),
            clothes=random_fabric(rng),
            hair=HAIR[int(rng.integers(len(HAIR)))],
            size=float(rng.uniform(0.17, 0.22)),
            seed=int(rng.integers(2**31)),
        )
        for x, y, turn in chairs
    )
