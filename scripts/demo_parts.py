"""Processes of the demo: Fairloom itself, started as a user would start it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tracker.domain.errors import ConfigError

ROOT = Path(__file__).parents[1]
START_S = 90.0
"""Longest wait for the page to answer."""
STOP_S = 20.0
"""Longest wait for the last commit."""


class Fairloom:
    """``tracker up`` on a workshop folder.

    Raises:
        ConfigError: It ended, or its page did not answer in time.
    """

    def __init__(self, folder: Path, *, port: int, notice: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "tracker", "up", "-w", str(folder), "--port", str(port), "--notice", notice]
        self._log = folder / "tracker.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310 - our own address
                    json.load(answer)
            except urllib.error.HTTPError:
                return self  # it answers: degraded until the cameras are there
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.2)
            else:
                return self
        self._stop()
        raise ConfigError(f"the page at {self.url} did not answer within {START_S:.0f} s")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check(self) -> None:
        """Make sure that it still runs."""
        if self._process.poll() is not None:
            said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
            raise ConfigError(f"`tracker up` ended with {self._process.returncode}", got="\n".join(said))

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()


def free_port(wanted: int) -> int:
    """The wanted port, or a free one when something else listens there."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
            print(f"port {wanted} is taken, using {probe.getsockname()[1]}")
        return int(probe.getsockname()[1])
