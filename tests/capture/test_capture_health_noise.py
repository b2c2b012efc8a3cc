"""Grain that is new in each key frame told from grain that stays, however much the encoder changes it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from health_pictures import Luma, Sensor, elsewhere, picture, table
from numpy.typing import NDArray

from tracker.capture.health import HealthWatch
from tracker.capture.health_frozen import FrozenWatch
from tracker.capture.health_noise import NEW, NEW_AGAIN, TOLD, SameNoise
from tracker.domain.frames import GapReason

ROUNDING = Sensor(1.0)
"""What a quantiser that drifts adds to every picture, anew each time."""


class Keys:
    """Shows key frames only, every one of them re-encoded."""

    def __init__(self) -> None:
        self.watch, self.sensor, self.before = SameNoise(), Sensor(1.5), table()

    def show(self, keys: int, make: Callable[[], NDArray[np.number]]) -> list[bool]:
        said = []
        for _ in range(keys):
            luma = ROUNDING.see(make())
            self.watch.update(luma, self.before)
            self.before = luma
            said.append(self.watch.same)
        return said

    def live(self, keys: int, view: NDArray[np.number] | None = None) -> list[bool]:
        return self.show(keys, lambda: self.sensor.see(table() if view is None else view))

    def stop(self) -> Callable[[], Luma]:
        last = self.sensor.see(table())
        return lambda: last


def finer() -> NDArray[np.float64]:
    """The table with the weave of its cloth, which a coarser encoder had wiped away."""
    return table() + np.random.default_rng(5).normal(0, 2.5, table().shape)


def test_new_grain_is_never_the_same() -> None:
    assert not any(Keys().live(300))


def test_grain_that_stays_is_told_from_the_second_key_frame_with_it() -> None:
    """Though every pixel still changes by as much as the encoder rounds."""
    keys = Keys()
    keys.live(20)
    said = keys.show(40, keys.stop())
    assert said[0] is False
    assert all(said[1:]), "and it does not become what is usual"
    assert keys.live(1) == [False], "new grain, and it is over"


def test_the_picture_before_a_key_frame_tells_as_much_as_the_key_frame_before() -> None:
    """Pictures in between are refined: they have the stopped sensor's grain before its first key frame comes."""
    keys = Keys()
    keys.live(20)
    keys.before = keys.sensor.see(table())
    assert keys.show(1, lambda: keys.before) == [True]


def test_a_sensor_that_stops_before_its_grain_was_seen_to_be_new_is_not_judged() -> None:
    keys = Keys()
    keys.live(5)
    assert not any(keys.show(40, keys.stop()))


@pytest.mark.parametrize(
    "view",
    [
        table() * 0.8,  # a lamp is switched off
        elsewhere(),  # another view
    ],
)
def test_another_light_or_view_is_learnt_anew(view: NDArray[np.number]) -> None:
    keys = Keys()
    keys.live(20)
    assert not any(keys.live(60, view))
    last = keys.sensor.see(view)
    assert keys.show(2, lambda: last) == [False, True]


def test_a_lamp_that_is_switched_ends_it() -> None:
    keys = Keys()
    keys.live(20)
    assert keys.show(6, keys.stop())[-1]
    assert keys.live(1, table() * 0.8) == [False]


def test_what_comes_to_stay_in_a_part_of_the_picture_is_not_the_same_grain() -> None:
    keys = Keys()
    keys.live(20)
    piled = table()
    piled[:, :140] = elsewhere()[:, :140]
    assert not any(keys.live(60, piled))


def test_what_moves_lives_and_makes_grain_be_looked_at_anew() -> None:
    keys = Keys()
    keys.live(20)
    stopped = keys.stop()
    assert keys.show(6, stopped)[-1]
    keys.watch.stirred()
    assert not keys.watch.same
    assert not keys.watch.suspected
    keys.live(4)
    assert keys.show(2, keys.stop()) == [False, True]


def test_an_encoder_that_is_finer_after_a_movement_gives_no_alarm() -> None:
    """What it wiped away before is alike in all pictures from then on, until it is usual."""
    keys = Keys()
    keys.live(20)
    keys.watch.stirred()
    assert not any(keys.live(100, finer()))
    last = keys.sensor.see(finer())
    assert keys.show(2, lambda: last) == [False, True], "and the stopped sensor is told then"


def test_grain_that_is_less_alike_for_once_does_not_end_it() -> None:
    watch = SameNoise()
    for alike in (0.0, 0.0, 0.0, NEW + TOLD):
        watch._judge(alike)
    assert watch.same
    watch._judge((NEW + NEW_AGAIN) / 2)
    assert watch.same
    watch._judge(NEW_AGAIN)
    assert not watch.same


def test_a_picture_without_grain_says_nothing() -> None:
    watch = SameNoise()
    for _ in range(40):
        watch.update(table(), table())
    assert not watch.suspected


def test_a_camera_whose_grain_is_always_alike_is_not_judged() -> None:
    """Such as one that averages over many seconds against noise."""
    keys = Keys()
    keys.live(4)
    assert not any(keys.show(40, keys.stop()))


