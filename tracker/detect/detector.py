"""A model folder as a detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tracker.detect.card import LEAST_CONFIDENCE, WEIGHTS_NAME, ModelCard, load_card
from tracker.detect.heads import head_for
from tracker.detect.importer import refuse_declared
from tracker.detect.letterbox import Letterbox
from tracker.detect.providers import NOTHING_MORE, Extras
from tracker.detect.reading import outputs_of
from tracker.detect.session import OnnxSession
from tracker.detect.suppress import suppress
from tracker.domain.detections import Detections
from tracker.domain.frames import Picture

MIN_SCORE = LEAST_CONFIDENCE
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
        session.read(outputs_of(card.layout, [info.name for info in session.outputs]))
        self._letterbox = Letterbox(card.input)
        self._size = (card.input.width, card.input.height)
        self._decode = head_for(card.layout, *self._size, classes=len(card.labels))

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names by class id."""
        return self.card.labels

    @property
    def provider(self) -> str:
        """Execution provider that really runs, read back from the session."""
        return self._session.provider

    @property
    def reason(self) -> str | None:
        """Why ``auto`` chose that provider; ``None`` where it was asked for by name."""
        return self._session.reason

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels, best score first, at most one per thing."""
        tensor, placement = self._letterbox.fill(picture)
        if placement.input_size != self._size:
            self._size = placement.input_size
            self._decode = head_for(self.card.layout, *self._size, classes=len(self.card.labels))
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


def load_detector(
    folder: Path, *, provider: str = "cpu", threads: int = 1, extras: Extras = NOTHING_MORE
) -> OnnxDetector:
    """A detector from a model folder, its weights checked against the card.

    Args:
        folder: Folder with model.onnx and card.toml.
        provider: Short provider name, ``auto``, ``cpu``, ``cuda:1`` ...
        threads: Threads inside one inference.
        extras: What the provider is told beyond its name.

    Raises:
        ModelError: See :func:`tracker.detect.card.load_card` and :class:`OnnxSession`.
        ModelRefusedError: The card, or the model itself, declares outputs about people.
    """
    card = load_card(folder)
    session = OnnxSession(folder / WEIGHTS_NAME, provider=provider, threads=threads, extras=extras)
    refuse_declared(session, source=str(folder / WEIGHTS_NAME))
    return OnnxDetector(card, session)
