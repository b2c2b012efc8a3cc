"""The doctor's look at a workshop folder."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from tracker.config import load_workshop
from tracker.doctor import Finding, Level, examine, shop
from tracker.doctor.shop import examine_shop
from tracker.domain.frames import CameraId
from tracker.store import open_store
from tracker.store.records import CameraState, CameraStatus

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
CAMERA = """camera = "table"
purpose = "Counts finished shirts at the table"
{source}
[[rules]]
id = "line"
kind = "gate"
line = [[0.5, 1.0], [0.5, 0.0]]
classes = ["{label}"]
step = "sew"
"""


@pytest.fixture(autouse=True)
def free_port(monkeypatch):
    monkeypatch.setattr(shop, "port", lambda number: Finding("workshop", f"port {number}", Level.OK, "free"))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "workshop.toml").write_text('name = "Lane 9"\n', encoding="utf-8")
    (tmp_path / "calibration").mkdir()
    open_store(tmp_path / "fairloom.db").close()
    return tmp_path


def camera(folder, *, label="garment", source=""):
    (folder / "calibration" / "table.toml").write_text(CAMERA.format(label=label, source=source), encoding="utf-8")


def by_name(findings):
    return {finding.name: finding for finding in findings}


def test_folder_without_a_workshop_is_none(tmp_path):
    (finding,) = examine_shop(tmp_path, NOW)
    assert finding.level is Level.ABSENT


def test_whole_workshop_is_well(folder):
    camera(folder)
    findings = by_name(examine_shop(folder, NOW))
    assert {finding.level for finding in findings.values()} == {Level.OK}
    assert list(findings) == ["workshop.toml", "database", "port 8000", "model", "camera table"]
    assert findings["model"].what == "fairloom-default, 4 classes, runs on cpu"
    assert findings["camera table"].what == "1 rules, only for replays"


def test_wrong_settings_end_the_examination(folder):
    (folder / "workshop.toml").write_text("nome = 1", encoding="utf-8")
    (finding,) = examine_shop(folder, NOW)
    assert finding.level is Level.MISSING
    assert "did you mean 'name'" in finding.what


def test_workshop_without_cameras_is_allowed(folder):
    assert by_name(examine_shop(folder, NOW))["cameras"].level is Level.ABSENT


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"label": "shirt"}, "counts 'shirt'"),  # the model cannot see it
        ({"source": 'source = "rtsp://${NO_SUCH_USER}:${NO_SUCH_WORD}@192.0.2.5/1"'}, "NO_SUCH_USER"),  # not set
        ({"source": 'source = "clip.mp4"'}, "no such file"),
    ],
)
def test_camera_that_cannot_count_says_why(folder, given, words):
    camera(folder, **given)
    finding = by_name(examine_shop(folder, NOW))["camera table"]
    assert finding.level is Level.MISSING
    assert words in finding.what


def test_camera_with_a_source_shows_it_without_its_password(folder, monkeypatch):
    monkeypatch.setenv("TABLE_USER", "anna")
    monkeypatch.setenv("TABLE_WORD", "geheim")
    camera(folder, source='source = "rtsp://${TABLE_USER}:${TABLE_WORD}@192.0.2.5/1"')
    finding = by_name(examine_shop(folder, NOW))["camera table"]
    assert finding.level is Level.OK
    assert "${TABLE_WORD}" in finding.what
    assert "geheim" not in finding.what


@pytest.mark.parametrize(
    ("width_px", "level", "words"),
    [
        (1920, Level.OK, "order cards with tags of 42 mm, and no bundle tickets"),  # hangs over a table of 2.5 m
        (19_200, Level.OK, "and tickets with QR codes of"),  # close up
        (100, Level.WARNING, "no order card that fits on A4"),
    ],
)
def test_smallest_card_a_camera_reads_is_said(folder, width_px, level, words):
    camera(folder, source=f"view = {{ width_mm = 2500, width_px = {width_px} }}")
    finding = by_name(examine_shop(folder, NOW))["camera table, cards"]
    assert finding.level is level
    assert words in finding.what


def test_model_that_does_not_load_leaves_classes_unchecked(folder):
    (folder / "workshop.toml").write_text('name = "A"\n[detect]\nmodel = "nowhere"\n', encoding="utf-8")
    camera(folder, label="anything")
    findings = by_name(examine_shop(folder, NOW))
    assert findings["model"].level is Level.MISSING
    assert findings["camera table"].level is Level.OK


def test_what_auto_chose_is_shown(folder):
    (folder / "workshop.toml").write_text('name = "A"\n[detect]\nprovider = "auto"\n', encoding="utf-8")
    assert by_name(examine_shop(folder, NOW))["model"].what.endswith("runs on cpu (it ran the model)")


def test_missing_database_is_missing(folder):
    (folder / "fairloom.db").unlink()
    assert by_name(examine_shop(folder, NOW))["database"].level is Level.MISSING


def test_clock_behind_the_last_picture_is_noticed(folder):
    status = CameraStatus(
        camera=CameraId("table"),
        purpose="Counts finished shirts",
        state=CameraState.WATCHING,
        provider="cpu",
        model="m",
        model_sha256="0" * 64,
        last_frame_at=NOW + timedelta(hours=1),
        frames=1,
        dropped=0,
    )
    with open_store(folder / "fairloom.db") as store, store.write(NOW) as unit:
        unit.set_camera(status)
    finding = by_name(examine_shop(folder, NOW))["database"]
    assert finding.level is Level.MISSING
    assert "later than the clock" in finding.what
    assert by_name(examine_shop(folder, NOW + timedelta(hours=2)))["database"].level is Level.OK


def test_everything_is_examined(folder):
    topics = dict.fromkeys(finding.topic for finding in examine(folder, NOW))
    assert list(topics) == ["machine", "software", "models", "cameras", "workshop"]
    assert load_workshop(folder).port == 8000


@pytest.mark.socket
def test_port_in_use_is_a_warning(monkeypatch):
    monkeypatch.undo()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        taken.listen()
        assert shop.port(number).level is Level.WARNING
    assert shop.port(number).level is Level.OK
