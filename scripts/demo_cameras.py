"""Three simulated cameras as real RTSP servers, one of which drops out and returns."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from demo_parts import free_port
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tracker.domain.frames import CameraId
from tracker.sim.render import render
from tracker.sim.script import SceneScript
from tracker.sim.workshop import PACKING, Workshop
from tracker.sim.writers import write_video

CLIP = "stream.mp4"
FIRST_PORT = 8554
SERVER = "import sys; from server_demo import main; sys.exit(main())"
"""What the RTSP server's own command runs; called through this Python, whatever PATH holds."""


class SimulatedCameras:
    """Films a workshop and plays it through one RTSP server a camera.

    The packing camera plays until the accident; after it, the server comes back with what happens from then on. What
    went past in between, nobody saw.

    Args:
        outage: Seconds of the clip between which the packing camera is dark.
    """

    def __init__(self, workshop: Workshop, folder: Path, *, outage: tuple[float, float]) -> None:
        self.workshop, self._folder, self._outage = workshop, folder, outage
        self._servers: dict[CameraId, subprocess.Popen[bytes]] = {}
        self._ports: dict[CameraId, int] = {}
        self._ends_at: dict[CameraId, float] = {}
        self._live_from: dict[CameraId, float] = {}
        self._dark = self._back = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for camera in list(self._servers):
            self._stop(camera)

    @property
    def urls(self) -> dict[CameraId, str]:
        """Where each camera's stream is."""
        return {camera: f"rtsp://127.0.0.1:{port}/{CLIP}" for camera, port in self._ports.items()}

    def film(self, out: Console) -> None:
        """Render every camera's clip, one process a camera."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=out, transient=True) as bar, ProcessPoolExecutor(max_workers=2) as pool:
            bar.add_task("filming three simulated cameras", total=None)
            jobs = [pool.submit(_film, script, self._folder, self._outage) for script in self.workshop.scripts]
            for job in jobs:
                job.result()

    def start(self) -> None:
        """Start a server for each camera."""
        for number, script in enumerate(self.workshop.scripts):
            self._ports[script.camera] = free_port(FIRST_PORT + number)
            self._play(script.camera, part=1)

    def went_live(self, camera: CameraId, at: float) -> None:
        """Say when a camera's first frame arrived, seconds since 1970."""
        self._live_from[camera] = at
        self._ends_at[camera] = at + self.workshop.script(camera).duration_s

    def play_accident(self, now: float) -> None:
        """Take the packing camera's stream away and bring it back, when it is time."""
        since = self._live_from.get(PACKING)
        if since is None:
            return
        if not self._dark and now >= since + self._outage[0]:
            self._stop(PACKING)
            self._dark = True
        if self._dark and not self._back and now >= since + self._outage[1]:
            self._play(PACKING, part=2)
            self._back = True
            # Fairloom tries again every few seconds; the clip goes on from when it is heard again
            self._ends_at[PACKING] += 6.0

    def elapsed_s(self, now: float) -> float:
        """Seconds since the first camera went live."""
        return now - min(self._live_from.values(), default=now)

    @property
    def over(self) -> bool:
        """Whether every camera has played its clip; those that have are switched off, or the server would loop them."""
        for camera, end in self._ends_at.items():
            if time.time() >= end and camera in self._servers:
                self._stop(camera)
        return len(self._ends_at) == len(self._ports) and not self._servers

    def _play(self, camera: CameraId, *, part: int) -> None:
        port = self._ports[camera]
        folder = self._folder / camera / f"part{part}"
        command = [sys.executable, "-c", SERVER, "-d", str(folder), "-H", "127.0.0.1", "-p", str(port)]
        command += ["-cp", str(free_port(port + 100))]
        with (self._folder / f"{camera}.log").open("ab") as log:
            self._servers[camera] = subprocess.Popen(command, stdout=log, stderr=log)

    def _stop(self, camera: CameraId) -> None:
        server = self._servers.pop(camera, None)
        if server is not None:
            server.kill()
            server.wait()


def _film(script: SceneScript, folder: Path, outage: tuple[float, float]) -> None:
    """Render one camera's clip; the packing camera's in two parts, before and after the accident."""
    size = (script.width, script.height)
    pictures: Iterator[np.ndarray] = (picture for picture, _ in render(script))
    for part in (1, 2):
        (folder / script.camera / f"part{part}").mkdir(parents=True)
    first = folder / script.camera / "part1" / CLIP
    if script.camera != PACKING:
        write_video(pictures, first, fps=script.fps, size=size)
        return
    dark_from, dark_to = (round(second * script.fps) for second in outage)
    write_video(islice(pictures, dark_from), first, fps=script.fps, size=size)
    unseen = dark_to - dark_from
    after = islice(pictures, unseen, None)
    write_video(after, folder / script.camera / "part2" / CLIP, fps=script.fps, size=size)
