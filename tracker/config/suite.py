"""Suite files: one TOML for each way in which counting may fail. docs/simulator.md documents every key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tracker.config.toml import Strict, read_toml
from tracker.domain.errors import ConfigError

Number = Annotated[float, Field(strict=False, allow_inf_nan=False)]
Chance = Annotated[float, Field(strict=False, ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9][a-z0-9-]*$")]
Even = Annotated[int, Field(ge=64, le=3840, multiple_of=2)]
FormName = Literal["flat", "folded", "half-folded", "crumpled", "bundle", "pack", "panel"]


def _rising(pair: list[float]) -> list[float]:
    if pair[0] > pair[1]:
        msg = "the least must not be above the most"
        raise ValueError(msg)
    return pair


Pair = Annotated[list[Number], Field(min_length=2, max_length=2), AfterValidator(_rising)]
Positive = Annotated[Number, Field(gt=0)]
Lasting = Annotated[list[Positive], Field(min_length=2, max_length=2), AfterValidator(_rising)]
Share = Annotated[list[Chance], Field(min_length=2, max_length=2), AfterValidator(_rising)]


class WorkTable(Strict):
    """How the table is worked at."""

    pieces: Annotated[int, Field(ge=1, le=1000)]
    pace_s: Lasting = [2.0, 4.0]
    carry_s: Lasting = [0.9, 1.6]
    hover_s: Lasting = [2.0, 5.0]
    forms: Annotated[list[FormName], Field(min_length=1)] = ["folded", "half-folded", "flat"]
    carried: list[FormName] = []
    size: Lasting = [0.13, 0.17]
    pile: Annotated[int, Field(ge=1, le=50)] = 1
    stack: Annotated[int, Field(ge=1, le=50)] = 1
    seated: Annotated[int, Field(ge=0, le=4)] = 0
    bin: bool = False


class IncidentTable(Strict):
    """What may happen to a piece, as chances."""

    hovers: Chance = 0.0
    turns_back: Chance = 0.0
    taken_back: Chance = 0.0
    thrown_back: Chance = 0.0
    second_pass: Chance = 0.0
    meets_another: Chance = 0.0
    beside_another: Chance = 0.0
    covered: Chance = 0.0
    decoy: Chance = 0.0
    merged: Chance = 0.0


class SightTable(Strict):
    """What the camera delivers and suffers."""

    width: Even = 640
    height: Even = 360
    fps: Lasting = [8.0, 12.0]
    bit_rate: Lasting = [1e6, 2e6]
    shutter_s: Pair = [0.0, 0.0]
    bend: Share = [0.0, 0.0]
    dirt: Share = [0.0, 0.0]
    auto_exposure: bool = False
    switches_per_min: Annotated[float, Field(strict=False, ge=0, le=20)] = 0.0
    dark_level: Share = [0.2, 0.6]
    dark_s: Lasting = [3.0, 15.0]
    flicker: Share = [0.0, 0.0]
    flicker_hz: Lasting = [0.3, 4.0]
    knocks: Annotated[int, Field(ge=0, le=10)] = 0
    knock: Share = [0.01, 0.03]


class SuiteFile(Strict):
    """One suite, as written.

    Attributes:
        name: Unique among suites; part of its seed.
        failure: What it tries, in a sentence, with its source.
        orders: Orders played by default.
        lots: Orders that are handed over one after the other in one clip.
        stations: Tables that every piece goes over, one clip each.
    """

    name: Name
    failure: Annotated[str, Field(min_length=1)]
    orders: Annotated[int, Field(ge=1, le=10_000)] = 20
    lots: Annotated[int, Field(ge=1, le=10)] = 1
    stations: Annotated[list[Name], Field(min_length=1, max_length=8)] = ["sew"]
    work: WorkTable
    incidents: IncidentTable = IncidentTable()
    sight: SightTable = SightTable()


def load_suite(path: Path) -> SuiteFile:
    """The suite in a file.

    Raises:
        ConfigError: It is missing, no TOML, or holds what a suite may not; every fault is named.
    """
    return read_toml(path, SuiteFile, ConfigError)
