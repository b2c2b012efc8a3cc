"""`tracker` commands in processes that have their libraries loaded already, to be killed by the hundred.

A process imports what `tracker` needs and nothing more; each command is a fork of it that goes through the real command
line and opens everything for itself. That saves the seconds in which a Python process loads NumPy, OpenCV and ONNX
Runtime, in which there is nothing to lose.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

LOADED = ("tracker.app", "tracker.cameras", "tracker.cli.main", "tracker.cli.replay", "tracker.cli.run", "psycopg")


class WarmTracker:
    """Starts one command at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process with pipes has none")
        self._in, self._out = self._process.stdin, self._process.stdout
        self.pid: int | None = None

    def start(self, arguments: Sequence[str]) -> int:
        """Start ``tracker ARGUMENTS``; the process's id."""
        self._send(json.dumps(list(arguments)))
        self.pid = int(self._receive())
        return self.pid

    def wait(self) -> int:
        """The exit status of what was started, negative for a signal; waits for its end."""
        self._send("wait")
        self.pid = None
        return int(self._receive())

    def running(self) -> bool:
        """Whether what was started has not ended by itself."""
        self._send("running")
        return self._receive() == "True"

    def run(self, arguments: Sequence[str]) -> None:
        """Run a command to its end.

        Raises:
            RuntimeError: It failed.
        """
        self.start(arguments)
        if (status := self.wait()) != 0:
            raise RuntimeError(f"`tracker {arguments[0]}` ended with {status}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pid is not None and self.running():
            os.kill(self.pid, 9)
        self._process.communicate(timeout=60)

    def _send(self, line: str) -> None:
        self._in.write(f"{line}\n")
        self._in.flush()

    def _receive(self) -> str:
        return self._out.readline().strip()


def main() -> None:
    """Serve one ``WarmTracker``."""
    for name in LOADED:
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what commands print is nobody's answer
    pid, status = 0, None
    for line in sys.stdin:
        if line.startswith("["):
            pid, status = os.fork(), None
            if pid == 0:
                _become(json.loads(line))
            answer: object = pid
        elif line.strip() == "wait":
            status = _status(os.waitpid(pid, 0)[1]) if status is None else status
            answer = status
        else:
            ended, code = os.waitpid(pid, os.WNOHANG) if status is None else (pid, 0)
            if ended and status is None:
                status = _status(code)
            answer = not ended
        answers.write(f"{answer}\n")
        answers.flush()


def _become(arguments: list[str]) -> None:
    """Be the command, in the fork."""
    from tracker.cli.main import main as tracker  # noqa: PLC0415 - only the fork needs it

    sys.argv = ["tracker", *arguments]
    code = 0
    try:
        tracker()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the traceback is shown by the parent's hook
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    sys.stderr.flush()
    os._exit(code)


def _status(code: int) -> int:
    return os.waitstatus_to_exitcode(code)


if __name__ == "__main__":
    main()
