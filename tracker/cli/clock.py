"""Whether the computer's clock can be believed: many boot without network time, and some without a battery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracker.cli.shell import say
from tracker.config import CameraFile
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.store import CameraState, CameraStatus, Store

TOLERATED = timedelta(seconds=10)
"""A clock this much before the last row was only set right a little."""
POLL_S = 2.0
"""How often a wrong clock is looked at again."""


def wait_for_clock(
    store: Store, cameras: Sequence[CameraFile], *, clock: Callable[[], datetime], wait: Callable[[float], bool]
) -> bool:
    """Wait while the clock is before the last row: what would be counted now would be dated wrongly.

    Meanwhile each camera is blind for a reason that the page and ``tracker status`` tell.

    Args:
        clock: Aware UTC now.
        wait: Sleeps for so many seconds; ``True`` when told to stop.

    Returns:
        Whether the clock is right now; ``False`` when told to stop before it was.
    """
    latest = _latest(store, cameras)
    if latest is None or clock() >= latest - TOLERATED:
        return True
    say(
        f"tracker: this computer's clock shows {clock():%Y-%m-%d %H:%M} UTC, but something was recorded at "
        f"{latest:%Y-%m-%d %H:%M} UTC. Nothing is watched until the clock is right: connect the network, or set it. "
        "If the clock is right and the record is not, start with --trust-clock"
    )
    _tell(store, cameras, latest)
    while clock() < latest - TOLERATED:
        if wait(POLL_S):
            return False
    say("tracker: the clock is right again; watching")
    return True


def trust_clock(store: Store, cameras: Sequence[CameraFile], *, now: datetime) -> None:
    """Take the clock for right: counts are final only up to now, whatever was recorded with a later time."""
    with store.write(now) as unit:
        for camera in _names(cameras):
            unit.turn_back(camera)


def _latest(store: Store, cameras: Sequence[CameraFile]) -> datetime | None:
    with store.read() as view:
        known = [view.logged_until(), *(view.watermark(camera) for camera in _names(cameras))]
    return max((at for at in known if at is not None), default=None)


def _tell(store: Store, cameras: Sequence[CameraFile], latest: datetime) -> None:
    """Put it on record, under the time of the last row: the clock's own would be nonsense."""
    problem = "this computer's clock is before the last record; connect the network or set the clock"
    with store.write(latest) as unit:
        known = {status.camera: status for status in unit.cameras()}
        for file in cameras:
            camera = file.calibration.camera
            status = known.get(camera) or CameraStatus(
                camera, file.calibration.purpose, None, None, None, None, 0, 0, CameraState.BLIND
            )
            unit.set_camera(replace(status, state=CameraState.BLIND, problem=problem))
            unit.open_gap(Gap(camera, GapReason.CLOCK, latest, None))


def _names(cameras: Sequence[CameraFile]) -> tuple[CameraId, ...]:
    return tuple(file.calibration.camera for file in cameras)
