"""Which model a workshop counts with: one line of workshop.toml, changed in place, and back again with one command."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from tracker.domain.errors import ConfigError, ConflictError

WORKSHOP_FILE, HISTORY = "workshop.toml", "switches.json"
_SECTION = re.compile(r"^\s*\[detect\]\s*(#.*)?$")
_OTHER = re.compile(r"^\s*\[")
_MODEL = re.compile(r"^(\s*model\s*=\s*)(\"[^\"]*\"|'[^']*')(.*)$")
DEFAULT = "default"


def current_model(workshop: Path) -> str:
    """Name of the model that a workshop counts with.

    Raises:
        ConfigError: The folder has no workshop.toml, or it is damaged.
    """
    try:
        raw = tomllib.loads((workshop / WORKSHOP_FILE).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{workshop / WORKSHOP_FILE} cannot be read", got=str(error)) from error
    name = raw.get("detect", {}).get("model", DEFAULT)
    if not isinstance(name, str):
        raise ConfigError(f"{workshop / WORKSHOP_FILE}: detect.model", expected="a name", got=repr(name))
    return name


def switch(workshop: Path, model: str) -> str:
    """Lets a workshop count with another model from its next start on; comments in workshop.toml stay.

    Returns:
        The model before.

    Raises:
        ConfigError: workshop.toml cannot be read, or writes its model in a way that is not changed safely.
        ConflictError: It counts with that model already.
    """
    before = current_model(workshop)
    if before == model:
        raise ConflictError(f"the workshop counts with {model!r} already")
    _write_model(workshop, model)
    _write_history(workshop, [*_history(workshop), before])
    return before


def rollback(workshop: Path) -> tuple[str, str]:
    """Goes back to the model before the last switch.

    Returns:
        The model that was left, and the one that is in use now.

    Raises:
        ConfigError: workshop.toml cannot be read.
        ConflictError: Nothing was switched.
    """
    left, history = current_model(workshop), _history(workshop)
    if not history:
        raise ConflictError("nothing to go back to", expected="a switch before", got="none")
    _write_model(workshop, history[-1])
    _write_history(workshop, history[:-1])
    return left, history[-1]


def _write_model(workshop: Path, model: str) -> None:
    path = workshop / WORKSHOP_FILE
    text = path.read_text(encoding="utf-8")
    fresh = _with_model(text, model)
    if not _says(fresh, model):
        raise ConfigError(
            f"{path}: detect.model", expected='one line model = "NAME" below [detect]', hint="Edit it by hand"
        )
    part = path.with_suffix(".part")
    part.write_text(fresh, encoding="utf-8", newline="")
    part.replace(path)


def _says(text: str, model: str) -> bool:
    try:
        return bool(tomllib.loads(text)["detect"]["model"] == model)
    except (tomllib.TOMLDecodeError, KeyError):
        return False


def _with_model(text: str, model: str) -> str:
    # JSON spells strings as TOML does.
    name = json.dumps(model, ensure_ascii=False)
    lines, section = text.splitlines(), None
    for number, line in enumerate(lines):
        if _SECTION.match(line):
            section = number
        elif section is not None and _OTHER.match(line):
            break
        elif section is not None and (found := _MODEL.match(line)):
            lines[number] = f"{found[1]}{name}{found[3]}"
            return "\n".join(lines) + "\n"
    if section is None:
        lines += ["", "[detect]"]
        section = len(lines) - 1
    lines.insert(section + 1, f"model = {name}")
    return "\n".join(lines) + "\n"


def _history(workshop: Path) -> list[str]:
    path = workshop / "models" / HISTORY
    if not path.is_file():
        return []
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is damaged", got=str(error), hint="Set model in workshop.toml by hand") from error
    if not (isinstance(raw, list) and all(isinstance(name, str) for name in raw)):
        raise ConfigError(f"{path} is damaged", expected="a list of model names", got=str(raw)[:80])
    return raw


def _write_history(workshop: Path, names: list[str]) -> None:
    path = workshop / "models" / HISTORY
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
