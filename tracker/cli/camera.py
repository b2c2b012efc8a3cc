"""``tracker camera``: find cameras, see what they send, measure their lenses."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, print_json, say
from tracker.domain.errors import NotFoundError, UsageError
from tracker.domain.sources import Transport, UsbMode

if TYPE_CHECKING:
    from tracker.capture.probe import Findings
    from tracker.domain.optics import Lens

HERE = Path()

app = typer.Typer(
    help="Cameras: which there are, what they send, what their lenses bend, whether they hang right.",
    no_args_is_help=True,
)

_FEW_KEYS_S = 10.0
"""Stills of a camera whose key frames are further apart come late."""
_CALM_FPS = 8
"""Frames a second that are enough for hands at a table; more only cost."""
_TEMPLATE = """\
camera = "NAME"
purpose = "WHY THIS CAMERA HANGS THERE"
source = {source}
{transport}{fps}
[zones]
table = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]

[[rules]]
id = "waiting"
kind = "stock"
zone = "table"
"""


@app.command("find")
def find(
    *,
    wait: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds to wait for answers.")] = 3.0,
    local: Annotated[str, typer.Option(help="This machine's address in the cameras' network.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the ONVIF cameras on the network and the USB cameras of this machine."""
    from tracker.capture.discovery import discover
    from tracker.capture.usb import SystemDevices

    network = discover(wait_s=wait, local=local)
    usb = SystemDevices().listed()
    if as_json:
        print_json(
            {
                "network": [
                    {"host": found.host, "name": found.name, "model": found.model, "source": found.source}
                    for found in network
                ],
                "usb": [{"device": item.device, "name": item.name, "source": f"usb:{item.name}"} for item in usb],
            }
        )
        return
    out = console()
    for found in network:
        out.print(f"{found.host}  {found.name} {found.model}\n  source = {_quoted(found.source)}", markup=False)
    for item in usb:
        out.print(f"{item.device}  {item.name}\n  source = {_quoted(f'usb:{item.name}')}", markup=False)
    if not network and not usb:
        say("tracker: no camera answered; ONVIF is often switched off in a camera, and does not pass routers")


@app.command("probe")
def probe(
    source: Annotated[str, typer.Argument(help="Address, usb:NAME, or a video file.")],
    *,
    transport: Annotated[Transport, typer.Option(help="How an RTSP camera's packets travel.")] = Transport.AUTO,
    as_json: JsonOption = False,
) -> None:
    """Say what a camera or video is, and print a calibration to begin with. Nothing of the picture is kept."""
    found = _probe(source, transport)
    if as_json:
        print_json(dataclasses.asdict(found) | {"toml": _calibration(source, found)})
        return
    out = console()
    rate = "unknown" if found.fps is None else f"{found.fps:g} frames a second"
    keys = "one only" if found.key_every_s is None else f"every {found.key_every_s:g} s"
    out.print(f"# {found.codec} {found.width}x{found.height}, {rate}, key frames: {keys}", markup=False)
    out.print(f"# {found.via}; password: {' or '.join(found.asks) or 'none asked'}", markup=False)
    for profile in found.profiles:
        size = f"{profile.width}x{profile.height}"
        out.print(f"# profile {profile.name}: {profile.encoding} {size} at {profile.fps:g}", markup=False)
    out.print(_calibration(source, found), markup=False)
    if found.key_every_s is not None and found.key_every_s > _FEW_KEYS_S:
        say("tracker: key frames are far apart: stills (every_s) will be late; set a shorter interval in the camera")


def _probe(source: str, transport: Transport) -> Findings:
    from tracker.app import utc_now
    from tracker.capture import resolve_url
    from tracker.capture.probe import probe_address, probe_file, probe_usb

    if source.startswith("usb:"):
        return probe_usb(source.removeprefix("usb:"), UsbMode())
    if "://" in source:
        return probe_address(resolve_url(source, os.environ), transport=transport, clock=utc_now)
    return probe_file(Path(source))


def _calibration(source: str, found: Findings) -> str:
    """A calibration file that loads as it is and wants a name, a purpose, zones and rules."""
    transport = 'transport = "udp"\n' if found.via == "rtsp over udp" else ""
    fps = f"fps = {_CALM_FPS}\n" if found.fps is None or found.fps > _CALM_FPS else ""
    # a file lies beside its calibration
    written = source if "://" in source or source.startswith("usb:") else Path(source).name
    return _TEMPLATE.format(source=_quoted(written), transport=transport, fps=fps)


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's as well."""
    return json.dumps(text, ensure_ascii=False)


@app.command("lens")
def lens(
    photos: Annotated[list[Path], typer.Argument(help="Photographs of the board by this camera.")],
    *,
    board: Annotated[str, typer.Option(help="Squares across and down, such as 9x6.")] = "9x6",
    charuco: Annotated[bool, typer.Option(help="The board has markers in its white squares.")] = False,
    marker: Annotated[float, typer.Option(help="Side of a marker in sides of a square.")] = 0.75,
    dictionary: Annotated[str, typer.Option(help="Markers: 4x4, 5x5, 6x6 or april.")] = "5x5",
    as_json: JsonOption = False,
) -> None:
    """Measure what a lens bends, and print its table for the calibration file."""
    from tracker.capture.lens import Board, measure_lens

    columns, rows = _squares(board)
    found = measure_lens(photos, Board(columns, rows, marker if charuco else None, dictionary))
    for photo in found.unused:
        say(f"tracker: {photo.name}: the board was not found")
    table = _table(found.lens)
    if as_json:
        print_json(
            {"lens": table, "error": round(found.error, 6), "photos": len(found.used), "unused": len(found.unused)}
        )
        return
    out = console()
    out.print(f"# from {len(found.used)} photographs; error {found.error:.5f} widths of the picture", markup=False)
    out.print("[lens]", markup=False)
    for name, value in table.items():
        out.print(f"{name} = {value}", markup=False)


def _squares(board: str) -> tuple[int, int]:
    columns, _, rows = board.partition("x")
    if not (columns.isdecimal() and rows.isdecimal()):
        raise UsageError(f"--board {board}", expected="squares across x squares down, such as 9x6")
    return int(columns), int(rows)


def _table(lens: Lens) -> dict[str, Any]:
    return {name: round(value, 6) for name, value in dataclasses.asdict(lens).items()}


@app.command("confirm")
def confirm(
    name: Annotated[str, typer.Argument(help="The camera, as its calibration file calls it.")],
    *,
    workshop: WorkshopOption = HERE,
) -> None:
    """Accept what a moved camera sees now: its zones lie right in the new view."""
    from tracker.app import open_workshop, utc_now
    from tracker.cameras import camera_files
    from tracker.capture import ViewFile

    settings, store = open_workshop(workshop)
    with store:
        files = {str(file.calibration.camera): file for file in camera_files(settings)}
        if name not in files:
            known = ", ".join(sorted(files)) or "none"
            raise NotFoundError(f"there is no camera {name!r} with a source", expected=f"one of: {known}")
        calibration = files[name].calibration
        if not ViewFile.of(settings.folder, calibration).forget():
            console().print(f"{name}: no view was kept yet; the next half minute makes one")
            return
        with store.write(utc_now()) as unit:
            unit.log("camera.view_confirmed", calibration.camera, {})
    console().print(f"{name}: the view as it is now is the right one")
