"""``tracker model``: add, list and check model folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.shell import JsonOption, console, print_json, say
from tracker.domain.errors import ConfigError, ModelError

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
    from tracker.detect import import_model, load_detector
    from tracker.detect.importer import Wanted

    wanted = Wanted(labels, _layout(layout), _size(input_size), licence)
    target = folder / (name or file.stem)
    card = import_model(file, target, wanted)
    provider = load_detector(target).provider
    if as_json:
        print_json(
            {
                "folder": str(target),
                "layout": card.layout,
                "input": [card.input.width, card.input.height],
                "labels": list(card.labels),
                "provider": provider,
            }
        )
    else:
        size = f"{card.input.width}x{card.input.height}"
        console().print(f"{target}: {card.layout}, {size}, {len(card.labels)} classes, runs on {provider}")


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
    provider: Annotated[str, typer.Option(help="Execution provider to load it on.")] = "cpu",
    as_json: JsonOption = False,
) -> None:
    """Check a model folder: card, checksum, refused outputs, and that it runs on the provider."""
    from tracker.detect import load_detector
    from tracker.models import model_folder

    folder = model_folder(model)
    detector = load_detector(folder, provider=provider)
    if as_json:
        print_json({"folder": str(folder), "name": detector.card.name, "provider": detector.provider, "ok": True})
    else:
        console().print(f"{folder}: checksum right, {len(detector.labels)} classes, runs on {detector.provider}")


def _layout(text: str) -> Layout | None:
    from tracker.detect.card import Layout

    if text == "auto":
        return None
    try:
        return Layout(text)
    except ValueError:
        raise ConfigError(f"unknown layout {text!r}", expected=f"auto, {', '.join(Layout)}") from None


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"--input {text}", expected="WIDTHxHEIGHT, for instance 640x640")
    return int(width), int(height)
