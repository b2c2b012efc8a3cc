"""Parts of ``tracker up``: processes that are started again when they die or hang, and are asked to end politely."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import typer

from tracker.cli.shell import Exit, say
from tracker.domain.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.store import Store

RESTART_S = 2.0
"""A part that died is started again after this long, doubled for each death in a row."""
LONGEST_RESTART_S = 60.0
"""And never later than this."""
HEALTHY_S = 60.0
"""A part that ran this long starts counting its deaths anew."""
STOP_S = 20.0
"""Longest wait for the last commit of all parts together; a camera that does not answer takes up to 8 s to let go."""
SILENT_S = 60.0
"""A watcher writes every 2 s, counted or not. So long without a word, and it hangs."""
STARTING_S = 900.0
"""The same for its first word: TensorRT builds its engine for minutes."""
LISTEN_S = 5.0
"""How often the supervisor listens for the watcher."""

STOP_SIGNAL = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM)
"""Asks a process to end. Windows knows no other that a process can answer."""
STOPPED_BY = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))
"""What asks this process to end."""
_OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows Ctrl-Break reaches whole groups: without one of its own a part would take the supervisor along."""


class Process(Protocol):
    """What is used of ``subprocess.Popen``."""

    def poll(self) -> int | None:
        """The exit status, ``None`` while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended."""
        ...

    def send_signal(self, signal: int, /) -> None:
        """Sends a signal; nothing to a process that has ended."""
        ...

    def kill(self) -> None:
        """Ends it without asking."""
        ...


def started(command: Sequence[str]) -> Process:
    """A process of our own command line."""
    return subprocess.Popen(command, creationflags=_OWN_GROUP)  # noqa: S603 - our own command line


class Pulse:
    """Tells whether a watcher is still at work, by what it writes into the database.

    A database that cannot be read or written says nothing about the watcher: it then keeps its counts in memory and
    waits, and to kill it would lose them.

    Args:
        store: The workshop's database.
        now: Aware UTC, for the log.
        clock: Monotonic seconds.
    """

    def __init__(self, store: Store, *, now: Callable[[], datetime], clock: Callable[[], float] = monotonic) -> None:
        self._store, self._now, self._clock = store, now, clock
        self.restart()

    def restart(self) -> None:
        """A new watcher was started; its first word may take long."""
        self._said: datetime | None = None
        self._limit_s = STARTING_S
        self._heard = self._listened = self._clock()
        self._first = True

    def stopped(self) -> bool:
        """Whether the watcher has been silent for too long while the database takes what is written; logs it then."""
        now = self._clock()
        if now - self._listened < LISTEN_S:
            return False
        if now - self._listened > SILENT_S / 2:  # this machine slept, and the watcher with it
            self._heard = now
        self._listened = now
        try:
            self._listen(now)
            silent_s = now - self._heard
            if silent_s < self._limit_s:
                return False
            with self._store.write(self._now()) as unit:
                unit.log("watch.silent", "workshop", {"seconds": round(silent_s)})
        except StoreError:
            self._heard = now
            return False
        return True

    def _listen(self, now: float) -> None:
        with self._store.read() as view:
            said = max((one.said_at for one in view.cameras() if one.said_at is not None), default=None)
        if said != self._said:
            self._heard, self._said = now, said
            # What stands there at first is the word of the watcher before.
            self._limit_s = STARTING_S if self._first else SILENT_S
        self._first = False


class Part:
    """One supervised process.

    Args:
        name: The command, for messages.
        start: Starts the process.
        pulse: Tells whether it hangs; ``None`` where nothing can tell.
        may_end: Ending well is its end, as where every camera is a video file: playing it again would count it again.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Process],
        *,
        pulse: Pulse | None = None,
        may_end: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._may_end, self._done = may_end, False
        self._name, self._start, self._pulse, self._clock = name, start, pulse, clock
        self._started = clock()
        self._deaths = 0
        self._process = start()
        self._again: float | None = None

    def keep_alive(self) -> None:
        """Start the process again when it has died or hangs, after a growing pause.

        Raises:
            typer.Exit: It died of wrong input, which trying again does not mend.
        """
        code = self._process.poll()
        now = self._clock()
        if self._done:
            return
        if code == Exit.OK and self._may_end:
            self._done = True
            say(f"tracker {self._name} has ended: every video was played to its end")
        elif code is None:
            if self._pulse is not None and self._pulse.stopped():
                say(f"tracker {self._name} hangs and is ended")
                self._process.kill()
        elif self._again is None:
            if code in {Exit.INPUT, Exit.PROVIDER, Exit.USAGE}:
                raise typer.Exit(code)
            self._deaths = 1 if now - self._started > HEALTHY_S else self._deaths + 1
            pause_s = min(RESTART_S * 2 ** (self._deaths - 1), LONGEST_RESTART_S)
            self._again = now + pause_s
            say(f"tracker {self._name} ended with {code}; starting again in {pause_s:.0f} s")
        elif now >= self._again:
            self._started, self._again = now, None
            self._process = self._start()
            if self._pulse is not None:
                self._pulse.restart()

    def ask_to_end(self) -> None:
        """Ask the process to commit and end, without waiting for it."""
        if self._process.poll() is None:
            self._process.send_signal(STOP_SIGNAL)

    def end_by(self, deadline: float) -> None:
        """Wait for the end of the process until then, and make an end of it after that."""
        try:
            self._process.wait(timeout=max(0.0, deadline - self._clock()))
        except subprocess.TimeoutExpired:
            say(f"tracker {self._name} did not end when asked to, and is ended; what it had not stored is lost")
            self._process.kill()
            self._process.wait()


def end_all(parts: Sequence[Part], *, clock: Callable[[], float] = monotonic) -> None:
    """Ends all parts at once, politely, within ``STOP_S``."""
    for part in parts:
        part.ask_to_end()
    deadline = clock() + STOP_S
    for part in parts:
        part.end_by(deadline)
