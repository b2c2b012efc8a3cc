"""How a camera's tracks become counts: the four rules, as values.

Coordinates are 0..1 of the picture, origin top left: a stream that comes back at another resolution keeps its zones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from tracker.domain.frames import CameraId
from tracker.domain.shift import STRAIGHT, Shift

RuleId = NewType("RuleId", str)
StepId = NewType("StepId", str)
CellId = NewType("CellId", str)

Point = tuple[float, float]
"""x, y in 0..1 of the picture."""

RULES_VERSION = 1
"""Raised whenever the same tracks would count differently; part of every event id."""


class RuleKind(StrEnum):
    """What a rule watches for."""

    GATE = "gate"
    TRANSFER = "transfer"
    STOCK = "stock"
    ACTIVITY = "activity"
    TICKET = "ticket"
    """Not a camera's: bundle tickets that were scanned."""


class CountUnit(StrEnum):
    """What one counted thing stands for."""

    PIECE = "piece"
    BUNDLE = "bundle"
    PACK = "pack"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Zone:
    """A named polygon.

    Attributes:
        name: Unique in its camera.
        polygon: At least three points, 0..1, not self-crossing.
    """

    name: str
    polygon: tuple[Point, ...]

    def moved(self, shift: Shift, *, aspect: float) -> Zone:
        """The zone in the picture of a camera that has moved; ``aspect`` is the picture's height over its width."""
        if shift == STRAIGHT:
            return self
        return Zone(self.name, tuple(shift.moved(point, aspect=aspect) for point in self.polygon))


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where the card lies that says which order a rule's pieces belong to.

    Attributes:
        zone: Nothing outside it is read.
        hold_s: How long a card binds after it was last seen, seconds.
        tickets: Whether bundle tickets are read there too; only close cameras can.
    """

    zone: Zone
    hold_s: float
    tickets: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What a rule's counts mean.

    Attributes:
        classes: Labels that count; empty means every label except people and hands.
        unit: What one counted thing stands for.
        pieces_per_unit: Pieces that one counted thing stands for (1 for ``piece`` and ``panel``).
        step: Step of the route whose pieces this rule counts; ``None`` counts nothing towards an order.
        cell: Where it happens; ``None`` when the shop has only one such place.
        cards: Where its order card lies; ``None`` when it has none.
    """

    classes: tuple[str, ...]
    unit: CountUnit
    pieces_per_unit: int
    step: StepId | None
    cell: CellId | None
    cards: CardPlace | None = None


@dataclass(frozen=True, slots=True)
class GateRule:
    """A directed line, counted once per track when its centre has crossed the band around it.

    ::

        start ----------------> end        walking from start to end, "in" is crossing
                 |  in                     from the left hand to the right hand
                 v                         (in the picture: start left, end right, in = downwards)
    """

    id: RuleId
    target: Target
    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class TransferRule:
    """A piece that was in ``source`` comes to rest in ``destination``; coming back out is ``returned``."""

    id: RuleId
    target: Target
    source: Zone
    destination: Zone


@dataclass(frozen=True, slots=True)
class StockRule:
    """Pieces visible in a zone, median over a still moment."""

    id: RuleId
    target: Target
    zone: Zone


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """A zone is busy or idle, from motion or from what is present.

    Attributes:
        classes: Labels whose presence makes the zone busy; empty means any pixel motion.
        seats: Declared seats of the cell; below three nothing about activity is ever stored.
    """

    id: RuleId
    zone: Zone
    classes: tuple[str, ...]
    cell: CellId | None
    seats: int


Rule = GateRule | TransferRule | StockRule | ActivityRule


@dataclass(frozen=True, slots=True)
class Calibration:
    """One camera: what it looks at, what must never be seen, and which rules count.

    Attributes:
        camera: Unique in the workshop.
        purpose: Why this camera hangs there, in a sentence that the workers' notice prints.
        masks: Regions blacked out before anything else sees the frame.
        rules: At least one.
    """

    camera: CameraId
    purpose: str
    masks: tuple[Zone, ...]
    rules: tuple[Rule, ...]

    def moved(self, shift: Shift, *, aspect: float) -> Calibration:
        """The same rules in the picture of a camera that has moved; ``aspect`` is the picture's height over its width.

        Masks stay as they are: they were burnt in before.
        """
        if shift == STRAIGHT:
            return self
        return replace(self, rules=tuple(_moved(rule, shift, aspect) for rule in self.rules))


def _moved(rule: Rule, shift: Shift, aspect: float) -> Rule:
    if isinstance(rule, ActivityRule):
        return replace(rule, zone=rule.zone.moved(shift, aspect=aspect))
    target = _target_moved(rule.target, shift, aspect)
    if isinstance(rule, GateRule):
        start, end = (shift.moved(point, aspect=aspect) for point in (rule.start, rule.end))
        return replace(rule, target=target, start=start, end=end)
    if isinstance(rule, TransferRule):
        source, destination = (zone.moved(shift, aspect=aspect) for zone in (rule.source, rule.destination))
        return replace(rule, target=target, source=source, destination=destination)
    return replace(rule, target=target, zone=rule.zone.moved(shift, aspect=aspect))


def _target_moved(target: Target, shift: Shift, aspect: float) -> Target:
    """The place for cards moves with the rule."""
    if target.cards is None:
        return target
    return replace(target, cards=replace(target.cards, zone=target.cards.zone.moved(shift, aspect=aspect)))
