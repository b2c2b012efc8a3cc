"""What ``tracker model evaluate`` measures and prints."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tracker.cli.shell import console, progress, say
from tracker.detect import OnnxDetector, load_detector
from tracker.doctor.machine import processor_name
from tracker.domain.errors import ConfigError
from tracker.evaluate import Choice, Options, document, evaluate, load_dataset, write_page
from tracker.evaluate.dataset import UNCOUNTED
from tracker.evaluate.evaluation import CONFIDENCE
from tracker.models import model_folder


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to measure.

    Attributes:
        models: A model folder, or the name of one; and the same of a reference, ``None`` for none.
        data: Folder with pictures and labels.
        running: Execution provider of both, and threads inside one inference.
        page: HTML file to write, ``None`` for none; and pictures on it.
        measuring: Operating threshold, ``None`` for the card's; and the seed of the intervals.
    """

    models: tuple[str, str | None]
    data: Path
    running: tuple[str, int]
    page: tuple[Path | None, int]
    measuring: tuple[float | None, int]


def choice(split: str | None, labels: str, maps: list[str], ignore: list[str]) -> Choice:
    """Which part of the data is meant, from the words of the command line.

    Raises:
        ConfigError: A ``--map`` is not ``LABEL=LABEL``.
    """
    names = {}
    for text in maps:
        theirs, equals, ours = (word.strip() for word in text.partition("="))
        if not (theirs and equals and ours):
            raise ConfigError(f"--map {text}", expected="LABEL=LABEL, the data's label first: --map shirt=garment")
        names[theirs] = ours
    uncounted = UNCOUNTED if not ignore else tuple(label for label in ignore if label != "none")
    return Choice(split, labels, names, uncounted)


def evaluate_model(wishes: Wishes, chosen: Choice, *, quiet: bool) -> dict[str, Any]:
    """Every figure as plain values; the page is written on the way.

    Raises:
        ConfigError: The data, a label or the page cannot be used.
        ModelError: There is no such model.
    """
    page, worst = wishes.page
    if page is not None and not page.resolve().parent.is_dir():
        raise ConfigError(f"cannot write {page}", got="no such folder")
    provider, threads = wishes.running
    folders = [model_folder(name) for name in wishes.models if name is not None]
    detectors = [load_detector(folder, provider=provider, threads=threads) for folder in folders]
    for label in chosen.names.values():
        if label not in detectors[0].labels and label not in chosen.uncounted:
            raise ConfigError(
                f"the model has no label {label!r} to map to", expected=f"one of {', '.join(detectors[0].labels)}"
            )
    dataset = load_dataset(wishes.data, chosen)
    confidence, seed = wishes.measuring
    options = Options(confidence or detectors[0].card.confidence or CONFIDENCE, seed)
    with progress(quiet=quiet) as bar:
        task = bar.add_task("looking", total=len(dataset.examples))
        found = evaluate(detectors, dataset, options, lambda done, _: bar.update(task, completed=done))
    report = document(found)
    report["machine"] = f"{platform.system()} {platform.machine()}, {processor_name()}"
    for key, detector, folder in zip(("model", "reference"), detectors, folders, strict=False):
        report[key] = _about(detector, folder, threads) | report[key]
    if page is not None:
        write_page(page, found, report, worst=worst)
        say(f"{page} shows pictures of the data; whoever may not see those may not see the page")
    return report


def _about(detector: OnnxDetector, folder: Path, threads: int) -> dict[str, Any]:
    card = detector.card
    return {
        "name": card.name,
        "folder": str(folder),
        "sha256": card.sha256,
        "input": [card.input.width, card.input.height],
        "provider": detector.provider,
        "threads": threads,
    }


def print_evaluation(report: dict[str, Any]) -> None:
    """The same for people: what counts first, then where it is weak."""
    out = console()
    data, model = report["data"], report["model"]
    labels = ", ".join(f"{count} {label}" for label, count in data["labels"].items()) or "none"
    out.print(
        f"{model['name']} ({model['folder']}) on {data['folder']}: {data['pictures']} pictures, "
        f"{data['pictures_without_things']} of them without things, {data['things']} things ({labels})"
    )
    for note in report["notes"]:
        out.print(f"  note: {note}")
    _print_evidence(report["evidence"])
    out.print(_headline(report))
    if model["by_label"]["labels"]:
        out.print(_labels(model))
    out.print(_parts(model["parts"]))
    out.print(_sweep(report))
    _print_rest(report)


