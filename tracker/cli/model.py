"""``tracker model``: add, list, check, measure and evaluate model folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.shell import Exit, JsonOption, console, print_json, say
from tracker.domain.errors import ModelError, UsageError

if TYPE_CHECKING:
    from tracker.detect.card import Layout

app = typer.Typer(help="Model folders: add weights, list what is there, check that they run.", no_args_is_help=True)


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="The ONNX file; it is copied.")],
    *,
    labels: Annotated[
        str | None, typer.Option(help="`coco`, or a text file with one label a line; default: the file's own metadata.")
    ] = None,
    layout: Annotated[str, typer.Option(help="auto, or one of those in docs/models.md.")] = "auto",
    input_size: Annotated[
        str | None, typer.Option("--input", help="Input size WxH of a dynamic model, e.g. 640x640.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the folder; default: the file's name.")] = None,
    folder: Annotated[Path, typer.Option(help="Where model folders live.")] = Path("models"),
    licence: Annotated[str, typer.Option(help="Licence of the weights (SPDX).")] = "unknown",
    as_json: JsonOption = False,
) -> None:
    """Make a model folder from any ONNX detector, finding out layout and input where it can."""
    from tracker.detect import load_detector
    from tracker.detect.importer import Wanted, inspect_model, write_model_folder

    wanted = Wanted(labels, _layout(layout), _size(input_size, "--input"), licence)
    target = folder / (name or file.stem)
    findings = inspect_model(file, wanted)
    card = write_model_folder(file, target, findings, licence=licence)
    provider = load_detector(target).provider
    if as_json:
        print_json(
            {
                "folder": str(target),
                "layout": card.layout,
                "input": [card.input.width, card.input.height],
                "labels": list(card.labels),
                "provider": provider,
                "reasons": list(findings.reasons),
            }
        )
    else:
        size = f"{card.input.width}x{card.input.height}"
        console().print(f"{target}: {card.layout}, {size}, {len(card.labels)} classes, runs on {provider}")
        for reason in findings.reasons:
            console().print(f"  {reason}")


@app.command("list")
def list_models(
    *,
    folder: Annotated[Path, typer.Option(help="Where model folders live.")] = Path("models"),
    as_json: JsonOption = False,
) -> None:
    """Model folders in a folder, and those that ship with Fairloom."""
    from tracker.detect import load_card
    from tracker.models import model_folders

    cards: list[dict[str, str | int]] = []
    for path in model_folders(folder):
        try:
            card = load_card(path)
        except ModelError as error:
            cards.append({"folder": str(path), "error": str(error)})
        else:
            cards.append({"folder": str(path), "name": card.name, "layout": card.layout, "classes": len(card.labels)})
    if as_json:
        print_json(cards)
        return
    if not cards:
        say(f"no model folders in {folder}")
    for row in cards:
        console().print(
            str(row["folder"]) + ": " + str(row.get("error") or f"{row['layout']}, {row['classes']} classes")
        )


@app.command("check")
def check(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of one.")],
    *,
    provider: Annotated[str, typer.Option(help="Execution provider to load it on, or auto.")] = "cpu",
    as_json: JsonOption = False,
) -> None:
    """Check a model folder: card, checksum, refused outputs, and that it runs on the provider."""
    from tracker.detect import load_detector
    from tracker.models import model_folder

    folder = model_folder(model)
    detector = load_detector(folder, provider=provider)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "name": detector.card.name,
                "provider": detector.provider,
                "reason": detector.reason,
                "ok": True,
            }
        )
    else:
        why = f" ({detector.reason})" if detector.reason else ""
        console().print(f"{folder}: checksum right, {len(detector.labels)} classes, runs on {detector.provider}{why}")


@app.command("quantize")
def quantize_model(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of one.")],
    videos: Annotated[list[Path], typer.Argument(help="Recordings of the cameras that the model is for.")],
    *,
    name: Annotated[str | None, typer.Option(help="Name of the new folder; default: the model's, and -int8.")] = None,
    folder: Annotated[Path, typer.Option(help="Where model folders live.")] = Path("models"),
    pictures: Annotated[int, typer.Option(min=20, max=2000, help="Pictures to take from the recordings.")] = 200,
    least: Annotated[float, typer.Option(min=0, max=1, help="Lowest agreement with the original to accept.")] = 0.95,
    as_json: JsonOption = False,
) -> None:
    """Make a model in bytes, about half the work; kept only when it sees what the original sees."""
    from dataclasses import asdict

    from tracker.cli.picking import halves
    from tracker.detect.quantize import quantize
    from tracker.models import model_folder

    original = model_folder(model)
    target = folder / (name or f"{original.name}-int8")
    agreement = quantize(original, target, halves(videos, pictures), least=least)
    if as_json:
        print_json({"folder": str(target)} | asdict(agreement))
    else:
        console().print(
            f"{target}: on {agreement.pictures} other pictures it finds {agreement.recall:.1%} of the "
            f"{agreement.boxes} boxes of {original.name}, which has {agreement.precision:.1%} of its boxes"
        )


@app.command("bench")
def bench(
    model: Annotated[str, typer.Argument(help="A model folder, the name of one, or an ONNX file.")],
    *,
    provider: Annotated[list[str] | None, typer.Option(help="May be repeated; default: every one installed.")] = None,
    shape: Annotated[list[str] | None, typer.Option(help="Input WxH; may be repeated; default: the card's.")] = None,
    batch: Annotated[list[int] | None, typer.Option(min=1, max=256, help="May be repeated; default: 1.")] = None,
    precision: Annotated[
        list[str] | None, typer.Option(help="as-is, fp16 or int8; may be repeated; default: as-is.")
    ] = None,
    threads: Annotated[list[int] | None, typer.Option(min=1, max=64, help="May be repeated; default: 1.")] = None,
    runs: Annotated[int, typer.Option(min=1, max=100_000, help="Inferences of each measurement.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on this machine, and say how many cameras that is."""
    from tracker.cli.benching import Wishes, bench_model, print_report

    wishes = Wishes(
        providers=tuple(provider or ()),
        shapes=tuple(size for text in shape or () if (size := _size(text, "--shape"))),
        batches=tuple(batch or (1,)),
        precisions=tuple(precision or ("as-is",)),
        threads=tuple(threads or (1,)),
        runs=runs,
    )
    report = bench_model(model, wishes)
    if as_json:
        print_json(report)
    else:
        print_report(report)


