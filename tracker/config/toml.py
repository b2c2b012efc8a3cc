"""Reading TOML strictly: every fault at once, each with its key, and a suggestion for what was probably meant."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from tracker.config.words import NAME, in_words
from tracker.domain.errors import ConfigError


class Strict(BaseModel):
    """A table whose keys are all known and whose values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


T = TypeVar("T", bound=Strict)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault of a file.

    Attributes:
        place: Keys and list indices down to what is wrong.
        unknown_key: It only has to go; what stands beside it can still be judged.
        text: What it is, and where.
    """

    place: tuple[str | int, ...]
    unknown_key: bool
    text: str


def read_toml(path: Path, table: type[T], error: type[ConfigError]) -> T:
    """A TOML file as a validated table.

    Args:
        path: The file; UTF-8, with or without byte order mark.
        table: What it must hold.
        error: Raised with every fault found.
    """
    found = check_table(parse_toml(path, error), table)
    if isinstance(found, tuple):
        raise listed(path, (wrong.text for wrong in found), error)
    return found


def parse_toml(path: Path, error: type[ConfigError]) -> dict[str, Any]:
    """What stands in a TOML file, whatever it means.

    Args:
        path: The file; UTF-8, with or without byte order mark.
        error: Raised when it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise error(f"{path} does not exist", hint="`tracker init` writes a folder with examples") from None
    except UnicodeDecodeError:
        raise error(f"{path} cannot be read", expected="a TOML file in UTF-8", got="something else") from None
    except OSError as fault:
        raise error(f"{path} cannot be read", expected="a TOML file in UTF-8", got=str(fault.strerror)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{path} is not valid TOML", got=str(fault)) from fault


def check_table(raw: dict[str, Any], table: type[T]) -> T | tuple[Wrong, ...]:
    """What a file holds as a validated table, or everything that is wrong with it."""
    try:
        return table.model_validate(raw)
    except ValidationError as faults:
        # of a name or a polygon, corners are the polygon: that they are no name says nothing
        told = (one for one in faults.errors() if not (one["loc"][-1] == "str" and isinstance(one["input"], list)))
        return tuple(_wrong(fault, raw, table) for fault in told)


def listed(path: Path, faults: Iterable[str], error: type[ConfigError]) -> ConfigError:
    """The error that names every fault of a file."""
    lines = [f"  {fault}" for fault in faults]
    return error(f"{path}: {len(lines)} fault(s)\n" + "\n".join(lines))


def nearest(word: str, known: list[str]) -> str:
    """What was probably meant: ``; did you mean 'x'?``, or nothing when nothing is known."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""


def _wrong(fault: Any, raw: dict[str, Any], table: type[Strict]) -> Wrong:  # pydantic's ErrorDetails is a loose dict
    place = _place(fault["loc"], raw)
    unknown = fault["type"] == "extra_forbidden"
    return Wrong(place, unknown, _explain(fault, place, raw, table))


def _explain(fault: Any, place: tuple[str | int, ...], raw: dict[str, Any], table: type[Strict]) -> str:
    where = _where(place, raw) or "the file"
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        return f"unknown key {where!r}{nearest(key, _known_keys(table, fault['loc']))}"
    if fault["type"] == "missing":
        return f"missing key {_where((*place, str(fault['loc'][-1])), raw)!r}"
    return f"{where}: {in_words(fault)}"


def _place(loc: tuple[str | int, ...], raw: object) -> tuple[str | int, ...]:
    """The part of pydantic's path that is in the file: the tags of a union are not."""
    place: list[str | int] = []
    for part in loc:
        if isinstance(part, int):
            raw = raw[part] if isinstance(raw, list) else None
        elif isinstance(raw, dict) and part in raw:
            raw = raw[part]
        else:
            continue
        place.append(part)
    return tuple(place)


def _where(place: tuple[str | int, ...], raw: object) -> str:
    """A place in words: ``rules.gate1.line`` where tables in a list have an id, else ``masks[0]``."""
    words = ""
    for part in place:
        if not isinstance(part, int):
            words += f".{part}" if words else part
            raw = raw.get(part) if isinstance(raw, dict) else None
            continue
        raw = raw[part] if isinstance(raw, list) else None
        name = str(raw.get("id", "")) if isinstance(raw, dict) else ""
        words += f".{name}" if re.fullmatch(NAME, name) else f"[{part}]"
    return words


def _known_keys(table: type[Strict], place: tuple[str | int, ...]) -> list[str]:
    """Keys the table at a place knows; a union's tag in the place chooses among its tables."""
    known: type[BaseModel] = table
    for part in place[:-1]:
        if isinstance(part, int):
            continue
        known = next((child for name, child in _children(known) if name == part), known)
    return [field.alias or name for name, field in known.model_fields.items()]


def _children(table: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """Tables reachable from a table's fields, under the field's name and, in a union, under their tag."""
    found: list[tuple[str, type[BaseModel]]] = []
    for name, field in table.model_fields.items():
        tables = _tables_in(field.annotation)
        if len(tables) == 1:
            found.append((name, tables[0]))
        else:
            found += [(str(get_args(child.model_fields["kind"].annotation)[0]), child) for child in tables]
    return found


def _tables_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables_in(part)]
