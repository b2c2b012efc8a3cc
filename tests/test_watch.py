"""The live loop: nothing that was counted is lost, and no time in which nobody looked passes for idle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Any

import pytest
from databases import Database, PostgresServer
from watch_scenes import Clock, PlayedCameras, RefusingStore
from wiring_shop import (
    BLUE,
    CALENDAR,
    MONDAY_8,
    RED,
    SEW,
    TRAY,
    Sliding,
    calibration,
    crossed_at,
    frame,
    frames,
    gate,
    order,
    shop_store,
)

from tracker.capture import CameraState as FeedState
from tracker.domain.errors import StoreBusyError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason
from tracker.domain.orders import ScheduleEntry
from tracker.domain.rules import ActivityRule, Calibration, CellId, RuleId, Zone
from tracker.pipeline import CameraPipeline
from tracker.progress import refresh
from tracker.store import CameraState, Store
from tracker.watch import BEAT, Model, Shop, Watch

MODEL = Model("garments", "ab" * 32, "cpu")
FAR = CameraId("far")
Script = Sequence[Frame | Gap | Callable[[], Any]]


class Room:
    """One database, one clock and the cameras of a test."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(MONDAY_8)
        self.stop = Flag()

    def watch(
        self, script: Script, *calibrations: Calibration, store: Any = None, detector: Sliding | None = None
    ) -> Watch:
        seen_by = calibrations or (calibration(),)
        live: Any = PlayedCameras(script, self.clock, *(one.camera for one in seen_by))
        pipelines = [CameraPipeline(one, detector or Sliding(), every_frame=True) for one in seen_by]
        shop = Shop(store or self.store, CALENDAR, self.clock)
        return Watch(live, pipelines, model=MODEL, shop=shop)

    def play(self, script: Script, *calibrations: Calibration, **given: Any) -> None:
        self.watch(script, *calibrations, **given).run(self.stop)

    def killed(self, script: Script) -> None:
        """The same, ended as by a power cut: nothing is said at the end."""
        watch = self.watch([*script, self._die])
        watch._end = lambda: None  # type: ignore[method-assign]
        with suppress(KeyboardInterrupt):
            watch.run(self.stop)

    def _die(self) -> None:
        raise KeyboardInterrupt

    def ask(self, question: str, *arguments: Any) -> Any:
        with self.store.read() as view:
            return getattr(view, question)(*arguments)

    def counted_at(self) -> list[datetime]:
        return [kept.event.moment.at.replace(microsecond=0) for kept in self.ask("events")]


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    with shop_store(database, order(RED)) as store:
        yield Room(store)


def after(seconds: float) -> datetime:
    return MONDAY_8 + timedelta(seconds=seconds)


def test_what_passes_is_counted_assigned_and_estimated(room: Room) -> None:
    room.play(frames(0, 10))
    assert room.counted_at() == crossed_at(range(5))
    assert {(kept.order, kept.event.step, kept.event.pieces) for kept in room.ask("events")} == {(RED, SEW, 1)}
    assert room.ask("watermark", TRAY) == after(9.9)
    assert room.ask("gaps") == ()
    sewn = next(step for step in room.ask("estimate", RED).steps if step.step == SEW)
    assert 0 < sewn.pieces.p50 < 10
    assert room.ask("release", RED) is not None


def test_a_count_is_on_disk_at_once_and_a_quiet_camera_within_a_beat(room: Room) -> None:
    heard: list[datetime] = []
    in_time: list[int] = []
    quiet = Sliding(gone=lambda t_s: t_s >= 4)
    script: list[Any] = []
    for shot in frames(0, 12):
        script += [
            shot,
            lambda: heard.append(room.ask("watermark", TRAY)),
            lambda: in_time.append(len(room.ask("events"))),
        ]
    room.play(script, detector=quiet)
    assert in_time[19] == 1  # the first passes at 1.0 s and is across before 2.0
    assert in_time[39] == 2
    late = [frame_at - known for frame_at, known in zip((after(i / 10) for i in range(120)), heard, strict=True)]
    assert max(late) <= BEAT


def test_the_schedule_decides_between_open_orders(room: Room) -> None:
    with room.store.write(MONDAY_8) as unit:
        unit.add_orders([order(BLUE)])
        unit.add_schedule([ScheduleEntry(BLUE, SEW, None, after(0), after(4))])
    room.play(frames(0, 8))
    assert [kept.order for kept in room.ask("events")] == [BLUE, BLUE, None, None]


