import numpy as np
import pytest
from sim_scene import PIECE, SCRIPT, script

from tracker.sim.exposure import Exposure
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hardship import Flicker, Hardship, Knock, Switch
from tracker.sim.lens import Lens
from tracker.sim.motion import Motion
from tracker.sim.render import Stage, render
from tracker.sim.script import Gesture, Place, Seated, TruthBox
from tracker.sim.wardrobe import Wardrobe


def picture(frame: int = 0, **changes) -> np.ndarray:
    return Stage(Wardrobe(script(**changes))).picture(frame).astype(int)


def exposure(hardship: Hardship, **changes) -> Exposure:
    scene = script(hardship=hardship, **changes)
    return Exposure(scene, Motion(scene), table=120.0)


# --- light ----------------------------------------------------------------------------------------------------------


def test_switched_off_lamp_makes_the_picture_darker_from_then_on() -> None:
    dark = Hardship(switches=(Switch(1.0, 0.3),))
    assert picture(5, hardship=dark).mean() == pytest.approx(picture(5).mean(), abs=1)
    assert picture(20, hardship=dark).mean() == pytest.approx(0.3 * picture(20).mean(), rel=0.1)


def test_tube_that_strikes_flickers_before_it_burns() -> None:
    levels = {round(exposure(Hardship(switches=(Switch(0.0, 0.2), Switch(1.0, 1.0, 1.0)))).lamps(t), 1)
              for t in np.arange(1.15, 1.99, 0.05)}  # fmt: skip
    assert levels == {0.4, 1.0}


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (0.5, pytest.approx(1.0)),  # nothing has happened yet
        (1.1, pytest.approx(0.4, abs=0.2)),  # the lamp is off and the camera has not followed yet
        (3.9, pytest.approx(1.0, abs=0.1)),  # it has
    ],
)
def test_exposure_control_makes_up_for_a_switched_lamp(second: float, says: object) -> None:
    control = exposure(Hardship(switches=(Switch(1.0, 0.4),), auto_exposure_s=0.5))
    assert control.factor(round(second * SCRIPT.fps)) == says


def test_exposure_control_follows_what_comes_into_the_picture() -> None:
    black = Fabric(COLOURS["black"], COLOURS["black"], Pattern.PLAIN, 12)
    large = PIECE.__class__(0, PIECE.form, PIECE.kind, black, 0.6, 1, 1, None, None)
    comes = SCRIPT.moves[0].__class__(0, 0, 1.0, 1.0, Place(0.5, 0.5), Place(-0.3, 0.5))
    control = exposure(Hardship(auto_exposure_s=0.3), pieces=(large,), moves=(comes,))
    assert control.factor(0) == pytest.approx(1.0)
    assert control.factor(39) > 1.15


def test_bands_of_a_flickering_lamp_wander() -> None:
    hardship = Hardship(flicker=Flicker(0.3, 0.5, 2.0))
    steady, first, later = picture(0), picture(0, hardship=hardship), picture(5, hardship=hardship)
    rows = [(shown.mean(axis=(1, 2)) / steady.mean(axis=(1, 2))) for shown in (first, later)]
    assert np.ptp(rows[0]) > 0.4
    assert np.abs(rows[0] - rows[1]).max() > 0.2


def test_pulsing_lamp_without_bands_dims_the_whole_picture() -> None:
    hardship = Hardship(flicker=Flicker(0.3, 0.5, 0.0))
    steady, bright, dim = picture(0), picture(5, hardship=hardship), picture(15, hardship=hardship)
    assert np.ptp((dim / np.maximum(steady, 1))[10:80, 100:150].mean(axis=1)) < 0.06
    assert bright.mean() > 1.1 * steady.mean() > 1.2 * dim.mean()


# --- lens and mount -------------------------------------------------------------------------------------------------


def test_knocked_camera_shakes_and_then_looks_elsewhere() -> None:
    lens = Lens(Hardship(knocks=(Knock(1.0, 0.05, 0.0, 2.0),)), (160, 90), np.random.default_rng(0))
    assert lens.pose(0.9) == (0.0, 0.0, 0.0)
    assert max(abs(lens.pose(t)[0]) for t in np.arange(1.0, 1.8, 0.02)) > 0.06
    assert lens.pose(3.0) == (0.05, 0.0, 2.0)


