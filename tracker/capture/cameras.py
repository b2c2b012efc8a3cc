"""Several live cameras, served to one loop."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tracker.capture.inbox import Inbox
from tracker.capture.live import CameraStats, LiveSource
from tracker.domain.errors import ConfigError, NotFoundError
from tracker.domain.frames import CameraId, Frame, Gap


class LiveCameras:
    """Runs live sources together and hands out what they saw, each camera in turn.

    Args:
        sources: The cameras; none of them started yet.

    Raises:
        ConfigError: Two sources have the same camera id.
    """

    def __init__(self, sources: Sequence[LiveSource]) -> None:
        self._sources = {source.camera: source for source in sources}
        if len(self._sources) != len(sources):
            names = ", ".join(sorted(source.camera for source in sources))
            raise ConfigError("every camera needs a name of its own", got=names)
        self._inbox = Inbox(tuple(self._sources))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts every camera; those that cannot be reached keep trying."""
        for source in self._sources.values():
            source.start(self._inbox)

    def next(self, timeout_s: float) -> tuple[CameraId, Frame | Gap] | None:
        """The newest frame or the next gap of the camera whose turn it is.

        Args:
            timeout_s: Longest wait, seconds.

        Returns:
            ``None`` when nothing came in time, or at once when no camera runs any more.
        """
        return self._inbox.next(timeout_s)

    @property
    def exhausted(self) -> bool:
        """No camera runs any more, and all that they saw was fetched."""
        return self._inbox.exhausted

    def pause(self, camera: CameraId) -> None:
        """Closes the camera's stream until ``resume``.

        Raises:
            NotFoundError: No such camera.
        """
        self._source(camera).pause()

    def resume(self, camera: CameraId) -> None:
        """Opens the camera's stream again.

        Raises:
            NotFoundError: No such camera.
        """
        self._source(camera).resume()

    def stats(self) -> dict[CameraId, CameraStats]:
        """What each camera did so far."""
        return {camera: source.stats for camera, source in self._sources.items()}

    def stop(self) -> None:
        """Ends every camera at the same time and waits for all: at most until a running open or read times out."""
        for source in self._sources.values():
            source.request_stop()
        for source in self._sources.values():
            source.stop()

    def _source(self, camera: CameraId) -> LiveSource:
        if camera not in self._sources:
            known = ", ".join(sorted(self._sources)) or "none"
            raise NotFoundError(f"there is no camera {camera}", expected=f"one of: {known}")
        return self._sources[camera]