def test_cameras_take_turns_and_keep_their_own_counts(room: Room) -> None:
    both = [shot for pair in zip(frames(0, 6), frames(0, 6, camera=FAR), strict=True) for shot in pair]
    room.play(both, calibration(), calibration(camera=FAR))
    counted = [kept.event.camera for kept in room.ask("events")]
    assert (counted.count(TRAY), counted.count(FAR)) == (3, 3)
    assert {rule.camera for rule in room.ask("camera_rules")} == {TRAY, FAR}


def test_cameras_are_on_record_with_what_looks_through_them(room: Room) -> None:
    states: list[tuple[CameraState, int]] = []

    def note() -> None:
        (camera,) = room.ask("cameras")
        states.append((camera.state, camera.frames))

    lost = Gap(TRAY, GapReason.DISCONNECTED, after(2.9), None)
    back = replace(lost, end=after(6))
    room.play([note, *frames(0, 3), note, lost, note, back, *frames(6, 9), note])
    assert [state for state, _ in states] == [
        CameraState.STARTING,
        CameraState.WATCHING,
        CameraState.BLIND,
        CameraState.WATCHING,
    ]
    (camera,) = room.ask("cameras")
    assert (camera.state, camera.frames, camera.last_frame_at) == (CameraState.STOPPED, 60, after(8.9))
    assert (camera.provider, camera.model, camera.model_sha256) == ("cpu", "garments", "ab" * 32)
    assert camera.purpose == "Counts sewn pieces at the tray"
    assert [entry.kind for entry in room.ask("log_entries") if entry.kind.startswith("watch.")] == [
        "watch.started",
        "watch.stopped",
    ]


def test_a_blind_stretch_is_stored_when_it_begins_and_closed_when_it_ends(room: Room) -> None:
    seen: list[tuple[Gap, ...]] = []

    def note() -> None:
        seen.append(room.ask("gaps"))

    lost = Gap(TRAY, GapReason.DISCONNECTED, after(4.9), None)
    back = replace(lost, end=after(5.3))
    room.play([*frames(0, 5), note, lost, note, back, note, *frames(5.3, 10)])
    assert seen == [(), (lost,), (back,)]
    assert room.ask("gaps") == (back,)
    assert room.counted_at() == crossed_at([0, 1, 3, 4])  # nobody saw the third one pass


def test_a_gap_that_lasts_when_we_stop_stays_open_until_the_first_frame(room: Room) -> None:
    lost = Gap(TRAY, GapReason.DISCONNECTED, after(2.9), None)
    room.play([*frames(0, 3), lost])
    assert room.ask("gaps") == (lost,)
    room.clock.now = after(60)
    room.play(frames(60, 63))
    assert room.ask("gaps") == (replace(lost, end=after(60)),)


@pytest.mark.parametrize("end", [Room.play, Room.killed])
def test_the_time_between_two_runs_is_a_gap(end: Callable[[Room, Script], None], room: Room) -> None:
    end(room, frames(0, 7))
    heard = room.ask("watermark", TRAY)
    assert after(7) - heard <= BEAT + timedelta(seconds=0.2)
    assert room.ask("gaps") == ()
    before_the_first: list[tuple[Gap, ...]] = []
    room.clock.now = after(300)
    room.play([lambda: before_the_first.append(room.ask("gaps")), *frames(300, 306)])
    stopped = Gap(TRAY, GapReason.STOPPED, heard, None)
    assert before_the_first == [(stopped,)]
    assert room.ask("gaps") == (replace(stopped, end=after(300)),)
    assert room.counted_at() == crossed_at([0, 1, 2, 150, 151, 152])


def test_a_start_that_never_saw_a_frame_does_not_hide_the_gap(room: Room) -> None:
    room.killed(frames(0, 7))
    heard = room.ask("watermark", TRAY)
    room.clock.now = after(100)
    room.killed([])
    room.clock.now = after(200)
    room.play(frames(200, 203))
    assert room.ask("gaps") == (Gap(TRAY, GapReason.STOPPED, heard, after(200)),)


def test_a_first_start_has_no_gap(room: Room) -> None:
    room.play([])
    assert room.ask("gaps") == ()
    assert room.ask("watermark", TRAY) is None


