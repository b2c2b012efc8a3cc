"""What is truly in a picture, and which picture it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Things:
    """True boxes of one picture, struct of arrays.

    Attributes:
        xyxy: float32, shape (n, 4): left, top, right, bottom; the owner says in which unit.
        labels: One name a box.
        crowd: bool, shape (n,): the box holds things that nobody counted; what is found in it is neither right nor
            false (``iscrowd`` of COCO).
    """

    xyxy: NDArray[np.float32]
    labels: tuple[str, ...]
    crowd: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.xyxy.shape != (n, 4) or self.crowd.shape != (n,):
            msg = f"expected xyxy ({n}, 4) and crowd ({n},); got {self.xyxy.shape} and {self.crowd.shape}"
            raise ValueError(msg)

    @classmethod
    def of(cls, rows: list[tuple[float, float, float, float]], labels: list[str], crowd: list[bool]) -> Things:
        """From lists of one length."""
        return cls(np.array(rows, np.float32).reshape(-1, 4), tuple(labels), np.array(crowd, np.bool_))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, pick: NDArray[np.bool_]) -> Things:
        """The boxes chosen by a mask."""
        return Things(self.xyxy[pick], tuple(np.array(self.labels, object)[pick]), self.crowd[pick])

    def times(self, width: float, height: float) -> Things:
        """The same boxes with x multiplied by ``width`` and y by ``height``."""
        return Things(self.xyxy * np.array([width, height] * 2, np.float32), self.labels, self.crowd)


@dataclass(frozen=True, slots=True)
class BoxConditions:
    """What is known of one box beside its label.

    Attributes:
        visible: Share of the thing that can be seen, 0..1; ``None`` when nobody said.
        tags: Anything else by name, such as ``form``: ``crumpled``.
    """

    visible: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known of one picture beside its boxes.

    Attributes:
        light: In the data's own words; ``None`` when nobody said.
        skin_tones: Monk Skin Tone (1 light .. 10 dark) of every hand or forearm in sight; empty for none in sight,
            ``None`` when nobody said.
        group: Pictures that are not independent of each other (one clip, one camera) share it; intervals draw whole
            groups. ``None``: a group of its own.
        tags: Anything else by name.
        boxes: One a true box in the order of the labels, or empty.
    """

    light: str | None = None
    skin_tones: tuple[int, ...] | None = None
    group: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    boxes: tuple[BoxConditions, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled picture of a data set, not loaded.

    Attributes:
        path: The picture file.
        name: The same relative to the data set, with forward slashes.
        things: Its true boxes: shares of the picture where ``size`` is ``None``, else pixels of a picture of that size.
        size: Width and height that the labels speak of.
        conditions: What else is known.
    """

    path: Path
    name: str
    things: Things
    size: tuple[int, int] | None
    conditions: Conditions = Conditions()
