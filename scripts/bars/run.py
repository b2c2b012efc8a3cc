"""Run the long measurements; print each figure with its bar, the seed and the commit.

    python3 scripts/bars [NAME ...] [--sample] [--seed N] [--json FILE] [--list]

Every module ``bar_*.py`` beside this file is one measurement:

    NAME = "kill"                                            one word, for the command line
    WHAT = "kill -9 at random moments loses no event"        one line, for --list
    def measure(seed: int, sample: bool) -> list[Figure]     sample: a minute at most, for CI

The exit status is 0 when every figure clears its bar, 1 when one misses it or a measurement breaks, 2 for a NAME that
does not exist.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from figures import Figure

HERE = Path(__file__).resolve().parent
DEFAULT_SEED = 20261123
"""Any number would do; a fixed one makes two runs comparable."""

MISSED, UNKNOWN_NAME = 1, 2


@dataclass(frozen=True, slots=True)
class Measurement:
    """One ``bar_*.py``."""

    name: str
    what: str
    measure: Callable[[int, bool], list[Figure]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one measurement.

    Attributes:
        broke: The traceback when it raised, else ``None``.
    """

    name: str
    figures: list[Figure]
    wall_s: float
    broke: str | None

    @property
    def passed(self) -> bool:
        """Every bar was cleared, and something was measured."""
        return self.broke is None and bool(self.figures) and all(figure.ok is not False for figure in self.figures)


def main(argv: Sequence[str]) -> int:
    """The exit status for a command line."""
    options = parse_arguments(argv)
    known = discover(options.folder)
    unknown = sorted(set(options.names) - set(known))
    if unknown:
        print(f"no measurement {', '.join(unknown)}; there is: {', '.join(known) or 'none'}", file=sys.stderr)
        return UNKNOWN_NAME
    chosen = [known[name] for name in options.names or known]
    if options.list:
        for measurement in chosen:
            print(f"{measurement.name:16} {measurement.what}")
        return 0
    context = describe_run(options.seed, sample=options.sample)
    print(" ".join(f"{key}={value}" for key, value in context.items()), flush=True)
    outcomes = [run_one(measurement, options.seed, sample=options.sample) for measurement in chosen]
    passed = sum(outcome.passed for outcome in outcomes)
    print(f"\n{passed} of {len(outcomes)} measurements clear their bars (seed {options.seed}, {context['commit']})")
    if options.json:
        report = {**context, "measurements": [{**asdict(outcome), "passed": outcome.passed} for outcome in outcomes]}
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if passed == len(outcomes) else MISSED


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line, parsed."""
    parser = argparse.ArgumentParser(
        prog="bars", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="measurements to run; all when none is named")
    parser.add_argument("--sample", action="store_true", help="a short version of each, as CI runs it")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"default {DEFAULT_SEED}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the bar_*.py are; default: beside this file")
    parser.add_argument("--list", action="store_true", help="say what there is and stop")
    return parser.parse_args(argv)


def discover(folder: Path) -> dict[str, Measurement]:
    """The measurements of a folder by name, in alphabetical order of their files.

    Raises:
        ValueError: Two modules have the same name.
    """
    found: dict[str, Measurement] = {}
    for path in sorted(folder.glob("bar_*.py")):
        module = load(path)
        if module.NAME in found:
            msg = f"{path.name}: NAME {module.NAME!r} is taken by another measurement"
            raise ValueError(msg)
        found[module.NAME] = Measurement(module.NAME, module.WHAT, module.measure)
    return found


def load(path: Path) -> Any:  # noqa: ANN401 - a module has no more precise type
    """The module of that file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        msg = f"cannot import {path}"
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses and pickles look their module up by name
    spec.loader.exec_module(module)
    return module


def run_one(measurement: Measurement, seed: int, *, sample: bool) -> Outcome:
    """Measure and print; a measurement that raises is a missed bar, and the next one still runs."""
    print(f"\n{measurement.name}: {measurement.what}", flush=True)
    start = time.monotonic()
    broke, figures = None, []
    try:
        figures = measurement.measure(seed, sample)
    except Exception:  # noqa: BLE001 - the outermost edge: whatever happened is shown and counted as a miss
        broke = traceback.format_exc()
        print(broke, flush=True)
    for figure in figures:
        verdict = {True: "ok", False: "MISSED", None: "-"}[figure.ok]
        bar = f"  [{figure.bar}]" if figure.bar else ""
        print(f"  {verdict:7}{figure.name}: {figure.value:g} {figure.unit}".rstrip() + bar, flush=True)
    if not broke and not figures:
        print("  MISSED no figure was measured", flush=True)
    return Outcome(measurement.name, figures, round(time.monotonic() - start, 2), broke)


def describe_run(seed: int, *, sample: bool) -> dict[str, Any]:
    """What a reader needs to repeat the run: commit, seed, machine."""
    return {
        "commit": commit(),
        "seed": seed,
        "sample": sample,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def commit() -> str:
    """Short hash of the commit that was measured, with ``+changes`` when files differ from it."""
    git = ["git", "-C", str(HERE)]
    head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode != 0:
        return "no-commit"  # a source archive
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    return head.stdout.strip() + ("+changes" if status.stdout.strip() else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
