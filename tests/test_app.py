"""From a workshop folder to running parts: what is found, and what is refused before anything runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from wiring_shop import frame, shop_store

from tracker.app import open_workshop, utc_now
from tracker.cameras import camera_files, detector_of, feed_of, learner_of, refuse_counting_people, watch_of
from tracker.capture import PacedFile, StreamFeed
from tracker.config import CameraFile, Workshop, load_calibration, load_workshop
from tracker.domain.errors import CalibrationError, ConfigError, NotFoundError
from tracker.domain.frames import CameraId
from tracker.models import SHIPPED, model_folder, model_folders
from tracker.watch import Watch

CAMERA = """camera = "table"
purpose = "Counts finished shirts at the table"
source = "shift.mp4"

[zones]
room = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]

[[rules]]
id = "line"
"""
GATE = 'kind = "gate"\nline = [[0.5, 1.0], [0.5, 0.0]]\n'
ACTIVITY = 'kind = "activity"\nzone = "room"\nseats = 3\n'


@pytest.fixture
def workshop(tmp_path: Path) -> Callable[..., Workshop]:
    """Writes a workshop with these calibration files beside a (fake) video."""

    def write(*, settings: str = "", **calibrations: str) -> Workshop:
        (tmp_path / "workshop.toml").write_text(f'name = "Lane 9"\n{settings}')
        folder = tmp_path / "calibration"
        folder.mkdir(exist_ok=True)
        (folder / "shift.mp4").write_bytes(b"")
        for name, text in calibrations.items():
            (folder / f"{name}.toml").write_text(text)
        return load_workshop(tmp_path)

    return write


def camera_file(tmp_path: Path, text: str) -> CameraFile:
    (tmp_path / "one.toml").write_text(text)
    return load_calibration(tmp_path / "one.toml")


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() is not None
    assert utc_now().tzname() == "UTC"


def test_a_workshop_opens_with_its_own_database(tmp_path: Path, workshop: Callable[..., Workshop]) -> None:
    workshop(settings='database = "data/shop.db"\n')
    settings, store = open_workshop(tmp_path)
    with store, store.read() as view:
        assert view.orders() == ()
    assert (settings.name, settings.database) == ("Lane 9", tmp_path / "data" / "shop.db")
    assert settings.database.is_file()


def test_a_folder_without_settings_is_no_workshop_and_gets_no_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"workshop\.toml does not exist"):
        open_workshop(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_cameras_with_a_source_are_watched(workshop: Callable[..., Workshop]) -> None:
    replayed = (CAMERA + GATE).replace('source = "shift.mp4"\n', "").replace('"table"', '"old"')
    found = camera_files(workshop(table=CAMERA + GATE, old=replayed))
    assert [file.calibration.camera for file in found] == ["table"]


def test_two_files_of_one_camera_are_refused(workshop: Callable[..., Workshop]) -> None:
    with pytest.raises(ConfigError, match=r"camera 'table' is described 2 times; got a\.toml, b\.toml"):
        camera_files(workshop(a=CAMERA + GATE, b=CAMERA + GATE))


def test_a_faulty_calibration_is_refused_even_without_a_source(workshop: Callable[..., Workshop]) -> None:
    with pytest.raises(CalibrationError, match=r"b\.toml"):
        camera_files(workshop(a=CAMERA + GATE, b="camera = 5\n"))


def test_a_source_is_an_address_or_a_file_beside_the_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shift.mp4").write_bytes(b"")
    assert isinstance(feed_of(camera_file(tmp_path, CAMERA + GATE)), PacedFile)
    monkeypatch.setenv("TABLE_PASSWORD", "s3cret")
    address = CAMERA.replace("shift.mp4", "rtsp://cam:${TABLE_PASSWORD}@192.0.2.5/1")
    feed = feed_of(camera_file(tmp_path, address + GATE))
    assert isinstance(feed, StreamFeed)
    assert "s3cret" not in f"{feed} {feed!r}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"one\.toml: source 'shift\.mp4'; .*; got no such file"):
        feed_of(camera_file(tmp_path, CAMERA + GATE))


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (GATE + 'classes = ["person"]\n', True),
        (GATE + 'classes = ["garment", "Hand"]\n', True),  # one among others, in any spelling
        (GATE + 'classes = ["garment"]\n', False),
        (GATE, False),  # any class: the counter itself leaves people out
        (ACTIVITY + 'classes = ["person"]\n', False),  # a cue, and nothing is counted
    ],
)
def test_people_are_never_counted_into_a_database(rule: str, refused: bool, tmp_path: Path) -> None:
    file = camera_file(tmp_path, CAMERA + rule)
    if refused:
        with pytest.raises(CalibrationError, match=r"rules\.line counts .*never people"):
            refuse_counting_people(file)
    else:
        refuse_counting_people(file)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('classes = ["garmet"]\n', "did you mean 'garment'"),  # nothing would ever be counted
        ('classes = ["hand"]\n', "never people"),
    ],
)
def test_a_watch_is_refused_before_any_camera_starts(
    rule: str, message: str, tmp_path: Path, workshop: Callable[..., Workshop]
) -> None:
    settings = workshop(table=CAMERA + GATE + rule)
    with shop_store(tmp_path) as store, pytest.raises(CalibrationError, match=message):
        watch_of(settings, store, camera_files(settings))


def test_a_watch_over_the_shipped_model_is_built(tmp_path: Path, workshop: Callable[..., Workshop]) -> None:
    settings = workshop(table=CAMERA + GATE + 'classes = ["garment"]\n')
    with shop_store(tmp_path) as store:
        watch = watch_of(settings, store, camera_files(settings))
        assert isinstance(watch, Watch)
        with store.read() as view:
            assert view.cameras() == ()  # building says nothing yet; running does


WANTED = (
    ("", "", ()),  # nobody asked for it
    ("[scenes]\nlearn_empty = true\n", "", ("table", "tray")),
    ("[scenes]\nlearn_empty = true\n", "learn_empty = false\n", ("tray",)),  # but not this camera
    ("[scenes]\nlearn_empty = false\n", "learn_empty = true\n", ()),  # the workshop's no is for all
)


@pytest.mark.parametrize(("settings", "key", "learnt"), WANTED)
def test_empty_backgrounds_are_learnt_only_where_workshop_and_camera_want_it(
    settings: str, key: str, learnt: tuple[str, ...], workshop: Callable[..., Workshop]
) -> None:
    tray = CAMERA.replace('"table"', '"tray"') + GATE
    made = workshop(settings=settings, table=key + CAMERA + GATE, tray=tray)
    learner = learner_of(made, camera_files(made))
    assert (() if learner is None else learner.cameras) == learnt


@pytest.mark.parametrize("there", [True, False])
def test_a_missing_person_model_is_told_once_while_cameras_are_watched(
    there: bool, workshop: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if not there:
        monkeypatch.setattr("tracker.scenes.PERSON_MODEL", "nobody")
    made = workshop(settings="[scenes]\nlearn_empty = true\n", table=CAMERA + GATE)
    with shop_store(made.folder) as store:
        watch = watch_of(made, store, camera_files(made))
    learner = watch._onlooker
    assert learner is not None
    with learner:
        for number in range(3):
            learner.take(frame(10.0 * number, camera=CameraId("table")))
        learner._waiting.join() if there else learner._thread.join(20)
    told = [record.getMessage().split(" reason=")[0] for record in caplog.records]
    assert told == ([] if there else ["backgrounds.not_learnt"])


def test_a_model_that_does_not_exist_is_refused(workshop: Callable[..., Workshop]) -> None:
    with pytest.raises(ConfigError, match=r"workshop\.toml: detect\.model: no model folder 'mine'; .*default"):
        detector_of(workshop(settings='[detect]\nmodel = "mine"\n'))


def test_models_beside_the_workshop_come_before_those_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    beside = tmp_path / "shop" / "models"
    assert model_folder("default", beside=beside) == SHIPPED / "default"
    for name in ("default", "mine"):
        (beside / name).mkdir(parents=True)
        shutil.copy(SHIPPED / "default" / "card.toml", beside / name)
    assert model_folder("default", beside=beside) == beside / "default"
    assert model_folder("mine", beside=beside) == beside / "mine"
    assert model_folder(str(SHIPPED / "default"), beside=beside) == SHIPPED / "default"  # a path is a path
    assert model_folders(beside)[:2] == [beside / "default", beside / "mine"]


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    assert tmp_path / "weights" not in model_folders(tmp_path)
    with pytest.raises(NotFoundError, match=r"no model folder 'weights'.*`tracker model add FILE\.onnx`"):
        model_folder("weights", beside=tmp_path)
