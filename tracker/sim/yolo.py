"""Pictures and labels on disk as YOLO files, which every trainer and labelling tool reads.

::

    FOLDER/images/SPLIT/000000.jpg
    FOLDER/labels/SPLIT/000000.txt     class x y width height, 0..1, class as index into the labels
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from tracker.sim.script import LABELS, TruthBox
from tracker.sim.stills import Still


def write_example(folder: Path, split: str, index: int, still: Still, *, quality: int = 92) -> None:
    """One picture and its labels as YOLO files, in the default model's classes; see ``YoloFolder.write``."""
    YoloFolder(folder, quality=quality).write(split, index, still)


class YoloFolder:
    """A data set on disk.

    Args:
        folder: Its root.
        labels: Classes in the order of their numbers.
        quality: JPEG quality, 1..100.
    """

    def __init__(self, folder: Path, *, labels: Sequence[str] = LABELS, quality: int = 92) -> None:
        self._folder, self._labels, self._quality = folder, labels, quality

    def write(self, split: str, index: int, still: Still) -> None:
        """One picture and its labels.

        Args:
            split: Sub-folder of ``images`` and ``labels``.
            index: Number of the picture.
            still: Picture and boxes.

        Raises:
            OSError: The picture could not be written.
            ValueError: A box has a class that is not among the labels; nothing was written.
        """
        height, width = still.picture.shape[:2]
        lines = [yolo_line(box, width, height, labels=self._labels) for box in still.boxes]
        images, labels = self._folder / "images" / split, self._folder / "labels" / split
        images.mkdir(parents=True, exist_ok=True)
        labels.mkdir(parents=True, exist_ok=True)
        how = [cv2.IMWRITE_JPEG_QUALITY, self._quality]
        if not cv2.imwrite(str(images / f"{index:06d}.jpg"), still.picture, how):
            msg = f"could not write picture {index} to {images}"
            raise OSError(msg)
        (labels / f"{index:06d}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def yolo_line(box: TruthBox, width: int, height: int, *, labels: Sequence[str] = LABELS) -> str:
    """``class x y width height`` with centre and size in 0..1, six decimals; the box is cut at the picture's edge.

    Raises:
        ValueError: The box's class is not among the labels.
    """
    if box.label not in labels:
        msg = f"class {box.label!r} is not among those that are written ({', '.join(labels)})"
        raise ValueError(msg)
    left, top = max(0.0, box.xyxy[0]), max(0.0, box.xyxy[1])
    right, bottom = min(float(width), box.xyxy[2]), min(float(height), box.xyxy[3])
    x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
    return f"{labels.index(box.label)} {x:.6f} {y:.6f} {(right - left) / width:.6f} {(bottom - top) / height:.6f}"
