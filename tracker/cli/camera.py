"""``tracker camera``: what a person says about a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.shell import WorkshopOption, console
from tracker.domain.errors import NotFoundError

HERE = Path()

app = typer.Typer(help="What only a person can say about a camera.", no_args_is_help=True)


@app.callback()
def camera() -> None:
    """What only a person can say about a camera."""


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
