"""The motion map: what moved, not what got brighter."""

from __future__ import annotations

import numpy as np
import pytest
from detect_samples import flat_picture

from tracker.detect.motion import GRID, LOOK_S, MotionSensor


def seen(*pictures):
    sensor = MotionSensor()
    return [sensor.update(picture, LOOK_S * i).moved for i, picture in enumerate(pictures)][-1]


def with_square(left, top, side, *, width=640, height=360, y=100):
    picture = flat_picture(width, height, y=y)
    picture.y[top : top + side, left : left + side] = 220
    return picture


def test_first_frame_shows_no_motion():
    moved = seen(flat_picture(640, 360))
    assert moved.shape == (GRID[1], GRID[0])
    assert not moved.any()


def test_square_that_moves_is_seen_where_it_was_and_where_it_is():
    moved = seen(with_square(0, 0, 78), with_square(320, 160, 78))
    expected = np.zeros_like(moved)
    expected[0:6, 0:6] = expected[12:18, 24:30] = True  # a cell is 13.3 pixels of this picture
    assert np.array_equal(moved, expected)


@pytest.mark.parametrize("change", [-60, 40], ids=["a lamp goes out", "auto-exposure"])
def test_light_that_changes_everywhere_is_no_motion(change):
    assert not seen(with_square(100, 100, 60), with_square(100, 100, 60, y=100 + change)).all()
    assert not seen(flat_picture(640, 360), flat_picture(640, 360, y=100 + change)).any()


def test_noise_is_no_motion():
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(2):
        picture = flat_picture(1280, 720)
        picture.y[:] = (100 + rng.normal(0, 12, picture.y.shape)).clip(0, 255)
        pictures.append(picture)
    assert not seen(*pictures).any()


@pytest.mark.parametrize(("width", "height"), [(2, 2), (47, 26), (1921, 1081)])
def test_any_size_will_do(width, height):
    assert seen(flat_picture(width, height), flat_picture(width, height)).shape == (GRID[1], GRID[0])


def test_nothing_moves_between_two_looks_and_then_all_that_moved_since():
    sensor = MotionSensor()
    pictures = [with_square(100 + 10 * i, 100, 60) for i in range(4)]
    maps = [sensor.update(picture, 0.4 * LOOK_S * i).moved for i, picture in enumerate(pictures)]
    assert [moved.any() for moved in maps] == [False, False, False, True]


def lamp_lit(gain, *, square_at=100):
    """A table with light and dark things on it, under a lamp."""
    picture = flat_picture(640, 360, y=60)
    picture.y[:, 320:] = 120
    picture.y[200:300, 40:200] = 200
    picture.y[square_at : square_at + 78, 400:478] = 180
    picture.y[:] = ((picture.y - 16.0) * gain + 16).clip(0, 255)
    return picture


@pytest.mark.parametrize("gain", [0.25, 0.5, 1.3])
def test_a_lamp_that_is_switched_moves_nothing_however_unlike_things_are_lit(gain):
    assert not seen(lamp_lit(1.0), lamp_lit(gain)).any()


def test_a_lamp_that_comes_up_moves_nothing_and_hides_nothing_that_moves():
    sensor = MotionSensor()
    gains = [1 - 0.06 * step for step in range(10)]
    maps = [sensor.update(lamp_lit(gain), 1.25 * LOOK_S * i).moved for i, gain in enumerate(gains)]
    assert not any(moved.any() for moved in maps)
    carried = sensor.update(lamp_lit(0.41, square_at=200), 1.25 * LOOK_S * 10).moved
    assert carried[8:22, 30:36].any()
    assert not carried[:, :28].any()


def test_light_in_a_picture_without_any_is_no_motion():
    assert not seen(flat_picture(640, 360, y=16), flat_picture(640, 360, y=20)).any()
