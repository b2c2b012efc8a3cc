"""The folder of collected pictures: what is in it, what was decided about each picture, and how all of it goes away.

::

    DIR/manifest.json        every picture with its proposals; the only list of what left RAM
    DIR/labels.json          what was decided, written after every decision
    DIR/pictures/0001.jpg    no EXIF, no time; the manifest says the day

Nothing finer than the day is kept: which block of time a picture comes from is a number, not a clock.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError, NotFoundError

MANIFEST, LABELS, PICTURES, RUN = "manifest.json", "labels.json", "pictures", "fit"
FORMAT = 1
MOST_BOXES = 300
_NAME = re.compile(r"\d{4,6}")


class Part(StrEnum):
    """What a picture is for; pictures of one block of time all go into the same part."""

    LEARN = "learn"
    KEPT = "kept"
    """Kept back: never learnt from, only to compare the new model with the current one."""


class State(StrEnum):
    """What was decided about a picture."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Box:
    """One thing in a picture.

    Attributes:
        label: Class name.
        xyxy: Left, top, right, bottom as shares of the picture, 0..1.
        score: How sure the model is of a proposal, 0..1; 1 for what a person drew or confirmed.
    """

    label: str
    xyxy: tuple[float, float, float, float]
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    """A collected picture.

    Attributes:
        name: File name without suffix.
        camera: Name of the camera.
        group: Block of time of one collecting run; pictures of one group are never on both sides of the split.
        day: ISO date.
        part: Learnt from, or kept back.
        size: Width and height, pixels.
        doubt: How unsure the current model is of it, 0..1.
        proposals: What the current model sees.
    """

    name: str
    camera: str
    group: str
    day: str
    part: Part
    size: tuple[int, int]
    doubt: float
    proposals: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says about a picture: boxes drawn so far, and whether they are final."""

    state: State
    boxes: tuple[Box, ...]


class Collection:
    """One folder of collected pictures; every change is on disk when the method returns.

    Args:
        folder: The folder.
        labels: Class names, those of the model that proposed.
        items: Pictures in it.
        decisions: By name; a picture without one is open, with its proposals.
    """

    def __init__(
        self,
        folder: Path,
        *,
        labels: Sequence[str],
        items: Sequence[Item],
        decisions: dict[str, Decision] | None = None,
    ) -> None:
        self.folder, self.labels = folder, tuple(labels)
        self._items = {item.name: item for item in items}
        self._decisions = dict(decisions or {})

    @classmethod
    def load(cls, folder: Path) -> Collection:
        """The collection in a folder.

        Raises:
            ConfigError: There is none, or a file of it is damaged.
        """
        manifest = folder / MANIFEST
        if not manifest.is_file():
            hint = "`tracker teach collect --out DIR` makes one"
            raise ConfigError(f"{folder} holds no collected pictures", expected=f"a file {MANIFEST}", hint=hint)
        raw = _read(manifest)
        noted = _read(folder / LABELS) if (folder / LABELS).is_file() else {}
        try:
            if raw["format"] != FORMAT:
                raise ConfigError(f"{manifest}: format", expected=str(FORMAT), got=repr(raw["format"]))
            labels = tuple(str(label) for label in raw["labels"])
            items = [_item(each, labels) for each in raw["pictures"]]
            decisions = {str(name): decision_of(each, labels) for name, each in noted.items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(
                f"{folder} is damaged", got=repr(error), hint="Collect anew into another folder"
            ) from error
        return cls(folder, labels=labels, items=items, decisions=decisions)

    @property
    def items(self) -> tuple[Item, ...]:
        """Pictures in the order of asking: what the model doubts most comes first."""
        return tuple(sorted(self._items.values(), key=lambda item: (-item.doubt, item.name)))

    def item(self, name: str) -> Item:
        """A picture by name.

        Raises:
            NotFoundError: There is none.
        """
        if name not in self._items:
            raise NotFoundError(f"{self.folder} has no picture {name!r}")
        return self._items[name]

    def file(self, name: str) -> Path:
        """The file of a picture."""
        return self.folder / PICTURES / f"{self.item(name).name}.jpg"

    def decision(self, name: str) -> Decision:
        """What was decided, or the proposals as they are."""
        return self._decisions.get(name) or Decision(State.OPEN, self.item(name).proposals)

    def accepted(self, part: Part) -> tuple[Item, ...]:
        """Pictures of a part whose boxes are final, by name."""
        found = (item for item in self._items.values() if item.part is part)
        return tuple(sorted((i for i in found if self.decision(i.name).state is State.ACCEPTED), key=lambda i: i.name))

    def add(self, item: Item, jpeg: bytes) -> Item:
        """Puts a picture on disk under the next free name; this is the only place where one leaves RAM."""
        last = max((int(name) for name in self._items), default=0)
        named = replace(item, name=f"{last + 1:04d}")
        (self.folder / PICTURES).mkdir(parents=True, exist_ok=True)
        # Listed before it is written: whatever happens, `forget` finds it.
        self._items[named.name] = named
        self._save_manifest()
        self.file(named.name).write_bytes(jpeg)
        return named

    def decide(self, name: str, decision: Decision) -> None:
        """Notes what a person says about a picture.

        Raises:
            NotFoundError: There is no such picture.
        """
        self.item(name)
        self._decisions[name] = decision
        self._save_labels()

    def destroy(self, name: str) -> None:
        """Takes one picture off the disk, as when a person can be seen in it after all.

        Raises:
            NotFoundError: There is no such picture.
        """
        self.file(name).unlink(missing_ok=True)
        del self._items[name]
        self._decisions.pop(name, None)
        self._save_manifest()
        self._save_labels()

    def forget(self) -> int:
        """Takes every picture, label and checkpoint off the disk; models that were made stay.

        Returns:
            How many pictures there were.
        """
        count = len(self._items)
        for name in list(self._items):
            self.file(name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / RUN, ignore_errors=True)
        (self.folder / LABELS).unlink(missing_ok=True)
        for folder in (self.folder / PICTURES, self.folder):
            if folder is self.folder:
                (self.folder / MANIFEST).unlink(missing_ok=True)
            # What others put there is theirs.
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        return count

    def _save_manifest(self) -> None:
        pictures = [_item_document(self._items[name]) for name in sorted(self._items)]
        _write(self.folder / MANIFEST, {"format": FORMAT, "labels": list(self.labels), "pictures": pictures})

    def _save_labels(self) -> None:
        _write(
            self.folder / LABELS, {name: decision_document(self._decisions[name]) for name in sorted(self._decisions)}
        )


def decision_of(raw: Any, labels: Sequence[str]) -> Decision:  # noqa: ANN401 -- parsed JSON
    """A decision from JSON.

    Raises:
        KeyError, TypeError, ValueError: Something is missing, of another type, or out of range.
    """
    boxes = raw["boxes"]
    if not isinstance(boxes, list) or len(boxes) > MOST_BOXES:
        msg = f"expected at most {MOST_BOXES} boxes"
        raise ValueError(msg)
    return Decision(State(raw["state"]), tuple(box_of(box, labels) for box in boxes))


def decision_document(decision: Decision) -> dict[str, Any]:
    """A decision as JSON."""
    return {"state": decision.state.value, "boxes": [box_document(box) for box in decision.boxes]}


def box_of(raw: Any, labels: Sequence[str]) -> Box:  # noqa: ANN401
    """A box from JSON.

    Raises:
        KeyError, TypeError, ValueError: It is none, or its class is unknown.
    """
    left, top, right, bottom = (float(value) for value in raw["xyxy"])
    inside = all(math.isfinite(v) and -1e-6 <= v <= 1 + 1e-6 for v in (left, top, right, bottom))
    if raw["label"] not in labels or not (inside and left < right and top < bottom):
        msg = f"not a box of a known class inside the picture: {str(raw)[:120]}"
        raise ValueError(msg)
    return Box(raw["label"], (left, top, right, bottom), float(raw.get("score", 1.0)))


def box_document(box: Box) -> dict[str, Any]:
    """A box as JSON."""
    return {"label": box.label, "xyxy": [round(value, 5) for value in box.xyxy], "score": round(box.score, 3)}


def _item(raw: Any, labels: Sequence[str]) -> Item:  # noqa: ANN401
    if not _NAME.fullmatch(raw["name"]):
        msg = f"not a picture's name: {raw['name']!r}"
        raise ValueError(msg)
    width, height = (int(side) for side in raw["size"])
    proposals = tuple(box_of(box, labels) for box in raw["proposals"])
    part, doubt = Part(raw["part"]), float(raw["doubt"])
    return Item(raw["name"], raw["camera"], raw["group"], raw["day"], part, (width, height), doubt, proposals)


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "camera": item.camera,
        "group": item.group,
        "day": item.day,
        "part": item.part.value,
        "size": list(item.size),
        "doubt": round(item.doubt, 4),
        "proposals": [box_document(box) for box in item.proposals],
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read", expected="JSON", got=str(error)) from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} cannot be read", expected="a JSON object", got=type(raw).__name__)
    return raw


def _write(path: Path, document: dict[str, Any]) -> None:
    """In one piece: an interrupted write leaves the file before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
