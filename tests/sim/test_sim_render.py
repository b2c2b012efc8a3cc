import dataclasses
import itertools

import numpy as np
import pytest

from tracker.domain.frames import CameraId
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import SKIN_TONES, Arm, Grip, draw_hand
from tracker.sim.outlines import GarmentKind
from tracker.sim.render import Stage, render, visible_shares
from tracker.sim.script import ArmPost, Form, Move, Piece, Place, Scenery, SceneScript
from tracker.sim.sprite import paste
from tracker.sim.surfaces import Surface
from tracker.sim.wardrobe import TruthPlayer, Wardrobe, draw_piece

CLOTH = Fabric(COLOURS["red"], COLOURS["white"], Pattern.STRIPES, 10)


def piece(number: int, form: Form, x: float) -> Piece:
    return Piece(number, form, GarmentKind.TSHIRT, CLOTH, 0.2, 40 + number, 1, None, Place(x, 0.5, 15))


SCRIPT = SceneScript(
    camera=CameraId("c"), width=320, height=180, fps=10.0, duration_s=3.0, seed=5, surface=Surface.MAT,
    pieces=(piece(0, Form.FLAT, 0.25), piece(1, Form.PACK, 0.7)),
    arms=(ArmPost(Arm(6, CLOTH, 0.3, left=True), (0.5, 1.5), 0.12),),
    moves=(Move(0, 0, 0.5, 1.2, Place(0.55, 0.4)),),
    scenery=(Scenery("tray", Place(0.7, 0.5), 0.4, 0.4, 1), Scenery("scissors", Place(0.1, 0.1), 0.1, 0, 2)),
    rule=None,
)  # fmt: skip


def test_same_script_gives_the_same_bytes() -> None:
    first = [picture.tobytes() for picture, _ in render(SCRIPT)]
    again = [picture.tobytes() for picture, _ in render(SCRIPT)]
    assert first == again
    assert len(first) == 30


def test_another_seed_gives_another_picture() -> None:
    other = dataclasses.replace(SCRIPT, seed=6)
    assert next(render(SCRIPT))[0].tobytes() != next(render(other))[0].tobytes()


def test_a_frame_does_not_depend_on_those_asked_for_before() -> None:
    in_order = [picture for picture, _ in render(SCRIPT)]
    stage = Stage(Wardrobe(SCRIPT))
    for frame in (20, 3, 11):
        assert (stage.picture(frame) == in_order[frame]).all()


def test_frames_belong_to_the_caller() -> None:
    frames = render(SCRIPT)
    first, _ = next(frames)
    kept = first.copy()
    next(frames)
    assert (first == kept).all()


def test_truth_without_drawing_is_the_truth_of_the_drawing() -> None:
    wardrobe = Wardrobe(SCRIPT)
    stage, truth = Stage(wardrobe), TruthPlayer(wardrobe)
    for frame in range(SCRIPT.frames):
        assert tuple(item.truth for item in stage.laid(frame)) == truth.frame(frame).boxes


@pytest.mark.parametrize("frame", [0, 11, 29])  # at rest, carried, set down
def test_box_holds_the_pixels_of_its_piece(frame: int) -> None:
    without = dataclasses.replace(
        SCRIPT, pieces=(dataclasses.replace(SCRIPT.pieces[0], home=Place(5, 5)), SCRIPT.pieces[1]), moves=()
    )
    stage = Stage(Wardrobe(SCRIPT))
    picture, empty = stage.picture(frame).astype(int), Stage(Wardrobe(without)).picture(frame).astype(int)
    changed = np.abs(picture - empty).max(axis=2) > 60
    piece_box, hands = None, np.zeros((180, 320, 3), np.uint8)
    for item in stage.laid(frame):
        if item.truth.label == "hand":
            arm = dataclasses.replace(item.stamp, light=np.repeat(item.cover[..., None], 3, axis=2))
            paste(hands, arm, item.x, item.y)
        elif item.truth.piece == 0:
            piece_box = item.truth.xyxy
    assert piece_box is not None
    changed &= hands[..., 0] == 0
    left, top, right, bottom = (int(edge) for edge in piece_box)
    inside = changed[top:bottom, left:right]
    # Most of the box is the garment; a shadow reaches out, but never that dark on a dark mat.
    assert inside.mean() > 0.3
    assert changed.sum() - inside.sum() < 0.03 * changed.sum()


def test_what_lies_below_shows_less() -> None:
    stacked = dataclasses.replace(SCRIPT, pieces=(piece(0, Form.FOLDED, 0.5), piece(1, Form.FOLDED, 0.55)), moves=())
    laid = Stage(Wardrobe(stacked)).laid(0)
    below, above = visible_shares(laid, (180, 320))
    assert above == pytest.approx(1.0, abs=0.02)
    assert 0.1 < below < 0.6


def test_what_hardly_shows_is_not_labelled() -> None:
    # The lower one shows a sliver beside the upper.
    stacked = dataclasses.replace(SCRIPT, pieces=(piece(0, Form.FOLDED, 0.5), piece(1, Form.FOLDED, 0.51)), moves=())
    assert [box.piece for box in Stage(Wardrobe(stacked)).visible(0)] == [1]
    apart = dataclasses.replace(stacked, pieces=(piece(0, Form.FOLDED, 0.3), piece(1, Form.FOLDED, 0.7)))
    assert [box.piece for box in Stage(Wardrobe(apart)).visible(0)] == [0, 1]


def test_what_lies_half_outside_shows_half() -> None:
    edge = dataclasses.replace(SCRIPT, pieces=(piece(0, Form.FOLDED, 0.0),), moves=())
    (share,) = visible_shares(Stage(Wardrobe(edge)).laid(0), (180, 320))
    assert share == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("kind", [GarmentKind.TSHIRT, GarmentKind.SHIRT, GarmentKind.HOODIE, GarmentKind.TROUSERS])
def test_every_form_of_every_kind_can_be_drawn(form: Form, kind: GarmentKind) -> None:
    sprite = draw_piece(dataclasses.replace(piece(3, form, 0.5), kind=kind), 320)
    solid = (sprite.alpha > 127).mean()
    assert 0.25 < solid <= 1.0
    assert sprite.bgr.shape[:2] == sprite.alpha.shape


def test_hands_come_in_every_skin_tone_from_light_to_dark() -> None:
    means = []
    for tone in range(len(SKIN_TONES)):
        rng = np.random.default_rng(1)
        hand = draw_hand(Arm(tone, None, 0.5, left=False), Grip.OPEN, 60, rng, reach_px=100)
        means.append(float(hand.sprite.bgr[hand.sprite.alpha > 127].mean()))
    assert means[0] > 1.8 * means[-1]
    assert all(earlier > later - 12 for earlier, later in itertools.pairwise(means))
