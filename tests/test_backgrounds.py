"""Empty backgrounds learnt while counting: what is kept and when, what ends it, and that counting does not notice."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event as Flag
from threading import get_native_id

import numpy as np
import pytest
from privacy_room import HEIGHT, NO_BOXES, WIDTH, Finder, Maker, empty_room, patches, seen, sewing
from watch_scenes import Clock, PlayedCameras
from wiring_shop import CALENDAR, MONDAY_8, RED, calibration, gate, order, shop_store

from tracker.backgrounds import NICENESS, BackgroundKeeper, BackgroundLearner
from tracker.domain.errors import ModelError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Moment
from tracker.domain.rules import CountUnit, RuleId, StockRule, Target, Zone
from tracker.domain.shift import STRAIGHT, Shift
from tracker.pipeline import CameraPipeline
from tracker.privacy import PeopleEye, Watcher, load_background, save_background
from tracker.privacy.background import Background
from tracker.privacy.colours import bgr_of, picture_of
from tracker.watch import Model, Shop, Watch

CAMERA, FAR = CameraId("table-1"), CameraId("table-2")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROOM = empty_room()
ELSEWHERE = np.roll(ROOM, (23, 41), axis=(0, 1))
DELIVERED = bgr_of(picture_of(ROOM)).astype(np.int16)
HOUR_S, STEP_S = 3600.0, 60.0
TELLS = 20
"""Levels by which a pixel of a noisy picture differs from the room only where somebody is."""
GAP = Gap(CAMERA, GapReason.DISCONNECTED, START, None)


@cache
def looked(view: str, number: int):
    """A view in the noise of the moment; there are sixteen of each."""
    rooms = {"room": ROOM, "elsewhere": ELSEWHERE, "dark": ROOM // 20, "cut": ROOM[:200]}
    return seen(rooms[view], number)


def frame(picture, t_s, *, camera=CAMERA, shift=STRAIGHT):
    if isinstance(picture, str):
        picture = looked(picture, round(t_s / STEP_S) % 16)
    return Frame(camera, Moment(round(t_s * 10), t_s, START + timedelta(seconds=t_s)), picture, shift)


def no_detector():
    return PeopleEye([Watcher(Finder(("person",), lambda _: []), np.array([True]))])


class Stub:
    """An eye that sees nobody but what it is told to, and tells when it was asked closely.

    Args:
        close: Boxes that only a close look finds.
        then: What happens during one.
    """

    def __init__(self, close=NO_BOXES, then=lambda: None):
        self.close, self.then, self.looks, self.close_looks = close, then, 0, 0

    def look(self, _picture, *, closely=False):
        self.looks += 1
        if not closely:
            return NO_BOXES
        self.close_looks += 1
        self.then()
        return self.close


class Shop4h:
    """A camera's file and the keeper that fills it, through hours of looks."""

    def __init__(self, path: Path, eye=None):
        self.path, self.eye, self.t_s = path, eye or Stub(), 0.0
        self.restart()

    def restart(self):
        """A new process: only the file is left, and its clock begins anew."""
        self.keeper, self.t_s = BackgroundKeeper(self.path, self.eye), 0.0

    def watch(self, hours, picture="room", *, step_s=STEP_S, **rest):
        for _ in range(round(hours * HOUR_S / step_s)):
            given = picture(round(self.t_s / step_s)) if callable(picture) else picture
            self.keeper.look(frame(given, self.t_s, **rest))
            self.t_s += step_s

    @property
    def share(self):
        return load_background(self.path).share if self.path.exists() else None


@pytest.fixture
def shop(tmp_path):
    return Shop4h(tmp_path / "背景" / "table-1.png")


def room_but(columns: slice) -> Background:
    """What somebody kept of the room earlier: all but some columns of cells."""
    shown = np.ones((54, 96), np.bool_)
    shown[:, columns] = False
    return Background(DELIVERED.astype(np.uint8), shown).without(~shown)


def traces(background: Background) -> int:
    """Pixels that are shown and do not look like the empty room."""
    apart = np.abs(background.bgr - DELIVERED).max(axis=-1)
    return int(np.count_nonzero(background.pixels() & (apart > TELLS)))


# --- what is kept, and when -----------------------------------------------------------------------------------------


