"""``tracker teach``: a factory's own pieces: collect, label, fit, switch, and back again."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.shell import JsonOption, console, print_json, say
from tracker.domain.errors import ConfigError

if TYPE_CHECKING:
    from tracker.detect import OnnxDetector
    from tracker.privacy import PeopleEye

HERE = Path()
DirArgument = Annotated[Path, typer.Argument(help="Folder of collected pictures.")]
ShopOption = Annotated[
    Path, typer.Option("--workshop", "-w", help="Folder with workshop.toml.", envvar="FAIRLOOM_WORKSHOP")
]

app = typer.Typer(
    help="Teach a factory's own pieces: collect, label, fit, switch when it is better, roll back.", no_args_is_help=True
)


@app.command("collect")
def collect(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures; may hold some already.")],
    camera: Annotated[str, typer.Option("--camera", "-c", help="Camera, as its calibration file calls it.")],
    replay: Annotated[Path | None, typer.Option(help="A recording instead of the running camera.")] = None,
    workshop: Annotated[
        Path | None, typer.Option("--workshop", "-w", help="Folder with workshop.toml.", envvar="FAIRLOOM_WORKSHOP")
    ] = None,
    count: Annotated[int, typer.Option(min=4, max=2000, help="Pictures at most.")] = 200,
    minutes: Annotated[float, typer.Option(min=0.1, max=600, help="Of a running camera, at most.")] = 60.0,
    fps: Annotated[float, typer.Option(min=0.1, max=10, help="Frames a second to look at.")] = 2.0,
    block: Annotated[float, typer.Option(min=1, help="Seconds of a block: learnt from or kept back whole.")] = 60.0,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Default: the workshop's.")] = None,
    person_model: Annotated[str | None, typer.Option(help="A model that knows persons.")] = None,
    hands_only: Annotated[
        bool, typer.Option("--hands-only", help="The camera sees nothing of people but hands.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put person-free pictures of pieces on disk, for labelling: the only command that keeps any picture."""
    from tracker.cli.teaching import Wish, collect_into, open_source

    detector = _detector(model, workshop)
    eye = _eye(detector, person_model, hands_only=hands_only)
    say(f"tracker: pictures in which nobody was found go to {out}; `tracker teach forget {out}` erases them")
    source = open_source(camera, replay=replay, workshop=workshop, fps=fps)
    kept = collect_into(out, source, (detector, eye), wish=Wish(count, block, None if replay else minutes * 60))
    if as_json:
        print_json({"folder": str(out), "pictures": kept})
        return
    console().print(
        f"{out}: {kept} new pictures, listed in manifest.json. Next: tracker teach label {out}", markup=False
    )


@app.command("label")
def label(
    folder: DirArgument,
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 8733,
) -> None:
    """Open the labelling page: accept, fix or skip with one key or tap each; Ctrl-C ends it, everything is saved."""
    from tracker.serve import serve
    from tracker.teach.collection import Collection
    from tracker.teach.page import label_app

    collection = Collection.load(folder)
    token = secrets.token_urlsafe(16)
    sys.stdout.write(f"http://127.0.0.1:{port}/{token}/\n")
    sys.stdout.flush()
    serve(label_app(collection, token), port=port)


