"""Entry point of the ``tracker`` command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from tracker import __version__
from tracker.cli import camera, doctor, model, orders, replay, run, scan, scene, sim, status, teach, tickets
from tracker.cli.shell import Exit, exit_code, say
from tracker.domain.errors import TrackerError


class Commands(TyperGroup):
    """All commands; what is wrong with a value is said in our words instead of Pydantic's, which Typer passes on."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # Typer's own Context is not public
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as bad:
            from tracker.config.words import value_fault

            bad.message = value_fault(bad.__cause__) or bad.message
            raise


app = typer.Typer(
    name="tracker",
    cls=Commands,
    help="Fairloom: cameras in, order progress out. Counts garments, not people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(run.init)
app.command("run")(run.run)
app.command("serve")(run.serve)
app.command("up")(run.up)
app.command("replay")(replay.replay_command)
app.add_typer(orders.app, name="orders")
app.command("tickets")(tickets.tickets)
app.command("scan")(scan.scan)
app.command("status")(status.status)
app.command("correct")(status.correct)
app.command("assign")(status.assign_event)
app.command("doctor")(doctor.doctor)
app.add_typer(model.app, name="model")
camera.app.command("empty")(scene.empty)
camera.app.command("scene")(scene.scene)
app.add_typer(camera.app, name="camera")
app.add_typer(sim.app, name="sim")
app.add_typer(teach.app, name="teach")


def _version(wanted: bool) -> None:  # noqa: FBT001 -- Typer calls it with the option's value
    if wanted:
        sys.stdout.write(f"fairloom {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Fairloom: cameras in, order progress out. Counts garments, not people."""


def main() -> None:
    """Run the command; an expected error becomes one message and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A cp936 console must not turn a customer's name into a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except TrackerError as error:
        say(f"tracker: {error}")
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        say("tracker: stopped")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(Exit.OK)