@app.command("evaluate")
def evaluate_command(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of one.")],
    *,
    data: Annotated[Path, typer.Option(help="Folder with pictures and YOLO or COCO labels.")],
    split: Annotated[str | None, typer.Option(help="Only this part, such as val; default: all but train.")] = None,
    labels: Annotated[str, typer.Option(help="auto, coco or yolo.")] = "auto",
    names: Annotated[
        list[str] | None, typer.Option("--map", help="LABEL=LABEL, the data's and the model's; may be repeated.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Label that is no piece; may be repeated; default: hand, person; or none.")
    ] = None,
    confidence: Annotated[
        float | None, typer.Option(min=0.05, max=1, help="Operating threshold; default: the card's, else 0.25.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="A model to measure beside it.")] = None,
    provider: Annotated[str, typer.Option(help="Execution provider, or auto.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads inside one inference.")] = 1,
    page: Annotated[Path | None, typer.Option(help="HTML file to write; it holds pictures of the data.")] = None,
    worst: Annotated[int, typer.Option(min=0, max=500, help="Pictures on the page.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples behind the intervals.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on labelled pictures, and say whether they prove anything."""
    from tracker.cli.evaluating import Wishes, choice, evaluate_model, print_evaluation

    wishes = Wishes((model, reference), data, (provider, threads), (page, worst), (confidence, seed))
    report = evaluate_model(wishes, choice(split, labels, names or [], ignore or []), quiet=as_json)
    if as_json:
        print_json(report)
    else:
        print_evaluation(report)
    if report["evidence"]["refused"]:
        limit = report["evidence"]["limit"]
        say(f"tracker: these data are no evidence: a constant box finds more than {limit:.0%} of the things")
        raise typer.Exit(Exit.EVIDENCE)


def _layout(text: str) -> Layout | None:
    from tracker.detect.card import Layout

    if text == "auto":
        return None
    try:
        return Layout(text)
    except ValueError:
        raise UsageError(f"unknown layout {text!r}", expected=f"auto, {', '.join(Layout)}") from None


def _size(text: str | None, option: str) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"{option} {text}", expected="WIDTHxHEIGHT, for instance 640x640")
    return int(width), int(height)
