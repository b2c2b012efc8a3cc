"""A folder of pictures and labels as a data set: which pictures, which labels, and what was left out."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tracker.domain.errors import ConfigError
from tracker.evaluate.coco import find_coco, read_coco
from tracker.evaluate.conditions import read_conditions
from tracker.evaluate.pictures import find_pictures
from tracker.evaluate.things import Conditions, Example
from tracker.evaluate.yolo import label_file, read_labels, read_names

FORMATS = ("auto", "coco", "yolo")
TRAINING = frozenset({"train", "training", "train2017"})
"""Folders whose pictures a model may have learnt from."""
UNCOUNTED = ("hand", "person")
"""Labels that are no pieces, whoever says them: cues and masks, never counted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a folder is meant, and what its labels mean.

    Attributes:
        split: Only pictures with this word among their folders (COCO: or in the name of their JSON file); ``None``:
            all but those of training.
        labels: ``auto``, ``coco`` or ``yolo``.
        names: What a label of the data is called by the model.
        uncounted: Labels that are left out, on either side.
    """

    split: str | None = None
    labels: str = "auto"
    names: Mapping[str, str] = field(default_factory=dict)
    uncounted: tuple[str, ...] = UNCOUNTED


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Labelled pictures, none of them loaded.

    Attributes:
        folder: Where they are.
        kind: ``coco`` or ``yolo``.
        examples: In order of name, labels already in the model's words, uncounted ones gone.
        labels: How many true boxes of each label, crowds left out.
        uncounted: Labels that are left out on either side.
        missing: Pictures that labels speak of and that are not there.
        dropped: Labels without an area, and doubles.
        notes: What a reader of the figures has to know, in sentences.
    """

    folder: Path
    kind: str
    examples: tuple[Example, ...]
    labels: Mapping[str, int]
    uncounted: tuple[str, ...]
    missing: tuple[str, ...]
    dropped: int
    notes: tuple[str, ...]


def load_dataset(folder: Path, choice: Choice = Choice()) -> Dataset:
    """The labelled pictures below a folder.

    Raises:
        ConfigError: There is no such folder, picture, label or split, or labels are not what they should be.
    """
    if not folder.is_dir():
        raise ConfigError(f"no folder {folder}", expected="pictures with YOLO or COCO labels")
    pictures = find_pictures(folder)
    if not pictures:
        raise ConfigError(f"{folder} holds no pictures", expected="JPEG, PNG, WebP, TIFF or BMP files in it")
    if choice.labels not in FORMATS:
        raise ConfigError(f"unknown labels {choice.labels!r}", expected=", ".join(FORMATS))
    coco = {} if choice.labels == "yolo" else find_coco(folder)
    if not coco and choice.labels == "coco":
        raise ConfigError(f"{folder} holds no COCO labels", expected="a JSON file with images, annotations, categories")
    found = _from_coco(folder, pictures, coco, choice) if coco else _from_yolo(folder, pictures, choice)
    examples = _with_conditions(found.examples, read_conditions(folder))
    return _named(replace(found, examples=examples), choice)


def _from_coco(
    folder: Path, pictures: list[Path], files: Mapping[Path, Mapping[str, object]], choice: Choice
) -> Dataset:
    def words(path: Path) -> set[str]:
        parts = path.relative_to(folder).with_suffix("").parts
        return {word for part in parts for word in (part, *part.replace("-", "_").split("_"))}

    kept, notes = _of_split({path: words(path) for path in files}, choice.split, "label files")
    if not kept:  # the files do not tell splits apart; their pictures' folders may
        labels = read_coco(folder, files, pictures)
        chosen, notes = _of_split({e.path: set(Path(e.name).parts[:-1]) for e in labels.examples}, choice.split)
        labels.examples = [example for example in labels.examples if example.path in chosen]
        _require(chosen, choice.split, folder)
    else:
        labels = read_coco(folder, {path: files[path] for path in kept}, pictures)
    if not labels.examples:
        raise ConfigError(
            f"none of the pictures in {', '.join(path.name for path in labels.files)} is in {folder}",
            got=", ".join(labels.missing[:3]) or "a file without pictures",
        )
    unlabelled = len(pictures) - len(labels.examples)
    if unlabelled and not notes:
        notes = [f"{unlabelled} pictures in the folder are in no label file and were left out"]
    examples = tuple(sorted(labels.examples, key=lambda example: example.name))
    missing = tuple(sorted(labels.missing))
    return Dataset(folder, "coco", examples, dict.fromkeys(labels.names, 0), (), missing, labels.dropped, tuple(notes))


