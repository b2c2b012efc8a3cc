"""The command that runs every check, with stand-ins for the checks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "test.py"


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with the Python of these tests in place of the environment that it would make."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("fairloom_checker", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module._setup, "ensure", lambda: Path(sys.executable))
    return module


def checks(*results: tuple[str, int]) -> dict[str, list[list[str]]]:
    return {name: [[sys.executable, "-c", f"print('{name} ran'); raise SystemExit({code})"]] for name, code in results}


def test_runs_every_check_and_fails_when_one_fails(
    checker: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stand_ins = checks(("style", 1), ("types", 0), ("pytest", 3))
    monkeypatch.setattr(checker, "all_checks", lambda *_: stand_ins)
    monkeypatch.setattr(sys, "argv", ["test.py"])

    status = checker.main()

    shown = capfd.readouterr().out
    assert status == 1
    assert all(f"{name} ran" in shown for name in stand_ins)
    assert "1 of 3 checks passed; failed: style, pytest" in shown
    assert shown.splitlines()[-1] == "pytest: 0 passed, 1 failed"  # it wrote no report: that is no success


def test_the_tests_alone_run_with_what_is_meant_for_pytest_and_end_in_their_tally(
    checker: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "def test_left_out(): pytest.skip('no camera')\n"
        "def test_left_over(): assert 0\n"
    )
    chosen = ["-k", "not left_over", str(tmp_path / "test_some.py")]
    monkeypatch.setattr(sys, "argv", ["test.py", "--fast", "-n", "0", "--noconftest", *chosen])

    status = checker.main()

    shown = capfd.readouterr().out
    assert status == 1
    assert shown.splitlines()[-1] == "pytest: 1 passed, 1 failed, 1 skipped"


def test_every_check_of_the_conventions_is_among_them(checker: ModuleType) -> None:
    names = list(checker.all_checks(Path("python"), ["pytest"]))

    assert names == [
        "ruff check", "ruff format", "import-linter", "deptry", "interrogate", "mypy", "pytest", "coverage",
    ]  # fmt: skip
