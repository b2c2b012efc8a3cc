"""A model folder as a detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tracker.detect.card import WEIGHTS_NAME, ModelCard, load_card
from tracker.detect.heads import head_for
from tracker.detect.letterbox import Letterbox
from tracker.detect.session import OnnxSession
from tracker.detect.suppress import suppress
from tracker.domain.detections import Detections
from tracker.domain.frames import Picture

MIN_SCORE = 0.05
"""Boxes below it never leave the detector. Low, because the tracker can use weak boxes of things it already knows."""
MAX_IOU = 0.6
"""Overlap above which two boxes are one thing. Pieces in a pile overlap by less (docs/adr/0008)."""
MAX_BOXES = 300
"""Candidates kept before suppression, which costs their square."""


class OnnxDetector:
    """Boxes of one picture, from one loaded model.

    Not for several threads at once: the input tensor is reused.
    """

    def __init__(self, card: ModelCard, session: OnnxSession) -> None:
        self.card = card
        self._session = session
        self._letterbox = Letterbox(card.input)
        self._decode = head_for(card.layout, card.input.width, card.input.height)
        self._size = (card.input.width, card.input.height)

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names by class id."""
        return self.card.labels

    @property
    def provider(self) -> str:
        """Execution provider that really runs, read back from the session."""
        return self._session.provider

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels, best score first, at most one per thing."""
        tensor, placement = self._letterbox.fill(picture)
        if placement.input_size != self._size:
            self._size = placement.input_size
            self._decode = head_for(self.card.layout, *self._size)
        boxes, scores, class_ids = self._decode(self._session.run(tensor), MIN_SCORE)
        if not boxes:
            return Detections.empty()
        if len(boxes) > MAX_BOXES:
            best = sorted(range(len(boxes)), key=lambda i: -scores[i])[:MAX_BOXES]
            boxes, scores = [boxes[i] for i in best], [scores[i] for i in best]
            class_ids = [class_ids[i] for i in best]
        keep = suppress(boxes, scores, MAX_IOU)
        return Detections(
            np.array([placement.to_picture(boxes[i], picture) for i in keep], np.float32),
            np.array([scores[i] for i in keep], np.float32),
            np.array([class_ids[i] for i in keep], np.int32),
        )


def load_detector(folder: Path, *, provider: str = "cpu", threads: int = 1) -> OnnxDetector:
    """A detector from a model folder, its weights checked against the card.

    Args:
        folder: Folder with model.onnx and card.toml.
        provider: Short provider name, ``cpu``, ``cuda`` ...
        threads: Threads inside one inference.

    Raises:
        ModelError: See :func:`tracker.detect.card.load_card` and :class:`OnnxSession`.
    """
    card = load_card(folder)
    return OnnxDetector(card, OnnxSession(folder / WEIGHTS_NAME, provider=provider, threads=threads))