def _from_yolo(folder: Path, pictures: list[Path], choice: Choice) -> Dataset:
    chosen, notes = _of_split({path: set(path.relative_to(folder).parts[:-1]) for path in pictures}, choice.split)
    _require(chosen, choice.split, folder)
    names = read_names(folder)
    examples, dropped, empty = [], 0, 0
    for path in chosen:
        texts = label_file(path)
        empty += not texts.is_file()
        things, left_out = read_labels(texts, names)
        dropped += left_out
        examples.append(Example(path, path.relative_to(folder).as_posix(), things, None))
    if empty == len(examples) and not any(path.is_dir() for path in folder.rglob("labels")):
        raise ConfigError(
            f"{folder} holds pictures without labels",
            expected="text files beside the pictures or in `labels/` (YOLO), or a JSON file (COCO)",
            hint="docs/evaluation.md shows both",
        )
    if empty:
        notes.append(f"{empty} pictures have no label file and are taken to show nothing")
    if not names and any(len(example.things) for example in examples):
        notes.append("no data.yaml or classes.txt names the classes; they are called by their numbers")
    return Dataset(folder, "yolo", tuple(examples), dict.fromkeys(names.values(), 0), (), (), dropped, tuple(notes))


def _of_split(
    words: Mapping[Path, set[str]], split: str | None, what: str = "pictures"
) -> tuple[list[Path], list[str]]:
    """Paths of a split; without one, all but those of training, and a sentence about what that left out."""
    if split is not None:
        return [path for path, parts in words.items() if split in parts], []
    kept = [path for path, parts in words.items() if not parts & TRAINING]
    if not kept or len(kept) == len(words):
        return list(words), []
    return kept, [f"{len(words) - len(kept)} {what} of training were left out; --split chooses them"]


def _require(chosen: Iterable[Path], split: str | None, folder: Path) -> None:
    if not list(chosen):
        raise ConfigError(f"{folder} holds no pictures of the split {split!r}", expected="a folder of that name")


def _with_conditions(examples: Sequence[Example], noted: Mapping[str, Conditions]) -> tuple[Example, ...]:
    """Examples with what the sidecars say; what labels said of boxes stays where a sidecar says nothing.

    Raises:
        ConfigError: A sidecar speaks of more or fewer boxes than the labels.
    """
    joined = []
    for example in examples:
        conditions = noted.get(example.name)
        if conditions is None:
            joined.append(example)
            continue
        if conditions.boxes and len(conditions.boxes) != len(example.things):
            raise ConfigError(
                f"the sidecar does not fit the labels of {example.name}",
                expected=f"{len(example.things)} boxes",
                got=str(len(conditions.boxes)),
            )
        boxes = conditions.boxes or example.conditions.boxes
        joined.append(replace(example, conditions=replace(conditions, boxes=boxes)))
    return tuple(joined)


def _named(found: Dataset, choice: Choice) -> Dataset:
    """Labels in the model's words, uncounted ones left out.

    Raises:
        ConfigError: ``--map`` speaks of a label that the data does not have.
    """
    known = {*found.labels, *(label for example in found.examples for label in example.things.labels)}
    for label in choice.names:
        if label not in known:
            near = difflib.get_close_matches(label, known, n=1)
            raise ConfigError(
                f"the data has no label {label!r} to map",
                expected=f"one of {', '.join(sorted(known)) or 'none'}",
                hint=f"Did you mean {near[0]!r}?" if near else None,
            )
    counts: Counter[str] = Counter({choice.names.get(label, label): 0 for label in known})
    examples = tuple(_renamed(example, choice) for example in found.examples)
    for things in (example.things for example in examples):
        counts.update(label for label, crowd in zip(things.labels, things.crowd, strict=True) if not crowd)
    labels = {label: counts[label] for label in sorted(counts) if label not in choice.uncounted}
    return replace(found, examples=examples, labels=labels, uncounted=choice.uncounted)


def _renamed(example: Example, choice: Choice) -> Example:
    things = replace(example.things, labels=tuple(choice.names.get(name, name) for name in example.things.labels))
    keep = np.array([label not in choice.uncounted for label in things.labels], np.bool_)
    boxes = example.conditions.boxes
    if boxes:
        boxes = tuple(box for box, kept in zip(boxes, keep, strict=True) if kept)
    return replace(example, things=things[keep], conditions=replace(example.conditions, boxes=boxes))
