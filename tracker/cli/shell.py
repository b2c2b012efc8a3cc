"""What all commands share: exit codes, errors as one clear message, output as text or JSON."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tracker.domain.errors import ConflictError, NotFoundError, ProviderError, StoreError, TrackerError, UsageError

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
WorkshopOption = Annotated[
    Path, typer.Option("--workshop", "-w", help="Folder with workshop.toml.", envvar="FAIRLOOM_WORKSHOP")
]


PIPE_WIDTH = 160
"""Columns of a report that goes into a file or another program."""


class Exit(IntEnum):
    """Exit codes, the same for every command; docs/cli.md says what each means."""

    OK = 0
    DEFECT = 1
    USAGE = 2
    INPUT = 3
    NOT_FOUND = 4
    CONFLICT = 5
    STORE = 6
    PROVIDER = 7
    CLOCK = 8
    EVIDENCE = 9


def exit_code(error: TrackerError) -> Exit:
    """The exit code of an error."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    if isinstance(error, NotFoundError):
        return Exit.NOT_FOUND
    if isinstance(error, ConflictError):
        return Exit.CONFLICT
    if isinstance(error, StoreError):
        return Exit.STORE
    if isinstance(error, ProviderError):
        return Exit.PROVIDER
    return Exit.INPUT


def console() -> Console:
    """Where people read reports; as wide as the terminal, or wide enough for every table when there is none."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(file=sys.stdout, highlight=False, soft_wrap=True, width=width)


def say(message: str) -> None:
    """A sentence about what is going on, on standard error."""
    sys.stderr.write(message + "\n")


def print_json(value: dict[str, Any] | list[Any]) -> None:
    """One JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def progress(*, quiet: bool) -> Progress:
    """A progress bar on standard error; nothing when quiet or when standard error is no terminal."""
    out = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
        transient=True,
        disable=quiet or not out.is_terminal,
    )
