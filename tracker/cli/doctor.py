"""``tracker doctor``: what works on this machine, why not, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracker.cli.shell import Exit, JsonOption, WorkshopOption, console, print_json
from tracker.domain.errors import ConfigError

if TYPE_CHECKING:
    from tracker.doctor import Finding

HERE = Path()


def doctor(*, workshop: WorkshopOption = HERE, as_json: JsonOption = False) -> None:
    """Say what works on this machine, why not, and what to do."""
    try:
        from tracker.app import utc_now
        from tracker.doctor import Level, examine
    except ImportError as error:
        # a wheel for another system, or a library of the system that is not there
        raise ConfigError(
            "a package that Fairloom needs does not load",
            got=str(error),
            hint="Install it again with pip; on Windows also the Visual C++ redistributable of Microsoft",
        ) from error
    findings = examine(workshop, utc_now())
    works = all(finding.level is not Level.MISSING for finding in findings)
    if as_json:
        print_json({"ok": works, "findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
    if not works:
        raise typer.Exit(Exit.INPUT)


def _print(findings: list[Finding]) -> None:
    out = console()
    topic = None
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            out.print(topic, markup=False)
        out.print(f"  {finding.level.value:<8} {finding.name}: {finding.what}", markup=False)
        if finding.todo is not None:
            out.print(f"           -> {finding.todo}", markup=False)
