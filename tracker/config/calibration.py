"""Calibration files: one TOML a camera. docs/calibration.md documents every key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tracker.config.placement import check_card_place, check_line, check_polygon, check_transfer
from tracker.config.salvage import salvage
from tracker.config.toml import Strict, check_table, listed, nearest, parse_toml
from tracker.config.words import NAME
from tracker.domain.errors import CalibrationError
from tracker.domain.frames import CameraId
from tracker.domain.optics import AS_IT_COMES, Lens, Optics
from tracker.domain.rules import (
    ActivityRule,
    Calibration,
    CardPlace,
    CellId,
    CountUnit,
    GateRule,
    Point,
    Rule,
    RuleId,
    StepId,
    StockRule,
    Target,
    TransferRule,
    Zone,
)
from tracker.domain.sources import ANY_MODE, Stills, Transport, UsbFormat, UsbMode

Coordinate = Annotated[float, Field(strict=False, allow_inf_nan=False)]
PointTable = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
PolygonTable = Annotated[list[PointTable], Field(min_length=3)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=NAME)]
ZoneRef = str | PolygonTable


class _Rule(Strict):
    id: Name


class _Counting(_Rule):
    classes: Literal["any"] | Annotated[list[str], Field(min_length=1)] = "any"
    unit: Literal["piece", "bundle", "pack", "panel"] = "piece"
    pieces_per_unit: Annotated[int, Field(ge=1, le=10_000)] = 1
    step: Name | None = None
    cell: Name | None = None
    cards: ZoneRef | None = None
    card_hold_h: Annotated[float, Field(strict=False, ge=0.5, le=24)] = 8.0
    read_tickets: bool = False

    def target(self, finder: _ZoneFinder) -> Target:
        zone = None if self.cards is None else finder.find(self.cards, f"rules.{self.id}.cards")
        return Target(
            classes=() if self.classes == "any" else tuple(self.classes),
            unit=CountUnit(self.unit),
            pieces_per_unit=self.pieces_per_unit,
            step=StepId(self.step) if self.step else None,
            cell=CellId(self.cell) if self.cell else None,
            cards=None if zone is None else CardPlace(zone, self.card_hold_h * 3600.0, self.read_tickets),
        )


class _Gate(_Counting):
    kind: Literal["gate"]
    line: Annotated[list[PointTable], Field(min_length=2, max_length=2)]


class _Transfer(_Counting):
    kind: Literal["transfer"]
    source: ZoneRef = Field(alias="from")
    destination: ZoneRef = Field(alias="to")


class _Stock(_Counting):
    kind: Literal["stock"]
    zone: ZoneRef


class _Activity(_Rule):
    kind: Literal["activity"]
    zone: ZoneRef
    classes: Literal["any"] | Annotated[list[str], Field(min_length=1)] = "any"
    cell: Name | None = None
    seats: Annotated[int, Field(ge=1, le=1000)] = 1


class _View(Strict):
    width_mm: Annotated[float, Field(strict=False, gt=0, le=100_000)]
    width_px: Annotated[int, Field(ge=64, le=20_000)]


Number = Annotated[float, Field(strict=False, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=False, gt=0, lt=10)]


class _Lens(Strict):
    fx: Share
    fy: Share
    cx: Annotated[float, Field(strict=False, ge=0, le=1)] = 0.5
    cy: Annotated[float, Field(strict=False, ge=0, le=1)] = 0.5
    k1: Number = 0.0
    k2: Number = 0.0
    p1: Number = 0.0
    p2: Number = 0.0
    k3: Number = 0.0
    zoom: Annotated[float, Field(strict=False, ge=0.2, le=5)] = 1.0


class _Usb(Strict):
    format: Literal["mjpeg", "yuyv"] | None = None
    width: Annotated[int, Field(ge=16, le=8192)] | None = None
    height: Annotated[int, Field(ge=16, le=8192)] | None = None
    rate: Annotated[float, Field(strict=False, gt=0, le=240)] | None = None


class _CameraTable(Strict):
    camera: Name
    purpose: Annotated[str, Field(min_length=10, max_length=300)]
    source: str | None = None
    transport: Literal["auto", "tcp", "udp"] = "auto"
    fps: Annotated[float, Field(strict=False, gt=0, le=120)] | None = None
    view: _View | None = None
    every_s: Annotated[float, Field(strict=False, ge=5, le=3600)] | None = None
    rotate: Literal[0, 90, 180, 270] = 0
    mirror: bool = False
    lens: _Lens | None = None
    usb: _Usb = _Usb()
    learn_empty: bool = True
    masks: list[ZoneRef] = []
    zones: dict[str, PolygonTable] = {}
    rules: Annotated[
        list[Annotated[_Gate | _Transfer | _Stock | _Activity, Field(discriminator="kind")]], Field(min_length=1)
    ]


class _Rest(_CameraTable):
    """What is left of a file with faults: may lack what a whole one needs."""

    camera: str = "unread"
    purpose: str = "unread"
    rules: list[Annotated[_Gate | _Transfer | _Stock | _Activity, Field(discriminator="kind")]] = []


@dataclass(frozen=True, slots=True)
class CameraFile:
    """A calibration file.

    Attributes:
        path: Where it was read from.
        calibration: What to count.
        source: Stream address with ``${NAME}`` for every secret, or a file; ``None`` when only replays use the file.
        fps: Frames per second to look at; ``None`` looks at every frame.
        px_per_mm: Pixels that a millimetre takes up where cards and pieces lie; ``None`` when nobody measured it.
        stills: A still every so often instead of a film; then ``fps`` is ``None``.
        transport: How an RTSP camera's packets travel.
        usb: What a USB camera is asked for.
        optics: How the camera hangs, what its lens bends, and what is masked.
        learn_empty: Whether its empty background may be learnt without anybody's word where the workshop says so.
    """

    path: Path
    calibration: Calibration
    source: str | None = None
    fps: float | None = None
    stills: Stills | None = None
    transport: Transport = Transport.AUTO
    usb: UsbMode = ANY_MODE
    optics: Optics = AS_IT_COMES
    px_per_mm: float | None = None
    learn_empty: bool = True

    @property
    def is_video(self) -> bool:
        """Whether its source is a video file, which comes to an end."""
        return self.source is not None and "://" not in self.source and not self.source.startswith("usb:")


def load_calibration(path: Path) -> CameraFile:
    """A camera's calibration, checked so that every rule in it can count something.

    Raises:
        CalibrationError: The file is wrong; the message lists every fault with its key.
    """
    raw = parse_toml(path, CalibrationError)
    table = check_table(raw, _CameraTable)
    if isinstance(table, tuple):
        rest, unread = salvage(raw, table)
        _, faults = _geometry(_Rest.model_validate(rest), unread)
        raise listed(path, (*(wrong.text for wrong in table), *faults), CalibrationError)
    calibration, faults = _geometry(table, frozenset())
    if faults:
        raise listed(path, faults, CalibrationError)
    px_per_mm = None if table.view is None else table.view.width_px / table.view.width_mm
    return CameraFile(
        path,
        calibration,
        source=table.source,
        fps=table.fps,
        stills=Stills(table.every_s) if table.every_s else None,
        transport=Transport(table.transport),
        usb=_usb(table.usb),
        optics=Optics(
            calibration.masks, table.rotate, table.mirror, Lens(**table.lens.model_dump()) if table.lens else None
        ),
        px_per_mm=px_per_mm,
        learn_empty=table.learn_empty,
    )


def _geometry(table: _CameraTable, unread: frozenset[str]) -> tuple[Calibration, list[str]]:
    """What to count, and every reason why it cannot be.

    Args:
        unread: Names of zones and masks that could not be read at all, which is a fault already.
    """
    faults: list[str] = []
    zones = {name: Zone(name, _points(polygon)) for name, polygon in table.zones.items()}
    for zone in zones.values():
        faults += check_polygon(zone.polygon, f"zones.{zone.name}")
    finder = _ZoneFinder(zones, faults, unread)
    masks = tuple(found for i, mask in enumerate(table.masks) if (found := finder.find(mask, f"masks[{i}]")))
    rules = tuple(rule for given in table.rules if (rule := _rule(given, finder, masks, faults)))
    for rule in rules:
        if not isinstance(rule, ActivityRule) and rule.target.cards is not None:
            faults += check_card_place(rule.target.cards.zone, masks, f"rules.{rule.id}.cards")
    ids = [rule.id for rule in table.rules]
    faults += [
        f"rules: id {name!r} is used {ids.count(name)} times" for name in dict.fromkeys(ids) if ids.count(name) > 1
    ]
    faults += _contradictions(table)
    return Calibration(CameraId(table.camera), table.purpose, masks, rules), faults


def _usb(table: _Usb) -> UsbMode:
    size = (table.width, table.height) if table.width and table.height else None
    return UsbMode(UsbFormat(table.format) if table.format else None, size, table.rate)


def _contradictions(table: _CameraTable) -> list[str]:
    """Keys that cannot go together."""
    faults = []
    if table.every_s is not None:
        if table.fps is not None:
            faults.append("every_s: a still every so often has no frames a second; leave out fps or every_s")
        faults += [
            f"rules.{rule.id}: {rule.kind} needs a film, and every_s gives a still every {table.every_s:g} s; "
            "expected stock rules only, or fps instead of every_s"
            for rule in table.rules
            if not isinstance(rule, _Stock)
        ]
    if (table.usb.width is None) != (table.usb.height is None):
        faults.append("usb: a size is a width and a height; give both or neither")
    if table.transport != "auto" and not (table.source or "").startswith(("rtsp", "onvif")):
        faults.append(f"transport: only an RTSP or ONVIF source has one; got source {table.source!r}")
    if table.usb != _Usb() and not (table.source or "").startswith("usb:"):
        faults.append(f"usb: only a USB source can be asked so; got source {table.source!r}")
    return faults


def check_classes(calibration: Calibration, labels: tuple[str, ...]) -> None:
    """Make sure that a model can see what the rules count.

    Args:
        labels: The model's class names.

    Raises:
        CalibrationError: A rule names a class the model does not have; the nearest known one is named.
    """
    for rule in calibration.rules:
        classes = rule.classes if isinstance(rule, ActivityRule) else rule.target.classes
        for name in classes:
            if name not in labels:
                known = ", ".join(labels[:8]) + (" ..." if len(labels) > 8 else "")
                raise CalibrationError(
                    f"camera {calibration.camera}: rules.{rule.id} counts {name!r}",
                    expected=f"a class of the model ({known})",
                    hint=f"The model cannot see it{nearest(name, list(labels))}",
                )


class _ZoneFinder:
    """Zones by name or written in place; what is wrong with them is added to the faults."""

    def __init__(self, zones: dict[str, Zone], faults: list[str], unread: frozenset[str]) -> None:
        self._zones, self._faults, self._unread = zones, faults, unread

    def find(self, ref: ZoneRef, where: str) -> Zone | None:
        if not isinstance(ref, str):
            zone = Zone(where, _points(ref))
            self._faults += check_polygon(zone.polygon, where)
            return zone
        if ref in self._unread:
            return None
        if ref not in self._zones:
            self._faults.append(f"{where}: no zone {ref!r}{nearest(ref, list(self._zones))}")
            return None
        return self._zones[ref]


def _points(polygon: list[list[float]]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in polygon)


def _rule(
    table: _Gate | _Transfer | _Stock | _Activity, finder: _ZoneFinder, masks: tuple[Zone, ...], faults: list[str]
) -> Rule | None:
    where, rule_id = f"rules.{table.id}", RuleId(table.id)
    if isinstance(table, _Gate):
        start, end = _points(table.line)
        faults += check_line(start, end, masks, f"{where}.line")
        return GateRule(rule_id, table.target(finder), start, end)
    if isinstance(table, _Transfer):
        source = finder.find(table.source, f"{where}.from")
        destination = finder.find(table.destination, f"{where}.to")
        if source is None or destination is None:
            return None
        faults += check_transfer(source, destination, where)
        return TransferRule(rule_id, table.target(finder), source, destination)
    zone = finder.find(table.zone, f"{where}.zone")
    if zone is None:
        return None
    if isinstance(table, _Stock):
        return StockRule(rule_id, table.target(finder), zone)
    classes = () if table.classes == "any" else tuple(table.classes)
    return ActivityRule(rule_id, zone, classes, CellId(table.cell) if table.cell else None, table.seats)
