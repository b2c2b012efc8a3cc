"""Check everything: style, types, layers, dependencies, docstrings, and the tests with their branch coverage.

    python3 scripts/test.py                      all of it
    python3 scripts/test.py --fast               the tests only, without coverage
    python3 scripts/test.py --fast tests/track   what pytest understands is passed on to it

Sets up its own environment the first time; needs Python 3.11 or newer and nothing else. Runs every check even when one
fails, and ends with a summary; the exit status is 0 only when all passed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import _setup


def main() -> int:
    """Exit status: 0 when every check passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="run pytest only, without coverage")
    parser.add_argument("-n", "--workers", type=int, default=max(2, os.cpu_count() or 2), help="pytest processes")
    options, for_pytest = parser.parse_known_args()
    try:
        python = _setup.ensure()
    except _setup.SetupError as error:
        sys.exit(f"\n{error}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "pytest.xml"
        slowest = ["--durations=8", "--durations-min=3"]  # seconds; what is slow should be seen by who made it so
        pytest = ["pytest", "-n", str(options.workers), f"--junit-xml={report}", *slowest, *for_pytest]
        checks = {"pytest": [[str(python), "-m", *pytest]]} if options.fast else all_checks(python, pytest)
        failed = [name for name, commands in checks.items() if not run(name, commands)]
        tally = read_tally(report)
    print(f"\n{len(checks) - len(failed)} of {len(checks)} checks passed", end="")
    print(f"; failed: {', '.join(failed)}" if failed else "")
    print(tally)  # last, and in a form that machines read
    return 1 if failed else 0


def all_checks(python: Path, pytest: list) -> dict:
    """Command lines of each check by name, in the order in which they run: what is quick to fail comes first."""
    module = [str(python), "-m"]
    return {
        "ruff check": [[*module, "ruff", "check"]],
        "ruff format": [[*module, "ruff", "format", "--check", "--output-format", "concise"]],
        "import-linter": [[str(_setup.program_in_venv("lint-imports")), "--no-logo"]],
        "deptry": [[*module, "deptry", "."]],
        "interrogate": [[*module, "interrogate", "tracker"]],
        "mypy": [[*module, "mypy"]],
        "pytest": [[*module, "coverage", "erase"], [*module, "coverage", "run", "-m", *pytest]],
        "coverage": [[*module, "coverage", "combine", "--quiet"], [*module, "coverage", "report"]],
    }


def run(name: str, commands: list) -> bool:
    """Whether all commands succeeded, one after the other; their output goes straight to the user."""
    print(f"\n=== {name}", flush=True)
    start = time.monotonic()
    passed = all(
        subprocess.run(command, cwd=_setup.ROOT, env=_setup.child_environment(), check=False).returncode == 0
        for command in commands
    )
    print(f"=== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
    return passed


def read_tally(report: Path) -> str:
    """One line of counts from pytest's own report."""
    if not report.exists():
        return "pytest: 0 passed, 1 failed"  # it did not get as far as writing one
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - written by pytest just now
    total, failures, errors, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    broken = failures + errors
    return f"pytest: {max(0, total - broken - skipped)} passed, {broken} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main())