class Looks:
    """A look a second, every other one at a key frame; each is re-encoded."""

    def __init__(self) -> None:
        self.watch, self.sensor, self.t_s = FrozenWatch(), Sensor(1.5), 0

    def show(self, seconds: int, make: Callable[[], NDArray[np.number]], *, intra: bool = False) -> list[float | None]:
        said = []
        for _ in range(seconds):
            key = intra or self.t_s % 2 == 0
            said.append(self.watch.update(ROUNDING.see(make()), key=key, t_s=float(self.t_s), intra=intra))
            self.t_s += 1
        return said

    def live(self, seconds: int, view: NDArray[np.number] | None = None) -> list[float | None]:
        return self.show(seconds, lambda: self.sensor.see(table() if view is None else view))

    def stop(self) -> Callable[[], Luma]:
        last = self.sensor.see(table())
        return lambda: last


def test_a_stopped_sensor_behind_an_encoder_that_rounds_anew_is_frozen_in_ten_seconds() -> None:
    looks = Looks()
    assert looks.live(100) == [None] * 100
    said = looks.show(60, looks.stop())
    assert said[:2] == [None, None]
    assert said[10:] == [100.0] * 50, "dated to the key frame before the first that was alike"
    assert looks.live(20) == [None] * 20, "and over with the first key frame with new grain"


def test_noise_that_comes_back_after_long_without_any_is_a_living_sensor_s() -> None:
    """Though the grain is alike, since the encoder has become finer than the usual picture meanwhile."""
    looks = Looks()
    looks.live(60)
    last = ROUNDING.see(looks.sensor.see(finer()))
    for _ in range(60):
        looks.watch.update(last, key=looks.t_s % 2 == 0, t_s=float(looks.t_s))
        looks.t_s += 1
    assert looks.watch.update(last, key=False, t_s=looks.t_s - 0.5) is not None
    assert looks.live(20, finer()) == [None] * 20


def test_grain_must_be_new_again_after_a_pause_since_the_encoder_may_have_begun_anew() -> None:
    looks = Looks()
    looks.live(60)
    looks.t_s += 10
    assert looks.live(100, finer()) == [None] * 100


def test_a_pause_does_not_end_it() -> None:
    looks = Looks()
    looks.live(60)
    stopped = looks.stop()
    assert looks.show(12, stopped)[-1] is not None
    looks.t_s += 10
    assert None not in looks.show(12, stopped)


def test_another_size_forgets_the_grain_too() -> None:
    looks = Looks()
    looks.live(60)
    stopped = looks.stop()()
    large = np.repeat(np.repeat(stopped, 2, 0), 2, 1)
    assert looks.show(50, lambda: large[::2]) == [None] * 50, "rows of a picture twice as wide"


def test_blocks_that_a_coarse_encoder_changes_all_over_the_picture_are_no_movement() -> None:
    looks, rng = Looks(), np.random.default_rng(3)

    def strewn(luma: NDArray[np.number]) -> Luma:
        blocks = (rng.random((45, 80)) < 0.03).astype(np.float64) * 12
        return np.asarray(luma + cv2.resize(blocks, (320, 180), interpolation=cv2.INTER_NEAREST), np.uint8)

    looks.show(60, lambda: strewn(looks.sensor.see(table())))
    last = looks.sensor.see(table())
    assert looks.show(12, lambda: strewn(last))[-1] is not None


def test_a_hand_ends_it_and_keeps_it_from_being_told() -> None:
    looks = Looks()
    looks.live(60)
    last = looks.stop()()
    assert looks.show(12, lambda: last)[-1] is not None

    def handled() -> Luma:
        luma = last.copy()
        luma[40:90, 20 * (looks.t_s % 8) : 20 * (looks.t_s % 8) + 40] = 230
        return luma

    assert looks.show(30, handled) == [None] * 30


def test_where_all_are_key_frames_only_a_picture_that_repeats_is_frozen() -> None:
    """Coarse motion JPEG goes over to other steps of grey as daylight drifts, everywhere: that looks like grain."""
    looks = Looks()
    looks.show(60, lambda: looks.sensor.see(table()), intra=True)
    assert looks.show(60, looks.stop(), intra=True) == [None] * 60


@pytest.mark.parametrize(
    ("key_every", "reason"),
    [
        (10, GapReason.FROZEN),  # H.264
        (1, None),  # motion JPEG
    ],
)
def test_a_camera_is_known_by_its_pictures_between_key_frames(key_every: int, reason: GapReason | None) -> None:
    watch, sensor = HealthWatch(), Sensor(1.5)
    last = sensor.see(table())
    for number in range(5 * 80):
        luma = ROUNDING.see(sensor.see(table()) if number < 5 * 60 else last)
        sight = watch.update(picture(luma), number / 5, key=number % key_every == 0)
        assert number >= 5 * 60 or sight.reason is None
    assert sight.reason is reason
