"""How many cameras this machine carries: real `tracker run` processes over more and more cameras, until frames drop.

    python scripts/bench/capacity.py [--cameras 1 2 4 8 16 32] [--seconds 40] [--json]

Every camera is the film of a packing table at 640x360, played at its own speed, in which somebody works all the time (a
pack goes over the line every eight seconds); it is looked at five times a second. What is measured lies between two
moments of a process that is running evenly. docs/benchmarks.md explains the table.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import psutil
from clips import WORKSHOP_FPS, workshop_clip

FPS = 5
MINUTES = 2.0
STARTS = 16
"""Moments at which the film begins, for one camera each."""
SETTLE_S = 12
"""Before measuring: models load, tracks begin."""
MOST_DROPPED = 0.01
"""Share of the frames from which a machine no longer carries its cameras."""
CALIBRATION = """camera = "table-{number}"
purpose = "Measures how many cameras a machine carries"
source = "{film}"
fps = {fps}

[[rules]]
id = "packed"
kind = "gate"
line = [[0.5, 1.0], [0.5, 0.0]]
step = "pack"
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What so many cameras take.

    Attributes:
        cameras: Watched by one process.
        cpu: Processors kept busy, 1.0 is one.
        rss_mib: Memory of the process at the end.
        threads: Of the process.
        frames: Frames a second offered, all cameras together.
        dropped: Share of them that a newer one replaced.
    """

    cameras: int
    cpu: float
    rss_mib: float
    threads: int
    frames: float
    dropped: float


def shifted(film: Path, count: int) -> list[Path]:
    """The same film, begun at so many different moments: no two tables of a shop work in step."""
    with av.open(str(film)) as container:
        pictures = [frame.reformat(format="yuv420p") for frame in container.decode(video=0)]
    made = []
    for number in range(count):
        begin = number * len(pictures) // count
        made.append(film.with_name(f"from-{begin}.mp4"))
        with av.open(str(made[-1]), "w") as container:
            options = {"crf": "26", "preset": "veryfast", "bf": "0", "g": str(4 * WORKSHOP_FPS)}
            stream = container.add_stream("libx264", rate=WORKSHOP_FPS, options=options)
            stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
            for at, picture in enumerate(pictures[begin:] + pictures[:begin]):
                picture.pts, picture.time_base = at, Fraction(1, WORKSHOP_FPS)
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
    return made


def measure(films: list[Path], cameras: int, seconds: float) -> Load:
    """Watch the films as so many cameras."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        tracker(["init", str(shop), "--name", "Capacity"])
        for film in films:
            shutil.copyfile(film, shop / "calibration" / film.name)
        for number in range(cameras):
            text = CALIBRATION.format(number=number, fps=FPS, film=films[number % len(films)].name)
            (shop / "calibration" / f"table-{number}.toml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "tracker", "run", "--workshop", str(shop)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE_S + 0.2 * cameras)
            before, watched = counted(shop), psutil.Process(process.pid)
            began, cpu_s = time.monotonic(), sum(watched.cpu_times()[:2])
            time.sleep(seconds)
            after, took_s = counted(shop), time.monotonic() - began
            cpu_s = sum(watched.cpu_times()[:2]) - cpu_s
            frames = after[0] - before[0]
            return Load(
                cameras=cameras,
                cpu=cpu_s / took_s,
                rss_mib=watched.memory_info().rss / 2**20,
                threads=watched.num_threads(),
                frames=frames / took_s,
                dropped=(after[1] - before[1]) / max(1, frames),
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def counted(shop: Path) -> tuple[int, int]:
    """Frames offered and dropped so far, by all cameras."""
    cameras = json.loads(tracker(["status", "--json", "--workshop", str(shop)]))["cameras"]
    return sum(camera["frames"] for camera in cameras), sum(camera["dropped"] for camera in cameras)


def tracker(arguments: list[str]) -> str:
    """What a command prints."""
    run = subprocess.run([sys.executable, "-m", "tracker", *arguments], capture_output=True, text=True, check=True)
    return run.stdout


def main() -> int:
    """0 when something was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32], help="how many to try")
    parser.add_argument("--seconds", type=float, default=40, help="length of each measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    loads = []
    with tempfile.TemporaryDirectory() as folder:
        films = shifted(workshop_clip(Path(folder), MINUTES).path, STARTS)
        for cameras in options.cameras:
            loads.append(measure(films, cameras, options.seconds))
            if not options.json:
                print_row(loads[-1], first=len(loads) == 1)
            if loads[-1].dropped > MOST_DROPPED:
                break
    if options.json:
        print(json.dumps({"fps": FPS, "loads": [asdict(load) for load in loads]}, indent=2))
    return 0


def print_row(load: Load, *, first: bool) -> None:
    """One line of the table."""
    if first:
        print(f"{'cameras':>8}{'cores':>8}{'each':>8}{'RSS MiB':>10}{'threads':>9}{'frames/s':>10}{'dropped':>9}")
    each = load.cpu / load.cameras
    print(
        f"{load.cameras:>8}{load.cpu:>8.2f}{each:>8.3f}{load.rss_mib:>10.0f}{load.threads:>9}"
        f"{load.frames:>10.1f}{load.dropped:>9.1%}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
