import dataclasses

import pytest
from sim_scene import GATE, OVER, PIECE, TRANSFER, script

from tracker.domain.events import Direction
from tracker.sim.motion import Motion
from tracker.sim.render import Stage
from tracker.sim.script import Carriage, Form, Gesture, Move, Place
from tracker.sim.settled import settled_events
from tracker.sim.truth import truth_events
from tracker.sim.wardrobe import Wardrobe

BACK = Move(0, 0, 4.0, 1.0, Place(0.2, 0.5))
AGAIN = Move(0, 0, 7.0, 1.0, Place(0.8, 0.5))
AWAY = Move(0, 0, 7.0, 1.0, Place(1.3, 0.5))
HOVER = dataclasses.replace(OVER, lasts_s=3.0, via=tuple(Place(0.5 + side * 0.05, 0.5) for side in (-1, 1, -1, 1)))
BRINK = dataclasses.replace(OVER, to=Place(0.2, 0.5), via=(Place(0.55, 0.5),))


def told(rule, *moves: Move) -> list[Direction]:
    scene = script(moves=moves, duration_s=10.0)
    return [event.direction for event in settled_events(scene, (rule,))]


@pytest.mark.parametrize(
    ("moves", "gate", "tray"),
    [
        ((OVER,), ["in"], ["moved"]),
        ((HOVER,), ["in"], ["moved"]),  # it trembles on the line, and crosses once
        ((BRINK,), [], []),  # carried over the line and back in one go
        ((OVER, BACK), ["in", "out"], ["moved", "returned"]),  # taken back
        ((OVER, BACK, AGAIN), ["in", "out", "in"], ["moved", "returned", "moved"]),  # and handed over again
        ((OVER, AWAY), ["in"], ["moved"]),  # the tray is carried away
        ((dataclasses.replace(OVER, to=Place(0.5, 0.5)),), ["in"], []),  # laid down between the zones
        ((OVER, dataclasses.replace(BACK, to=Place(0.7, 0.8))), ["in"], ["moved"]),  # moved about in the tray
    ],
)
def test_a_move_counts_by_where_it_ends(moves, gate: list[str], tray: list[str]) -> None:
    assert told(GATE, *moves) == gate
    assert told(TRANSFER, *moves) == tray


def test_what_comes_from_outside_straight_into_the_tray_is_no_transfer() -> None:
    outside = dataclasses.replace(PIECE, home=None)
    comes = dataclasses.replace(OVER, start=Place(1.3, 0.5))
    assert settled_events(script(pieces=(outside,), moves=(comes,)), (GATE, TRANSFER)) == ()


def test_things_that_are_no_pieces_count_nothing() -> None:
    thing = dataclasses.replace(PIECE, form=Form.THING, pieces=0)
    assert settled_events(script(pieces=(thing,)), (GATE, TRANSFER)) == ()


def test_plain_carry_is_dated_as_the_other_truth_dates_it() -> None:
    ours, theirs = settled_events(script(), (GATE,)), truth_events(script())
    assert ours[0].t_s == pytest.approx(theirs[0].t_s, abs=0.15)


def test_jump_that_crosses_before_the_first_step_is_dated_at_its_start() -> None:
    instant = dataclasses.replace(OVER, lasts_s=0.01)
    assert settled_events(script(moves=(instant,)), (GATE,))[0].t_s == OVER.start_s


def test_thrown_piece_flies_without_a_hand() -> None:
    thrown = dataclasses.replace(OVER, by=Carriage.THROWN)
    poses = Motion(script(moves=(thrown,))).at(1.5)
    assert not poses.hands
    assert poses.held[0].place.x == pytest.approx(0.5)
    assert poses.held[0].place.y < 0.5


def test_piece_looks_different_in_a_hand_where_the_script_says_so() -> None:
    changing = script(pieces=(dataclasses.replace(PIECE, carried=Form.CRUMPLED),))
    plain, changed = (Stage(Wardrobe(scene)) for scene in (script(), changing))
    assert plain.shown(5)[0] == changed.shown(5)[0]
    assert plain.shown(15)[0][0].xyxy != changed.shown(15)[0][0].xyxy


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"gestures": (Gesture(1, 1.0, 1.0, (Place(0.2, 0.5),)),)}, "known arm"),
        ({"gestures": (Gesture(0, 1.0, 0.0, (Place(0.2, 0.5),)),)}, "length above 0"),
        ({"gestures": (Gesture(0, 1.0, 1.0, ()),)}, "a place"),
        ({"gestures": (Gesture(0, 1.5, 1.0, (Place(0.2, 0.5),)),)}, "one arm in two moves"),  # it carries a piece then
    ],
)
def test_impossible_gestures_are_refused(change, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        script(**change)


def test_one_hand_may_carry_several_pieces() -> None:
    second = dataclasses.replace(PIECE, id=1, seed=2)
    along = dataclasses.replace(OVER, piece=1, by=Carriage.ALONG)
    poses = Motion(script(pieces=(PIECE, second), moves=(OVER, along))).at(1.5)
    assert len(poses.held) == 2
    assert len(poses.hands) == 1
