"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it stands."""

    OK = "ok"
    ABSENT = "absent"
    """Not here, and nothing that is set up needs it."""
    WARNING = "warning"
    """Works, or would work, but somebody should know."""
    MISSING = "missing"
    """Needed, and does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        topic: What it belongs to: machine, software, models, cameras, workshop.
        name: What was looked at.
        level: How it stands.
        what: What was found, in words.
        todo: What to do about it; ``None`` where nothing has to be done.
    """

    topic: str
    name: str
    level: Level
    what: str
    todo: str | None = None
