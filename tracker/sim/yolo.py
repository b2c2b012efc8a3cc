"""Pictures and labels on disk as YOLO files, which every trainer and labelling tool reads.

::

    FOLDER/images/SPLIT/000000.jpg
    FOLDER/labels/SPLIT/000000.txt     class x y width height, 0..1, class as index into LABELS
"""

from __future__ import annotations

from pathlib import Path

import cv2

from tracker.sim.script import LABELS, TruthBox
from tracker.sim.stills import Still


def write_example(folder: Path, split: str, index: int, still: Still, *, quality: int = 92) -> None:
    """One picture and its labels as YOLO files.

    Args:
        folder: Root of the data set.
        split: Sub-folder of ``images`` and ``labels``.
        index: Number of the picture.
        still: Picture and boxes.
        quality: JPEG quality, 1..100.

    Raises:
        OSError: The picture could not be written.
    """
    images, labels = folder / "images" / split, folder / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    height, width = still.picture.shape[:2]
    if not cv2.imwrite(str(images / f"{index:06d}.jpg"), still.picture, [cv2.IMWRITE_JPEG_QUALITY, quality]):
        msg = f"could not write picture {index} to {images}"
        raise OSError(msg)
    lines = [yolo_line(box, width, height) for box in still.boxes]
    (labels / f"{index:06d}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def yolo_line(box: TruthBox, width: int, height: int) -> str:
    """``class x y width height`` with centre and size in 0..1, six decimals; the box is cut at the picture's edge."""
    left, top = max(0.0, box.xyxy[0]), max(0.0, box.xyxy[1])
    right, bottom = min(float(width), box.xyxy[2]), min(float(height), box.xyxy[3])
    x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
    return f"{LABELS.index(box.label)} {x:.6f} {y:.6f} {(right - left) / width:.6f} {(bottom - top) / height:.6f}"