def test_an_empty_room_is_kept_after_four_hours_and_not_before(shop):
    shop.watch(3.95)
    assert shop.share is None
    shop.watch(0.3)
    assert shop.share == 1
    assert traces(load_background(shop.path)) == 0
    assert shop.eye.close_looks == 1  # looked at once more, once


def test_what_looks_like_a_person_in_the_last_look_is_not_kept(tmp_path):
    shop = Shop4h(tmp_path / "a.png", Stub(np.array([[180, 60, 280, 200]], np.float32)))
    shop.watch(4.3)
    kept = load_background(shop.path)
    assert not kept.pixels()[60:200, 180:280].any()
    assert not kept.bgr[60:200, 180:280].any()
    assert 0.5 < kept.share < 1


def test_next_to_nothing_is_not_worth_keeping(tmp_path):
    shop = Shop4h(tmp_path / "a.png", Stub(np.array([[0, 0, WIDTH, HEIGHT]], np.float32)))
    shop.watch(4.3)
    assert shop.share is None
    assert shop.eye.close_looks in {1, 2}  # asked every ten minutes at most, though looks come every minute


def test_after_a_restart_the_wait_begins_anew_and_what_was_kept_stays_until_more_is_known(shop):
    save_background(shop.path, room_but(slice(40, 96)))
    before = shop.path.read_bytes()
    shop.watch(3)
    shop.restart()
    shop.watch(3.9)
    assert shop.path.read_bytes() == before
    shop.watch(0.4)
    assert shop.share == 1


def test_what_shows_no_more_replaces_nothing(shop):
    save_background(shop.path, room_but(slice(96, 96)))
    before = shop.path.stat()
    shop.watch(4.4)
    assert shop.path.stat() == before
    assert shop.eye.close_looks == 0


def test_what_the_last_look_makes_smaller_than_what_is_kept_replaces_nothing(tmp_path):
    shop = Shop4h(tmp_path / "a.png", Stub(np.array([[100, 60, 400, 200]], np.float32)))
    save_background(shop.path, room_but(slice(90, 96)))
    before = shop.path.read_bytes()
    shop.watch(4.4)
    assert shop.eye.close_looks >= 1
    assert shop.path.read_bytes() == before


# --- what ends it ---------------------------------------------------------------------------------------------------


OTHER_VIEWS = (
    ("elsewhere", (HEIGHT, WIDTH)),  # turned away
    ("cut", (200, WIDTH)),  # pictures of another size
)


@pytest.mark.parametrize(("view", "size"), OTHER_VIEWS)
@pytest.mark.parametrize("restarted", [False, True])
def test_another_view_replaces_what_is_kept_after_four_hours_though_it_shows_less(
    view, size, restarted, tmp_path, caplog
):
    shop = Shop4h(tmp_path / "a.png", Stub(np.array([[0, 0, 100, 100]], np.float32)))
    save_background(shop.path, room_but(slice(95, 96)))
    before = shop.path.read_bytes()
    shop.watch(0.2)
    if restarted:
        shop.restart()
    with caplog.at_level(logging.INFO, logger="tracker.backgrounds"):
        shop.watch(3.9, view)
        assert shop.path.read_bytes() == before
        shop.watch(0.5, view)
    kept = load_background(shop.path)
    assert kept.bgr.shape[:2] == size
    assert kept.share < 0.9
    assert [record.getMessage().split(" ")[0] for record in caplog.records] == [
        "background.view_changed",
        "background.saved",
    ]


def test_a_push_begins_anew_with_what_is_kept_and_the_picture_decides_whether_it_is_the_same_view(shop):
    save_background(shop.path, room_but(slice(40, 96)))
    shop.watch(3)
    shop.watch(3.9, shift=Shift(0.02, 0.0))
    assert shop.share == pytest.approx(40 / 96)
    shop.watch(0.4, shift=Shift(0.02, 0.0))
    assert shop.share == 1


def test_in_a_gap_no_time_goes_by(shop):
    shop.watch(2.5)
    shop.t_s += 12 * HOUR_S
    shop.watch(1.4)
    assert shop.share is None
    shop.watch(0.4)
    assert shop.share == 1


def test_in_the_dark_nothing_is_kept(shop):
    shop.watch(4.4, "dark")
    assert shop.share is None