def _print_evidence(evidence: dict[str, Any]) -> None:
    out, box = console(), evidence["constant_box"]
    found = f"one constant box finds {_share(box['recall'])} of the things"
    if evidence["refused"]:
        out.print(
            f"\nNO EVIDENCE: {found}, more than {evidence['limit']:.0%}.\n"
            "Things lie so much in the same place that the figures below say nothing about a model.\n"
            "Do not publish them; take pictures in which things lie anywhere.\n",
            style="bold red",
        )
    else:
        count = evidence["constant_count"]
        out.print(f"  evidence: {found}, always saying {count['things']} is right in {_share(count['exact'])}")


def _headline(report: dict[str, Any]) -> Table:
    table = _table(f"whatever things are called, confidence from {report['operating']['confidence']:g}, IoU 0.5")
    columns = [report[key] for key in ("model", "reference") if report[key] is not None]
    table.add_column("")
    for column in columns:
        table.add_column(column["name"], justify="right")
    if len(columns) > 1:
        table.add_column("difference", justify="right")
    rows = (
        ("things found", "recall"),
        ("false among the boxes", "false"),
        ("pictures counted right", "exact"),
        ("mAP50", "map50"),
        ("mAP50-95", "map50_95"),
    )
    for name, key in rows:
        cells = [_share(column["any_piece"][key]) for column in columns]
        if len(columns) > 1:
            cells.append(_points(report["comparison"].get(key)))
        table.add_row(name, *cells)
    times = [f"{c['speed']['median_ms']:.1f} ms (p95 {c['speed']['p95_ms']:.1f})" for c in columns]
    ratio = [f"{report['comparison']['time']:.2f} times"] if len(columns) > 1 else []
    table.add_row("time a picture", *times, *ratio)
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)


def _labels(model: dict[str, Any]) -> Table:
    mean = model["by_label"]
    table = _table(
        f"by label: mAP50 {_share(mean['map50'])}, mAP50-95 {_share(mean['map50_95'])}; "
        f"found things that are called right: {_share(mean['named'])}"
    )
    table.add_column("label")
    for heading in ("AP50", "AP50-95", "found", "false"):
        table.add_column(heading, justify="right")
    for row in mean["labels"]:
        averages = [_percent(row[key]) for key in ("ap50", "ap50_95")]
        table.add_row(row["label"], *averages, _share(row["recall"]), _share(row["false"]))
    return table


def _parts(parts: list[dict[str, Any]]) -> Table:
    table = _table("where it is weak")
    table.add_column("by")
    table.add_column("")
    for heading in ("pictures", "things", "found", "false", "counted right"):
        table.add_column(heading, justify="right")
    before = None
    for part in parts:
        by = "" if part["by"] == before else part["by"]
        table.add_row(
            by,
            part["value"],
            str(part["pictures"]),
            str(part["things"]),
            _share(part["recall"]),
            "" if part["false"] is None else _share(part["false"]),
            "" if part["exact"] is None else _share(part["exact"]),
        )
        before = part["by"]
    return table


def _sweep(report: dict[str, Any]) -> Table:
    table = _table("at other thresholds")
    for heading in ("confidence", "found", "false", "counted right", "boxes less things"):
        table.add_column(heading, justify="right")
    for score in report["model"]["sweep"][1::2]:
        error = "-" if score["error"] is None else f"{score['error']:+.2f}"
        shares = [_share(score[key]) for key in ("recall", "false", "exact")]
        table.add_row(f"{score['confidence']:.2f}", *shares, error)
    return table


def _print_rest(report: dict[str, Any]) -> None:
    out, model = console(), report["model"]
    best = model["recommended"]
    elsewhere = best["exact_elsewhere"]
    honest = "" if elsewhere is None else f" ({_share(elsewhere)} when each half chooses for the other)"
    out.print(
        f"recommended: confidence {best['confidence']:g} counts {_share(best['exact'])} of the pictures right{honest}, "
        f"finds {_share(best['recall'])} with {_share(best['false'])} false"
    )
    error = model["calibration"]["error"]
    if error is not None:
        out.print(f"calibration: confidence is off by {error:.1%} on the mean (expected calibration error)")
    out.print(
        f"time: on {report['machine']}, {model['provider']}, {model['threads']} thread(s), as busy as it was; "
        "shrinking, inference and reading of boxes"
    )
    out.print("in brackets: in 95 of 100 cases the truth lies between")


def _share(share: dict[str, Any] | None) -> str:
    if share is None or share["value"] is None:
        return "-"
    return f"{share['value']:.1%} ({100 * share['low']:.1f}..{100 * share['high']:.1f})"


def _points(spread: dict[str, Any] | None) -> str:
    if spread is None or spread["value"] is None:
        return ""
    return f"{100 * spread['value']:+.1f} ({100 * spread['low']:+.1f}..{100 * spread['high']:+.1f})"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
