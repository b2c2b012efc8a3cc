"""The demo's workshop folder: settings, cameras, four orders from a sheet, and two days of made-up history.

The history is seeded, and the page says so; its last word is a hand count per step, from which the live part goes on.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tracker.app import open_workshop, utc_now
from tracker.config import Workshop as Settings
from tracker.domain.estimates import Assignment
from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.orders import HumanCount, OrderId, ScheduleEntry
from tracker.domain.rules import ActivityRule, GateRule, Rule, RuleKind, StockRule, TransferRule
from tracker.intake import read_sheet
from tracker.progress import refresh
from tracker.sim.workshop import CUT, CUTTING, PACK, PACKING, PIECES_PER_BUNDLE, SEW, SEWING, Workshop
from tracker.store import Store

OUTAGE = (78.0, 90.0)
"""Seconds of the packing clip that nobody sees: after its schedule has turned to the second order."""
MORNING = 10
"""The demo's workshop lies where it is ten in the morning now, in the middle of a shift."""

CAMERA_OF = {CUT: CUTTING, SEW: SEWING, PACK: PACKING}
PURPOSE = {
    CUTTING: "Counts tied bundles handed over from cutting",
    SEWING: "Counts finished pieces laid into the sewing tray",
    PACKING: "Counts packed pieces put into the carton",
}
SHEET = (
    ("PO-2401", "Harbour Outfitters", "Crew tee", "t-shirt", "coral", {"S": 40, "M": 50, "L": 30}, 0),
    ("PO-2402", "Linden Sports", "Club polo", "polo", "teal", {"S": 20, "M": 30, "L": 30}, 5),
    ("PO-2403", "Atelier Norte", "Check shirt", "shirt", "sky", {"M": 30, "L": 30}, 9),
    ("PO-2404", "Harbour Outfitters", "Zip hoodie", "hoodie", "mustard", {"M": 45, "L": 45}, 12),
)
"""Order, customer, style, family, colour, sizes, days from today until it is due."""
DONE = {
    ("PO-2401", CUT): 120,
    ("PO-2401", SEW): 42,
    ("PO-2401", PACK): 30,
    ("PO-2402", CUT): 80,
    ("PO-2402", SEW): 60,
    ("PO-2402", PACK): 45,
    ("PO-2403", CUT): 20,
    ("PO-2403", SEW): 14,
    ("PO-2404", CUT): 40,
    ("PO-2404", SEW): 24,
}
"""Pieces through a step in the two seeded days."""
LINES_COUNTED = {("PO-2402", PACK): (20, 25, 0)}
"""Counted by hand line by line: of size L not one is packed yet."""


def seed(folder: Path, workshop: Workshop, urls: Mapping[CameraId, str], *, port: int) -> Settings:
    """Make the workshop folder and its history; returns its settings."""
    now = utc_now()
    offset_h = (MORNING - now.hour + 11) % 24 - 11
    zone = f"Etc/GMT{-offset_h:+d}" if offset_h else "Etc/GMT"
    today = now.astimezone(ZoneInfo(zone)).date()
    _write_settings(folder, zone, rest_day=today + timedelta(days=3), port=port)
    for script in workshop.scripts:
        rule = rule_of(workshop, script.camera)
        text = calibration_text(script.camera, PURPOSE[script.camera], rule, urls[script.camera])
        (folder / "calibration" / f"{script.camera}.toml").write_text(text, encoding="utf-8")
    sheet = folder / "orders.csv"
    _write_sheet(sheet, today)
    settings, store = open_workshop(folder)
    with store:
        orders = read_sheet(sheet, today=today).orders
        with store.write(now) as unit:
            unit.add_orders(orders)
        _seed_days(store, workshop, settings, today)
        with store.write(now) as unit:
            for (order, step), pieces in DONE.items():
                unit.add_human_count(HumanCount(OrderId(order), step, None, pieces, now))
            for (order, step), counted in LINES_COUNTED.items():
                for line, pieces in enumerate(counted):
                    unit.add_human_count(HumanCount(OrderId(order), step, line, pieces, now))
        refresh(store, calendar=settings.calendar, now=now)
    return settings


def schedule_live(store: Store, workshop: Workshop, camera: CameraId, *, live_at: datetime) -> None:
    """Write down which order the camera's step works on, now that its clip has begun.

    The last entry stays open: after the accident the packing clip goes on later than planned.
    """
    spans = [span for span in workshop.schedule if CAMERA_OF[span.step] == camera]
    entries = [
        ScheduleEntry(
            order=span.order,
            step=span.step,
            cell=None,
            start=live_at + timedelta(seconds=span.start_s),
            end=None if span is spans[-1] else live_at + timedelta(seconds=span.end_s),
        )
        for span in spans
    ]
    with store.write(utc_now()) as unit:
        unit.add_schedule(entries)