@pytest.mark.parametrize("when", ["before", "commit", "after"])
def test_what_a_refusing_database_did_not_take_is_offered_again_and_stored_once(
    when: str, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    lost = Gap(TRAY, GapReason.DISCONNECTED, after(9.9), None)
    back = replace(lost, end=after(14))
    store = RefusingStore(room.store, when)
    script = [*frames(0, 3), store.begin, *frames(3, 10), lost, back, *frames(14, 17), store.end, *frames(17, 22)]
    with caplog.at_level(logging.INFO, logger="tracker.watch"):
        room.play(script, store=store)
    assert room.counted_at() == crossed_at([0, 1, 2, 3, 4, 7, 8, 9, 10])
    assert room.ask("gaps") == (back,)
    assert room.ask("watermark", TRAY) == after(21.9)
    assert room.ask("quarantined") == ()
    assert 4 <= store.refusals <= 10  # a beat apart, not once a frame
    said = [record.getMessage().split(" reason=")[0] for record in caplog.records]
    assert said == ["store.refuses", "store.accepts again"]  # a change of state is said once


def test_a_server_that_restarts_in_the_middle_loses_nothing_and_the_watch_goes_on(
    postgres_database: Database, postgres_server: PostgresServer
) -> None:
    with shop_store(postgres_database, order(RED)) as store:
        room = Room(store)
        gone: list[int] = []
        script = [*frames(0, 5), lambda: gone.append(len(room.ask("events"))), postgres_server.stop]
        room.play([*script, *frames(5, 11), postgres_server.start, *frames(11, 17)])
        assert gone == [2]
        assert room.counted_at() == crossed_at(range(8))
        assert room.ask("watermark", TRAY) == after(16.9)
        assert room.ask("gaps") == room.ask("quarantined") == ()
        assert room.ask("verify_log") is None


def test_a_database_that_refuses_to_the_end_is_an_error(room: Room) -> None:
    store = RefusingStore(room.store)
    with pytest.raises(StoreBusyError):
        room.play([*frames(0, 3), store.begin, *frames(3, 6)], store=store)
    assert room.counted_at() == crossed_at([0])


def test_a_database_that_refuses_at_the_start_is_an_error(room: Room) -> None:
    store = RefusingStore(room.store)
    store.begin()
    with pytest.raises(StoreBusyError):
        room.play(frames(0, 3), store=store)


def test_told_to_stop_it_keeps_what_was_counted(room: Room) -> None:
    room.play([*frames(0, 7), room.stop.set, *frames(7, 60)])
    assert room.counted_at() == crossed_at(range(3))
    assert room.ask("watermark", TRAY) == after(6.9)


def test_an_error_in_the_loop_keeps_what_was_counted(room: Room) -> None:
    def fail() -> None:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        room.play([*frames(0, 7), fail])
    assert room.ask("watermark", TRAY) == after(6.9)
    assert [camera.state for camera in room.ask("cameras")] == [CameraState.STOPPED]


class Failing(Sliding):
    """A detector that fails at times."""

    def __init__(self, broken: Callable[[float], bool]) -> None:
        super().__init__()
        self._broken = broken

    def detect(self, picture: Any) -> Any:
        if self._broken(int.from_bytes(picture.y[0, :4].tobytes(), "big", signed=True) / 1000):
            raise RuntimeError("the device is gone")
        return super().detect(picture)


def test_a_camera_whose_pipeline_fails_takes_no_other_down(room: Room) -> None:
    states: list[dict[CameraId, CameraState]] = []
    both = [shot for pair in zip(frames(0, 8), frames(0, 8, camera=FAR), strict=True) for shot in pair]
    both[120:120] = [lambda: states.append({one.camera: one.state for one in room.ask("cameras")})]
    live: Any = PlayedCameras(both, room.clock, TRAY, FAR)
    pipelines = [
        CameraPipeline(calibration(), Sliding(), every_frame=True),
        CameraPipeline(calibration(camera=FAR), Failing(lambda t_s: 3 <= t_s < 6.5), every_frame=True),
    ]
    Watch(live, pipelines, model=MODEL, shop=Shop(room.store, CALENDAR, room.clock)).run(room.stop)
    counted = [(kept.event.camera, kept.event.moment.at.replace(microsecond=0)) for kept in room.ask("events")]
    assert [when for camera, when in counted if camera == TRAY] == crossed_at(range(4))
    assert [when for camera, when in counted if camera == FAR] == crossed_at([0])
    (gap,) = room.ask("gaps")
    assert gap == Gap(FAR, GapReason.UNREADABLE, after(2.9), None)  # its next try is due at 10 s
    assert room.ask("watermark", FAR) == after(2.9)
    assert states == [{TRAY: CameraState.WATCHING, FAR: CameraState.BLIND}]


def test_when_no_camera_can_be_counted_for_long_the_watch_ends_with_the_reason(room: Room) -> None:
    broken = [frame(second) for second in range(5, 60)]
    with pytest.raises(RuntimeError, match="the device is gone"):
        room.play([*frames(0, 5), *broken], detector=Failing(lambda t_s: t_s >= 5))
    assert room.counted_at() == crossed_at(range(2))
    assert room.ask("gaps") == (Gap(TRAY, GapReason.UNREADABLE, after(4.9), None),)


def test_a_database_that_takes_long_to_refuse_is_not_asked_at_every_beat(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = iter(range(0, 10_000, 2))  # every look at the clock is 2 s later: so long it waits for the lock
    monkeypatch.setattr("tracker.watch.monotonic", lambda: next(waited))
    store = RefusingStore(room.store)
    room.play([*frames(0, 3), store.begin, *frames(3, 23), store.end, *frames(23, 34)], store=store)
    assert 2 <= store.refusals <= 3
    assert room.counted_at() == crossed_at(range(17))


def test_an_estimate_that_the_database_refuses_is_made_later(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = iter([StoreBusyError("locked")])

    def refuse_once(*given: Any, **named: Any) -> Any:
        for refusal in refusals:
            raise refusal
        return refresh(*given, **named)

    monkeypatch.setattr("tracker.watch.refresh", refuse_once)
    made: list[Any] = []
    room.play([*frames(0, 15), lambda: made.append(room.ask("estimate", RED))])
    assert made[0] is not None
    assert [record.getMessage() for record in caplog.records] == ["estimates.delayed reason=locked"]


def test_how_far_a_camera_is_behind_is_on_record(room: Room) -> None:
    behind: list[float | None] = []
    room.play([*frames(0, 5), lambda: behind.append(room.ask("cameras")[0].behind_s)])
    assert behind == [pytest.approx(0.1, abs=0.01)]  # what lies between a frame and the clock here
    assert room.ask("cameras")[0].behind_s is None  # nothing is watched any more


def activity(name: str, seats: int) -> ActivityRule:
    whole = Zone("room", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    return ActivityRule(RuleId(name), whole, ("garment",), CellId("A"), seats)


def test_activity_is_stored_by_the_hour_and_never_of_few_seats(room: Room) -> None:
    rules = (activity("one", 1), activity("two", 2), activity("three", 3))
    before = [frame(t_s) for t_s in range(-60, 0, 10)]
    idle = [frame(t_s) for t_s in range(70, 3600, 10)]
    next_hour = [frame(t_s) for t_s in range(3600, 3700, 10)]
    room.play([*before, *frames(0, 60), *idle, *next_hour], calibration(gate(), *rules), detector=Early())
    (window,) = room.ask("activity_windows")
    assert (window.rule, window.cell, window.seats) == (RuleId("three"), CellId("A"), 3)
    assert (window.start, window.duration_s) == (MONDAY_8, 3600)
    assert 50 <= window.busy_s <= 62


class Early(Sliding):
    """Things come in the first minute only."""

    def __init__(self) -> None:
        super().__init__(gone=lambda t_s: not 0 <= t_s < 60)


def test_beats_go_on_when_somebody_sets_the_clock_back(room: Room) -> None:
    """Within two beats of the new time, not after the hour that the clock has to catch up with."""
    seen: list[datetime | None] = []

    def set_back() -> None:
        room.clock.now -= timedelta(hours=1)

    def wait(seconds: float) -> Callable[[], None]:
        def pass_time() -> None:
            room.clock.now += timedelta(seconds=seconds)

        return pass_time

    def note() -> None:
        seen.append(room.ask("watermark", TRAY))

    quiet = Sliding(gone=lambda _: True)
    watch = room.watch([*frames(0, 3), set_back, wait(0.1), wait(3), note, wait(3), note], detector=quiet)
    watch.run(room.stop)
    assert seen[-1] == after(2.9)


def test_why_a_camera_is_blind_is_on_record_in_words(room: Room) -> None:
    said: list[str | None] = []
    live: Any = PlayedCameras(
        [*frames(0, 3), Gap(TRAY, GapReason.FROZEN, after(2), None), lambda: said.append(problem())], room.clock, TRAY
    )
    stats = live.stats
    live.stats = lambda: {name: replace(one, problem="it stands still") for name, one in stats().items()}

    def problem() -> str | None:
        (camera,) = room.ask("cameras")
        return camera.problem

    watch = Watch(
        live, [CameraPipeline(calibration(), Sliding())], model=MODEL, shop=Shop(room.store, CALENDAR, room.clock)
    )
    watch.run(room.stop)
    assert said == ["it stands still"]
    assert problem() is None, "nothing is wrong with a camera that is switched off"


def test_a_video_that_was_played_to_its_end_is_no_camera_that_was_lost(room: Room) -> None:
    live: Any = PlayedCameras([*frames(0, 3)], room.clock, TRAY)
    stats = live.stats
    live.stats = lambda: {name: replace(one, state=FeedState.ENDED) for name, one in stats().items()}
    pipelines = [CameraPipeline(calibration(), Sliding())]
    Watch(live, pipelines, model=MODEL, shop=Shop(room.store, CALENDAR, room.clock)).run(room.stop)
    (camera,) = room.ask("cameras")
    assert camera.state is CameraState.ENDED
