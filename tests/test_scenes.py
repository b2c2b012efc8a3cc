"""Scenes from frames: what is learnt when, what is looked at, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from privacy_room import HEIGHT, WIDTH, Finder, Maker, empty_room, patches, seen

from tracker.capture import ReplaySource
from tracker.detect import load_detector
from tracker.domain.errors import ConfigError, SourceError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Moment
from tracker.domain.shift import STRAIGHT, Shift
from tracker.models import model_folder
from tracker.privacy import PeopleEye, Watcher
from tracker.scenes import SceneMaker, learn_empty, people_eye

CAMERA, START = CameraId("table-1"), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SHARED_FILM = Path(__file__).parents[2] / "shared" / "data" / "intel-sample-videos" / "worker-zone-detection.mp4"
ROOM = empty_room()
BLUE = (150, 60, 30)
PIECE = (200, 150, 270, 210)


def blue(bgr):
    return (bgr[..., 0] > 120) & (bgr[..., 2] < 70)


def cloth(bgr):
    """The maker's clothes."""
    return (bgr[..., 2] > 90) & (bgr[..., 1] < 70)


def detector():
    return Finder(("garment", "hand"), patches(blue, score=0.8, class_id=0, least=200))


def eye():
    return PeopleEye([Watcher(Finder(("person",), patches(cloth, score=0.5, class_id=0)), np.array([True]))])


def blind():
    return PeopleEye([Watcher(Finder(("person",), lambda _: []), np.array([True]))])


def frame(bgr, t_s, shift=STRAIGHT):
    moment = Moment(round(t_s * 10), t_s, START + timedelta(seconds=t_s))
    return Frame(CAMERA, moment, seen(bgr, round(t_s * 10)), shift)


def film(bgr, *, start_s=0.0, seconds=12.0, step_s=0.5):
    return [frame(bgr, start_s + n * step_s) for n in range(int(seconds / step_s))]


def with_piece(room=ROOM):
    room = room.copy()
    room[PIECE[1] : PIECE[3], PIECE[0] : PIECE[2]] = BLUE
    return room


def maker_of(frames, **rest):
    maker = SceneMaker(detector(), rest.pop("eye", None) or eye(), **rest)
    for each in frames:
        maker.take(each)
    return maker


def test_a_scene_shows_the_room_as_it_was_when_somebody_said_that_it_was_empty():
    sitting = Maker().draw(with_piece())[0]
    maker = maker_of([*film(ROOM), *film(sitting, start_s=12)], empty_until_s=11.0)
    scene, hidden = maker.scene()
    assert hidden == 0
    assert scene.share > 0.9
    blue, green, red = scene.bgr[scene.real].T
    assert np.count_nonzero((red > 100) & (green < 60) & (blue < 90)) == 0
    assert len(scene.pieces) == 1
    assert not scene.photos.any()


def test_a_piece_that_lies_by_itself_is_shown_only_when_photos_are_wanted():
    frames = [*film(ROOM), *film(with_piece(), start_s=12)]
    assert maker_of(frames, empty_until_s=11.0).scene(photos=True)[0].photos.tolist() == [True]
    assert maker_of(frames, empty_until_s=11.0).scene()[0].photos.tolist() == [False]


def test_a_piece_beside_which_somebody_sits_is_drawn():
    frames = [*film(ROOM), *film(Maker().draw(with_piece())[0], start_s=12)]
    assert maker_of(frames, empty_until_s=11.0).scene(photos=True)[0].photos.tolist() == [False]


def test_a_garment_that_faintly_looks_like_a_chest_is_still_a_piece():
    def chest(score):
        faint = Finder(("person",), patches(blue, score=score, class_id=0))
        return PeopleEye([Watcher(faint, np.array([True]), last_score=0.2)])

    frames = [*film(ROOM), *film(with_piece(), start_s=12)]
    assert maker_of(frames, eye=chest(0.1), empty_until_s=11.0).scene(photos=True)[0].photos.tolist() == [True]
    assert maker_of(frames, eye=chest(0.3), empty_until_s=11.0).scene(photos=True)[0].photos.tolist() == [False]


def test_without_anybodys_word_a_short_film_shows_nothing_of_the_room():
    scene, _ = maker_of(film(with_piece())).scene()
    assert scene.share == 0
    assert len(scene.pieces) == 1


def test_the_background_is_looked_at_seldom_when_nobody_confirms_it():
    person = Finder(("person",), lambda _: [])
    maker_of(film(ROOM, seconds=60), eye=PeopleEye([Watcher(person, np.array([True]))]))
    assert person.looks == 6


