"""Runs the command as a shell would, in this process, and makes what it is pointed at."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
from av.video.frame import VideoFrame

from tracker.cli.main import main

CALIBRATION = """camera = "table"
purpose = "Counts finished shirts at the hand-over table"

[[rules]]
id = "line"
kind = "gate"
line = [[0.5, 1.0], [0.5, 0.0]]
step = "sew"
"""
"""A gate across the middle; ``in`` is to the right."""


NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""The wall clock of every command here: the template's dates lie a week ahead."""
CLOCKS = ("tracker.app.utc_now",)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run_cli(*arguments: str) -> Ran:
    """``tracker ARGUMENTS``, through the real entry point."""
    out, err = StringIO(), StringIO()
    code: str | int | None = 0
    with ExitStack() as stack:
        for clock in CLOCKS:
            stack.enter_context(patch(clock, lambda: NOW))
        stack.enter_context(patch.object(sys, "argv", ["tracker", *arguments]))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int | None)
    return Ran(code or 0, out.getvalue(), err.getvalue())


def done(*arguments: str) -> Ran:
    """The same, for a command that has to work."""
    ran = run_cli(*arguments)
    assert ran.code == 0, ran.err
    return ran


def write_clip(path: Path, *, frames: int = 20, index_first: bool = True) -> Path:
    """A short H.264 clip of noise; with its index first, the beginning plays though the end is missing."""
    options = {"movflags": "faststart"} if index_first else {}
    noise = np.random.default_rng(5)
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=10, options={"bf": "0", "g": "5", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            frame = VideoFrame.from_ndarray(noise.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(path: Path, *, keep: float) -> Path:
    """Leave only the first share of a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    return path
