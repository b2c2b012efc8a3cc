"""The demo itself: a simulated workshop as real RTSP cameras, counted live, and compared with the truth at the end.

python3 scripts/demo.py                 the simulated workshop, about two and a half minutes
python3 scripts/demo.py --video FILE    your own footage, through one line or zone you choose
python3 scripts/demo.py --camera URL    your own camera, likewise
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from demo_cameras import SimulatedCameras
from demo_history import OUTAGE, schedule_live, seed
from demo_own import watch_own
from demo_parts import ROOT, Fairloom, free_port
from demo_report import compare, print_comparison
from rich.console import Console
from rich.live import Live
from rich.table import Table

from tracker.app import open_workshop, utc_now
from tracker.domain.errors import TrackerError
from tracker.sim.workshop import PACKING, make_workshop
from tracker.store import Store

TAIL_S = 3.0
"""After the last picture: time for what still has to come to rest to be counted."""


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    folder = ROOT / "demo-data"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        if arguments.video or arguments.camera:
            watch_own(arguments, folder)
        else:
            _simulated(arguments, folder)
    except TrackerError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("demo: stopped", file=sys.stderr)
        return 130
    return 0


def _simulated(arguments: argparse.Namespace, folder: Path) -> None:
    out = Console()
    workshop = make_workshop(arguments.seed)
    with SimulatedCameras(workshop, folder / "cameras", outage=OUTAGE) as cameras:
        started = time.monotonic()
        cameras.film(out)
        out.print(f"filmed three simulated cameras in {time.monotonic() - started:.0f} s")
        cameras.start()
        settings = seed(folder, workshop, cameras.urls, port=free_port(arguments.port))
        notice = (
            "演示：此前两天的数据是预置的，现在起由三路模拟摄像头实时计数。 "
            "Demo: the two days before are made up; from now on three simulated cameras are counted live."
        )
        with Fairloom(folder, port=settings.port, notice=notice) as fairloom:
            out.print(f"page: [bold]{fairloom.url}[/]   API: {fairloom.url}/api/v1/orders")
            _, store = open_workshop(folder)
            with store:
                live_from = _follow(out, cameras, fairloom, store)
    _, store = open_workshop(folder)
    with store:
        print_comparison(out, compare(store, workshop, live_from=live_from, outage=OUTAGE), outage_of=PACKING)
    out.print(
        f"the database stays in {folder.relative_to(ROOT)}; `tracker status -w {folder.relative_to(ROOT)}` reads it"
    )


def _follow(out: Console, cameras: SimulatedCameras, fairloom: Fairloom, store: Store) -> dict[str, float]:
    """Follow the live part to its end, playing the accident on the way; returns when each camera went live."""
    live_from: dict[str, float] = {}
    with Live(console=out, refresh_per_second=2, transient=True) as live:
        while not cameras.over:
            fairloom.check()
            now = utc_now().timestamp()
            with store.read() as view:
                for status in view.cameras():
                    if status.last_frame_at is not None and status.camera not in live_from:
                        live_from[status.camera] = status.last_frame_at.timestamp()
                        cameras.went_live(status.camera, status.last_frame_at.timestamp())
                        schedule_live(store, cameras.workshop, status.camera, live_at=status.last_frame_at)
                live.update(_board(view, cameras.elapsed_s(now)))
            cameras.play_accident(now)
            time.sleep(0.5)
        time.sleep(TAIL_S)
    return live_from


def _board(view: object, elapsed_s: float) -> Table:
    table = Table("order", "deliverable", "work", "outlook", title=f"live for {elapsed_s:.0f} s", title_justify="left")
    for estimate in view.estimates():  # type: ignore[attr-defined]
        low, high = estimate.work_content.p10, estimate.work_content.p90
        table.add_row(
            estimate.order,
            f"{estimate.deliverable.p50:.0%}",
            f"{estimate.work_content.p50:.0%} ({low:.0%}-{high:.0%})",
            estimate.outlook.replace("_", " "),
        )
    loose = view.unassigned(1)  # type: ignore[attr-defined]
    table.caption = f"unassigned: {loose.total_pieces} pieces"
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="demo.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--video", type=Path, help="your own footage instead of the simulated workshop")
    source.add_argument("--camera", metavar="URL", help="your own RTSP camera; write ${NAME} for secrets")
    parser.add_argument("--model", default="default", help="model folder or name (with --video or --camera)")
    parser.add_argument("--line", metavar="X0,Y0,X1,Y1", help="gate line in 0..1, instead of being asked")
    parser.add_argument("--zone", metavar="X0,Y0,X1,Y1", help="stock zone in 0..1, instead of being asked")
    parser.add_argument("--classes", default="any", help="labels to count, comma separated; default: any but people")
    parser.add_argument("--port", type=int, default=8000, help="port of the page")
    parser.add_argument("--seed", type=int, default=7, help="which simulated workshop")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
