"""Calibration files: one TOML a camera. docs/calibration.md documents every key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tracker.config.placement import check_card_place, check_line, check_polygon, check_transfer
from tracker.config.toml import Strict, nearest, read_toml
from tracker.domain.errors import CalibrationError
from tracker.domain.frames import CameraId
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

Coordinate = Annotated[float, Field(strict=False, allow_inf_nan=False)]
PointTable = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
PolygonTable = Annotated[list[PointTable], Field(min_length=3)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s|/\\]+$")]
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


class _CameraTable(Strict):
    camera: Name
    purpose: Annotated[str, Field(min_length=10, max_length=300)]
    source: str | None = None
    fps: Annotated[float, Field(strict=False, gt=0, le=120)] | None = None
    view: _View | None = None
    masks: list[ZoneRef] = []
    zones: dict[str, PolygonTable] = {}
    rules: Annotated[
        list[Annotated[_Gate | _Transfer | _Stock | _Activity, Field(discriminator="kind")]], Field(min_length=1)
    ]


@dataclass(frozen=True, slots=True)
class CameraFile:
    """A calibration file.

    Attributes:
        path: Where it was read from.
        calibration: What to count.
        source: Stream address with ``${NAME}`` for every secret, or a file; ``None`` when only replays use the file.
        fps: Frames per second to look at; ``None`` looks at every frame.
        px_per_mm: Pixels that a millimetre takes up where cards and pieces lie; ``None`` when nobody measured it.
    """

    path: Path
    calibration: Calibration
    source: str | None
    fps: float | None
    px_per_mm: float | None = None


def load_calibration(path: Path) -> CameraFile:
    """A camera's calibration, checked so that every rule in it can count something.

    Raises:
        CalibrationError: The file is wrong; the message lists every fault with its key.
    """
    table = read_toml(path, _CameraTable, CalibrationError)
    faults: list[str] = []
    zones = {name: Zone(name, _points(polygon)) for name, polygon in table.zones.items()}
    for zone in zones.values():
        faults += check_polygon(zone.polygon, f"zones.{zone.name}")
    finder = _ZoneFinder(zones, faults)
    masks = tuple(found for i, mask in enumerate(table.masks) if (found := finder.find(mask, f"masks[{i}]")))
    rules = tuple(rule for given in table.rules if (rule := _rule(given, finder, masks, faults)))
    for rule in rules:
        if not isinstance(rule, ActivityRule) and rule.target.cards is not None:
            faults += check_card_place(rule.target.cards.zone, masks, f"rules.{rule.id}.cards")
    ids = [rule.id for rule in table.rules]
    faults += [
        f"rules: id {name!r} is used {ids.count(name)} times" for name in dict.fromkeys(ids) if ids.count(name) > 1
    ]
    if faults:
        raise CalibrationError(f"{path}: {len(faults)} fault(s)\n" + "\n".join(f"  {fault}" for fault in faults))
    calibration = Calibration(CameraId(table.camera), table.purpose, masks, rules)
    px_per_mm = None if table.view is None else table.view.width_px / table.view.width_mm
    return CameraFile(path, calibration, table.source, table.fps, px_per_mm)


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
                    f"rule {rule.id!r} of camera {calibration.camera!r} counts {name!r}",
                    expected=f"a class of the model ({known})",
                    hint=f"The model cannot see it{nearest(name, list(labels))}",
                )


class _ZoneFinder:
    """Zones by name or written in place; what is wrong with them is added to the faults."""

    def __init__(self, zones: dict[str, Zone], faults: list[str]) -> None:
        self._zones, self._faults = zones, faults

    def find(self, ref: ZoneRef, where: str) -> Zone | None:
        if not isinstance(ref, str):
            zone = Zone(where, _points(ref))
            self._faults += check_polygon(zone.polygon, where)
            return zone
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