@pytest.mark.parametrize(
    "hardship",
    [
        Hardship(knocks=(Knock(0.5, 0.06, -0.03, 0.0),)),  # shifted
        Hardship(knocks=(Knock(0.5, 0.0, 0.0, 8.0),)),  # turned
        Hardship(bend=0.2),  # bent
        Hardship(bend=0.1, knocks=(Knock(0.5, 0.04, 0.03, 4.0),)),  # both
    ],
)
def test_boxes_go_where_the_picture_goes(hardship: Hardship) -> None:
    # a white square on black, in the corner that is bent most
    scene = np.zeros((360, 640, 3), np.uint8)
    scene[40:80, 60:120] = 255
    lens = Lens(hardship, (640, 360), np.random.default_rng(0))
    rows, columns = np.nonzero(lens.see(scene, 3.0)[..., 0] > 127)
    left, top, right, bottom = lens.box(TruthBox(0, "garment", (60, 40, 120, 80), held=False), 3.0).xyxy
    assert (left, right) == pytest.approx((columns.min(), columns.max() + 1), abs=4)
    assert (top, bottom) == pytest.approx((rows.min(), rows.max() + 1), abs=4)


def test_firm_and_straight_camera_leaves_everything_as_it_is() -> None:
    lens = Lens(Hardship(), (160, 90), np.random.default_rng(0))
    scene, box = np.zeros((90, 160, 3), np.uint8), TruthBox(0, "garment", (1, 2, 30, 40), held=False)
    assert lens.see(scene, 1.0) is scene
    assert lens.box(box, 1.0) is box


def test_dirt_takes_light_away_in_some_places() -> None:
    clean, dirty = picture(0), picture(0, hardship=Hardship(dirt=1.0))
    lost = (clean - dirty).mean(axis=2)
    assert lost.mean() > 1
    assert lost.max() > 3 * lost.mean()


def test_boxes_of_a_clip_are_those_of_the_camera() -> None:
    knocked = script(hardship=Hardship(knocks=(Knock(0.0, 0.1, 0.0, 0.0),)), moves=(), duration_s=1.5)
    (_, firm), (_, moved) = list(render(script(moves=(), duration_s=1.5)))[-1], list(render(knocked))[-1]
    assert moved.boxes[0].xyxy[0] - firm.boxes[0].xyxy[0] == pytest.approx(16, abs=0.5)


def test_open_shutter_smears_what_moves_and_nothing_else() -> None:
    smeared, sharp = picture(15, hardship=Hardship(shutter_s=0.1)), picture(15)
    changed = np.abs(smeared - sharp).max(axis=2) > 12
    assert changed[20:70, 50:130].any()
    assert not changed[:, :20].any()
    still = np.abs(picture(38, hardship=Hardship(shutter_s=0.1)) - picture(38))
    assert still.max() <= 1


# --- who else is there ----------------------------------------------------------------------------------------------


def test_seated_people_are_seen_sway_and_carry_no_label() -> None:
    person = Seated(Place(0.5, 0.9), PIECE.fabric, (20, 20, 20), 0.3, 3)
    stage = Stage(Wardrobe(script(seated=(person,), moves=())))
    empty, seen, later = picture(0), stage.picture(0).astype(int), stage.picture(30).astype(int)
    assert (np.abs(empty - seen).max(axis=2) > 40)[60:].mean() > 0.05
    assert (np.abs(seen - later).max(axis=2) > 40).any()
    boxes = Stage(Wardrobe(script(seated=(person,)))).shown(0)
    assert [box.piece for box, _ in boxes] == [0]


@pytest.mark.parametrize(
    ("second", "there"),
    [
        (0.2, False),  # not yet
        (0.9, True),  # reaching
        (1.5, True),  # there
        (2.3, True),  # withdrawing
        (3.0, False),  # gone
    ],
)
def test_gesture_shows_a_hand_that_carries_nothing(second: float, *, there: bool) -> None:
    covers = Gesture(0, 1.0, 1.0, (Place(0.2, 0.5), Place(0.3, 0.5)))
    poses = Motion(script(moves=(), gestures=(covers,))).at(second)
    assert [hand.doing for hand in poses.hands] == ([covers] if there else [])
    assert not poses.held


def test_hand_that_only_covers_stays_where_it_is() -> None:
    covers = Gesture(0, 1.0, 2.0, (Place(0.2, 0.5),))
    motion = Motion(script(moves=(), gestures=(covers,)))
    assert {(hand.x, hand.y) for t in (1.0, 2.0, 3.0) for hand in motion.at(t).hands} == {(0.2, 0.5)}


def test_gesture_goes_from_place_to_place() -> None:
    way = Gesture(0, 1.0, 2.0, (Place(0.2, 0.5), Place(0.3, 0.5), Place(0.3, 0.2)))
    motion = Motion(script(moves=(), gestures=(way,)))
    where = [(hand.x, hand.y) for t in (1.0, 2.0, 3.0) for hand in motion.at(t).hands]
    assert where == [pytest.approx((stop.x, stop.y)) for stop in way.way]
