"""What `tracker up` does with its parts: start again, notice silence, end politely and in time."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from tracker.cli import supervise
from tracker.cli.shell import Exit
from tracker.cli.supervise import LISTEN_S, SILENT_S, STARTING_S, STOP_S, STOP_SIGNAL, Part, Pulse, end_all, started
from tracker.domain.errors import StoreBusyError
from tracker.domain.frames import CameraId
from tracker.store import CameraState, CameraStatus, Store, open_store

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeProcess:
    """A process that ends when told to, or not."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.code: int | None = None
        self.stubborn = stubborn
        self.signals: list[int] = []
        self.waited_s: float | None = None

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout: float | None = None) -> int:
        if self.code is None:
            self.waited_s = timeout
            raise subprocess.TimeoutExpired("tracker", timeout or 0)
        return self.code

    def send_signal(self, number: int, /) -> None:
        self.signals.append(number)
        if not self.stubborn:
            self.code = 0

    def kill(self) -> None:
        self.code = -9


class Machine:
    """Starts fakes, and remembers them."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.clock = Clock()
        self.processes: list[FakeProcess] = []
        self._stubborn = stubborn

    def start(self) -> FakeProcess:
        self.processes.append(FakeProcess(stubborn=self._stubborn))
        return self.processes[-1]

    def part(self, pulse: Any = None) -> Part:
        return Part("run", self.start, pulse=pulse, clock=self.clock)

    def pass_until_started(self, part: Part) -> float:
        """Seconds until another process is there."""
        before, began = len(self.processes), self.clock.now
        while len(self.processes) == before:
            part.keep_alive()
            self.clock.now += 0.5
        return self.clock.now - 0.5 - began


def test_videos_that_were_played_are_not_counted_again(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine()
    part = Part("run", machine.start, may_end=True, clock=machine.clock)
    machine.processes[-1].code = 0
    for _ in range(3):
        machine.clock.now += 100
        part.keep_alive()
    assert len(machine.processes) == 1
    assert capsys.readouterr().err == "tracker run has ended: every video was played to its end\n"


def test_what_dies_is_started_again_after_growing_pauses(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine()
    part = machine.part()
    pauses = []
    for _ in range(7):
        machine.processes[-1].code = 1
        pauses.append(machine.pass_until_started(part))
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    machine.clock.now += 61  # it was well for a minute
    machine.processes[-1].code = -9
    assert machine.pass_until_started(part) == 2
    assert "tracker run ended with -9; starting again in 2 s" in capsys.readouterr().err


@pytest.mark.parametrize("code", [Exit.INPUT, Exit.PROVIDER, Exit.USAGE])
def test_wrong_settings_are_not_tried_again(code: Exit) -> None:
    machine = Machine()
    part = machine.part()
    machine.processes[0].code = code
    with pytest.raises(typer.Exit) as ended:
        part.keep_alive()
    assert ended.value.exit_code == code


def test_all_are_asked_before_anybody_is_waited_for_and_the_stubborn_are_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    polite, stubborn = Machine(), Machine(stubborn=True)
    parts = [stubborn.part(), polite.part(), polite.part()]
    polite.processes[1].code = 0  # ended by itself just now
    end_all(parts, clock=stubborn.clock)
    assert [one.signals for one in (*stubborn.processes, *polite.processes)] == [[STOP_SIGNAL], [STOP_SIGNAL], []]
    assert stubborn.processes[0].waited_s == STOP_S
    assert stubborn.processes[0].code == -9
    assert capsys.readouterr().err.count("did not end when asked to") == 1


def test_a_process_is_asked_to_end_so_that_it_can_answer() -> None:
    names = ", ".join(f"signal.{signal.Signals(number).name}" for number in supervise.STOPPED_BY)
    code = (
        "import signal, sys, threading\nstop = threading.Event()\n"
        f"for one in [{names}]: signal.signal(one, lambda *_: stop.set())\n"
        "print('ready', flush=True)\nwhile not stop.wait(0.1): pass\nsys.exit(5)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, creationflags=supervise._OWN_GROUP
    )
    assert process.stdout.readline() == "ready\n"
    end_all([Part("run", lambda: process)])
    process.stdout.close()
    assert process.returncode == 5


def test_a_part_is_a_process_of_its_own() -> None:
    assert started([sys.executable, "-c", "raise SystemExit(6)"]).wait(50) == 6


# --- a watcher that hangs ---------------------------------------------------------------------------------------------


class Watched:
    """A database, a watcher that says something when told to, and its pulse."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.at = store, Clock(), NOW
        self.pulse = Pulse(self, now=lambda: self.at, clock=self.clock)  # type: ignore[arg-type]
        self.refuses: str | None = None

    def read(self) -> Any:
        return self._unless("read", self.store.read)

    def write(self, now: datetime) -> Any:
        return self._unless("write", lambda: self.store.write(now))

    @contextmanager
    def _unless(self, what: str, do: Callable[[], Any]) -> Iterator[Any]:
        if self.refuses == what:
            raise StoreBusyError("locked")
        with do() as unit:
            yield unit

    def say(self) -> None:
        self.at += timedelta(seconds=2)
        status = CameraStatus(CameraId("tray"), "counts", None, None, None, None, 0, 0, CameraState.STARTING)
        with self.store.write(self.at) as unit:
            unit.set_camera(status)

    def silent_until_stopped(self, longest_s: float) -> float | None:
        """After how many seconds it is held for hanging."""
        began = self.clock.now
        while self.clock.now - began < longest_s:
            self.clock.now += LISTEN_S
            if self.pulse.stopped():
                return self.clock.now - began
        return None

    def logged(self) -> list[str]:
        with self.store.read() as view:
            return [entry.payload for entry in view.log_entries() if entry.kind == "watch.silent"]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with open_store(tmp_path / "shop.db") as store:
        yield Watched(store)


