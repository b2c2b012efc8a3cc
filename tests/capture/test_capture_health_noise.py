"""Grain that is new in each key frame told from grain that stays, however much the encoder changes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from health_pictures import Luma, Sensor, elsewhere, table
from numpy.typing import NDArray

from tracker.capture.health_frozen import FrozenWatch
from tracker.capture.health_noise import SameNoise

ROUNDING = Sensor(1.0)
"""What a quantiser that drifts adds to every picture, anew each time."""


class Keys:
    """Shows key frames only, every one of them re-encoded."""

    def __init__(self) -> None:
        self.watch, self.sensor, self.before = SameNoise(), Sensor(1.5), table()

    def show(self, keys: int, make: Callable[[], NDArray[np.number]], *, calm: bool = True) -> list[bool]:
        said = []
        for _ in range(keys):
            luma = ROUNDING.see(make())
            self.watch.update(luma, self.before, calm=calm)
            self.before = luma
            said.append(self.watch.same)
        return said

    def live(self, keys: int, gain: float = 1.0) -> list[bool]:
        return self.show(keys, lambda: self.sensor.see(table() * gain))

    def stop(self) -> Callable[[], Luma]:
        last = self.sensor.see(table())
        return lambda: last


def test_new_grain_is_never_the_same() -> None:
    assert not any(Keys().live(300))


def test_grain_that_stays_is_told_from_the_second_key_frame_with_it() -> None:
    """Though every pixel still changes by as much as the encoder rounds."""
    keys = Keys()
    keys.live(20)
    said = keys.show(20, keys.stop())
    assert said[0] is False
    assert all(said[1:]), "and it does not become what is usual"
    assert keys.live(2) == [True, False], "new grain twice, and it is over"


def test_a_sensor_that_stops_before_its_usual_picture_is_known_is_not_judged() -> None:
    keys = Keys()
    keys.live(4)
    assert not any(keys.show(2, keys.stop()))


@pytest.mark.parametrize(
    "change",
    [
        lambda: table() * 0.8,  # a lamp is switched off
        elsewhere,  # another view
    ],
)
def test_another_light_or_view_is_learnt_anew(change: Callable[[], NDArray[np.number]]) -> None:
    keys = Keys()
    keys.live(20)
    assert not any(keys.show(60, lambda: keys.sensor.see(change())))


def test_what_comes_to_stay_in_a_part_of_the_picture_is_not_the_same_grain() -> None:
    keys = Keys()
    keys.live(20)

    def piled() -> Luma:
        luma = table()
        luma[:, :140] = elsewhere()[:, :140]
        return keys.sensor.see(luma)

    assert not any(keys.show(60, piled))


def test_what_moves_lives() -> None:
    keys = Keys()
    keys.live(20)
    stopped = keys.stop()
    assert keys.show(6, stopped)[-1]
    keys.watch.stirred()
    assert not keys.watch.same
    assert not keys.watch.suspected
    assert not any(keys.show(6, stopped, calm=False))


def test_a_picture_without_grain_says_nothing() -> None:
    watch = SameNoise()
    for _ in range(40):
        watch.update(table(), table(), calm=True)
    assert not watch.suspected


def test_a_camera_whose_grain_is_always_alike_is_not_judged() -> None:
    """Such as one that averages over many seconds against noise."""
    keys = Keys()
    keys.live(4)
    stopped = keys.stop()
    assert not any(keys.show(40, stopped))


def test_a_stopped_sensor_behind_an_encoder_that_rounds_anew_is_frozen_in_ten_seconds() -> None:
    watch, sensor, said = FrozenWatch(), Sensor(1.5), []
    last = sensor.see(table())
    for second in range(0, 140, 4):
        shown = sensor.see(table()) if second < 100 else last
        said.append(watch.update(ROUNDING.see(shown), key=True, t_s=float(second)))
    assert said[:26] == [None] * 26
    assert all(since == 100.0 for since in said[26:])
