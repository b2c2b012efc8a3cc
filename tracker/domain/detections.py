"""What a model saw in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes of one frame, struct of arrays; every column is always there.

    Attributes:
        xyxy: float32, shape (n, 4): left, top, right, bottom in full-frame pixels, origin top left.
        score: float32, shape (n,): confidence 0..1.
        class_id: int32, shape (n,): index into the model card's labels.
    """

    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    class_id: NDArray[np.int32]

    def __post_init__(self) -> None:
        n = self.xyxy.shape[0]
        if self.xyxy.shape != (n, 4) or self.score.shape != (n,) or self.class_id.shape != (n,):
            msg = (
                "expected xyxy (n, 4), score (n,), class_id (n,); "
                f"got {self.xyxy.shape}, {self.score.shape}, {self.class_id.shape}"
            )
            raise ValueError(msg)

    @classmethod
    def empty(cls) -> Detections:
        """No boxes."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int32))

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, pick: NDArray[np.bool_] | NDArray[np.intp]) -> Detections:
        """The boxes chosen by a mask or by indices."""
        return Detections(self.xyxy[pick], self.score[pick], self.class_id[pick])


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Where luma changed since the frame before, on a coarse grid.

    Attributes:
        moved: bool, shape (rows, columns): the grid covers the whole picture.
    """

    moved: NDArray[np.bool_]
