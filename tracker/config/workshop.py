"""The workshop file: calendar, database, model, server. docs/workshop.md documents every key."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from tracker.config.toml import Strict, read_toml
from tracker.config.words import DIGEST
from tracker.domain.errors import ConfigError
from tracker.domain.estimates import ShopCalendar

WORKSHOP_FILE = "workshop.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AUTO = "auto"
PROVIDER_PATTERN = (
    r"auto|cpu|(cuda|tensorrt|directml)(:\d+)?|(openvino|coreml|qnn)(:[A-Za-z0-9_.,:]+)?|plugin:[^:]+(:\d+)?"
)
"""What stands in ``[detect] provider``; tracker/detect/providers.py says what each means."""

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
    provider: str = "cpu"
    provider_options: dict[str, str] = {}
    provider_library: str | None = None
    provider_library_sha256: Annotated[str, Field(pattern=DIGEST)] | None = None
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    look: Literal["changes", "every-frame"] = "changes"

    @field_validator("provider")
    @classmethod
    def _known(cls, name: str) -> str:
        if not re.fullmatch(PROVIDER_PATTERN, name):
            msg = (
                "expected auto, cpu, cuda, tensorrt, openvino, coreml, directml, qnn (some with :DEVICE) or plugin:NAME"
            )
            raise ValueError(msg)
        return name

    @model_validator(mode="after")
    def _complete(self) -> _Detect:
        if self.provider.startswith("plugin:") and not (self.provider_library and self.provider_library_sha256):
            msg = "a plugin needs provider_library and provider_library_sha256: loading a library runs its code"
            raise ValueError(msg)
        if self.provider == AUTO and self.provider_options:
            msg = "provider_options need a provider by its name, not auto"
            raise ValueError(msg)
        return self


class _Serve(Strict):
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000


class _Scenes(Strict):
    learn_empty: bool = False


class _WorkshopTable(Strict):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    database: str = "fairloom.db"
    calibration: str = "calibration"
    calendar: _Calendar = _Calendar()
    detect: _Detect = _Detect()
    serve: _Serve = _Serve()
    scenes: _Scenes = _Scenes()


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
        provider: Execution provider, ``auto`` included.
        provider_options: ONNX Runtime's own options of the provider.
        provider_library: Library of a plug-in provider.
        provider_library_sha256: Its digest, hexadecimal.
        engines: Folder for what providers build once and keep.
        threads: Threads inside one inference.
        every_frame: The model looks at every frame, changed or not.
        port: Port of the page on 127.0.0.1.
        learn_empty: Whether empty backgrounds are learnt while counting, without anybody's word.
    """

    name: str
    folder: Path
    database: Path | str
    calibrations: tuple[Path, ...]
    calendar: ShopCalendar
    model: str
    provider: str
    provider_options: dict[str, str]
    provider_library: Path | None
    provider_library_sha256: str | None
    engines: Path
    threads: int
    every_frame: bool
    port: int
    learn_empty: bool

    @property
    def provider_asked(self) -> str | None:
        """The provider that must run; ``None`` when it is left to Fairloom."""
        return None if self.provider == AUTO else self.provider


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
        provider_options=table.detect.provider_options,
        provider_library=folder / table.detect.provider_library if table.detect.provider_library else None,
        provider_library_sha256=table.detect.provider_library_sha256,
        engines=folder / "engines",
        threads=table.detect.threads,
        every_frame=table.detect.look == "every-frame",
        port=table.serve.port,
        learn_empty=table.scenes.learn_empty,
    )
