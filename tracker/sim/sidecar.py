"""What is known of labelled pictures beside their labels, as ``tracker model evaluate`` reads it: docs/evaluation.md.

``Noted`` is one picture, ``SidecarFile`` collects them into ``conditions.json``. Skin tones are those of the
drawn hands; a number in the picture's list is a hand's, and nothing says whose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.sim.script import Form, SceneScript, TruthBox

SIDECAR = "conditions.json"


@dataclass(frozen=True, slots=True)
class NotedBox:
    """One labelled box.

    Attributes:
        visible: Share of the thing that can be seen, 0..1.
        tags: Anything else by name.
    """

    visible: float
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Noted:
    """One picture.

    Attributes:
        light: In words.
        skin_tones: Of the hands in sight, 1 light to 10 dark.
        group: Pictures of one clip share it.
        tags: Anything else by name.
        boxes: In the order of the labels.
    """

    light: str
    skin_tones: tuple[int, ...]
    group: str
    tags: Mapping[str, str]
    boxes: tuple[NotedBox, ...]

    def as_dict(self) -> dict[str, Any]:
        """As the file holds it."""
        return {
            "light": self.light,
            "skin_tones": list(self.skin_tones),
            "group": self.group,
            "tags": dict(self.tags),
            "boxes": [{"visible": round(box.visible, 3), "tags": dict(box.tags)} for box in self.boxes],
        }


class SidecarFile:
    """Collects what is known of pictures; ``write`` makes the JSON file. Holds one entry a picture."""

    def __init__(self) -> None:
        self._pictures: dict[str, dict[str, Any]] = {}

    def add(self, name: str, noted: Noted) -> None:
        """A picture, by its name relative to the file's folder, with forward slashes."""
        self._pictures[name] = noted.as_dict()

    def write(self, folder: Path) -> None:
        """Everything so far, into the folder."""
        text = json.dumps({"pictures": self._pictures}, ensure_ascii=False)
        (folder / SIDECAR).write_text(text + "\n", encoding="utf-8")


def noted_frame(
    script: SceneScript,
    shown: Iterable[tuple[TruthBox, float]],
    labelled: Iterable[tuple[TruthBox, float]],
    *,
    light: str,
    group: str,
) -> Noted:
    """What is known of a frame of a clip.

    Args:
        script: Of the clip.
        shown: Everything in the frame and the share of it that can be seen: where the hands in sight come from.
        labelled: Those of them that carry a label, in the labels' order.
        light: In words.
        group: The clip.
    """
    tones = sorted(
        script.arms[-1 - box.piece].arm.skin + 1 for box, share in shown if box.label == "hand" and share > 0
    )
    boxes = tuple(NotedBox(min(1.0, share), _tags(script, box)) for box, share in labelled)
    return Noted(light, tuple(tones), group, {"table": script.surface.value}, boxes)


def _tags(script: SceneScript, box: TruthBox) -> dict[str, str]:
    """How a thing lies or is carried; of a hand nothing is said."""
    if box.piece < 0:
        return {}
    piece = next(piece for piece in script.pieces if piece.id == box.piece)
    form: Form = piece.carried if box.held and piece.carried is not None else piece.form
    if form is Form.BIN:
        return {"form": form.value}
    return {"form": form.value, "pattern": piece.fabric.pattern.value, "where": "in a hand" if box.held else "lies"}
