import dataclasses
from typing import Any

import pytest

from tracker.domain.frames import CameraId
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import Arm
from tracker.sim.motion import Motion, out_of_sight
from tracker.sim.outlines import GarmentKind
from tracker.sim.script import ArmPost, Form, Move, Piece, Place, SceneScript
from tracker.sim.surfaces import Surface

CLOTH = Fabric(COLOURS["red"], COLOURS["white"], Pattern.PLAIN, 12)
PIECE = Piece(0, Form.FOLDED, GarmentKind.TSHIRT, CLOTH, 0.15, 1, 1, None, Place(0.2, 0.5))
ARM = ArmPost(Arm(3, None, 0.3, left=False), (0.5, 1.5), 0.1)
CARRY = Move(0, 0, 1.0, 2.0, Place(0.8, 0.5))
SCRIPT = SceneScript(CameraId("c"), 160, 90, 10.0, 6.0, 5, Surface.WOOD, (PIECE,), (ARM,), (CARRY,), (), None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"width": 161}, "even sides"),  # H.264 in 4:2:0 cannot hold it
        ({"height": 32}, "at least 64"),  # nothing could be seen
        ({"fps": 0.0}, "above 0"),
        ({"duration_s": -1.0}, "above 0"),
        ({"pieces": (PIECE, PIECE)}, "unique"),
        ({"moves": (dataclasses.replace(CARRY, piece=9),)}, "known piece"),
        ({"moves": (dataclasses.replace(CARRY, arm=1),)}, "known arm"),
        ({"moves": (dataclasses.replace(CARRY, lasts_s=0.0),)}, "length above 0"),
        ({"moves": (CARRY, dataclasses.replace(CARRY, start_s=2.0))}, "two moves at once"),  # one piece, two places
    ],
)
def test_impossible_scripts_are_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        dataclasses.replace(SCRIPT, **change)


def test_piece_rests_is_carried_and_rests_again() -> None:
    motion = Motion(SCRIPT)
    before, during, after = motion.at(0.5), motion.at(2.0), motion.at(4.0)
    assert before.resting[0].place == PIECE.home
    assert not before.held
    assert during.held[0].place.x == pytest.approx(0.5, abs=0.01)
    assert not during.resting
    assert after.resting[0].place == CARRY.to


def test_piece_without_a_place_cannot_be_lifted() -> None:
    nowhere = dataclasses.replace(PIECE, home=None)
    with pytest.raises(ValueError, match="nowhere"):
        Motion(dataclasses.replace(SCRIPT, pieces=(nowhere,)))


def test_piece_put_out_of_sight_is_gone() -> None:
    away = dataclasses.replace(CARRY, to=Place(1.3, 0.5))
    poses = Motion(dataclasses.replace(SCRIPT, moves=(away,))).at(5.0)
    assert not poses.resting
    assert not poses.held
    assert not poses.hands


@pytest.mark.parametrize(
    ("place", "gone"),
    [
        (Place(0.5, 0.5), False),
        (Place(1.01, 0.5), False),  # half of it still shows
        (Place(1.2, 0.5), True),
        (Place(0.5, -0.2), True),
    ],
)
def test_out_of_sight(place: Place, gone: bool) -> None:
    assert out_of_sight(place) == gone


def test_hand_reaches_before_and_withdraws_after() -> None:
    motion = Motion(SCRIPT)
    assert motion.at(0.3).hands == ()
    assert len(motion.at(0.8).hands) == 1
    assert len(motion.at(3.2).hands) == 1
    assert motion.at(3.8).hands == ()


def test_later_pieces_lie_on_earlier_ones() -> None:
    second = dataclasses.replace(PIECE, id=1, home=Place(0.8, 0.5))
    poses = Motion(dataclasses.replace(SCRIPT, pieces=(PIECE, second))).at(5.0)
    assert [pose.piece for pose in poses.resting] == [1, 0]
