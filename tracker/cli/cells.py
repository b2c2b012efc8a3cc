"""The cells of a workshop: those that its camera files name, and those that work was scheduled for."""

from __future__ import annotations

from tracker.config import Workshop, load_calibration
from tracker.config.toml import nearest
from tracker.domain.errors import NotFoundError
from tracker.domain.rules import ActivityRule, Rule
from tracker.store import ReadView


def check_cell(name: str, settings: Workshop, view: ReadView) -> None:
    """Make sure that a workshop has a cell; one that names no cells at all takes any, since only scanners know them.

    Raises:
        NotFoundError: It has others; they are listed.
        CalibrationError: A camera file is wrong.
    """
    files = (load_calibration(path) for path in settings.calibrations)
    known = {str(cell) for file in files for rule in file.calibration.rules if (cell := _cell(rule))}
    known |= {str(rule.cell) for rule in view.camera_rules() if rule.cell}
    known |= {str(entry.cell) for entry in view.schedule() if entry.cell}
    if known and name not in known:
        listed = sorted(known)
        raise NotFoundError(
            f"no cell {name!r}{nearest(name, listed)}",
            expected=f"one of: {', '.join(listed)}",
            hint="A new cell is named first in the rule of a camera that sees it, or with `tracker orders schedule`",
        )


def _cell(rule: Rule) -> str | None:
    return rule.cell if isinstance(rule, ActivityRule) else rule.target.cell
