"""A workshop folder: settings, database, model, every camera file."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

from tracker.cameras import detector_of, feed_of, refuse_counting_people
from tracker.config import CameraFile, Workshop, check_classes, load_calibration, load_workshop
from tracker.config.workshop import WORKSHOP_FILE
from tracker.doctor.finding import Finding, Level
from tracker.domain.errors import TrackerError
from tracker.report import prints_for
from tracker.store import open_store

TOPIC = "workshop"


def examine_shop(folder: Path, now: datetime) -> list[Finding]:
    """Everything about a workshop folder; nothing where there is none.

    Args:
        folder: Perhaps one with workshop.toml.
        now: Aware UTC.
    """
    if not (folder / WORKSHOP_FILE).is_file():
        return [Finding(TOPIC, "folder", Level.ABSENT, f"{folder.resolve()} is none", "`tracker init` makes one")]
    try:
        workshop = load_workshop(folder)
    except TrackerError as error:
        return [Finding(TOPIC, WORKSHOP_FILE, Level.MISSING, str(error), "docs/workshop.md documents every key")]
    findings = [Finding(TOPIC, WORKSHOP_FILE, Level.OK, workshop.name)]
    findings.append(database(workshop, now))
    findings.append(port(workshop.port))
    model, labels = _model(workshop)
    return [*findings, model, *cameras(workshop, labels)]


def database(workshop: Workshop, now: datetime) -> Finding:
    """Whether the database can be read, and does not know the future."""
    try:
        with open_store(workshop.database, create=False) as store, store.read() as view:
            orders = len(view.orders())
            seen = [camera.last_frame_at for camera in view.cameras() if camera.last_frame_at is not None]
    except TrackerError as error:
        return Finding(TOPIC, "database", Level.MISSING, str(error), "docs/workshop.md says how a database is named")
    if seen and max(seen) > now:
        return Finding(
            TOPIC,
            "database",
            Level.MISSING,
            f"its last picture is of {max(seen):%Y-%m-%d %H:%M} UTC, later than the clock",
            "Set the clock before counting goes on",
        )
    return Finding(TOPIC, "database", Level.OK, f"readable, {orders} orders")


def port(number: int) -> Finding:
    """Whether the page's port is free."""
    name = f"port {number}"
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            return Finding(
                TOPIC,
                name,
                Level.WARNING,
                f"in use or not allowed ({error.strerror})",
                "Fine if Fairloom serves there already; else choose another [serve] port",
            )
    return Finding(TOPIC, name, Level.OK, "free")


def cameras(workshop: Workshop, labels: tuple[str, ...] | None) -> list[Finding]:
    """Every calibration file.

    Args:
        labels: The model's class names; ``None`` where it does not load.
    """
    if not workshop.calibrations:
        return [
            Finding(TOPIC, "cameras", Level.ABSENT, "no calibration file", "docs/calibration.md says how to write one")
        ]
    return [finding for path in workshop.calibrations for finding in _camera(path, labels)]


def _camera(path: Path, labels: tuple[str, ...] | None) -> list[Finding]:
    name = f"camera {path.stem}"
    try:
        file = load_calibration(path)
        if labels is not None:
            check_classes(file.calibration, labels)
        refuse_counting_people(file)
        if file.source is not None:
            feed_of(file)
    except TrackerError as error:
        return [Finding(TOPIC, name, Level.MISSING, str(error), "docs/calibration.md documents every key")]
    where = "only for replays" if file.source is None else f"source {file.source}"
    found = Finding(TOPIC, name, Level.OK, f"{len(file.calibration.rules)} rules, {where}")
    return [found, *_prints(file, name)]


def _prints(file: CameraFile, name: str) -> list[Finding]:
    """The smallest order card that a camera can read; nothing where nobody measured its scale."""
    if file.px_per_mm is None:
        return []
    name = f"{name}, cards"
    try:
        prints = prints_for(file.px_per_mm)
    except TrackerError as error:
        return [Finding(TOPIC, name, Level.WARNING, str(error), "docs/order-cards.md says what a camera can read")]
    tickets = f"tickets with QR codes of {prints.qr_mm} mm" if prints.camera_reads_tickets else "no bundle tickets"
    return [Finding(TOPIC, name, Level.OK, f"reads order cards with tags of {prints.tag_mm} mm, and {tickets}")]


def _model(workshop: Workshop) -> tuple[Finding, tuple[str, ...] | None]:
    try:
        detector = detector_of(workshop)
    except TrackerError as error:
        return Finding(TOPIC, "model", Level.MISSING, str(error), "`tracker model list` shows what is there"), None
    why = f" ({detector.reason})" if detector.reason else ""
    what = f"{detector.card.name}, {len(detector.labels)} classes, runs on {detector.provider}{why}"
    return Finding(TOPIC, "model", Level.OK, what), detector.labels
