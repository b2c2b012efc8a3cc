"""Detections in time: what is believed to be the same thing from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """All live tracks of one camera after one frame, struct of arrays.

    Ids are per camera, mean nothing outside it and are gone when the track ends; they are never stored.

    Attributes:
        track_id: int64, shape (n,).
        xyxy: float32, shape (n, 4): smoothed box where seen, predicted box where not, full-frame pixels.
        score: float32, shape (n,): mean score of the recent sightings (weight halves in about three of them).
        class_id: int32, shape (n,): class with the largest score sum over the track's life.
        confirmed: bool, shape (n,): seen often enough to be trusted; only these count.
        seen: bool, shape (n,): matched by a detection in this very frame.
        ended: int64, shape (m,): ids that ended with this frame and will not come back.
    """

    track_id: NDArray[np.int64]
    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    class_id: NDArray[np.int32]
    confirmed: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    ended: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = self.track_id.shape[0]
        columns = (self.score, self.class_id, self.confirmed, self.seen)
        if self.xyxy.shape != (n, 4) or any(column.shape != (n,) for column in columns):
            msg = f"expected {n} rows in every column, got xyxy {self.xyxy.shape} and {[c.shape for c in columns]}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.track_id)

    def centres(self) -> NDArray[np.float32]:
        """Box centres, float32, shape (n, 2), pixels."""
        return (self.xyxy[:, :2] + self.xyxy[:, 2:]) * np.float32(0.5)
