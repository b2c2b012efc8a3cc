"""All checks in the order of the report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tracker.detect.card import WEIGHTS_NAME
from tracker.doctor.accelerators import examine_accelerators
from tracker.doctor.finding import Finding
from tracker.doctor.machine import examine_machine
from tracker.doctor.shop import examine_shop
from tracker.doctor.software import examine_software
from tracker.doctor.video import examine_video
from tracker.models import model_folder


def examine(folder: Path, now: datetime) -> list[Finding]:
    """Everything that Fairloom needs or could use.

    Args:
        folder: A workshop folder, or any other.
        now: Aware UTC.
    """
    return [
        *examine_machine(folder, now),
        *examine_software(),
        *examine_accelerators(model_folder("default") / WEIGHTS_NAME),
        *examine_video(),
        *examine_shop(folder, now),
    ]
