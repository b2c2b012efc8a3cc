"""Reading TOML strictly: every fault at once, each with its key, and a suggestion for what was probably meant."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from tracker.domain.errors import ConfigError


class Strict(BaseModel):
    """A table whose keys are all known and whose values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


T = TypeVar("T", bound=Strict)


def read_toml(path: Path, table: type[T], error: type[ConfigError]) -> T:
    """A TOML file as a validated table.

    Args:
        path: The file; UTF-8, with or without byte order mark.
        table: What it must hold.
        error: Raised with every fault found.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise error(f"{path} does not exist", hint="`tracker init` writes a folder with examples") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"{path} cannot be read", expected="a TOML file in UTF-8", got=str(fault)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{path} is not valid TOML", got=str(fault)) from fault
    try:
        return table.model_validate(raw)
    except ValidationError as faults:
        lines = [_explain(fault, raw, table) for fault in faults.errors()]
        raise error(f"{path}: {len(lines)} fault(s)\n" + "\n".join(f"  {line}" for line in lines)) from None


def nearest(word: str, known: list[str]) -> str:
    """What was probably meant: ``; did you mean 'x'?``, or nothing when nothing is known."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""


def _explain(fault: Any, raw: dict[str, Any], table: type[Strict]) -> str:  # pydantic's ErrorDetails is a loose dict
    # the tags of a discriminated union are in pydantic's path, but not in the file
    place = [part for part in fault["loc"] if part in _keys_in(raw) or isinstance(part, int)]
    where = ".".join(str(part) for part in place) or "the file"
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        return f"unknown key {where!r}{nearest(key, _known_keys(table, fault['loc']))}"
    if fault["type"] == "missing":
        return "missing key " + repr(".".join(str(part) for part in (*place, fault["loc"][-1])))
    message = fault["msg"].removeprefix("Value error, ")
    given = fault.get("input")
    shown = "" if isinstance(given, (dict, list)) else f", got {given!r}"
    return f"{where}: {message}{shown}"


def _keys_in(raw: object) -> set[str]:
    if isinstance(raw, dict):
        return {str(key) for key in raw}.union(*(_keys_in(value) for value in raw.values()))
    if isinstance(raw, list):
        return set().union(*(_keys_in(value) for value in raw))
    return set()


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
