"""Labels in YOLO's format: a text file a picture, a line a thing.

::

    class x y width height          centre and size, 0..1
    class x y x y x y ...           a polygon, 0..1; its box is taken

``images/`` in a picture's path becomes ``labels/``, else the text lies beside the picture. A picture without a text
file shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tracker.domain.errors import ConfigError
from tracker.evaluate.things import Things

NAMES_FILES = ("classes.txt", "obj.names", "labels.txt")
"""Class names, a line each, as labelling tools write them; looked for where no YAML file has ``names``."""
_FAR = 0.5
"""A coordinate further outside the picture than this share of it was not meant as a share."""
_FAULTS_SHOWN = 3


def label_file(picture: Path) -> Path:
    """Where the labels of a picture belong."""
    parts = list(picture.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            mirrored = Path(*parts[:index], "labels", *parts[index + 1 :]).with_suffix(".txt")
            # a folder called images with the texts beside the pictures is common too
            return mirrored if mirrored.is_file() or not picture.with_suffix(".txt").is_file() else _beside(picture)
    return _beside(picture)


def _beside(picture: Path) -> Path:
    return picture.with_suffix(".txt")


def read_names(folder: Path) -> dict[int, str]:
    """Class names by index, from the first YAML file with ``names`` or a list of names; empty where there is none.

    Raises:
        ConfigError: Such a file is no YAML or names the classes in no known way, or two disagree.
    """
    found: dict[Path, dict[int, str]] = {}
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        if names := _yaml_names(path):
            found[path] = names
    if not found:
        for path in sorted(path for name in NAMES_FILES for path in folder.rglob(name)):
            lines = _utf8(path).splitlines()
            found[path] = {index: line.strip() for index, line in enumerate(lines) if line.strip()}
    distinct = list({tuple(sorted(names.items())): names for names in found.values()}.values())
    if len(distinct) > 1:
        raise ConfigError(
            "the data set names its classes in more than one way",
            got=", ".join(str(path.relative_to(folder)) for path in found),
            hint="Give a folder with one set of names",
        )
    return distinct[0] if distinct else {}


def _yaml_names(path: Path) -> dict[int, str]:
    import yaml

    try:
        raw = yaml.safe_load(_utf8(path))
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid YAML", got=" ".join(str(error).split())[:200]) from error
    names = raw.get("names") if isinstance(raw, Mapping) else None
    if names is None:
        return {}
    pairs = list(enumerate(names)) if isinstance(names, Sequence) and not isinstance(names, str) else names
    pairs = list(pairs.items()) if isinstance(pairs, Mapping) else pairs
    try:
        # only plain names: what YAML's aliases can nest would print for ever
        return {int(index): _name(name) for index, name in pairs}
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: names", expected="a list, or names by number", got=f"{type(names).__name__}: {error}"
        ) from error


def _name(value: object) -> str:
    if not isinstance(value, str | int | float):
        msg = f"a name is a {type(value).__name__}"
        raise TypeError(msg)
    return str(value)


def _utf8(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8", got=str(error), hint="Save it as UTF-8") from error


def read_labels(path: Path, names: Mapping[int, str]) -> tuple[Things, int]:
    """True boxes in shares of the picture, cut at its edge, and how many lines were left out.

    Left out are doubles and boxes without an area. A class that has no name is called by its number.

    Raises:
        ConfigError: A line is no label; every fault with its line, up to three.
    """
    if not path.is_file():
        return Things.of([], [], []), 0
    rows: dict[tuple[float, ...], None] = {}
    faults: list[str] = []
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row, fault = _row(line)
        if fault:
            faults.append(f"line {number}: {fault}")
        rows[row] = None
    if faults:
        more = f" and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
        raise ConfigError(
            f"{path} is no label file",
            expected="lines of `class x y width height` with shares of the picture, 0..1",
            got="; ".join(faults[:_FAULTS_SHOWN]) + more,
        )
    kept = [row for row in rows if row[3] > row[1] and row[4] > row[2]]
    boxes = [(left, top, right, bottom) for _, left, top, right, bottom in kept]
    labels = [names.get(int(row[0]), str(int(row[0]))) for row in kept]
    return Things.of(boxes, labels, [False] * len(kept)), sum(bool(line.strip()) for line in lines) - len(kept)


def _row(line: str) -> tuple[tuple[float, float, float, float, float], str | None]:
    """Class and corners of a line, or what is wrong with it."""
    nothing = (0.0, 0.0, 0.0, 0.0, 0.0)
    try:
        values = [float(word) for word in line.split()]
    except ValueError:
        return nothing, f"{line.strip()[:40]!r} are not numbers"
    numbers = np.array(values)
    if len(values) != 5 and (len(values) < 7 or len(values) % 2 == 0):
        return nothing, f"{len(values)} numbers"
    if not np.isfinite(numbers).all() or values[0] < 0 or values[0] != int(values[0]):
        return nothing, f"class {values[0]:g}"
    if np.abs(numbers[1:] - 0.5).max() > 0.5 + _FAR:
        return nothing, f"{numbers[1:][np.abs(numbers[1:] - 0.5).argmax()]:g} is no share"
    if len(values) == 5:
        x, y, width, height = values[1:]
        corners = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    else:
        points = numbers[1:].reshape(-1, 2)
        corners = np.concatenate([points.min(axis=0), points.max(axis=0)])
    left, top, right, bottom = (float(edge) for edge in corners.clip(0, 1))
    return (values[0], left, top, right, bottom), None
