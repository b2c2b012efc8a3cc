"""A tiny folder of cut-outs and backgrounds in the real ones' layout, painted on the spot."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tracker.train.recipe import Recipe, load_recipe

SHIPPED = Path(__file__).parents[2] / "models" / "default" / "train.toml"
CONTRIBUTORS = {"10": 8, "11": 3, "12": 2, "13": 4, "14": 1, "15": 2}
"""Contributor and number of photos."""


def write_photos(folder: Path) -> None:
    """Photos of single coloured ellipses on grey floors; one of them failed its checks, one is full of wisps."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    labels, masks = ["image,label,kids,sender_id"], ["image,uncertain_frac,auto_ok"]
    rng = np.random.default_rng(0)
    for contributor, count in CONTRIBUTORS.items():
        for index in range(count):
            name = f"{contributor}-{index}"
            mask = np.zeros((200, 150), np.uint8)
            cv2.ellipse(mask, (60, 75), (40, 55), 0, 0, 360, 255, -1)
            picture = np.full((200, 150, 3), 120, np.uint8)
            picture[mask > 0] = rng.integers(0, 255, 3)
            cv2.imwrite(str(folder / "images" / f"{name}.jpg"), picture)
            cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
            labels.append(f"{name},T-Shirt,False,{contributor}")
            masks.append(f"{name},{0.2 if name == '10-1' else 0.01},{0 if name == '10-0' else 1}")
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    (folder / "masks.csv").write_text("\n".join(masks) + "\n", encoding="utf-8")


def write_recipe(folder: Path, **changes: str) -> Recipe:
    """The shipped recipe on the tiny photos; ``changes`` replaces values by key."""
    write_photos(folder / "photos")
    (folder / "tables").mkdir()
    for index in range(6):
        table = np.full((60, 80, 3), 40 * index, np.uint8)
        cv2.imwrite(str(folder / "tables" / f"{index}.png"), table)
    values = {
        "work": f'"{folder.as_posix()}/work"', "output": f'"{folder.as_posix()}/model"',
        "cutouts": f'"{folder.as_posix()}/photos"', "backgrounds": f'"{folder.as_posix()}/tables"',
        "train_images": "6", "val_images": "2", "width": "160", "workers": "1",
        "held_out_share": "0.6",
    } | changes  # fmt: skip
    lines = []
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        key = line.split(" =", maxsplit=1)[0]
        lines.append(f"{key} = {values[key]}" if key in values else line)
    path = folder / "train.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_recipe(path)
