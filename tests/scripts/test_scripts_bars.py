"""The runner of the long measurements, run as a user runs it, on small modules made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "scripts" / "bars" / "run.py"

CLEARS = """
from figures import Figure
NAME, WHAT = "clears", "clears its bar"
def measure(seed, sample):
    length_s = 1.0 if sample else 9.0
    return [Figure("seed seen", seed, "", "", None), Figure("length", length_s, "s", "at most [10]", True)]
"""
MISSES = """
from figures import Figure
NAME, WHAT = "misses", "misses its bar"
def measure(seed, sample):
    return [Figure("ratio", 2.0, "", "at most 1.06", False)]
"""
BREAKS = """
NAME, WHAT = "breaks", "raises"
def measure(seed, sample):
    raise RuntimeError("the camera fell off the wall")
"""
EMPTY = """
NAME, WHAT = "empty", "measures nothing"
def measure(seed, sample):
    return []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"a": CLEARS, "b": MISSES, "c": BREAKS, "d": EMPTY}.items():
        (tmp_path / f"bar_{name}.py").write_text(text)
    return tmp_path


def bars(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUNNER), "--folder", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_prints_figure_bar_seed_and_commit_and_succeeds_when_the_bar_is_cleared(folder: Path) -> None:
    done = bars(folder, "clears", "--seed", "7", "--sample")

    assert done.returncode == 0, done.stderr
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert f"commit={head.stdout.strip() or 'no-commit'}" in done.stdout
    assert "seed=7" in done.stdout
    assert "  -      seed seen: 7\n" in done.stdout
    assert "  ok     length: 1 s  [at most [10]]\n" in done.stdout


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("misses", "MISSED ratio: 2  [at most 1.06]"),
        ("breaks", "RuntimeError: the camera fell off the wall"),  # with its traceback
        ("empty", "no figure was measured"),  # a measurement that measures nothing proves nothing
    ],
)
def test_fails_when_a_bar_is_not_cleared(folder: Path, name: str, shown: str) -> None:
    done = bars(folder, name)

    assert done.returncode == 1
    assert shown in done.stdout


def test_runs_the_rest_after_one_breaks_and_writes_them_all_as_json(folder: Path, tmp_path: Path) -> None:
    done = bars(folder, "--json", str(tmp_path / "report.json"), "breaks", "clears")

    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 1
    assert [(m["name"], m["passed"]) for m in report["measurements"]] == [("breaks", False), ("clears", True)]
    assert report["measurements"][1]["figures"][1] == {
        "name": "length", "value": 9.0, "unit": "s", "bar": "at most [10]", "ok": True,
    }  # fmt: skip
    assert {"commit", "seed", "sample", "python", "machine", "cores"} <= set(report)


def test_names_what_there_is_when_asked_for_something_else(folder: Path) -> None:
    done = bars(folder, "speed")

    assert done.returncode == 2
    assert "no measurement speed; there is: clears, misses, breaks, empty" in done.stderr


def test_refuses_two_measurements_of_one_name(folder: Path) -> None:
    (folder / "bar_e.py").write_text(CLEARS)

    done = bars(folder, "--list")

    assert done.returncode != 0
    assert "bar_e.py: NAME 'clears' is taken" in done.stderr


def test_the_projects_own_measurements_can_be_listed() -> None:
    done = subprocess.run([sys.executable, str(RUNNER), "--list"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(list(RUNNER.parent.glob("bar_*.py")))