def test_a_watcher_that_falls_silent_is_noticed_and_logged(watched: Watched) -> None:
    for _ in range(30):
        watched.say()
        assert watched.silent_until_stopped(LISTEN_S) is None
    assert watched.silent_until_stopped(1000) == SILENT_S
    assert watched.logged() == ['{"seconds":60}']


def test_the_first_word_may_take_long(watched: Watched) -> None:
    watched.say()  # the watcher before
    assert watched.silent_until_stopped(STARTING_S - 10) is None
    watched.say()
    assert watched.silent_until_stopped(1000) == SILENT_S + LISTEN_S
    watched.pulse.restart()
    assert watched.silent_until_stopped(2000) == STARTING_S + LISTEN_S


def test_looking_twice_at_once_asks_once(watched: Watched) -> None:
    watched.refuses = "read"
    assert not watched.pulse.stopped()
    assert not watched.pulse.stopped()


@pytest.mark.parametrize("what", ["read", "write"])
def test_a_database_that_refuses_is_not_held_against_the_watcher(watched: Watched, what: str) -> None:
    watched.say()
    watched.silent_until_stopped(LISTEN_S)
    watched.say()
    watched.refuses = what
    assert watched.silent_until_stopped(1000) is None
    watched.refuses = None
    silent_s = watched.silent_until_stopped(1000)
    assert silent_s is not None
    assert silent_s <= SILENT_S + LISTEN_S
    assert len(watched.logged()) == 1


def test_a_machine_that_slept_is_not_held_against_the_watcher(watched: Watched) -> None:
    watched.say()
    watched.silent_until_stopped(LISTEN_S)
    watched.say()
    watched.silent_until_stopped(LISTEN_S)
    watched.clock.now += 3600
    assert not watched.pulse.stopped()
    assert watched.silent_until_stopped(1000) == SILENT_S


def test_a_watcher_that_hangs_is_ended_and_started_again(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine()
    machine.clock = watched.clock
    part = machine.part(watched.pulse)
    watched.say()
    part.keep_alive()
    machine.clock.now += LISTEN_S
    part.keep_alive()
    watched.say()
    machine.pass_until_started(part)
    assert machine.processes[0].code == -9
    assert "tracker run hangs and is ended" in capsys.readouterr().err
    part.keep_alive()
    assert len(machine.processes) == 2


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.socket
@pytest.mark.timeout(180)
def test_up_serves_and_ends_well_when_asked_to(made_shop: Path, tmp_path: Path) -> None:
    shop = Path(shutil.copytree(made_shop / "shop", tmp_path / "shop"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tracker", "up", "-w", str(shop), "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8", creationflags=supervise._OWN_GROUP)
    try:
        said = [process.stderr.readline() for _ in range(2)]
        assert any("serving only" in line for line in said)
        assert any(f"http://127.0.0.1:{port}" in line for line in said)
        process.send_signal(STOP_SIGNAL)
        _, rest = process.communicate(timeout=STOP_S + 30)
    finally:
        process.kill()
    assert (process.returncode, rest) == (0, "")
