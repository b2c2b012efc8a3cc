"""What ``tracker model bench`` measures and prints."""

from __future__ import annotations

import platform
import tempfile
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from rich.table import Table

from tracker.cli.shell import console, say
from tracker.detect.bench import (
    ACTIVE_SHARE,
    CAMERA_FPS,
    OTHER_MS,
    Setting,
    installed_providers,
    measure,
    perf_commands,
)
from tracker.detect.card import WEIGHTS_NAME, load_card
from tracker.detect.feeding import TensorInfo
from tracker.detect.precision import Precision, in_precision
from tracker.detect.providers import check_name
from tracker.detect.session import OnnxSession
from tracker.doctor.machine import processor_name
from tracker.domain.errors import ModelError, ProviderError, UsageError
from tracker.models import model_folder


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to measure: every combination.

    Attributes:
        providers: Nothing means every installed one.
        shapes: Width and height; nothing means the card's, or the file's own.
        batches: Pictures in one inference.
        precisions: Values of :class:`Precision`.
        threads: Threads inside one inference.
        runs: Inferences of each measurement.
    """

    providers: tuple[str, ...]
    shapes: tuple[tuple[int, int], ...]
    batches: tuple[int, ...]
    precisions: tuple[str, ...]
    threads: tuple[int, ...]
    runs: int


def bench_model(model: str, wishes: Wishes) -> dict[str, Any]:
    """Measurements of a model as plain values; what could not be measured says why.

    Raises:
        ProviderError: There is none of that name, which is said before anything runs, or nothing could be measured.
        NotFoundError: There is no such model.
        UsageError: There is no such precision.
    """
    precisions = {name: _precision(name) for name in wishes.precisions}
    for provider in wishes.providers:
        check_name(provider)
    file, card_shape = _find(model)
    inputs = OnnxSession(file).inputs
    shapes = wishes.shapes or (card_shape or _declared(inputs[0]),)
    providers = wishes.providers or tuple(installed_providers())
    rows: list[dict[str, Any]] = []
    commands: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, precision in precisions.items():
            weights = in_precision(file, precision, Path(scratch))
            for provider, (width, height), batch, threads in product(providers, shapes, wishes.batches, wishes.threads):
                setting = Setting(provider, width, height, batch, threads)
                say(f"measuring {name} on {provider}, {width}x{height}, batch {batch}, {threads} thread(s)")
                rows.append(asdict(setting) | {"precision": name} | _measured(weights, setting, wishes.runs))
                commands += perf_commands(file, replace(setting, provider=provider), inputs)
    if all("error" in row for row in rows):
        raise ProviderError(f"nothing of {file} could be measured", got="; ".join(row["error"] for row in rows))
    return {
        "model": str(file),
        "machine": f"{platform.system()} {platform.machine()}, {processor_name()}",
        "measurements": rows,
        "assumptions": {"fps": CAMERA_FPS, "other_ms_per_frame": OTHER_MS, "active_share": ACTIVE_SHARE},
        "compare_with": list(dict.fromkeys(commands)),
    }


def print_report(report: dict[str, Any]) -> None:
    """The same as a table, with what the columns mean."""
    out = console()
    table = Table(title=f"{report['model']} on {report['machine']}", title_justify="left")
    for heading in ("provider", "precision", "input", "batch", "threads"):
        table.add_column(heading)
    for heading in ("median ms", "p95 ms", "images/s", "CPU ms/image", "process MiB", "cameras", "gated"):
        table.add_column(heading, justify="right")
    for row in report["measurements"]:
        about = [row["provider"], row["precision"], f"{row['width']}x{row['height']}"]
        about += [str(row["batch"]), str(row["threads"])]
        if "error" in row:
            table.add_row(*about, "-", "-", "-", "-", "-", "-", "-")
        else:
            numbers = [f"{row[key]:.1f}" for key in ("median_ms", "p95_ms", "images_per_s", "cpu_ms")]
            table.add_row(*about, *numbers, f"{row['memory_mb']:.0f}", str(row["cameras"]), str(row["cameras_gated"]))
    out.print(table)
    for row in report["measurements"]:
        if "error" in row:
            out.print(f"not measured: {row['error']}")
    out.print(
        f"cameras: at {CAMERA_FPS:g} frames a second in one watcher, with {OTHER_MS:g} ms a frame for everything but "
        f"the model; gated: when {ACTIVE_SHARE:.0%} of frames have motion on the zones, as on a busy camera"
    )
    out.print("the same by other tools:")
    for command in report["compare_with"]:
        out.print(f"  {command}")


def _measured(weights: Path, setting: Setting, runs: int) -> dict[str, Any]:
    try:
        timing = measure(weights, setting, runs=runs)
    except ModelError as error:
        return {"error": str(error)}
    return {key: value if isinstance(value, int) else _short(value) for key, value in asdict(timing).items()}


def _short(value: float | str) -> float | str:
    return value if isinstance(value, str) else round(value, 3)


def _find(model: str) -> tuple[Path, tuple[int, int] | None]:
    """The ONNX file of a model, and the input size its card names."""
    if (file := Path(model)).is_file():
        return file, None
    folder = model_folder(model)
    card = load_card(folder)
    return folder / WEIGHTS_NAME, (card.input.width, card.input.height)


def _declared(picture: TensorInfo) -> tuple[int, int]:
    width, height = picture.shape[-1], picture.shape[-2]
    return width or 640, height or 640


def _precision(name: str) -> Precision:
    try:
        return Precision(name)
    except ValueError:
        raise UsageError(f"--precision {name}", expected=f"one of {', '.join(Precision)}") from None
