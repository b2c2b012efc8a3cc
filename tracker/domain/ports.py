"""What the stages need from the outside, as protocols; tests use small fakes of these."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from tracker.domain.detections import Detections
from tracker.domain.frames import Frame, Gap, Picture


class FrameSource(Protocol):
    """A video that yields what it saw, in order of time: frames, and the gaps between them."""

    def __iter__(self) -> Iterator[Frame | Gap]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Detector(Protocol):
    """A loaded model."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names by class id."""
        ...

    @property
    def provider(self) -> str:
        """Execution provider that really runs, read back from the session."""
        ...

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels, best score first."""
        ...
