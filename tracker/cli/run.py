"""``tracker init``, ``run``, ``serve`` and ``up``."""

from __future__ import annotations

import logging
import signal
import sys
from functools import partial
from pathlib import Path
from threading import Event as Flag
from types import FrameType
from typing import Annotated

import typer

from tracker.cli.shell import Exit, WorkshopOption, console, say
from tracker.cli.supervise import STOPPED_BY, Part, Pulse, end_all, started
from tracker.domain.errors import ConfigError, ConflictError, UsageError

log = logging.getLogger(__name__)

HERE = Path()
POLL_S = 0.5
"""How often the supervisor looks at its parts."""

TrustOption = Annotated[
    bool, typer.Option("--trust-clock", help="Watch even though the clock is before the last record.")
]

EXAMPLE = Path(__file__).parents[1] / "config" / "examples"


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; may exist, may not hold a workshop yet.")] = HERE,
    *,
    name: Annotated[str, typer.Option(help="Name of the workshop, shown on the page.")] = "My workshop",
) -> None:
    """Make a workshop folder: settings, an example camera, an empty database."""
    from tracker.app import open_workshop
    from tracker.config.workshop import WORKSHOP_FILE

    target = folder / WORKSHOP_FILE
    if target.exists():
        raise ConflictError(f"{target} exists already", hint="Edit it, or choose another folder")
    if any(mark in name for mark in '"\\\n'):
        raise UsageError(f"--name {name!r}", expected="a name without quotes, backslashes or line breaks")
    try:
        (folder / "calibration").mkdir(parents=True, exist_ok=True)
        text = (EXAMPLE / WORKSHOP_FILE).read_text(encoding="utf-8")
        target.write_text(text.replace("My workshop", name), encoding="utf-8")
        example = (EXAMPLE / "camera.toml.example").read_text(encoding="utf-8")
        (folder / "calibration" / "camera.toml.example").write_text(example, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written", got=str(error.strerror), hint="Choose another folder"
        ) from error
    _, store = open_workshop(folder)
    store.close()
    console().print(f"made {folder.resolve()}")
    console().print("next: `tracker orders template orders.xlsx`, then `tracker orders import orders.xlsx`")
    console().print("then copy calibration/camera.toml.example to calibration/NAME.toml and run `tracker up`")


def run(
    *,
    workshop: WorkshopOption = HERE,
    verbose: Annotated[bool, typer.Option(help="Log every change.")] = False,
    trust: TrustOption = False,
) -> None:
    """Watch the workshop's cameras and count until stopped."""
    from tracker.app import open_workshop, utc_now
    from tracker.cameras import camera_files, learnt_cameras, watch_of
    from tracker.cli.clock import trust_clock, wait_for_clock

    _log_to_stderr(verbose=verbose)
    settings, store = open_workshop(workshop)
    with store:
        cameras = camera_files(settings)
        if not cameras:
            raise ConfigError(
                f"no camera in {settings.folder / 'calibration'} has a source",
                hint="Orders move by `tracker correct` without any camera; docs/calibration.md says how to add one",
            )
        stop = _stop_flag()
        if trust:
            trust_clock(store, cameras, now=utc_now())
        elif not wait_for_clock(store, cameras, clock=utc_now, wait=stop.wait):
            raise typer.Exit(Exit.CLOCK)
        watch = watch_of(settings, store, cameras)
        say(f"watching {len(cameras)} camera(s) with {settings.model} on {settings.provider}; Ctrl-C stops")
        if learnt := learnt_cameras(settings, cameras):
            say(f"the empty rooms of {', '.join(learnt)} are learnt into {settings.folder / 'backgrounds'}")
        watch.run(stop)


def serve(
    *,
    workshop: WorkshopOption = HERE,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Port on 127.0.0.1.")] = None,
    notice: Annotated[str | None, typer.Option(help="Sentence shown on top of the page.")] = None,
) -> None:
    """Serve the page and the API on this machine only."""
    from tracker.app import open_workshop, utc_now
    from tracker.serve import create_app
    from tracker.serve import serve as serve_app

    _log_to_stderr(verbose=False)
    settings, store = open_workshop(workshop)
    with store:
        app = create_app(
            store,
            shop_name=settings.name,
            calendar=settings.calendar,
            clock=utc_now,
            notice=notice,
            provider=settings.provider_asked,
        )
        chosen = port or settings.port
        say(f"page: http://127.0.0.1:{chosen}  API: http://127.0.0.1:{chosen}/api/v1/orders; Ctrl-C stops")
        serve_app(app, port=chosen, stop=_stop_flag())


def up(
    *,
    workshop: WorkshopOption = HERE,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Port on 127.0.0.1.")] = None,
    notice: Annotated[str | None, typer.Option(help="Sentence shown on top of the page.")] = None,
    trust: TrustOption = False,
) -> None:
    """Watch and serve together; whichever dies or hangs is started again."""
    from tracker.app import open_workshop, utc_now
    from tracker.cameras import camera_files

    settings, store = open_workshop(workshop)
    with store:
        shown = [*(["--port", str(port)] if port else []), *(["--notice", notice] if notice else [])]
        commands = {"serve": [*_command("serve", workshop), *shown]}
        cameras = camera_files(settings)
        if cameras:
            commands["run"] = [*_command("run", workshop), *(["--trust-clock"] if trust else [])]
        else:
            say("no camera has a source: serving only")
        stop = _stop_flag()
        parts: list[Part] = []
        try:
            for name, command in commands.items():
                pulse = Pulse(store, now=utc_now) if name == "run" else None
                may_end = name == "run" and all(file.is_video for file in cameras)
                parts.append(Part(name, partial(started, command), pulse=pulse, may_end=may_end))
            while not stop.wait(POLL_S):
                for part in parts:
                    part.keep_alive()
        finally:
            end_all(parts)


def _command(name: str, workshop: Path) -> list[str]:
    return [sys.executable, "-m", "tracker", name, "--workshop", str(workshop)]


def _stop_flag() -> Flag:
    """Set by Ctrl-C and by a service manager's polite stop."""
    stop = Flag()

    def set_it(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in STOPPED_BY:
        signal.signal(number, set_it)
    return stop


def _log_to_stderr(*, verbose: bool) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