def calibration_text(camera: str, purpose: str, rule: Rule, source: str, *, masks: str = "") -> str:
    """A calibration file for one rule."""
    head = f'camera = "{camera}"\npurpose = "{purpose}"\nsource = {source!r}\n{masks}\n[[rules]]\nid = "{rule.id}"\n'
    if isinstance(rule, ActivityRule):
        raise TypeError("the demo has no activity rules")
    if isinstance(rule, GateRule):
        body = f'kind = "gate"\nline = {_list(rule.start, rule.end)}\n'
    elif isinstance(rule, StockRule):
        body = f'kind = "stock"\nzone = {_list(*rule.zone.polygon)}\n'
    else:
        body = f'kind = "transfer"\nfrom = {_list(*rule.source.polygon)}\nto = {_list(*rule.destination.polygon)}\n'
    target = rule.target
    classes = "[" + ", ".join(f'"{name}"' for name in target.classes) + "]" if target.classes else '"any"'
    tail = f'classes = {classes}\nunit = "{target.unit}"\npieces_per_unit = {target.pieces_per_unit}\n'
    return head + body + tail + (f'step = "{target.step}"\n' if target.step else "")


def _list(*points: tuple[float, float]) -> str:
    return str([[round(x, 4), round(y, 4)] for x, y in points])


def _write_settings(folder: Path, zone: str, *, rest_day: date, port: int) -> None:
    (folder / "calibration").mkdir(parents=True, exist_ok=True)
    (folder / "workshop.toml").write_text(
        f"""name = "Fairloom demo workshop"

[calendar]
timezone = "{zone}"        # the demo's workshop lies where it is ten in the morning now
shifts = [[08:00:00, 12:00:00], [13:00:00, 18:00:00]]
rest_days = ["{rest_day.strftime("%A").lower()}"]

[serve]
port = {port}
""",
        encoding="utf-8",
    )


def _write_sheet(path: Path, today: date) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["order", "customer", "style", "style family", "colour", "size", "quantity", "unit", "promised", "route"]
        )
        for order, customer, style, family, colour, sizes, days in SHEET:
            due = (today + timedelta(days=days)).isoformat()
            for size, quantity in sizes.items():
                row = [order, customer, style, family, colour, size, quantity, "piece", due, "cut > sew > pack"]
                rows.writerow(row)


def _seed_days(store: Store, workshop: Workshop, settings: Settings, today: date) -> None:
    """Events of the two days before today, spread evenly over their shifts."""
    zone = ZoneInfo(settings.calendar.timezone)
    hours = [day * 9 + hour for day in range(2) for hour in range(9)]
    for step, camera in CAMERA_OF.items():
        events: list[tuple[Event, Assignment]] = []
        for order, pieces in ((order, pieces) for (order, at), pieces in DONE.items() if at == step):
            each = PIECES_PER_BUNDLE if step == CUT else 1
            for number in range(pieces // each):
                working_hour = (number + 0.5) * len(hours) / (pieces // each)
                at = _shift_instant(today, working_hour, zone)
                events.append(_event(rule_of(workshop, camera), camera, at, OrderId(order), number))
        events.sort(key=lambda pair: pair[0].decided_at)
        with store.write(events[-1][0].decided_at) as unit:
            unit.record(camera, events=events, stock=(), gaps=(), watermark=events[-1][0].decided_at)


def _shift_instant(today: date, working_hour: float, zone: ZoneInfo) -> datetime:
    """The instant after so many working hours of the two days before today: 8-12 and 13-18 o'clock."""
    day, hour = divmod(working_hour, 9)
    clock_h = 8 + hour + (1 if hour >= 4 else 0)
    start = datetime.combine(today - timedelta(days=2 - int(day)), time(0), zone)
    return (start + timedelta(hours=clock_h)).astimezone(UTC)


def rule_of(workshop: Workshop, camera: CameraId) -> GateRule | TransferRule:
    """The rule that counts at a simulated camera."""
    rule = workshop.script(camera).rule
    if rule is None:
        raise ValueError(f"camera {camera} counts nothing")
    return rule


def _event(
    rule: GateRule | TransferRule, camera: CameraId, at: datetime, order: OrderId, number: int
) -> tuple[Event, Assignment]:
    direction = Direction.IN if isinstance(rule, GateRule) else Direction.MOVED
    event = Event(
        id=event_id(camera, rule.id, direction, at, number * 100 + int(order[-1])),
        camera=camera,
        rule=rule.id,
        kind=RuleKind.GATE if isinstance(rule, GateRule) else RuleKind.TRANSFER,
        direction=direction,
        class_name=rule.target.classes[0],
        pieces=rule.target.pieces_per_unit,
        moment=Moment(0, 0.0, at),
        decided_at=at,
        step=rule.target.step,
        cell=None,
        provenance=Provenance.CAMERA,
    )
    return event, Assignment(event.id, order, "seeded history of the demo")
