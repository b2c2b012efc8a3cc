"""Every command in the documents exists, and every command and option of the program is documented."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tracker.cli.main import app
from tracker.cli.shell import Exit

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(group: Any, path: str = "tracker") -> Iterator[tuple[str, Any]]:
    """Every command with its path, groups left out."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


PROGRAM = typer.main.get_command(app)
COMMANDS = dict(commands(PROGRAM))


def options(command: Any) -> set[str]:
    """Long and short names of a command's options."""
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts) if name[0] == "-"}


def shown_lines(text: str) -> Iterator[str]:
    """What a reader would type: code blocks, indented or fenced, and code in a sentence."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^ {4}(.*)$", text, re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    quoted = (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose))
    for line in (*(line for block in blocks for line in block.splitlines()), *indented, *quoted):
        if line.strip().startswith("tracker "):
            yield line.strip()


def wrong(line: str) -> str | None:
    """What a line asks for that the program does not have."""
    words = shlex.split(line.split(" #", maxsplit=1)[0].split(" | ", maxsplit=1)[0].rstrip("."))
    command, path = PROGRAM, "tracker"
    names = iter(words[1:])
    while hasattr(command, "commands"):
        name = next(names, None)
        if name is None or name.startswith("-"):
            break
        if name not in command.commands:
            return f"{path} has no command {name}"
        command, path = command.commands[name], f"{path} {name}"
    known = options(command) | {"--help", "-h"}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known]
    return f"{path} has no option {', '.join(unknown)}" if unknown else None


SHOWN = [(path, line) for path in DOCUMENTS for line in dict.fromkeys(shown_lines(path.read_text(encoding="utf-8")))]


@pytest.mark.parametrize(("path", "line"), SHOWN, ids=[f"{path.name}: {line}" for path, line in SHOWN])
def test_what_the_documents_show_exists(path: Path, line: str) -> None:
    assert wrong(line) is None


def test_the_documents_were_read() -> None:
    names = {path.name for path, _ in SHOWN}
    assert {"README.md", "cli.md", "models.md", "order-sheets.md", "replay.md"} <= names


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("tracker orders import sheet.xlsx --dry-run  # checks", None),
        ("tracker --version", None),
        ("tracker order list", "tracker has no command order"),
        ("tracker orders export", "tracker orders has no command export"),
        ("tracker replay VIDEO --camera c.toml --jsno", "tracker replay has no option --jsno"),
        ("tracker up -p 80", "tracker up has no option -p"),
    ],
)
def test_a_wrong_line_would_be_noticed(line: str, fault: str | None) -> None:
    assert wrong(line) == fault


def section(path: str) -> str:
    found = re.search(rf"^## `{path}\b.*?(?=^## |\Z)", CLI, re.DOTALL | re.MULTILINE)
    assert found, f"docs/cli.md has no section about `{path}`"
    return found[0]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_documented_with_its_arguments_and_options(path: str) -> None:
    text = section(path)
    for parameter in COMMANDS[path].params:
        if parameter.name in {"help", "workshop", "as_json"}:
            continue  # said once for all commands
        name = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper()
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", text), f"{path}: {name}"
    assert ("--json" in options(COMMANDS[path])) == ("`--json`" in text)


def test_only_commands_that_exist_have_a_section() -> None:
    headed = re.findall(r"^## `(tracker [a-z ]*[a-z])", CLI, re.MULTILINE)
    assert sorted(headed) == sorted(COMMANDS)


def test_every_exit_code_is_documented() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", CLI, re.MULTILINE)}
    assert listed == {*Exit, 130}
