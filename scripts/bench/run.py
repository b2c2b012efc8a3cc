"""Measure the processor time a frame costs, against the least it can cost and against others.

    python scripts/bench/run.py [--repetitions 5] [--peers-python PYTHON] [--workshop MINUTES] [--json]

Every contender runs in its own process, on one core and one thread, and they take turns: a few frames of one, then of
the next, in an order that rotates with every repetition, so that whatever else the machine does hits all alike. The
figure that counts is the median over the repetitions of the contender's time over the bound's. docs/benchmarks.md
explains the table.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from clips import FOOTAGE, Clip, clips, workshop_clip

from tracker.cli.picking import halves
from tracker.detect.card import WEIGHTS_NAME
from tracker.detect.importer import Wanted, import_model
from tracker.detect.quantize import quantize

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODELS = ROOT.parent / "shared" / "models" / "yolo11n_coco_AGPL"
BAR = 1.06
"""What our whole pipeline may cost, in bounds, as it comes, even where something always moves."""
TURN_FRAMES = 20
"""Frames a contender takes before the next one's turn: about half a second."""
WARM_UP_FRAMES = 20
LEAST_AGREEMENT = 0.9
"""How far the model in bytes must see what the original sees, on footage that set no range."""
TITLES = {
    "bound": "decode + bare session.run",
    "every frame": "Fairloom, every frame",
    "changes": "Fairloom, as it comes",
    "bytes": "Fairloom, as it comes, int8",
    "supervision": "supervision + trackers",
    "ultralytics": "ultralytics ObjectCounter, ONNX",
    "torch": "ultralytics ObjectCounter, torch",
}


OURS = ("every frame", "changes", "bytes")
BARRED = ("changes", "bytes")
OTHERS = ("bound", "supervision")
PEERS = ("ultralytics", "torch")


class Worker:
    """A contender's process.

    Args:
        name: Which contender.
        python: Interpreter that has its packages.
        model: ONNX file with a card beside it.
        core: The only processor it may use; -1 lets it use any.
    """

    def __init__(self, name: str, python: Path, model: Path, core: int) -> None:
        self.name = name
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), name, str(model), str(core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": paths} if name in OURS else None,
        )
        self.versions: dict[str, str] = self._read()["versions"]

    def start(self, clip: Clip) -> None:
        """Begin a clip."""
        self._ask({"clip": str(clip.path), "line": clip.line})

    def advance(self, frames: int) -> dict[str, Any]:
        """Take up to so many frames of it; see worker.py for the answer."""
        return self._ask({"advance": frames})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the {self.name} process ended, see its message above")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender cost on one clip.

    Attributes:
        ms: Processor milliseconds a frame, one figure a repetition.
        ratio: The same over the bound's of that repetition.
        count: Crossings in and out; ``None`` for the bound, which counts nothing.
    """

    clip: str
    contender: str
    frames: int
    ms: tuple[float, ...]
    ratio: tuple[float, ...]
    count: tuple[int, int] | None


def measure(clip: Clip, workers: list[Worker], repetitions: int) -> list[Row]:
    """Run all workers side by side over a clip.

    Raises:
        RuntimeError: They did not see the same number of frames.
    """
    for worker in workers:
        worker.start(clip)
        worker.advance(WARM_UP_FRAMES)
    spent: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for repetition in range(repetitions):
        turn = repetition % len(workers)
        frames, counts = repeat(clip, workers[turn:] + workers[:turn], spent)
    return [
        Row(
            clip=clip.name,
            contender=name,
            frames=frames,
            ms=tuple(1000 * cpu_s / frames for cpu_s in seconds),
            ratio=tuple(mine / least for mine, least in zip(seconds, spent["bound"], strict=True)),
            count=counts[name],
        )
        for name, seconds in spent.items()
    ]


def repeat(clip: Clip, workers: list[Worker], spent: dict[str, list[float]]) -> tuple[int, dict[str, Any]]:
    """One repetition: the whole clip for every worker, turn by turn; returns its frames and everybody's counts."""
    cpu_s = dict.fromkeys(spent, 0.0)
    frames = dict.fromkeys(spent, 0)
    counts: dict[str, Any] = {}
    for worker in workers:
        worker.start(clip)
    while len(counts) < len(workers):
        for worker in workers:
            if worker.name not in counts:
                took = worker.advance(TURN_FRAMES)
                cpu_s[worker.name] += took["cpu_s"]
                frames[worker.name] += took["frames"]
                if took["done"]:
                    counts[worker.name] = took["count"]
    if len(set(frames.values())) != 1:
        raise RuntimeError(f"expected the same frames for everybody on {clip.name}, got {frames}")
    for name, seconds in cpu_s.items():
        spent[name].append(seconds)
    return frames["bound"], counts


