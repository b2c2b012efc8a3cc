"""A picture that stands still told from a scene that does: noise between key frames is what tells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from health_pictures import Luma, Sensor, table

from tracker.capture.health_frozen import SURE_S, FrozenWatch


class Camera:
    """Shows looks to a watch: a second from one to the next, every so many of them a key frame."""

    def __init__(self, *, sigma: float = 1.5, key_every: int = 2) -> None:
        self.watch, self.sensor = FrozenWatch(), Sensor(sigma)
        self.t_s, self._key_every = 0, key_every

    def show(self, seconds: int, make: Callable[[int], Luma], *, key: bool = True) -> list[float | None]:
        said = []
        for second in range(seconds):
            is_key = key and self.t_s % self._key_every == 0
            said.append(self.watch.update(make(second), key=is_key, t_s=float(self.t_s)))
            self.t_s += 1
        return said

    def live(self, seconds: int, gain: float = 1.0) -> list[float | None]:
        return self.show(seconds, lambda _: self.sensor.see(table() * gain))


def noticed(said: list[float | None]) -> int | None:
    return next((second for second, since in enumerate(said) if since is not None), None)


@pytest.mark.parametrize("sigma", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("key_every", [1, 2, 4, 10])
def test_a_still_scene_that_lives_is_never_frozen(sigma: float, key_every: int) -> None:
    camera = Camera(sigma=sigma, key_every=key_every)
    assert noticed(camera.live(200)) is None


@pytest.mark.parametrize(
    ("key_every", "within"),
    [
        (1, 4),  # motion JPEG
        (2, 5),
        (4, 9),
        (10, 21),  # after the next key frames, because nothing else can tell
    ],
)
def test_a_frozen_picture_is_told_after_the_next_key_frames(key_every: int, within: int) -> None:
    camera = Camera(key_every=key_every)
    camera.live(60)
    last = camera.sensor.see(table())
    said = camera.show(40, lambda _: last)
    assert noticed(said) is not None
    assert noticed(said) <= within
    since = said[-1]
    assert since is not None
    assert 50 <= since <= 60 + key_every, "it is dated to the last key frame that differed"
    assert camera.live(2 * key_every)[-1] is None, "and over with the next that does"


def test_a_clock_that_ticks_in_a_frozen_picture_keeps_nothing_alive() -> None:
    camera = Camera()
    camera.live(20)
    last = camera.sensor.see(table())

    def ticking(second: int) -> Luma:
        luma = last.copy()
        luma[4:14, 8:16] = 40 + 20 * (second % 10)
        return luma

    assert noticed(camera.show(12, ticking)) is not None


def test_what_moves_is_alive_even_where_there_is_no_noise_any_more() -> None:
    camera = Camera()
    camera.live(20)
    last = camera.sensor.see(table())

    def handled(second: int) -> Luma:
        luma = last.copy()
        luma[40:110, 40 + 20 * (second % 8) : 100 + 20 * (second % 8)] = 230
        return luma

    assert noticed(camera.show(30, handled)) is None


def test_pictures_between_key_frames_prove_nothing() -> None:
    camera = Camera()
    camera.live(20)
    last = camera.sensor.see(table())
    assert noticed(camera.show(60, lambda _: last, key=False)) is None


def test_a_key_frame_that_was_sent_twice_proves_nothing() -> None:
    camera = Camera(key_every=1)
    camera.live(20)
    last = camera.sensor.see(table())
    said = [camera.watch.update(last, key=True, t_s=20 + 0.01 * i) for i in range(10)]
    assert noticed(said) is None
    assert camera.watch.update(last, key=True, t_s=20.2 + SURE_S) is not None


def test_a_little_less_noise_than_the_limit_takes_two_key_frames() -> None:
    """As a clock's change does that prediction carries across the picture."""
    camera = Camera(key_every=4)
    camera.live(20)  # too short for its grain to be known
    last = camera.sensor.see(table())
    rng = np.random.default_rng(3)

    def nearly(_: int) -> Luma:
        luma = last.copy()
        luma[rng.random(luma.shape) < 0.08] += 1
        return luma

    assert noticed(camera.show(20, nearly)) == 8


def test_a_camera_without_any_noise_is_given_a_minute() -> None:
    camera = Camera(sigma=0.0)
    assert noticed(camera.live(59)) is None
    assert camera.live(3)[-1] == 0.0


def test_less_light_has_another_noise_and_is_learnt_anew() -> None:
    """At night the encoder may swallow what noise there is: that must not look like the end of the day's."""
    camera = Camera(sigma=2.0)
    camera.live(40)
    dim = camera.sensor.see(table() * 0.4)
    assert noticed(camera.show(50, lambda _: dim)) is None, "a minute, as for any camera that is not known"
    camera.live(40, gain=0.4)
    assert noticed(camera.show(20, lambda _: dim)) is not None


def test_another_size_starts_over() -> None:
    camera = Camera()
    camera.live(20)
    large = np.repeat(np.repeat(camera.sensor.see(table()), 2, 0), 2, 1)
    assert noticed(camera.show(50, lambda _: large)) is None
