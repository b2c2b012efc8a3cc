"""What holds for the repository as a whole: layers that bite, a lock without addresses, documents that agree."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in (ROOT / "tracker").glob("*/__init__.py"))
SOURCES = sorted((ROOT / "tracker").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

LONGEST_FILE, LONGEST_FUNCTION = 400, 60
"""Lines. The conventions say to look for a seam at 300 and 40; beyond these there certainly is one."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def settings() -> dict[str, dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


# --- layers ---------------------------------------------------------------------------------------------------------


def lint_imports(folder: Path, sinners: Iterable[tuple[str, str]] = ()) -> subprocess.CompletedProcess[str]:
    """Check a package of the shape of ``tracker``: each library imported in its home, and each sinner's line.

    Args:
        folder: An empty folder.
        sinners: Package and line of what goes into ``tracker.<package>.sinner<row>``.
    """
    homes = {
        "capture": "import av, cv2",
        "config": "import pydantic",
        "detect": "import cv2, onnxruntime, zxingcpp",
        "evaluate": "import pycocotools, yaml",
        "intake": "import openpyxl",
        "report": "import pylopdf_fonts_zh_cn, typst, zxingcpp",
        "serve": "import fastapi, starlette",
        "store": "import alembic, sqlalchemy",
        "train": "import torch",
    }
    modules = [*((name, "home", homes.get(name, "")) for name in PACKAGES)]
    modules += [(package, f"sinner{row}", line) for row, (package, line) in enumerate(sinners)]
    for package, module, line in modules:
        (folder / "tracker" / package).mkdir(parents=True, exist_ok=True)
        (folder / "tracker" / package / "__init__.py").touch()
        (folder / "tracker" / package / f"{module}.py").write_text(f"{line}\n")
    for name in ("__init__.py", "pipeline.py"):
        (folder / "tracker" / name).touch()
    shutil.copy(ROOT / "pyproject.toml", folder)
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_hold_for_a_package_that_keeps_them(tmp_path: Path) -> None:
    done = lint_imports(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


SINNERS = (
    ("domain", "import tracker.track"),  # the vocabulary knows no stage
    ("track", "import tracker.count"),  # stages are siblings
    ("estimate", "from tracker.store import home"),  # the core reads no rows
    ("capture", "import tracker.config"),  # stages take values, not settings
    ("store", "import tracker.serve"),  # what is below does not know what is above
    ("serve", "import tracker.pipeline"),  # what serves never sees a pixel
    ("count", "import cv2"),
    ("detect", "import av"),
    ("track", "import onnxruntime"),
    ("serve", "import sqlalchemy.orm"),
    ("cli", "import alembic.command"),
    ("domain", "import pydantic"),
    ("cli", "import fastapi"),
    ("store", "from starlette.requests import Request"),
    ("detect", "import torch"),
    ("sim", "from ultralytics import YOLO"),
    ("cli", "import openpyxl"),
    ("cli", "import typst"),
    ("assign", "import zxingcpp"),
    ("train", "import pycocotools.coco"),
    ("evaluate", "import tracker.train"),  # training measures itself with it, not the other way round
)


@pytest.fixture(scope="module")
def verdict_on_sinners(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = lint_imports(tmp_path_factory.mktemp("sinners"), SINNERS)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("row", range(len(SINNERS)), ids=lambda row: f"{SINNERS[row][0]}: {SINNERS[row][1]}")
def test_an_import_against_the_layers_is_found(verdict_on_sinners: str, row: int) -> None:
    package, _ = SINNERS[row]

    assert f"tracker.{package}.sinner{row} " in verdict_on_sinners


def test_a_package_without_a_place_among_the_layers_is_found(tmp_path: Path) -> None:
    done = lint_imports(tmp_path, [("common", "import tracker.domain")])

    assert done.returncode == 1
    assert "tracker.common" in done.stdout


# --- code -----------------------------------------------------------------------------------------------------------


def test_files_and_functions_have_a_readable_length() -> None:
    too_long = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if "migrations/versions" in relative(path):
            continue  # a migration is a list of columns
        if (lines := text.count("\n")) > LONGEST_FILE:
            too_long.append(f"{relative(path)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    too_long.append(f"{relative(path)}:{node.lineno}: {node.name} has {length} lines")
    assert not too_long, "\n".join(too_long)


def test_no_module_is_called_after_nothing() -> None:
    empty_words = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

    assert [relative(path) for path in SOURCES if empty_words & {*path.with_suffix("").parts}] == []


def test_test_files_mirror_the_package_and_have_names_of_their_own() -> None:
    folders = {relative(path.parent).removeprefix("tests").lstrip("/") for path in TESTS}

    # golden: clips with reviewed events, which go through every stage
    assert {folder.split("/")[0] for folder in folders if folder} <= {*PACKAGES, "golden", "scripts"}
    names = [path.name for path in TESTS]
    assert sorted(names) == sorted(set(names))


# --- dependencies ---------------------------------------------------------------------------------------------------


@cache
def locked() -> dict[str, set[Version]]:
    versions: dict[str, set[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock_text(), re.MULTILINE):
        versions.setdefault(canonicalize_name(name), set()).add(Version(version))
    return versions


@cache
def lock_text() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_lock_holds_every_dependency_in_a_version_that_fits() -> None:
    project = settings()["project"]
    extras = project["optional-dependencies"]
    wanted = map(Requirement, [*project["dependencies"], *extras["dev"], *extras["demo"]])
    gaps = [
        str(requirement)
        for requirement in wanted
        if requirement.name != project["name"]
        and not any(v in requirement.specifier for v in locked().get(canonicalize_name(requirement.name), ()))
    ]
    assert not gaps, f"run python3 scripts/lock.py: {gaps}"


def test_the_lock_is_hashed_and_names_no_registry() -> None:
    pins = re.findall(r"^\S+==.*?(?=^\S|\Z)", lock_text(), re.MULTILINE | re.DOTALL)

    assert len(pins) > 50
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert re.findall(r"\w+://\S+|^--\S+|^-\w .*", lock_text(), re.MULTILINE) == []


def test_the_lock_brings_one_opencv_only() -> None:
    assert [name for name in locked() if name.startswith("opencv")] == ["opencv-python-headless"]


# --- documents ------------------------------------------------------------------------------------------------------


def test_the_licence_is_the_text_of_the_fsf() -> None:
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes().replace(b"\r\n", b"\n")).hexdigest()

    assert digest == "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]

    assert [target for target in targets if target and not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", ADRS, ids=relative)
def test_a_decision_says_why_and_what_follows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number = path.name.split("-")[0]

    assert re.match(rf"# {number}\. \S", text), "the title repeats the number"
    assert re.search(r"^Status: (Accepted|Superseded by \[\d{4}\]\(.+\)), \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:3] == ["Context", "Decision", "Consequences"]
    assert f"]({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8"), "list it in README.md"


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "python3 scripts/demo.py" in text
    assert "python3 scripts/test.py" in text
    assert "python3 scripts/test.py" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_no_file_holds_an_address_of_a_registry_or_a_path_of_one_machine() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("only a git checkout knows which files belong to the project")
    forbidden = "|".join(
        [r"https?://[^ ]*(pypi|pythonhosted|npmjs|debian)\.", r"(/home|/Users|/root)/\w", re.escape(str(ROOT)) + r"\b"]
    )
    command = [git, "-C", str(ROOT), "grep", "-nIE", forbidden, "--", ":!tests/test_repository.py"]

    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout

    assert not found, found