def test_a_lamp_begins_the_wait_anew(shop):
    lit = [seen(ROOM, number, gain=0.6) for number in range(16)]
    shop.watch(2.5)
    shop.watch(3.9, lambda number: lit[number % 16])
    assert shop.share is None
    shop.watch(0.4, lambda number: lit[number % 16])
    assert shop.share == 1


STILLS = (
    (30.0, 4.0),  # four hours of them
    (300.0, 240 * 300 / 3600),  # 240 looks take longer then
)


@pytest.mark.parametrize(("every_s", "hours"), STILLS)
def test_a_camera_of_stills_needs_four_hours_and_240_looks_as_well(every_s, hours, shop):
    shop.watch(hours - 0.6 * every_s / 30, step_s=every_s)
    assert shop.share is None
    shop.watch(1.2 * every_s / 30, step_s=every_s)
    assert shop.share == 1


# --- the file has other readers and writers -------------------------------------------------------------------------


def test_a_file_that_is_deleted_does_not_come_back_before_another_four_hours(shop):
    shop.watch(4.3)
    shop.path.unlink()
    shop.watch(3.9)
    assert shop.share is None
    shop.watch(0.4)
    assert shop.share == 1


def test_a_word_that_is_given_meanwhile_counts_at_once_and_is_not_overwritten(shop):
    shop.watch(3.9)
    word = room_but(slice(0, 20))
    save_background(shop.path, word)
    shop.watch(3.9)
    assert shop.share == pytest.approx(word.share)
    shop.watch(0.4)
    assert shop.share == 1


def test_a_word_that_is_given_during_the_last_look_is_not_overwritten(tmp_path):
    word, path = room_but(slice(0, 60)), tmp_path / "a.png"
    shop = Shop4h(path, Stub(then=lambda: save_background(path, word)))
    shop.watch(4.1)
    assert shop.eye.close_looks == 1
    assert shop.share == pytest.approx(word.share)


def test_a_file_that_is_no_background_is_told_and_replaced(shop, caplog):
    shop.path.parent.mkdir()
    shop.path.write_bytes(b"no picture")
    shop.watch(4.3)
    assert shop.share == 1
    (told,) = (record.getMessage() for record in caplog.records)
    assert told.startswith("background.unreadable camera=table-1 reason=")


def test_what_the_disk_refuses_is_told_once_and_saved_when_it_takes_it(shop, caplog):
    shop.path.parent.touch()  # a file where the folder should be
    shop.watch(4.8)
    (told,) = (record.getMessage() for record in caplog.records)
    assert told.startswith("background.not_saved camera=table-1 reason=")
    assert "table-1.png cannot be written" in told
    assert 2 <= shop.eye.close_looks <= 6  # every ten minutes, and not at every look
    shop.path.parent.unlink()
    shop.watch(0.3)
    assert shop.share == 1
    assert len(caplog.records) == 1
    shop.path.unlink()


# --- people ---------------------------------------------------------------------------------------------------------


