"""The demo with the user's own footage: one line or zone, one order, the same page."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from demo_history import calibration_text
from demo_parts import Fairloom, free_port
from rich.console import Console

from tracker.app import open_workshop, utc_now
from tracker.domain.errors import ConfigError
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CountUnit, GateRule, Point, RuleId, StepId, StockRule, Target, Zone
from tracker.intake import read_sheet
from tracker.progress import refresh
from tracker.store import CameraState

CAMERA = CameraId("own")
ORDER, STEP = OrderId("MY-ORDER"), StepId("sew")
START_S = 30.0
"""Longest wait for the first frame."""


def watch_own(arguments: argparse.Namespace, folder: Path) -> None:
    """Count the user's video or camera until it ends or Ctrl-C."""
    out = Console()
    rule = _rule(arguments)
    source = str(arguments.video.resolve()) if arguments.video else arguments.camera
    if arguments.video and not arguments.video.is_file():
        raise ConfigError(f"--video {arguments.video}", expected="a video file", got="no such file")
    (folder / "calibration").mkdir()
    port = free_port(arguments.port)
    model = str(Path(arguments.model).resolve()) if Path(arguments.model).is_dir() else arguments.model
    (folder / "workshop.toml").write_text(
        f'name = "My own footage"\n[calendar]\nrest_days = []\n'
        "shifts = [[00:00:00, 12:00:00], [12:00:00, 23:59:59]]\n"
        f"[detect]\nmodel = {model!r}\n[serve]\nport = {port}\n",
        encoding="utf-8",
    )
    text = calibration_text(CAMERA, "Counts what the owner of the footage asked for", rule, source)
    (folder / "calibration" / "own.toml").write_text(text, encoding="utf-8")
    _add_order(folder)
    with Fairloom(folder, port=port, notice="Demo: your own footage, one made-up order of 100 pieces.") as fairloom:
        out.print(f"page: [bold]{fairloom.url}[/]; Ctrl-C stops")
        _, store = open_workshop(folder)
        with store, suppress(KeyboardInterrupt):  # a camera never ends by itself: what it counted is still shown
            _until_it_ends(out, store, fairloom)
    _, store = open_workshop(folder)
    with store, store.read() as view:
        events = view.events()
        forth = sum(stored.event.pieces for stored in events if stored.event.pieces > 0)
        back = -sum(stored.event.pieces for stored in events if stored.event.pieces < 0)
        out.print(f"counted: {forth} forth, {back} back")
        for reading in view.stock()[-5:]:
            out.print(f"in the zone at {reading.moment.t_s:.1f} s: {reading.count}")


def _until_it_ends(out: Console, store: object, fairloom: Fairloom) -> None:
    deadline = time.monotonic() + START_S
    seen = False
    with out.status("counting"):
        while True:
            fairloom.check()
            with store.read() as view:  # type: ignore[attr-defined]
                states = {camera.state for camera in view.cameras()}
            seen = seen or CameraState.WATCHING in states
            if states == {CameraState.STOPPED} and seen:
                return
            if not seen and time.monotonic() > deadline:
                raise ConfigError("no frame arrived within 30 s", hint="Check the address with a player such as VLC")
            time.sleep(0.5)


def _add_order(folder: Path) -> None:
    now = utc_now()
    settings, store = open_workshop(folder)
    sheet = folder / "orders.csv"
    due = (now + timedelta(days=7)).date().isoformat()
    sheet.write_text(
        "order,customer,style,style family,quantity,unit,promised,route\n"
        f"{ORDER},me,mine,t-shirt,100,piece,{due},sew\n",
        encoding="utf-8",
    )
    with store:
        with store.write(now) as unit:
            unit.add_orders(read_sheet(sheet, today=now.date()).orders)
        refresh(store, calendar=settings.calendar, now=now)


def _rule(arguments: argparse.Namespace) -> GateRule | StockRule:
    classes = () if arguments.classes == "any" else tuple(arguments.classes.split(","))
    target = Target(classes, CountUnit.PIECE, 1, STEP, None)
    line, zone = arguments.line, arguments.zone
    if line is None and zone is None:
        if not sys.stdin.isatty():
            raise ConfigError("where to count is unknown", expected="--line X0,Y0,X1,Y1 or --zone X0,Y0,X1,Y1")
        print("Where to count? Coordinates are 0..1 of the picture: 0,0 is the top left corner, 1,1 the bottom right.")
        print("A line counts what crosses it; a zone counts what lies in it.")
        line = input("line from x,y to x,y [0.5,1,0.5,0], or empty and Enter for a zone with 'z': ").strip()
        if line == "z":
            line, zone = None, input("zone from x,y to x,y [0.2,0.2,0.8,0.8]: ").strip() or "0.2,0.2,0.8,0.8"
        else:
            line = line or "0.5,1,0.5,0"
    if line is not None:
        start, end = _corners(line, "--line")
        return GateRule(RuleId("line"), target, start, end)
    (x0, y0), (x1, y1) = _corners(zone, "--zone")
    return StockRule(RuleId("zone"), target, Zone("zone", ((x0, y0), (x1, y0), (x1, y1), (x0, y1))))


def _corners(text: str, option: str) -> tuple[Point, Point]:
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"{option} {text}", expected="four numbers 0..1, for instance 0.5,1,0.5,0") from None
    return (x0, y0), (x1, y1)