def print_table(rows: list[Row], missing: list[str]) -> None:
    """The figures for people."""
    print(f"{'clip':<18}{'contender':<36}{'ms a frame':>11}{'x bound':>9}  {'lowest-highest':<16}{'in, out':>8}")
    for row in rows:
        ratio = f"{statistics.median(row.ratio):.3f}"
        spread = f"{min(row.ratio):.3f}-{max(row.ratio):.3f}"
        count = f"{row.count[0]}, {row.count[1]}" if row.count else "-"
        ms = f"{statistics.median(row.ms):.2f}"
        print(f"{row.clip:<18}{TITLES[row.contender]:<36}{ms:>11}{ratio:>9}  {spread:<16}{count:>8}")
    for name in ("changes", "bytes"):
        for clip, peer, times in advantages(rows, name):
            print(f"{clip:<18}{TITLES[name]}: {times:.2f} times less than {TITLES[peer]}")
    for name in missing:
        print(f"{'':<18}{TITLES[name]:<36}{'not installed':>20}")


def advantages(rows: list[Row], name: str) -> list[tuple[str, str, float]]:
    """How many times less processor time a contender takes than each peer, by clip: medians over paired repetitions."""
    mine = {row.clip: row for row in rows if row.contender == name}
    return [
        (row.clip, row.contender, statistics.median(a / b for a, b in zip(row.ms, mine[row.clip].ms, strict=True)))
        for row in rows
        if row.clip in mine and row.contender in ("supervision", *PEERS)
    ]


def as_json(rows: list[Row], versions: dict[str, dict[str, str]]) -> str:
    """The figures for programs."""
    figures = [
        {
            "clip": row.clip,
            "contender": row.contender,
            "frames": row.frames,
            "cpu_ms_per_frame": round(statistics.median(row.ms), 3),
            "over_bound": round(statistics.median(row.ratio), 4),
            "over_bound_each": [round(ratio, 4) for ratio in row.ratio],
            "count": row.count,
        }
        for row in rows
    ]
    faster = [
        {"clip": clip, "contender": name, "than": peer, "times": round(times, 3)}
        for name in ("changes", "bytes")
        for clip, peer, times in advantages(rows, name)
    ]
    return json.dumps({"bar": BAR, "figures": figures, "faster": faster, "versions": versions}, indent=2)


def model_files(models: Path, folder: Path, running: Sequence[str]) -> dict[str, Path]:
    """The weights for each contender that runs; ours have a card beside them.

    The model in bytes takes its ranges from footage that is not counted on the car clip.
    """
    fixed = model_folder(models / "yolo11n_320.onnx", folder / "fixed", None)
    files = dict.fromkeys(TITLES, fixed) | {"torch": models / "yolo11n.pt"}
    files["changes"] = model_folder(models / "yolo11n_dynamic.onnx", folder / "dynamic", (320, 320))
    if "bytes" in running:
        other = [
            FOOTAGE / "worker-zone-detection.mp4",
            FOOTAGE / "preview-gif" / "fruit-and-vegetable-detection.gif",
            FOOTAGE / "preview-gif" / "store-aisle-detection.gif",
        ]
        quantize(files["changes"].parent, folder / "bytes", halves(other, 200), least=LEAST_AGREEMENT)
        files["bytes"] = folder / "bytes" / WEIGHTS_NAME
    return files


def model_folder(file: Path, folder: Path, size: tuple[int, int] | None) -> Path:
    """A copy of the ONNX file with a card beside it, as ours wants it; returns the file in the folder."""
    import_model(file, folder, Wanted(labels="coco", layout=None, size=size, licence="unknown"))
    return folder / WEIGHTS_NAME


def parse() -> argparse.Namespace:
    """What the user asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5, help="times every contender runs every clip")
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="folder with yolo11n_320.onnx, _dynamic.onnx and .pt"
    )
    parser.add_argument("--workshop", type=float, help="also minutes of a made-up packing table; 60 take an hour")
    parser.add_argument("--peers-python", type=Path, help="Python of an environment with ultralytics and onnxruntime")
    parser.add_argument("--only", nargs="+", choices=TITLES, default=list(TITLES), help="contenders beside the bound")
    parser.add_argument("--core", type=int, default=0, help="the processor to run on; -1 pins nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser.parse_args()


def main() -> int:
    """0 when ours, as it comes, keeps the bar on every clip, 1 when not."""
    options = parse()
    if not options.models.is_dir():
        sys.exit(f"{options.models} is not there; give --models FOLDER")
    pythons = dict.fromkeys((*OURS, *OTHERS), Path(sys.executable))
    if options.peers_python:
        pythons |= dict.fromkeys(PEERS, options.peers_python)
    running = [name for name in TITLES if name in pythons and name in ("bound", *options.only)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_workers:
        files = model_files(options.models, Path(folder), running)
        workers = [
            open_workers.enter_context(Worker(name, pythons[name], files[name], options.core)) for name in running
        ]
        rows = [row for clip in clips(Path(folder)) for row in measure(clip, workers, options.repetitions)]
        if options.workshop:
            rows += measure(workshop_clip(Path(folder), options.workshop), workers, 1)
        versions = {worker.name: worker.versions for worker in workers}
    if options.json:
        print(as_json(rows, versions))
    else:
        print_table(rows, [name for name in options.only if name not in pythons])
    return 0 if all(statistics.median(row.ratio) <= BAR for row in rows if row.contender in BARRED) else 1


if __name__ == "__main__":
    sys.exit(main())
