"""A live camera's thread: gaps, pauses, masks, faults of one camera and of several. A feed follows a script."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Condition
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from capture_clips import CAMERA, NOON, Clip, damage
from health_pictures import Sensor, pushed, table

from tracker.capture import CameraState, HealthWatch, LiveCameras, LiveSource, PacedFile
from tracker.capture.feeds import Received, Sign, StreamLostError, TimedPicture
from tracker.domain.errors import ConfigError, NotFoundError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason
from tracker.domain.optics import Optics
from tracker.domain.rules import Zone

PATIENCE_S = 20.0
"""Longest wait for what must come; reached only when it does not."""

LOST = StreamLostError(GapReason.DISCONNECTED, "the camera ended the stream")
AWAY = StreamLostError(GapReason.UNREACHABLE, "Connection refused")


@dataclass
class FakeFeed:
    """Connections one after the other: each a number of pictures, then what follows (``None``: silence until told)."""

    connections: list[tuple[int, Exception | None]]
    step_us: int = 100_000
    broken_first: int = 0
    opened: int = 0
    closed: int = 0
    changed: Condition = field(default_factory=Condition)

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        pictures, then = self.connections[min(self.opened, len(self.connections) - 1)]
        self._count(opened=1)
        try:
            for _ in range(self.broken_first):
                yield Sign.BROKEN_PACKET
            for number in range(pictures):
                yield TimedPicture(number * self.step_us, VideoFrame(64, 48, "yuv420p"))
            if then is not None:
                raise then
            while True:
                wait(PATIENCE_S)
                yield Sign.NOTHING_YET
        finally:
            self._count(closed=1)

    def redact(self, text: str) -> str:
        return text.replace("hunter2", "***")

    def wait_until(self, reached: Callable[[FakeFeed], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: reached(self), PATIENCE_S)

    def _count(self, *, opened: int = 0, closed: int = 0) -> None:
        with self.changed:
            self.opened += opened
            self.closed += closed
            self.changed.notify_all()


class TickingClock:
    """A wall clock that advances by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Impatient:
    """Waits a hundredth of a second instead of half a minute, and notes who was refused."""

    def __init__(self) -> None:
        self.refusals: list[bool] = []

    def next_s(self, *, delivered_s: float, refused: bool) -> float:
        self.refusals.append(refused)
        return 0.01


def source_of(feed: Any, **options: Any) -> LiveSource:
    source = LiveSource(
        feed, camera=options.pop("camera", CAMERA), clock=options.pop("clock", TickingClock()), **options
    )
    source._backoff = Impatient()
    return source


@pytest.fixture
def watch() -> Iterator[Callable[[LiveSource], Callable[[], Frame | Gap]]]:
    """Starts a source and gives a function that fetches the next thing it saw; stops it after the test."""
    running: list[LiveCameras] = []

    def start(source: LiveSource) -> Callable[[], Frame | Gap]:
        cameras = LiveCameras([source])
        running.append(cameras)
        cameras.start()

        def fetch() -> Frame | Gap:
            found = cameras.next(PATIENCE_S)
            assert found is not None, "nothing came"
            return found[1]

        return fetch

    yield start
    for cameras in running:
        cameras.stop()


Watch = Callable[[LiveSource], Callable[[], Frame | Gap]]


def fetch_gap(fetch: Callable[[], Frame | Gap]) -> Gap:
    while isinstance(item := fetch(), Frame):
        pass
    return item


def fetch_frame(fetch: Callable[[], Frame | Gap]) -> Frame:
    while isinstance(item := fetch(), Gap):
        pass
    return item


def test_a_loss_is_a_gap_that_opens_and_closes_with_the_next_frame(watch: Watch) -> None:
    feed = FakeFeed([(1, LOST), (0, AWAY), (0, AWAY), (1, None)])
    source = source_of(feed)
    fetch = watch(source)
    first = fetch_frame(fetch)
    gap = fetch_gap(fetch)
    assert gap.reason is GapReason.DISCONNECTED
    assert gap.start == first.moment.at
    if gap.end is None:  # unless it closed before it was fetched
        gap = fetch_gap(fetch)
    second = fetch_frame(fetch)
    assert gap == Gap(CAMERA, GapReason.DISCONNECTED, first.moment.at, second.moment.at)
    assert second.moment.frame == 1
    assert second.moment.t_s == (second.moment.at - first.moment.at).total_seconds()
    assert source.stats.reconnects == 1
    assert source.stats.state is CameraState.LIVE
    assert source.stats.problem is None
    assert feed.opened == 4


