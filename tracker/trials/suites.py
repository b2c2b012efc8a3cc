"""A suite file and a seed in, the scenes of its orders out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tracker.config import SuiteFile, load_suite
from tracker.domain.orders import OrderId
from tracker.sim.plan import Incidents, Plan, Sight, Work
from tracker.sim.scenes import Scene, draw_cloth, draw_scene
from tracker.sim.script import Form


@dataclass(frozen=True, slots=True)
class Suite:
    """One way in which counting may fail, and how hard it is tried.

    Attributes:
        name: As its file says.
        failure: What it tries, in a sentence.
        orders: Orders to play, at least 1.
        lots: Orders that go over the tables one after the other in one clip.
        stations: Tables that every piece goes over.
        plan: What happens there; its pieces are those of one order.
    """

    name: str
    failure: str
    orders: int
    lots: int
    stations: tuple[str, ...]
    plan: Plan

    @property
    def plays(self) -> int:
        """How often the tables are played: several orders may share a clip."""
        return -(-self.orders // self.lots)

    def limited(self, *, orders: int | None, pieces: int | None) -> Suite:
        """The same with fewer or more orders and pieces."""
        work = self.plan.work if pieces is None else replace(self.plan.work, pieces=pieces)
        return replace(self, orders=orders or self.orders, plan=replace(self.plan, work=work))

    def scenes(self, seed: int, play: int) -> tuple[Scene, ...]:
        """The tables of one play, the same for the same suite, seed and number."""
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode()), play])
        cloths = [draw_cloth(OrderId(f"{self.name}-{play}-{lot}"), rng) for lot in range(self.lots)]
        work = [(cloth, self.plan.work.pieces) for cloth in cloths]
        return tuple(draw_scene(self.plan, work, name=station, rng=rng) for station in self.stations)


def read_suite(path: Path) -> Suite:
    """The suite in a file.

    Raises:
        ConfigError: It is missing, no TOML, or holds what a suite may not.
    """
    file = load_suite(path)
    return Suite(file.name, file.failure, file.orders, file.lots, tuple(file.stations), _plan(file))


def _plan(file: SuiteFile) -> Plan:
    work, sight = _ranges(file.work.model_dump()), _ranges(file.sight.model_dump())
    work |= {key: tuple(Form(form) for form in work[key]) for key in ("forms", "carried")}
    return Plan(Work(**work), Incidents(**file.incidents.model_dump()), Sight(**sight))


def _ranges(table: dict[str, Any]) -> dict[str, Any]:
    """Lists of two as tuples, so that a plan cannot be changed."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