def test_somebody_seen_in_the_background_itself_is_hidden():
    sitting, mask = Maker().draw(ROOM)
    maker = maker_of(film(sitting), eye=blind(), empty_until_s=11.0)
    assert maker.background().pixels()[mask].all()  # nobody saw her, and she did not move
    maker = maker_of(film(sitting), eye=eye(), empty_until_s=11.0)
    assert not maker.background().pixels()[mask].any()


def test_a_camera_that_has_moved_begins_anew():
    maker = maker_of([*film(ROOM), frame(ROOM, 13.0, Shift(0.02, 0.0))], empty_until_s=11.0)
    assert maker.background().share == 0


def test_pictures_before_a_gap_say_nothing_about_those_after_it():
    gap = Gap(CAMERA, GapReason.DISCONNECTED, START, START)
    maker = maker_of([*film(ROOM), *film(with_piece(), start_s=12), gap], empty_until_s=11.0)
    with pytest.raises(SourceError, match="no picture to make a scene of"):
        maker.scene()
    maker.take(frame(with_piece(), 30.0))
    assert maker.scene(photos=True)[0].photos.tolist() == [False]  # one picture does not tell whether it is at rest


def test_what_is_too_short_to_be_believed_is_refused():
    with pytest.raises(ConfigError, match="5 s of an empty view are too short"):
        SceneMaker(detector(), eye(), empty_until_s=5)


def test_an_empty_view_is_learnt_from_so_many_seconds():
    maker = SceneMaker(detector(), eye(), empty_until_s=30)
    frames = iter([Gap(CAMERA, GapReason.UNREACHABLE, START, START), *film(ROOM, start_s=3, seconds=60)])
    assert learn_empty(frames, maker, seconds=20).share == 1
    assert next(frames).moment.t_s == pytest.approx(23.5)


@pytest.mark.parametrize(
    "frames", [[], film(np.random.default_rng(1).integers(0, 99, ROOM.shape).astype(np.uint8) // 9)]
)
def test_a_view_that_could_not_be_shown_to_be_empty_is_refused(frames):
    with pytest.raises(SourceError, match=r"could not be shown to be empty.*got 0% of the picture"):
        learn_empty(frames, SceneMaker(detector(), eye(), empty_until_s=30), seconds=10)


def test_a_known_background_is_used_as_it_is_and_only_for_its_own_view():
    known = maker_of(film(ROOM), empty_until_s=11.0).background()
    maker = maker_of(film(with_piece(), seconds=3), background=known)
    assert maker.scene(photos=True)[0].photos.tolist() == [True]
    assert maker.background() is known
    elsewhere = np.roll(ROOM, (23, 41), axis=(0, 1))
    with pytest.raises(ConfigError, match=r"looks elsewhere.*tracker camera empty"):
        maker_of(film(elsewhere, seconds=3), background=known).scene()
    with pytest.raises(ConfigError, match="another size"):
        maker_of(film(ROOM[: HEIGHT // 2, : WIDTH // 2], seconds=3), background=known).scene()


def test_the_person_model_that_ships_knows_nothing_but_people():
    person = load_detector(model_folder("person"))
    assert person.labels == ("person",)


def test_both_models_look_where_the_counting_model_knows_hands(monkeypatch):
    person = Finder(("person",), lambda _: [[0, 0, 9, 9, 0.06, 0], [90, 90, 99, 99, 0.2, 0]])
    monkeypatch.setattr("tracker.scenes.load_detector", lambda *_, **__: person)
    hands = Finder(("garment", "hand"), lambda _: [[50, 50, 60, 60, 0.2, 1], [9, 9, 20, 20, 0.9, 0]])
    assert len(people_eye(hands).look(seen(ROOM, 0))) == 3
    assert len(people_eye(hands).check(seen(ROOM, 0))) == 8  # neither the weak hand nor the weak person
    assert len(people_eye(Finder(("garment",), hands.detect)).look(seen(ROOM, 0))) == 2


@pytest.mark.skipif(not SHARED_FILM.is_file(), reason="no real footage beside the checkout")
def test_the_shipped_person_model_hides_a_real_worker_from_every_side():
    sight = PeopleEye([Watcher(load_detector(model_folder("person")), np.array([True]))])
    with ReplaySource(SHARED_FILM, camera=CAMERA, fps=2) as source:
        pictures = [each.picture for each in source]
    assert len(sight.look(pictures[0], closely=True)) == 0  # the floor is empty at first
    boxes = sight.look(pictures[10])
    assert len(boxes) >= 1
    left, top, right, bottom = boxes[0]
    assert 700 < (left + right) / 2 < 1100  # by eye
    assert bottom - top > 600
