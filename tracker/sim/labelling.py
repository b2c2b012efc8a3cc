"""Labels as COCO and MOT have them; ``yolo`` writes the third kind.

MOT (https://motchallenge.net/instructions): ``frame, id, left, top, width, height, 1, class, visibility``, all counted
from 1. Hands have a class but no track of their own: their ids say which arm of the script it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tracker.sim.script import EVERY_LABEL, TruthBox

HAND_IDS = 100_000
"""Ids of hands in MOT files begin here."""


def mot_lines(frame: int, shown: Iterable[tuple[TruthBox, float]]) -> list[str]:
    """One line for each labelled box of a frame that shows anything of itself.

    Args:
        frame: Counted from 0, as everywhere here.
        shown: Boxes and the share of each that can be seen.
    """
    lines = []
    for box, share in shown:
        if not box.label or share <= 0:
            continue
        track = box.piece + 1 if box.piece >= 0 else HAND_IDS - box.piece
        left, top, right, bottom = box.xyxy
        place = f"{left:.1f},{top:.1f},{right - left:.1f},{bottom - top:.1f}"
        lines.append(f"{frame + 1},{track},{place},1,{EVERY_LABEL.index(box.label) + 1},{share:.2f}")
    return lines


class CocoFile:
    """Collects pictures and boxes; ``write`` makes the JSON file."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def add(self, name: str, size: tuple[int, int], boxes: Iterable[TruthBox]) -> None:
        """A picture and what can be seen in it; boxes are cut at its edge.

        Args:
            name: Of the picture's file.
            size: Its width and height.
            boxes: Of labelled things.
        """
        width, height = size
        image = len(self._images) + 1
        self._images.append({"id": image, "file_name": name, "width": width, "height": height})
        for box in boxes:
            left, top = max(0.0, box.xyxy[0]), max(0.0, box.xyxy[1])
            right, bottom = min(float(width), box.xyxy[2]), min(float(height), box.xyxy[3])
            self._annotations.append(
                {
                    "id": len(self._annotations) + 1,
                    "image_id": image,
                    "category_id": EVERY_LABEL.index(box.label) + 1,
                    "bbox": [round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1)],
                    "area": round((right - left) * (bottom - top), 1),
                    "iscrowd": 0,
                }
            )

    def write(self, path: Path) -> None:
        """Everything so far."""
        document = {
            "images": self._images,
            "annotations": self._annotations,
            "categories": [{"id": index + 1, "name": label} for index, label in enumerate(EVERY_LABEL)],
        }
        path.write_text(json.dumps(document) + "\n", encoding="utf-8")
