"""A real RTSP server whose pictures show nothing: dark, frozen, elsewhere. ``scripts/bars faults`` times them all."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from capture_clips import CAMERA
from health_pictures import HEIGHT, WIDTH, Luma, Sensor, elsewhere, table
from rtsp_camera import Film, RtspCamera

from tracker.capture import HealthWatch, LiveCameras, LiveSource, resolve_url
from tracker.capture.health_moved import Reference
from tracker.capture.health_view import look
from tracker.domain.frames import Frame, Gap, GapReason

pytestmark = [pytest.mark.socket, pytest.mark.timeout(120)]

PATIENCE_S = 40.0
RATE, KEY_EVERY = 10, 10


class KnownView:
    """The view of an earlier run, so that nobody has to wait half a minute for it."""

    def load(self) -> Reference:
        return Reference(look(table(), aspect=HEIGHT / WIDTH).edges)

    def keep(self, reference: Reference) -> None:
        """Once is enough."""

    def confirmed(self) -> bool:
        return False


def film(*pictures: Luma) -> Film:
    return Film.of([np.repeat(luma[..., None], 3, axis=2) for luma in pictures], rate=RATE, key_every=KEY_EVERY)


def living(luma: Luma, frames: int = 40) -> Film:
    sensor = Sensor()
    return film(*[sensor.see(luma) for _ in range(frames)])


def frozen() -> Film:
    """One picture over and over, after the encoder has settled, with a clock that ticks in it."""
    still = Sensor().see(table())
    pictures = [still.copy() for _ in range(3 * KEY_EVERY)]
    for number, luma in enumerate(pictures):
        luma[4:12, 4:10] = 40 + 60 * (number // RATE)
    settled = film(*pictures)
    return replace(settled, units=settled.units[KEY_EVERY:], keys=settled.keys[KEY_EVERY:])


def next_gap(cameras: LiveCameras, *, closed: bool) -> Gap:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = cameras.next(1.0)
        if found is not None and isinstance(found[1], Gap) and (found[1].end is not None) == closed:
            return found[1]
    raise AssertionError("it never came")


def frames_until(cameras: LiveCameras, number: int) -> None:
    while not ((found := cameras.next(PATIENCE_S)) and isinstance(found[1], Frame) and found[1].moment.frame >= number):
        assert found is not None, "nothing came"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (living(np.full((HEIGHT, WIDTH), 18, np.uint8)), GapReason.DARK),
        (living(np.full((HEIGHT, WIDTH), 150, np.uint8)), GapReason.BLOCKED),
        (frozen(), GapReason.FROZEN),
        (living(elsewhere()), GapReason.MOVED),
    ],
    ids=lambda value: value.value if isinstance(value, GapReason) else "",
)
def test_pictures_that_show_nothing_are_a_gap_that_ends_with_them(fault: Film, reason: GapReason) -> None:
    good = living(table())
    with RtspCamera(good) as camera:
        template, environ = camera.template()
        source = LiveSource(resolve_url(template, environ), camera=CAMERA, clock=lambda: datetime.now(UTC))
        source.guard(HealthWatch(keeper=KnownView()))
        with LiveCameras([source]) as cameras:
            frames_until(cameras, 5 * RATE)
            camera.show(fault)
            opened = next_gap(cameras, closed=False)
            assert opened.reason is reason
            camera.show(good)
            closed = next_gap(cameras, closed=True)
            assert (closed.reason, closed.start) == (reason, opened.start)
            frames_until(cameras, 0)