def test_a_camera_that_was_never_there_is_a_gap_from_the_first_attempt(watch: Watch) -> None:
    feed = FakeFeed([(0, AWAY)])
    source = source_of(feed)
    fetch = watch(source)
    assert fetch() == Gap(CAMERA, GapReason.UNREACHABLE, NOON + timedelta(seconds=1), None)
    feed.wait_until(lambda feed: feed.opened >= 3)
    assert source.stats.state is CameraState.LOST
    assert source.stats.problem == "Connection refused"
    assert source.stats.last_frame_at is None


def test_a_camera_that_refuses_is_told_from_one_that_is_silent(watch: Watch) -> None:
    feed = FakeFeed([(0, StreamLostError(GapReason.UNREACHABLE, "wrong password", refused=True)), (0, AWAY)])
    source = source_of(feed)
    watch(source)
    feed.wait_until(lambda feed: feed.opened >= 3)
    assert source._backoff.refusals[:2] == [True, False]


def test_a_pause_closes_the_stream_and_is_a_gap_of_its_own(watch: Watch) -> None:
    feed = FakeFeed([(1, None)])
    source = source_of(feed)
    fetch = watch(source)
    first = fetch_frame(fetch)
    source.pause()
    assert fetch() == Gap(CAMERA, GapReason.PAUSED, first.moment.at, None)
    feed.wait_until(lambda feed: feed.closed == 1)
    assert source.stats.state is CameraState.PAUSED
    assert feed.opened == 1
    source.resume()
    gap = fetch_gap(fetch)
    assert gap == Gap(CAMERA, GapReason.PAUSED, first.moment.at, fetch_frame(fetch).moment.at)
    assert feed.opened == 2


def test_a_camera_that_is_away_after_a_pause_is_an_outage_not_a_pause(watch: Watch) -> None:
    feed = FakeFeed([(1, None), (0, AWAY)])
    source = source_of(feed)
    fetch = watch(source)
    fetch_frame(fetch)
    source.pause()
    paused = fetch_gap(fetch)
    source.resume()
    assert [gap.reason for gap in (paused, fetch_gap(fetch), fetch_gap(fetch))] == [
        GapReason.PAUSED,
        GapReason.PAUSED,
        GapReason.UNREACHABLE,
    ]


def test_pausing_interrupts_the_wait_for_a_lost_camera(watch: Watch) -> None:
    feed = FakeFeed([(0, AWAY)])
    source = source_of(feed)
    source._backoff = type("Patient", (), {"next_s": lambda _, **__: 3600.0})()
    fetch = watch(source)
    assert fetch_gap(fetch).reason is GapReason.UNREACHABLE
    source.pause()
    closed, paused = fetch_gap(fetch), fetch_gap(fetch)
    assert closed.reason is GapReason.UNREACHABLE
    assert closed.end == paused.start
    assert paused.reason is GapReason.PAUSED


def test_wanted_frames_per_second_thin_the_stream(watch: Watch) -> None:
    source = source_of(FakeFeed([(30, LOST), (0, None)]), fps=2.0, clock=lambda: NOON)
    fetch = watch(source)
    fetch_gap(fetch)
    assert source.stats.decoded == 30
    assert source.stats.frames == 6
    assert source.stats.dropped <= 5


def test_times_rise_over_reconnections_even_when_the_wall_clock_steps_back(watch: Watch) -> None:
    readings = iter([NOON - timedelta(seconds=40 * number) for number in range(100)])
    fetch = watch(source_of(FakeFeed([(1, LOST), (1, None)]), clock=lambda: next(readings)))
    first = fetch_frame(fetch)
    gap = fetch_gap(fetch)
    second = fetch_frame(fetch)
    assert second.moment.at > gap.start == first.moment.at
    assert second.moment.t_s > first.moment.t_s


