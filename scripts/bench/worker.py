"""One contender in a process of its own, driven line by line over standard input and output.

    python worker.py CONTENDER MODEL.onnx CORE

One JSON object a line. ``{"clip": PATH, "line": [[x, y], [x, y]]}`` starts a clip; ``{"advance": N}`` takes up to N
frames of it and is answered with ``{"frames", "cpu_s", "done", "count"}``, processor time being that of the whole
process, all its threads. The first answer says which versions run.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from contenders import Run

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[name] = "1"  # read once, when the libraries below are imported
os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="false", YOLO_VERBOSE="false")

PACKAGES = ("av", "numpy", "onnxruntime", "opencv-python", "opencv-python-headless", "supervision", "trackers")
PEERS = ("ultralytics", "torch")


def main(name: str, model: Path, core: int) -> None:
    """Answer commands until standard input ends."""
    if hasattr(os, "sched_setaffinity") and core >= 0:
        os.sched_setaffinity(0, {core})
    # whatever a library prints must not end up between the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    import cv2

    cv2.setNumThreads(1)
    from contenders import CONTENDERS

    contender = CONTENDERS[name](model)
    _answer(answers, {"versions": _versions()})
    run = None
    for line in sys.stdin:
        command = json.loads(line)
        if "clip" in command:
            start, end = command["line"]
            run = contender(Path(command["clip"]), (tuple(start), tuple(end)))
            _answer(answers, {})
        else:
            _answer(answers, advance(run, command["advance"]))


def advance(run: Run, frames: int) -> dict[str, Any]:
    """Take up to so many frames, and say what they cost."""
    taken, done, count = 0, False, None
    before_s = time.process_time()
    try:
        while taken < frames:
            next(run)
            taken += 1
    except StopIteration as end:
        done, count = True, end.value
    return {"frames": taken, "cpu_s": time.process_time() - before_s, "done": done, "count": count}


def _answer(answers: TextIO, values: dict[str, Any]) -> None:
    answers.write(json.dumps(values) + "\n")
    answers.flush()


def _versions() -> dict[str, str]:
    found = {}
    for package in (*PACKAGES, *PEERS):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