def hardly_moves(number):
    """Turns a little every twenty minutes."""
    return Maker(lean=(number // 20) % 2 * 3)


def in_the_tables_colour(number):
    return sewing(number, cloth=(147, 162, 177))


def watched(pictures, learner, tmp_path, *, camera=CAMERA, name="shop.db"):
    """The live loop over these pictures, a minute apart, each looked at before the next one comes."""
    zone = Zone("tray", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
    rules = calibration(StockRule(RuleId("stock"), Target((), CountUnit.PIECE, 1, None, None), zone), camera=camera)
    clock, script = Clock(MONDAY_8), []
    for number, picture in enumerate(pictures):
        script += [frame(picture, number * STEP_S, camera=camera), learner._waiting.join]
    live = PlayedCameras(script, clock, camera)
    pipeline = CameraPipeline(rules, Finder(("garment",), lambda _: []))
    with shop_store(tmp_path, order(RED), name=name) as store:
        Watch(
            live, [pipeline], model=Model("m", "ab" * 32, "cpu"), shop=Shop(store, CALENDAR, clock), onlooker=learner
        ).run(Flag())


SITTING = (sewing, hardly_moves, in_the_tables_colour)


@pytest.mark.parametrize("maker", SITTING)
def test_a_maker_who_sits_all_the_time_leaves_no_trace_in_the_file_and_no_detector_is_needed(maker, tmp_path):
    path = tmp_path / "backgrounds" / "table-1.png"
    pictures = (seen(maker(number).draw(ROOM)[0], number) for number in range(275))
    watched(pictures, BackgroundLearner({CAMERA: path}, no_detector), tmp_path)
    kept = load_background(path)
    mask = np.logical_or.reduce([maker(number).draw(ROOM)[1] for number in range(100)])
    assert traces(kept) == 0
    assert not kept.pixels()[mask].any()
    assert kept.share > 0.02


def test_a_maker_who_sits_down_while_nothing_runs_is_not_learnt_after_the_start(tmp_path):
    path = tmp_path / "backgrounds" / "table-1.png"
    save_background(path, room_but(slice(90, 96)))
    still = Maker().draw(ROOM)[0]  # without moving at all, and no model sees her
    pictures = (seen(still, number) for number in range(275))
    watched(pictures, BackgroundLearner({CAMERA: path}, no_detector), tmp_path)
    assert traces(load_background(path)) == 0


# --- beside the counting loop ---------------------------------------------------------------------------------------


class Beside:
    """A learner of two cameras whose looks are noted and may be held up."""

    def __init__(self, tmp_path, eye=None):
        self.looks, self.go, self.began = [], Flag(), Flag()
        self.go.set()
        self.eye = eye or self
        paths = {name: tmp_path / f"{name}.png" for name in (CAMERA, FAR)}
        self.learner = BackgroundLearner(paths, lambda: self.eye)

    def look(self, picture, *, closely=False):
        self.looks.append(picture)
        self.began.set()
        assert self.go.wait(20)
        return NO_BOXES

    def settle(self):
        self.learner._waiting.join()


def test_a_camera_is_looked_at_every_ten_seconds_and_only_where_it_is_to_be_learnt(tmp_path):
    beside = Beside(tmp_path)
    with beside.learner as learner:
        for tenth in range(0, 600, 5):
            for camera in (CAMERA, FAR, CameraId("another")):
                learner.take(frame("room", tenth / 10, camera=camera))
                beside.settle()
            learner.take(GAP)
    assert len(beside.looks) == 12
    assert learner.cameras == (CAMERA, FAR)


def test_while_a_look_takes_long_one_frame_waits_and_the_others_are_let_go_without_waiting(tmp_path):
    beside = Beside(tmp_path)
    beside.go.clear()
    with beside.learner as learner:
        first, second = frame("room", 0.0), frame("room", 0.0, camera=FAR)
        learner.take(first)
        assert beside.began.wait(20)
        learner.take(second)
        for number in range(1, 50):  # each returns at once: nothing lets go of the look meanwhile
            learner.take(frame("room", 20.0 * number))
        beside.go.set()
        beside.settle()
        assert beside.looks == [first.picture, second.picture]
        learner.take(frame("room", 1000.5))  # the one that was let go is not waited for: the next will do
        beside.settle()
    assert len(beside.looks) == 3


def test_the_end_does_not_wait_for_what_waits(tmp_path):
    beside = Beside(tmp_path)
    beside.go.clear()
    with beside.learner as learner:
        learner.take(frame("room", 0.0))
        assert beside.began.wait(20)
        learner.take(frame("room", 0.0, camera=FAR))
        learner._over.set()
        beside.go.set()
    assert not learner._thread.is_alive()
    learner.take(frame("room", 99.0))
    assert len(beside.looks) == 1


LOADING = (
    (ModelError("models/person/model.onnx is missing"), "backgrounds.not_learnt reason=models/person"),
    (RuntimeError("a defect"), "backgrounds.not_learnt; counting goes on"),  # with its traceback
)


@pytest.mark.parametrize(("error", "told"), LOADING)
def test_without_a_person_model_that_is_told_once_and_nothing_is_learnt(error, told, tmp_path, caplog):
    def load():
        raise error

    learner = BackgroundLearner({CAMERA: tmp_path / "a.png"}, load)
    with learner:
        learner._thread.join(20)
        for number in range(30):
            learner.take(frame("room", 10.0 * number))
    (record,) = caplog.records
    assert record.getMessage().startswith(told)
    assert (record.exc_info is not None) == isinstance(error, RuntimeError)


def test_an_error_in_one_cameras_looks_ends_its_learning_and_no_others(tmp_path, caplog):
    class Failing(Stub):
        def look(self, picture, **rest):
            if picture.height != HEIGHT:
                raise RuntimeError("a defect")
            return super().look(picture, **rest)

    beside = Beside(tmp_path, Failing())
    with beside.learner as learner:
        for number in range(4):
            learner.take(frame("cut", 10.0 * number))
            beside.settle()
            learner.take(frame("room", 10.0 * number, camera=FAR))
            beside.settle()
    (record,) = caplog.records
    assert record.getMessage().startswith("background.failed camera=table-1; ")
    assert record.exc_info is not None
    assert beside.eye.looks == 4


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_the_thread_gives_way_to_others_where_a_thread_can(platform, tmp_path, monkeypatch):
    if not hasattr(os, "getpriority") or (platform == "linux" and sys.platform != "linux"):
        pytest.skip("only Linux knows priorities of threads")
    monkeypatch.setattr("tracker.backgrounds.sys.platform", platform)
    priorities = []

    def load():
        priorities.append(os.getpriority(os.PRIO_PROCESS, get_native_id()))
        return Stub()

    before = os.getpriority(os.PRIO_PROCESS, 0)
    with BackgroundLearner({CAMERA: tmp_path / "a.png"}, load) as learner:
        learner.take(frame("room", 0.0))
        learner._waiting.join()
    assert priorities == [max(before, NICENESS) if platform == "linux" else before]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


# --- counting does not notice ---------------------------------------------------------------------------------------

BLUE = (150, 60, 30)


def blue(bgr):
    return (bgr[..., 0] > 120) & (bgr[..., 2] < 70)


def slid(number: int):
    """A garment that goes across the table in two seconds, again and again; nobody may write into the picture."""
    room, left = ROOM.copy(), number % 20 * 24 - 30
    room[150:200, max(0, left) : max(0, left + 60)] = BLUE
    picture = seen(room, number)
    for plane in (picture.y, picture.u, picture.v):
        plane.flags.writeable = False
    return picture


def counted(pictures, folder: Path, onlooker):
    """Everything that the database holds after the live loop saw these pictures, ten a second."""
    folder.mkdir()
    clock = Clock(MONDAY_8)
    zone = Zone("table", ((0.2, 0.4), (0.8, 0.4), (0.8, 0.9), (0.2, 0.9)))
    rules = calibration(gate(), StockRule(RuleId("on-it"), Target((), CountUnit.PIECE, 1, None, None), zone))
    script = [frame(picture, number / 10, camera=rules.camera) for number, picture in enumerate(pictures)]
    script[100:100] = [onlooker._waiting.join if onlooker else lambda: None]
    script[60:60] = [Gap(rules.camera, GapReason.DISCONNECTED, START + timedelta(seconds=5.9), None)]
    pipeline = CameraPipeline(rules, Finder(("garment",), patches(blue, score=0.9, class_id=0, least=200)))
    with shop_store(folder, order(RED)) as store:
        shop, live = Shop(store, CALENDAR, clock), PlayedCameras(script, clock, rules.camera)
        Watch(live, [pipeline], model=Model("m", "ab" * 32, "cpu"), shop=shop, onlooker=onlooker).run(Flag())
        with store.read() as view:
            asked = ("events", "stock", "gaps", "cameras", "camera_rules", "quarantined")
            held = {name: getattr(view, name)() for name in asked} | {"estimate": view.estimate(RED)}
            (started,) = (entry for entry in view.log_entries() if entry.kind == "watch.started")
            return held, json.loads(started.payload)["rooms_learnt"]


def test_counts_are_the_same_whether_backgrounds_are_learnt_or_not(tmp_path, monkeypatch):
    monkeypatch.setattr("tracker.backgrounds.LOOK_S", 0.0)  # as often as it can
    pictures = [slid(number) for number in range(120)]
    camera = calibration().camera
    eye = Stub()
    learner = BackgroundLearner({camera: tmp_path / "a.png"}, lambda: eye)
    alone, rooms_alone = counted(pictures, tmp_path / "off", None)
    beside, rooms_beside = counted(pictures, tmp_path / "on", learner)
    assert alone == beside
    assert (rooms_alone, rooms_beside) == ([], [camera])  # whose rooms are learnt is on record
    assert len(alone["events"]) >= 4
    assert eye.looks >= 1