@app.command("fit")
def fit(
    folder: DirArgument,
    *,
    workshop: ShopOption = HERE,
    minutes: Annotated[float, typer.Option(min=0.05, max=600, help="For fitting; an interrupted fit goes on.")] = 40.0,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Start from it; default: the workshop's.")] = None,
    also: Annotated[Path | None, typer.Option(help="YOLO data to mix in; default: simulated pictures.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the new model; default: taught-1, taught-2 ...")] = None,
    keep: Annotated[bool, typer.Option("--no-switch", help="Do not switch, even if better.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Learn the labelled pictures, compare on those kept back, and switch to the new model only if it is better."""
    from tracker.cli.teaching import Fitting, fit_and_compare

    said = fit_and_compare(Fitting(folder, workshop, minutes, model, also), name=name, keep=keep)
    if as_json:
        print_json(said)
    else:
        _print(said)


@app.command("switch")
def switch_model(
    model: Annotated[str, typer.Argument(help="Name of a model folder.")], *, workshop: ShopOption = HERE
) -> None:
    """Let the workshop count with another model from its next start on."""
    from tracker.detect import load_card
    from tracker.models import model_folder
    from tracker.teach.switch import switch

    load_card(model_folder(model, beside=workshop / "models"))
    before = switch(workshop, model)
    console().print(f"{before} -> {model}, from the next start on. Back: tracker teach rollback", markup=False)


@app.command("rollback")
def rollback_model(*, workshop: ShopOption = HERE) -> None:
    """Go back to the model before the last switch."""
    from tracker.teach.switch import rollback

    left, now = rollback(workshop)
    console().print(f"{left} -> {now}, from the next start on", markup=False)


@app.command("export")
def export_pictures(
    folder: DirArgument,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder.")],
    kind: Annotated[str, typer.Option("--format", help="yolo, coco or cvat.")] = "yolo",
) -> None:
    """Write pictures and boxes for another trainer or labelling tool."""
    from tracker.teach.collection import Collection
    from tracker.teach.exchange import Exchange, export

    if kind not in list(Exchange):
        raise ConfigError(f"--format {kind}", expected=", ".join(Exchange))
    count = export(Collection.load(folder), out, kind=Exchange(kind))
    console().print(f"{out}: {count} pictures as {kind}", markup=False)


@app.command("import")
def import_labels(
    folder: DirArgument, labels: Annotated[Path, typer.Argument(help="COCO JSON, a zip of CVAT, or a YOLO folder.")]
) -> None:
    """Take over boxes that another tool corrected; those pictures count as accepted."""
    from tracker.teach.collection import Collection
    from tracker.teach.exchange import read_labels

    count = read_labels(Collection.load(folder), labels)
    console().print(f"{folder}: labels of {count} pictures taken over", markup=False)


@app.command("forget")
def forget(folder: DirArgument) -> None:
    """Erase every collected picture, label and checkpoint in a folder; models that were made stay."""
    from tracker.teach.collection import Collection

    count = Collection.load(folder).forget()
    console().print(f"{folder}: {count} pictures and everything about them erased", markup=False)


def _detector(model: str | None, workshop: Path | None) -> OnnxDetector:
    from tracker.detect import load_detector
    from tracker.models import model_folder
    from tracker.teach.switch import current_model

    if model is None and workshop is not None:
        model = current_model(workshop)
    return load_detector(model_folder(model or "default", beside=(workshop or HERE) / "models"))


def _eye(detector: OnnxDetector, person_model: str | None, *, hands_only: bool) -> PeopleEye:
    from tracker.detect import load_detector
    from tracker.models import model_folder
    from tracker.teach.people import eye_of

    detectors = [detector]
    if person_model is not None:
        detectors.append(load_detector(model_folder(person_model)))
    elif not hands_only:
        detectors.append(load_detector(model_folder("person")))
    return eye_of(detectors, hands_only=hands_only)


def _print(said: dict[str, Any]) -> None:
    out = console()
    out.print(f"{said['model']} against {said['current']}, on {said['pictures']} kept-back pictures:", markup=False)
    for figure in said["figures"]:
        change = f"difference {figure['low']:+.1%} to {figure['high']:+.1%}"
        out.print(f"  {figure['name']}: {figure['current']:.1%} -> {figure['new']:.1%} ({change})", markup=False)
    out.print(f"verdict: {said['verdict']} ({said['why']})", markup=False)
    where = "the workshop counts with it from its next start on" if said["switched"] else "nothing was switched"
    out.print(where + "; `tracker teach switch NAME` and `rollback` change that", markup=False)
