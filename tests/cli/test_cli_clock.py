"""A computer that boots without network time, and a person who knows better."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cli_shell import done, run_cli

from tracker.capture import ViewFile
from tracker.cli.shell import Exit
from tracker.config import load_calibration
from tracker.domain.frames import CameraId, GapReason
from tracker.store import open_store

TABLE = CameraId("table")
CAMERA = """camera = "table"
purpose = "Counts finished shirts at the hand-over table"
source = "rtsp://192.0.2.1/stream"
[[rules]]
id = "line"
kind = "gate"
line = [[0.5, 1.0], [0.5, 0.0]]
"""
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Boot:
    """A machine whose clock goes wrong, and a watch that only notes that it would have begun.

    Attributes:
        waits: What happens at each wait for the clock; the last one goes on for ever.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.now, self.watched = folder, NOON, 0
        self.waits: list[Callable[[], bool]] = []
        (folder / "calibration" / "table.toml").write_text(CAMERA, encoding="utf-8")
        monkeypatch.setattr("cli_shell.CLOCKS", ())
        monkeypatch.setattr("tracker.app.utc_now", lambda: self.now)
        monkeypatch.setattr("tracker.cameras.watch_of", lambda *_: self)
        monkeypatch.setattr("tracker.cli.run._stop_flag", lambda: self)
        self.record(NOON)

    def record(self, at: datetime) -> None:
        with open_store(self.folder / "fairloom.db") as store, store.write(at) as unit:
            unit.record(TABLE, events=(), stock=(), gaps=(), watermark=at)
            unit.log("watch.stopped", "workshop", {})

    def run(self, _stop: object) -> None:
        self.watched += 1

    def wait(self, _seconds: float) -> bool:
        return self.waits.pop(0)()

    def ask(self, question: str, *arguments: Any) -> Any:
        with open_store(self.folder / "fairloom.db") as store, store.read() as view:
            return getattr(view, question)(*arguments)


@pytest.fixture
def boot(here: Path, monkeypatch: pytest.MonkeyPatch) -> Boot:
    return Boot(here / "shop", monkeypatch)


def test_a_clock_after_the_last_row_is_believed(boot: Boot) -> None:
    boot.now = NOON - timedelta(seconds=5)  # set right a little
    assert "empty rooms" not in done("run", "-w", "shop").err
    assert boot.watched == 1
    assert boot.ask("gaps") == ()


def test_it_is_said_whose_empty_rooms_are_learnt(boot: Boot) -> None:
    settings = boot.folder / "workshop.toml"
    asked = settings.read_text(encoding="utf-8").replace("learn_empty = false", "learn_empty = true")
    settings.write_text(asked, encoding="utf-8")
    assert "the empty rooms of table are learnt into" in done("run", "-w", "shop").err


def test_a_new_workshop_has_nothing_to_compare_with(
    tmp_path: Path, boot: Boot, monkeypatch: pytest.MonkeyPatch
) -> None:
    done("init", "new")
    (Path("new") / "calibration" / "table.toml").write_text(CAMERA, encoding="utf-8")
    boot.now = datetime(1970, 1, 1, tzinfo=UTC)
    done("run", "-w", "new")
    assert boot.watched == 1


def test_a_clock_before_the_last_row_is_waited_for_and_the_page_says_so(boot: Boot) -> None:
    boot.now = datetime(1970, 1, 1, tzinfo=UTC)

    def still_wrong() -> bool:
        (camera,) = boot.ask("cameras")
        (gap,) = boot.ask("gaps")
        assert "clock is before the last record" in camera.problem
        assert (gap.reason, gap.start, gap.end) == (GapReason.CLOCK, NOON, None)
        assert boot.ask("logged_until") == NOON, "nothing is dated by the wrong clock"
        assert boot.watched == 0
        return False

    def network_time() -> bool:
        boot.now = NOON + timedelta(minutes=3)
        return False

    boot.waits = [still_wrong, still_wrong, network_time]
    ran = done("run", "-w", "shop")
    assert boot.watched == 1
    assert "clock shows 1970-01-01 00:00 UTC, but something was recorded at 2026-11-23 12:00 UTC" in ran.err
    assert "--trust-clock" in ran.err
    assert "the clock is right again" in ran.err
    shown = json.loads(done("status", "-w", "shop", "--json").out)
    assert shown["cameras"][0]["problem"] is not None
    assert "clock" in done("status", "-w", "shop").out


def test_a_camera_that_was_there_before_keeps_what_is_known_of_it(boot: Boot) -> None:
    boot.now, boot.waits = NOON - timedelta(days=1), [lambda: True]
    run_cli("run", "-w", "shop")
    (before,) = boot.ask("cameras")
    boot.waits = [lambda: True]
    run_cli("run", "-w", "shop")
    assert boot.ask("cameras") == (before,)


def test_told_to_stop_while_the_clock_is_wrong_it_ends_with_a_code_of_its_own(boot: Boot) -> None:
    boot.now, boot.waits = NOON - timedelta(days=1), [lambda: True]
    assert run_cli("run", "-w", "shop").code == Exit.CLOCK
    assert boot.watched == 0


def test_whoever_knows_better_may_trust_the_clock(boot: Boot) -> None:
    boot.now = NOON - timedelta(days=1)
    done("run", "-w", "shop", "--trust-clock")
    assert boot.watched == 1
    assert boot.ask("watermark", TABLE) == boot.now, "else all that is counted now would be set apart"
    assert "camera.clock_trusted" in [entry.kind for entry in boot.ask("log_entries", 0, 1000)]


def test_confirming_a_view_takes_the_kept_one_away(boot: Boot) -> None:
    file = ViewFile.of(boot.folder, load_calibration(boot.folder / "calibration" / "table.toml").calibration)
    file.path.parent.mkdir()
    file.path.write_text("{}", encoding="utf-8")
    assert "is the right one" in done("camera", "confirm", "table", "-w", "shop").out
    assert not file.path.exists()
    assert "camera.view_confirmed" in [entry.kind for entry in boot.ask("log_entries", 0, 1000)]
    assert "no view was kept yet" in done("camera", "confirm", "table", "-w", "shop").out


def test_confirming_a_camera_that_is_not_there_names_those_that_are(boot: Boot) -> None:
    ran = run_cli("camera", "confirm", "tabel", "-w", "shop")
    assert ran.code == Exit.NOT_FOUND
    assert "one of: table" in ran.err


def test_up_hands_the_trust_on(boot: Boot, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    class Part:
        def __init__(self, _name: str, start: partial[object], *, pulse: object, may_end: bool) -> None:
            commands.append(start.args[0])

        def keep_alive(self) -> None: ...

    monkeypatch.setattr("tracker.cli.run.Part", Part)
    monkeypatch.setattr("tracker.cli.run.end_all", lambda parts: None)
    for options in ([], ["--trust-clock"]):
        boot.waits = [lambda: False, lambda: True]
        done("up", "-w", "shop", *options)
    assert [command.count("--trust-clock") for command in commands] == [0, 0, 0, 1]
