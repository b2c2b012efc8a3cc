"""The workshop file: calendar, database, model, server. docs/workshop.md documents every key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from tracker.config.toml import Strict, read_toml
from tracker.domain.errors import ConfigError
from tracker.domain.estimates import ShopCalendar

WORKSHOP_FILE = "workshop.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ClockTime = Annotated[dt.time, Field(strict=False)]
"""A TOML time or the text ``"08:00"``, which people write."""


class _Calendar(Strict):
    timezone: str = "Asia/Shanghai"
    day_starts: ClockTime = dt.time(5, 0)
    shifts: Annotated[list[tuple[ClockTime, ClockTime]], Field(min_length=1, max_length=6)] = [
        (dt.time(8, 0), dt.time(12, 0)),
        (dt.time(13, 0), dt.time(18, 0)),
    ]
    rest_days: list[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]] = ["sunday"]
    holidays: list[dt.date] = []

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            msg = "not a time zone; expected an IANA name such as Asia/Shanghai"
            raise ValueError(msg) from None
        return name

    @field_validator("shifts", mode="before")
    @classmethod
    def _pairs(cls, shifts: object) -> object:
        return (
            [tuple(shift) if isinstance(shift, list) else shift for shift in shifts]
            if isinstance(shifts, list)
            else shifts
        )

    @model_validator(mode="after")
    def _somebody_works(self) -> _Calendar:
        if len(set(self.rest_days)) == len(WEEKDAYS):
            msg = "rest_days: at least one weekday must be a working day"
            raise ValueError(msg)
        return self


class _Detect(Strict):
    model: str = "default"
    provider: Literal["cpu", "cuda", "tensorrt", "openvino", "coreml", "directml", "qnn"] = "cpu"
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    look: Literal["changes", "every-frame"] = "changes"


class _Serve(Strict):
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000


class _WorkshopTable(Strict):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    database: str = "fairloom.db"
    calibration: str = "calibration"
    calendar: _Calendar = _Calendar()
    detect: _Detect = _Detect()
    serve: _Serve = _Serve()


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop folder's settings, paths made absolute.

    Attributes:
        name: Shown on the page.
        folder: Where workshop.toml lies.
        database: The SQLite file, or a server's URL as it was written: passwords stay in the environment.
        calibrations: The camera files, by name.
        calendar: When the shop works.
        model: The model folder: a name under models/ beside workshop.toml, or one that ships with Fairloom, or a path.
        provider: Short execution provider name.
        threads: Threads inside one inference.
        every_frame: The model looks at every frame, changed or not.
        port: Port of the page on 127.0.0.1.
    """

    name: str
    folder: Path
    database: Path | str
    calibrations: tuple[Path, ...]
    calendar: ShopCalendar
    model: str
    provider: str
    threads: int
    every_frame: bool
    port: int


def load_workshop(folder: Path) -> Workshop:
    """The settings of a workshop folder.

    Args:
        folder: Holds workshop.toml.

    Raises:
        ConfigError: The file is missing or wrong; the message lists every fault with its key.
    """
    table = read_toml(folder / WORKSHOP_FILE, _WorkshopTable, ConfigError)
    calendar = ShopCalendar(
        timezone=table.calendar.timezone,
        day_starts=table.calendar.day_starts,
        shifts=tuple(table.calendar.shifts),
        rest_weekdays=frozenset(WEEKDAYS.index(day) for day in table.calendar.rest_days),
        holidays=frozenset(table.calendar.holidays),
    )
    return Workshop(
        name=table.name,
        folder=folder,
        database=table.database if "://" in table.database else folder / table.database,
        calibrations=tuple(sorted((folder / table.calibration).glob("*.toml"))),
        calendar=calendar,
        model=table.detect.model,
        provider=table.detect.provider,
        threads=table.detect.threads,
        every_frame=table.detect.look == "every-frame",
        port=table.serve.port,
    )
