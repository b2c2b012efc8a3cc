"""The one configuration file of a training run, as values."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from tracker.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class DataRecipe:
    """What the data set is made of.

    Attributes:
        cutouts: Folder of real garment photos with masks (``images/``, ``masks/``, ``labels.csv``, ``masks.csv``), or
            a folder of such folders.
        backgrounds: Folder of table, floor and wall pictures.
        train_images: Pictures to train on.
        val_images: Pictures of each of the other splits: contributors, tables and simulator seeds that training never
            sees.
        real_share: Share of pictures with real cut-outs, 0..1.
        clip_share: Share of pictures that are frames of workshop clips, 0..1; the rest are simulated stills.
        held_out_share: Share of the contributors of cut-outs that is kept for validation, 0..1.
        width: Long side of the pictures, pixels; the other follows from the usual formats.
        workers: Processes that build it.
    """

    cutouts: Path
    backgrounds: Path
    train_images: int
    val_images: int
    real_share: float
    clip_share: float
    held_out_share: float
    width: int
    workers: int


@dataclass(frozen=True, slots=True)
class FitRecipe:
    """How the weights are fitted.

    Attributes:
        network: Name of the network in ultralytics, as in ``yolo11n``.
        start_weights: ultralytics checkpoint to start from.
        start_licence: Its licence, for the card.
        input_px: Long side of the input that the model is shipped with.
        smallest_px: Smallest long side it is trained at.
        largest_px: Largest long side it is trained at.
        steps: Steps in all, over as many passes as that takes.
        batch: Pictures a step.
        lr: Peak learning rate of AdamW.
        warmup_steps: Steps of rising learning rate.
        restart_steps: At which the learning rate rises once more, rising numbers. A fit that still improves at its end
            is continued so.
        restart_lr: Its peak after each of them.
    """

    network: str
    start_weights: Path
    start_licence: str
    input_px: int
    smallest_px: int
    largest_px: int
    steps: int
    batch: int
    lr: float
    warmup_steps: int
    restart_steps: tuple[int, ...] = ()
    restart_lr: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceNote:
    """One source of the weights, named in the card; a source that is not listed voids the accuracy figures."""

    name: str
    licence: str
    use: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole run.

    Attributes:
        name: Name of the model.
        version: Of the model.
        licence: Of the weights.
        seed: Decides the data set, the split and the training.
        work: Folder for data sets and checkpoints; not part of the result.
        output: Model folder to write.
        data: What the data set is made of.
        fit: How the weights are fitted.
        sources: Everything that went into the weights.
        path: The file all this was read from.
    """

    name: str
    version: str
    licence: str
    seed: int
    work: Path
    output: Path
    data: DataRecipe
    fit: FitRecipe
    sources: tuple[SourceNote, ...]
    path: Path


def load_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; relative paths in it start at the working directory.

    Raises:
        ConfigError: The file is missing, is no TOML, or a key is unknown, missing or of the wrong type.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the recipe {path}", got=str(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML", got=str(error)) from error
    _refuse_unknown(Recipe, raw, str(path))
    notes = raw.get("sources", [])
    if not isinstance(notes, list) or not notes:
        raise ConfigError(f"{path}: sources", expected="at least one [[sources]] table", got=repr(notes)[:60])
    values: dict[str, Any] = {
        **raw,
        "data": _filled(DataRecipe, raw.get("data", {}), f"{path} [data]"),
        "fit": _filled(FitRecipe, raw.get("fit", {}), f"{path} [fit]"),
        "sources": tuple(_filled(SourceNote, note, f"{path} [[sources]]") for note in notes),
        "path": path,
    }
    recipe = _filled(Recipe, values, str(path))
    _check_shares(recipe.data, str(path))
    return recipe


def _check_shares(data: DataRecipe, source: str) -> None:
    for name in ("real_share", "clip_share", "held_out_share"):
        share = getattr(data, name)
        if not 0 <= share <= 1:
            raise ConfigError(f"{source}: data.{name}", expected="0..1", got=str(share))
    if data.real_share + data.clip_share > 1:
        raise ConfigError(
            f"{source}: data.real_share + data.clip_share",
            expected="at most 1",
            got=str(data.real_share + data.clip_share),
        )


_Record = TypeVar("_Record")
_READERS: dict[str, type] = {"str": str, "int": int, "float": float, "Path": Path}


def _filled(kind: type[_Record], raw: object, source: str) -> _Record:
    if not isinstance(raw, dict):
        raise ConfigError(source, expected="a table", got=repr(raw)[:60])
    _refuse_unknown(kind, raw, source)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        name = field.name
        if name not in raw:
            if field.default is MISSING:
                raise ConfigError(f"{source}: key {name} is missing")
            continue
        values[name] = _read(raw[name], str(field.type), f"{source}: {name}")
    return kind(**values)


def _refuse_unknown(kind: type, raw: dict[str, Any], source: str) -> None:
    known = [field.name for field in fields(kind)]
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise ConfigError(f"{source}: unknown key {key}", hint=f"Did you mean {near[0]}?" if near else None)


def _read(value: object, kind: str, source: str) -> object:
    if kind == "tuple[int, ...]":
        if not isinstance(value, list) or any(type(number) is not int for number in value):
            raise ConfigError(source, expected="a list of whole numbers", got=repr(value)[:60])
        return tuple(value)
    reader = _READERS.get(kind)
    if reader is None:
        return value
    fits: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "Path": (str, Path)}
    if isinstance(value, bool) or not isinstance(value, fits[kind]):
        raise ConfigError(source, expected=kind, got=repr(value)[:60])
    return reader(value)