def test_masks_are_burnt_in_before_a_frame_is_offered(watch: Watch) -> None:
    everything = Zone("all", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    fetch = watch(source_of(FakeFeed([(1, None)]), optics=Optics(masks=(everything,))))
    assert (fetch_frame(fetch).picture.y == 16).all()


def test_single_broken_packets_are_counted_and_no_gap(watch: Watch) -> None:
    source = source_of(FakeFeed([(1, None)], broken_first=3))
    assert isinstance(watch(source)(), Frame)
    assert source.stats.decode_errors == 3


def test_a_defect_blinds_one_camera_only_and_is_logged_without_secrets(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    feed = FakeFeed([(1, RuntimeError("rtsp://u:hunter2@host broke")), (1, None)])
    source = source_of(feed)
    fetch = watch(source)
    gap = fetch_gap(fetch)
    assert gap.reason is GapReason.UNREADABLE
    feed.wait_until(lambda feed: feed.opened == 2)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "RuntimeError" in record.getMessage()
    assert "hunter2" not in caplog.text


def test_state_changes_are_logged_once(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    feed = FakeFeed([(0, AWAY)] * 5 + [(1, None)])
    fetch = watch(source_of(feed))
    fetch_frame(fetch)
    events = [record.getMessage().split()[0] for record in caplog.records]
    assert events == ["camera_lost", "camera_live"]


def test_stopping_ends_the_thread_and_leaves_the_gap_open() -> None:
    source = source_of(FakeFeed([(0, AWAY)]))
    with LiveCameras([source]) as cameras:
        found = cameras.next(PATIENCE_S)
    assert source.stats.state is CameraState.STOPPED
    assert found is not None
    assert cameras.exhausted
    assert cameras.next(PATIENCE_S) is None


def test_a_source_starts_once(watch: Watch) -> None:
    source = source_of(FakeFeed([(1, None)]))
    watch(source)
    with pytest.raises(RuntimeError, match="started before"):
        next(iter(source))


def test_several_cameras_are_served_together_and_told_apart() -> None:
    names = [CameraId(f"table-{number}") for number in range(3)]
    feeds = {name: FakeFeed([(1, None)]) for name in names}
    with LiveCameras([source_of(feed, camera=name) for name, feed in feeds.items()]) as cameras:
        seen = set()
        for _ in names:
            found = cameras.next(PATIENCE_S)
            assert found is not None
            camera, item = found
            assert item.camera == camera
            seen.add(camera)
        assert seen == set(names)
        cameras.pause(names[1])
        found = cameras.next(PATIENCE_S)
        assert found is not None
        assert isinstance(found[1], Gap)
        assert found[0] == names[1]
        states = {name: stats.state for name, stats in cameras.stats().items()}
        assert states == {names[0]: "live", names[1]: "paused", names[2]: "live"}
        cameras.resume(names[1])
        with pytest.raises(NotFoundError, match="table-0, table-1, table-2"):
            cameras.pause(CameraId("table-9"))


def test_two_cameras_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="name of its own"):
        LiveCameras([source_of(FakeFeed([])), source_of(FakeFeed([]))])


@pytest.mark.parametrize("fps", [0.0, -1.0, float("inf")])
def test_a_rate_that_cannot_be_is_refused(fps: float) -> None:
    with pytest.raises(ConfigError):
        source_of(FakeFeed([]), fps=fps)


def test_a_file_plays_as_if_it_were_a_camera_and_ends(tmp_path: Path) -> None:
    path = Clip(frames=10, rate=50).write(tmp_path / "clip.mp4")
    began = datetime.now(UTC)
    source = LiveSource(PacedFile(path), camera=CAMERA, clock=lambda: datetime.now(UTC))
    items = list(source)
    assert datetime.now(UTC) - began >= timedelta(seconds=0.18), "it was played faster than it was filmed"
    assert all(isinstance(item, Frame) for item in items)
    assert len(items) + source.stats.dropped == source.stats.decoded == 10
    assert source.stats.state is CameraState.ENDED


def test_a_looped_file_goes_on_without_a_gap(tmp_path: Path) -> None:
    path = Clip(frames=3, rate=100).write(tmp_path / "clip.mp4")
    moments = []
    with LiveSource(PacedFile(path, loop=True), camera=CAMERA, clock=lambda: datetime.now(UTC)) as source:
        for item in source:
            assert isinstance(item, Frame)
            moments.append(item.moment)
            if item.moment.frame >= 10:
                break
    assert all(later.at > earlier.at for earlier, later in pairwise(moments))


@pytest.mark.parametrize(("damaged", "reason"), [(True, GapReason.UNREADABLE), (False, GapReason.UNREACHABLE)])
def test_a_file_that_cannot_be_played_is_a_lost_camera(
    tmp_path: Path, watch: Watch, damaged: bool, reason: GapReason
) -> None:
    path = tmp_path / "clip.mp4"
    if damaged:
        damage(Clip().write(path), slice(None))
    assert fetch_gap(watch(source_of(PacedFile(path)))).reason is reason


def test_frames_already_fetched_stay_as_they_were_while_more_are_decoded(tmp_path: Path) -> None:
    path = Clip(frames=30, rate=200).write(tmp_path / "clip.mp4")
    kept = [item for item in LiveSource(PacedFile(path), camera=CAMERA, clock=lambda: NOON) if isinstance(item, Frame)]
    copies = [frame.picture.y.copy() for frame in kept]
    list(LiveSource(PacedFile(path), camera=CAMERA, clock=lambda: NOON))
    for frame, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(frame.picture.y, copy)


@dataclass
class Shown:
    """A feed that shows given luma, a second apart, and then nothing more.

    Attributes:
        luma: What each picture shows; ``None`` loses the connection.
    """

    luma: list[Any]
    step_s: float = 1.0
    at: int = 0

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        began = self.at
        while self.at < len(self.luma):
            shown, self.at = self.luma[self.at], self.at + 1
            if shown is None:
                raise LOST
            frame = VideoFrame.from_ndarray(shown, format="gray").reformat(format="yuv420p")
            frame.key_frame = True
            yield TimedPicture(round((self.at - began) * self.step_s * 1_000_000), frame)
        while True:
            wait(PATIENCE_S)
            yield Sign.NOTHING_YET

    def redact(self, text: str) -> str:
        return text


def guarded(luma: list[Any], *, masks: tuple[Zone, ...] = (), **options: Any) -> LiveSource:
    """A source whose frames all arrive when they were taken."""
    source = source_of(Shown(luma, **options), clock=TickingClock(), optics=Optics(masks))
    source.guard(HealthWatch(masks))
    return source


def everything(source: LiveSource, last_gap: int) -> list[Gap]:
    """Every gap, up to and with so many."""
    gaps: list[Gap] = []
    with LiveCameras([source]) as cameras:
        while len(gaps) < last_gap:
            found = cameras.next(PATIENCE_S)
            assert found is not None, "nothing came"
            if isinstance(found[1], Gap):
                gaps.append(found[1])
    return gaps


def test_pictures_that_show_nothing_are_a_gap_and_are_not_offered(caplog: pytest.LogCaptureFixture) -> None:
    sensor, dark = Sensor(), np.full((180, 320), 18, np.uint8)
    source = guarded([sensor.see(table()) for _ in range(3)] + [dark] * 6 + [sensor.see(table())] * 4)
    opened, closed = everything(source, 2)
    assert opened == Gap(CAMERA, GapReason.DARK, NOON + timedelta(seconds=4), None) or opened == closed
    assert closed.start == NOON + timedelta(seconds=4), "the last picture that showed something"
    assert closed.end == NOON + timedelta(seconds=13)
    assert source.stats.frames <= 3 + 2 + 2, "until the darkness is certain, and from when it is certainly over"
    assert "camera_shows_nothing" not in caplog.text, "it is neutral: no warning"


def test_a_camera_that_is_dark_before_and_after_a_loss_is_dark_lost_and_dark() -> None:
    sensor, dark = Sensor(), np.full((180, 320), 18, np.uint8)
    shows = [sensor.see(table()) for _ in range(3)]
    source = guarded([*shows, *[dark] * 6, None, dark, dark, *[sensor.see(table())] * 4])
    gaps = [gap for gap in everything(source, 6) if gap.end is not None]
    assert [gap.reason for gap in gaps] == [GapReason.DARK, GapReason.DISCONNECTED, GapReason.DARK]
    assert [later.start for later in gaps[1:]] == [earlier.end for earlier in gaps[:-1]], "without a hole"


def test_masks_and_frames_follow_a_camera_that_moved_a_little(watch: Watch) -> None:
    sensor = Sensor()
    corner = Zone("corner", ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)))
    before = [sensor.see(table()) for _ in range(33)]
    after = [sensor.see(pushed(table(), 0.05, 0.0)) for _ in range(8)]
    source = guarded(before + after, masks=(corner,))
    fetch = watch(source)
    frame = fetch_frame(fetch)
    while frame.shift.dx == 0.0:
        frame = fetch_frame(fetch)
    assert frame.shift.dx == pytest.approx(0.05, abs=0.007)
    masked = np.flatnonzero(frame.picture.y[90] == 16)
    assert masked.min() == pytest.approx(320 * 0.45, abs=4)
    assert masked.max() == pytest.approx(320 * 0.65, abs=4)


def test_key_frames_that_are_not_due_are_looked_at_but_not_offered() -> None:
    sensor, dark = Sensor(), np.full((180, 320), 18, np.uint8)
    source = LiveSource(
        Shown([sensor.see(table()) for _ in range(3)] + [dark] * 6), camera=CAMERA, clock=TickingClock(), fps=0.1
    )
    source.guard(HealthWatch())
    (gap,) = everything(source, 1)
    assert gap.reason is GapReason.DARK
    assert source.stats.frames == 1


def test_a_wall_clock_set_ahead_is_a_gap_of_its_own(watch: Watch) -> None:
    readings = iter([NOON] * 3 + [NOON + timedelta(hours=1)] * 100)
    fetch = watch(source_of(FakeFeed([(4, None)]), clock=lambda: next(readings)))
    gap = fetch_gap(fetch)
    assert gap.reason is GapReason.CLOCK
    assert gap.end is not None
    assert gap.end - gap.start == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=1))


def test_a_source_that_was_never_started_stops_at_once() -> None:
    source = source_of(FakeFeed([(1, None)]))
    source.stop()
    assert source.stats.state is CameraState.CONNECTING
