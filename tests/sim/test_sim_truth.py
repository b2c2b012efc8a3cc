import dataclasses

import pytest

from tracker.domain.events import Direction
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CountUnit, GateRule, RuleId, StepId, Target, TransferRule, Zone
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import Arm
from tracker.sim.outlines import GarmentKind
from tracker.sim.script import ArmPost, Form, Move, Piece, Place, SceneScript
from tracker.sim.surfaces import Surface
from tracker.sim.truth import inside, truth_events
from tracker.sim.wardrobe import TruthPlayer, Wardrobe

CLOTH = Fabric(COLOURS["navy"], COLOURS["white"], Pattern.PLAIN, 12)
TARGET = Target(("bundle",), CountUnit.BUNDLE, 10, StepId("cut"), None)
GATE = GateRule(RuleId("g"), TARGET, (0.5, 1.0), (0.5, 0.0))
LEFT = Zone("left", ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)))
RIGHT = Zone("right", ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0)))
TRAY = TransferRule(RuleId("t"), TARGET, LEFT, RIGHT)
BUNDLE = Piece(0, Form.BUNDLE, GarmentKind.SHIRT, CLOTH, 0.2, 1, 10, OrderId("PO-1"), Place(0.2, 0.5))
OVER = Move(0, 0, 1.0, 2.0, Place(0.8, 0.5))
BACK = Move(0, 0, 5.0, 2.0, Place(0.2, 0.5))
SCRIPT = SceneScript(
    CameraId("c"), 160, 90, 10.0, 9.0, 5, Surface.WOOD, (BUNDLE,),
    (ArmPost(Arm(3, None, 0.3, left=False), (0.5, 1.5), 0.1),), (OVER, BACK), (), GATE,
)  # fmt: skip


def test_gate_is_crossed_when_the_centre_crosses() -> None:
    over, back = truth_events(SCRIPT)
    assert (over.direction, over.pieces, over.order) == (Direction.IN, 10, "PO-1")
    assert (back.direction, back.pieces) == (Direction.OUT, -10)
    player = TruthPlayer(Wardrobe(SCRIPT))
    for event in (over, back):
        before, after = int(event.t_s * SCRIPT.fps), int(event.t_s * SCRIPT.fps) + 1
        sides = [
            box.centre[0] / SCRIPT.width - 0.5
            for frame in (before, after)
            for box in player.frame(frame).boxes
            if box.piece == 0
        ]
        assert sides[0] * sides[1] <= 0


def test_a_line_drawn_the_other_way_counts_the_other_way() -> None:
    turned = dataclasses.replace(GATE, start=GATE.end, end=GATE.start)
    directions = [event.direction for event in truth_events(dataclasses.replace(SCRIPT, rule=turned))]
    assert directions == [Direction.OUT, Direction.IN]


def test_transfer_counts_on_setting_down_and_takes_back_on_leaving() -> None:
    moved, returned = truth_events(dataclasses.replace(SCRIPT, rule=TRAY))
    assert (moved.direction, moved.pieces) == (Direction.MOVED, 10)
    assert moved.t_s == pytest.approx(OVER.end_s, abs=0.11)
    assert (returned.direction, returned.pieces) == (Direction.RETURNED, -10)
    assert BACK.start_s < returned.t_s < BACK.end_s


def test_transfer_ignores_what_never_was_in_the_source() -> None:
    from_above = dataclasses.replace(OVER, start=Place(0.8, -0.3))
    script = dataclasses.replace(
        SCRIPT, pieces=(dataclasses.replace(BUNDLE, home=None),), moves=(from_above,), rule=TRAY
    )
    assert truth_events(script) == ()


def test_what_leaves_the_picture_from_the_destination_is_returned() -> None:
    away = Move(0, 0, 5.0, 1.0, Place(1.4, 0.5))
    directions = [event.direction for event in truth_events(dataclasses.replace(SCRIPT, moves=(OVER, away), rule=TRAY))]
    assert directions == [Direction.MOVED, Direction.RETURNED]


def test_script_without_a_rule_has_no_truth_events() -> None:
    with pytest.raises(ValueError, match="no rule"):
        truth_events(dataclasses.replace(SCRIPT, rule=None))


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.2, 0.5), True),
        ((0.5, 0.5), False),  # between the zones
        ((0.39, 0.99), True),
        ((0.2, 1.2), False),
    ],
)
def test_inside(point: tuple[float, float], expected: bool) -> None:
    assert inside(point, LEFT) is expected
