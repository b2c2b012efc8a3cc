"""Scenes: what is in the picture that leaves memory, and the last look at it."""

from __future__ import annotations

import numpy as np
import pytest
from privacy_room import HEIGHT, NO_BOXES, WIDTH, Finder, Maker, empty_room, patches, seen

from tracker.domain.errors import SourceError
from tracker.domain.frames import CameraId
from tracker.privacy import (
    CONFIRMED,
    Background,
    EmptyBackground,
    PeopleEye,
    Watcher,
    background_path,
    draw,
    hide_people,
    load_background,
    save_background,
    save_picture,
)

ROOM = empty_room()
BLUE = (150, 60, 30)
DRAWN = np.array([False])


@pytest.fixture(scope="module")
def known() -> Background:
    empty = EmptyBackground()
    for look in range(40):
        empty.update(seen(ROOM, look), NO_BOXES, look * 0.5, patience=CONFIRMED)
    return empty.background


def half(known):
    """Only the left half may be shown."""
    hidden = np.zeros_like(known.shown)
    hidden[:, 48:] = True
    return known.without(hidden)


def eye(find):
    return PeopleEye([Watcher(Finder(("person",), find), np.array([True]))])


def red(bgr):
    return (bgr[..., 2] > 170) & (bgr[..., 1] < 90)


def test_a_scene_shows_the_room_where_it_is_known_and_a_pattern_elsewhere(known):
    scene = draw(half(known), [], seen(ROOM, 1), np.zeros(0, np.bool_))
    assert scene.share == pytest.approx(0.5, abs=0.02)
    assert np.abs(scene.bgr[:, :230].astype(int) - known.bgr[:, :230]).max() == 0
    assert set(map(tuple, scene.bgr[:, 250:].reshape(-1, 3).tolist())) == {(186, 186, 186), (170, 170, 170)}
    assert not scene.real[:, 250:].any()


def test_nothing_of_the_present_picture_but_a_pieces_colour_is_in_a_scene(known):
    maker = Maker()
    picture = maker.draw(ROOM)[0]
    picture[200:240, 300:360] = BLUE
    scene = draw(known, [(300, 200, 360, 240)], seen(picture, 1), DRAWN)
    assert scene.bgr[220, 330].tolist() == pytest.approx(BLUE, abs=8)
    assert len(np.unique(scene.bgr[205:235, 305:355].reshape(-1, 3), axis=0)) == 1
    outside = np.ones((HEIGHT, WIDTH), np.bool_)
    outside[195:245, 295:365] = False
    assert (scene.bgr[outside] == known.bgr[outside]).all()
    assert not scene.real[200:240, 300:360].any()  # neither the patch nor its frame is the camera's


def test_a_piece_that_may_be_shown_is_the_cameras(known):
    picture = ROOM.copy()
    picture[200:240, 300:360:2] = BLUE
    scene = draw(known, [(300.0, 200.0, 360.0, 240.0)], seen(picture, 1), np.array([True]))
    assert len(np.unique(scene.bgr[205:235, 305:355].reshape(-1, 3), axis=0)) > 20
    assert scene.real[205:235, 305:355].all()
    assert scene.photos.tolist() == [True]


def test_boxes_outside_of_the_picture_or_thinner_than_a_pixel_do_no_harm(known):
    boxes = [(-30, -30, -10, -10), (470, 260, 520, 300), (100, 100, 100.2, 100.2), (50, 50, 51.4, 51.4)]
    scene = draw(known, boxes, seen(ROOM, 1), np.zeros(4, np.bool_))
    assert scene.bgr.shape == (HEIGHT, WIDTH, 3)


def test_whoever_is_seen_in_a_scene_is_hidden_in_it(known):
    poster = Background(known.bgr.copy(), known.shown)
    poster.bgr[40:90, 200:240] = (20, 20, 230)
    scene = draw(poster, [], seen(ROOM, 1), np.zeros(0, np.bool_))
    checked, hidden = hide_people(scene, eye(patches(red, score=0.06, class_id=0)))
    assert hidden > 0
    assert not red(checked.bgr.astype(np.int16)).any()
    assert not checked.real[30:100, 190:250].any()
    assert checked.real[200:, :100].all()


def test_what_was_drawn_is_nobody_whatever_a_detector_says(known):
    hidden = half(known)
    grey = patches(lambda bgr: np.abs(bgr - 186).max(axis=-1) < 24, score=0.9, class_id=0, least=9000)
    checked, count = hide_people(draw(hidden, [], seen(ROOM, 1), np.zeros(0, np.bool_)), eye(grey))
    assert count == 0
    assert checked.real[:, :200].all()


def test_a_scene_in_which_somebody_is_seen_for_ever_is_not_shown_at_all(known):
    places = iter([[0, 0, 90, 90], [200, 0, 290, 90], [0, 180, 90, 270], [380, 180, 470, 270]])

    def everywhere(picture):
        return (
            [[*next(places), 0.9, 0]]
            if (picture.width, picture.height) == (WIDTH, HEIGHT)
            and picture.y.flags["C_CONTIGUOUS"]
            and not turned.append(1)
            and len(turned) % 2
            else []
        )

    turned: list[int] = []
    checked, hidden = hide_people(draw(known, [], seen(ROOM, 1), np.zeros(0, np.bool_)), eye(everywhere))
    assert hidden == 3
    assert not checked.real.any()
    assert set(map(tuple, checked.bgr.reshape(-1, 3).tolist())) == {(186, 186, 186), (170, 170, 170)}


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_background_is_kept_and_found_again(known, tmp_path):
    path = background_path(tmp_path, CameraId("裁床/1"))
    assert path.parent.name == "backgrounds"
    save_background(path, half(known))
    read = load_background(path)
    assert (read.shown == half(known).shown).all()
    assert (read.bgr == half(known).bgr).all()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


BROKEN = [
    # a file that is no background
    ("text", b"not a picture"),
    ("nothing", b""),
]


@pytest.mark.parametrize(("what", "data"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_file_that_is_no_background_is_refused(tmp_path, what, data):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="no background of a camera; expected a PNG"):
        load_background(path)


def test_a_picture_without_transparency_is_refused_and_a_missing_file_too(tmp_path):
    save_picture(tmp_path / "a.png", ROOM)
    with pytest.raises(SourceError, match=r"got \(272, 480, 3\)"):
        load_background(tmp_path / "a.png")
    with pytest.raises(SourceError, match="cannot be read"):
        load_background(tmp_path / "b.png")


def test_a_pixel_that_somebody_made_transparent_hides_its_cell(known, tmp_path):
    opaque = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    opaque[100, 100] = 0
    save_picture(tmp_path / "a.png", np.dstack((known.bgr, opaque)))
    read = load_background(tmp_path / "a.png")
    assert np.count_nonzero(~read.shown) in {1, 2}
    assert not read.pixels()[100, 100]


def test_a_folder_that_cannot_be_made_is_said(known, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be written"):
        save_picture(tmp_path / "file" / "a.png", ROOM)
