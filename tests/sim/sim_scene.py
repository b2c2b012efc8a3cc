"""A small table for tests: one piece, one arm, and whatever a test adds."""

from __future__ import annotations

import dataclasses
from typing import Any

from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CountUnit, GateRule, RuleId, StepId, Target, TransferRule, Zone
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import Arm
from tracker.sim.outlines import GarmentKind
from tracker.sim.script import ArmPost, Form, Move, Piece, Place, SceneScript
from tracker.sim.surfaces import Surface

CLOTH = Fabric(COLOURS["red"], COLOURS["white"], Pattern.PLAIN, 12)
PIECE = Piece(0, Form.FOLDED, GarmentKind.TSHIRT, CLOTH, 0.2, 1, 1, OrderId("PO-1"), Place(0.2, 0.5))
ARM = ArmPost(Arm(3, None, 0.3, left=False), (0.5, 1.5), 0.12)
OVER = Move(0, 0, 1.0, 1.0, Place(0.8, 0.5))
TARGET = Target(("garment",), CountUnit.PIECE, 1, StepId("sew"), None)
GATE = GateRule(RuleId("gate"), TARGET, (0.5, 1.0), (0.5, 0.0))
SOURCE = Zone("source", ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)))
TRAY = Zone("tray", ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0)))
TRANSFER = TransferRule(RuleId("tray"), TARGET, SOURCE, TRAY)
SCRIPT = SceneScript(CameraId("c"), 160, 90, 10.0, 4.0, 5, Surface.WOOD, (PIECE,), (ARM,), (OVER,), (), GATE)


def script(**changes: Any) -> SceneScript:
    """The small table, changed."""
    return dataclasses.replace(SCRIPT, **changes)
