"""A scene's rules as a calibration file, so that its video can be replayed or watched; docs/calibration.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tracker.domain.frames import CameraId
from tracker.domain.rules import GateRule, TransferRule, Zone


def calibration_text(
    camera: CameraId, rules: Sequence[GateRule | TransferRule], *, purpose: str, source: str | None = None
) -> str:
    """The file's TOML.

    Args:
        camera: Its name, in letters that a calibration file takes.
        rules: At least one; zones of one name are the same zone.
        purpose: Why the camera hangs there.
        source: Address of its stream; ``None`` when only replays use the file.
    """
    zones: dict[str, Zone] = {}
    tables = [_rule(rule, zones) for rule in rules]
    top = {"camera": camera, "purpose": purpose} | ({} if source is None else {"source": source})
    lines = _lines(top)
    if zones:
        lines += ["", "[zones]", *_lines({name: zone.polygon for name, zone in zones.items()})]
    for table in tables:
        lines += ["", "[[rules]]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _rule(rule: GateRule | TransferRule, zones: dict[str, Zone]) -> dict[str, Any]:
    target = rule.target
    table: dict[str, Any] = {"id": rule.id, "unit": target.unit.value, "pieces_per_unit": target.pieces_per_unit}
    table |= {"classes": target.classes} if target.classes else {}
    table |= {"step": target.step} if target.step is not None else {}
    if isinstance(rule, GateRule):
        return {"kind": "gate"} | table | {"line": (rule.start, rule.end)}
    zones |= {zone.name: zone for zone in (rule.source, rule.destination)}
    return {"kind": "transfer"} | table | {"from": rule.source.name, "to": rule.destination.name}


def _lines(table: dict[str, Any]) -> list[str]:
    """Texts, numbers and lists of them are written alike in JSON and TOML."""
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
