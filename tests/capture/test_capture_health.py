"""What a camera's pictures show, as a whole: dark, covered, lamps, masks, and when each began."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from health_pictures import HEIGHT, WIDTH, Luma, Sensor, elsewhere, picture, pushed, table

from tracker.capture.health import LOOK_S, HealthWatch
from tracker.domain.frames import GapReason
from tracker.domain.rules import Zone
from tracker.domain.shift import STRAIGHT


class Camera:
    """Five pictures a second, all of them key frames."""

    def __init__(self, *masks: Zone, sigma: float = 1.5) -> None:
        self.watch, self.sensor, self.number = HealthWatch(masks), Sensor(sigma), 0

    def show(self, seconds: float, luma: Luma | Callable[[int], Luma], *, rate: float = 5.0) -> list[GapReason | None]:
        """What was said second by second, each reason once when it changes."""
        said: list[GapReason | None] = []
        for _ in range(round(seconds * rate)):
            shown = luma(self.number) if callable(luma) else luma
            sight = self.watch.update(picture(self.sensor.see(shown)), self.number / rate, key=True)
            self.number += 1
            if not said or said[-1] is not sight.reason:
                said.append(sight.reason)
        return said


def covered(luma: Luma) -> Luma:
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), 60) * 0.5 + 60, np.uint8)


def dark_with_clock(_: int) -> Luma:
    luma = np.full((HEIGHT, WIDTH), 18, np.uint8)
    luma[4:14, 8:60:4] = 235
    return luma


DARKNESS = np.full((HEIGHT, WIDTH), 18, np.uint8)


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (DARKNESS, GapReason.DARK),
        (dark_with_clock, GapReason.DARK),
        ((table() * 0.05 + 34).astype(np.uint8), GapReason.DARK),  # too dim to tell anything
        (covered(table()), GapReason.BLOCKED),
        (np.full((HEIGHT, WIDTH), 235, np.uint8), GapReason.BLOCKED),  # the sun shines in
    ],
)
def test_a_picture_that_shows_nothing_is_told_in_three_seconds_and_over_as_soon(
    view: Luma | Callable[[int], Luma], reason: GapReason
) -> None:
    camera = Camera()
    assert camera.show(6, table()) == [None]
    assert camera.show(3.2, view) == [None, reason]
    assert camera.watch.sight.since_s == pytest.approx(6.0, abs=LOOK_S), "since the last look that showed something"
    assert camera.show(20, view) == [reason]
    assert camera.watch.sight.since_s == pytest.approx(6.0, abs=LOOK_S)
    assert camera.show(3.2, table()) == [reason, None]


@pytest.mark.parametrize("blink", [DARKNESS, covered(table())])
def test_a_hand_that_passes_the_lens_is_no_gap(blink: Luma) -> None:
    camera = Camera()
    camera.show(6, table())
    for _ in range(5):
        assert camera.show(0.8, blink) + camera.show(1.2, table()) == [None, None]


def test_darkness_that_flickers_does_not_end() -> None:
    camera = Camera()
    camera.show(6, table())
    camera.show(4, DARKNESS)
    for _ in range(4):
        assert camera.show(1.0, table()) + camera.show(1.2, DARKNESS) == [GapReason.DARK] * 2


@pytest.mark.parametrize("gain", [0.45, 0.7, 1.3])
def test_a_lamp_that_is_switched_is_no_gap(gain: float) -> None:
    camera = Camera()
    camera.show(40, table())
    assert camera.show(20, (table() * gain).clip(0, 255).astype(np.uint8)) == [None]
    assert camera.show(20, table()) == [None]


def test_a_dark_night_is_dark_and_neither_frozen_nor_moved() -> None:
    camera = Camera(sigma=0.0)
    camera.show(40, table())
    assert camera.show(200, DARKNESS) == [None, GapReason.DARK]


def test_a_frozen_picture_and_one_of_another_view_are_gaps_of_their_own() -> None:
    camera = Camera()
    camera.show(40, table())
    still = camera.sensor.see(table())
    camera.sensor = Sensor(0.0)
    assert camera.show(8, still) == [None, GapReason.FROZEN]
    camera.sensor = Sensor()
    assert camera.show(4, table()) == [None]
    assert camera.show(9, elsewhere()) == [None, GapReason.MOVED]
    assert camera.watch.sight.since_s == pytest.approx(52.0, abs=1.5)
    assert camera.show(4, table())[-1] is None


def test_two_stills_are_enough_where_one_comes_every_half_minute() -> None:
    camera = Camera()
    sparse = 1 / 30
    assert camera.show(600, table(), rate=sparse) == [None]
    assert camera.show(90, DARKNESS, rate=sparse) == [None, GapReason.DARK]
    camera.show(90, table(), rate=sparse)
    assert camera.watch.sight.reason is None
    assert camera.show(120, elsewhere(), rate=sparse)[-1] is GapReason.MOVED


def test_the_edges_of_masks_stay_where_they_are_and_say_nothing() -> None:
    """Were the outline of a mask a part of the view, a moved camera would seem to have stayed."""
    masks = tuple(
        Zone(f"m{i}", ((x, y), (x + 0.2, y), (x + 0.2, y + 0.25), (x, y + 0.25)))
        for i, (x, y) in enumerate([(0.05, 0.1), (0.4, 0.1), (0.75, 0.1), (0.05, 0.6), (0.4, 0.6), (0.75, 0.6)])
    )

    def masked(luma: Luma) -> Luma:
        burnt = luma.copy()
        for mask in masks:
            (x0, y0), _, (x1, y1), _ = mask.polygon
            burnt[round(y0 * HEIGHT) : round(y1 * HEIGHT), round(x0 * WIDTH) : round(x1 * WIDTH)] = 16
        return burnt

    camera = Camera(*masks, sigma=1.0)
    camera.show(40, masked(table()))
    assert camera.show(10, masked(pushed(elsewhere(), 0.1, 0.1)))[-1] is GapReason.MOVED


def test_full_range_pictures_are_dark_lower_down() -> None:
    watch, sensor = HealthWatch(), Sensor(0.5)
    dim = np.full((HEIGHT, WIDTH), 24, np.uint8)
    cv2.rectangle(dim, (20, 20), (200, 150), 44, 2)
    reasons = [watch.update(picture(sensor.see(dim), full_range=True), float(t), key=False).reason for t in range(5)]
    assert reasons == [None] * 5


def test_pictures_between_two_looks_cost_nothing_and_change_nothing() -> None:
    watch = HealthWatch()
    first = watch.update(picture(table()), 0.0, key=True)
    assert watch.update(picture(DARKNESS), LOOK_S / 2, key=False) is first
    assert first.shift == STRAIGHT


def test_looks_in_between_never_hide_the_key_frames() -> None:
    """Of two pictures a second every other is a key frame: none of these may be passed over."""
    camera, shown = Camera(), HealthWatch()
    frozen = camera.sensor.see(table())
    reasons = []
    for number in range(80):
        luma = camera.sensor.see(table()) if number < 40 else frozen
        # key frames come half a second after a look that is due
        reasons.append(shown.update(picture(luma), 0.5 * number, key=number % 2 == 1).reason)
    assert reasons[39] is None
    assert reasons[52] is GapReason.FROZEN
