"""Where live pictures come from: what every way has in common, and a file played at its own speed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

from av.video.frame import VideoFrame

from tracker.capture.files import decoded, open_file, stream_clock
from tracker.capture.timing import MICROSECONDS
from tracker.domain.errors import SourceError
from tracker.domain.frames import GapReason

PICTURE_TIMEOUT_S = 15.0
"""Longest wait for a packet that decodes; cameras may send 10 s without a key frame."""


class StreamLostError(Exception):
    """A feed stopped delivering.

    Attributes:
        reason: Why, as the gap will say.
        problem: Why, in a few words for people, without the address.
        refused: Whether the camera answered, and would not have us.
    """

    def __init__(self, reason: GapReason, problem: str, *, refused: bool = False) -> None:
        super().__init__(problem)
        self.reason, self.problem, self.refused = reason, problem, refused


class TimedPicture(NamedTuple):
    """A decoded frame, microseconds after the first of its connection."""

    elapsed_us: int
    picture: VideoFrame


class Sign(Enum):
    """What a feed yields when it has no picture."""

    BROKEN_PACKET = "broken packet"
    NOTHING_YET = "nothing yet"
    """Whoever reads may look up, whether to stop for example."""


class Opened(NamedTuple):
    """A connection stands.

    Attributes:
        via: How pictures come over it, such as ``rtsp over udp``; holds no address.
    """

    via: str


Received = TimedPicture | Sign | Opened

Wanted = Callable[[], bool]
"""Whether a picture is wanted now; asked before one is decoded."""


class Feed(Protocol):
    """One way to get live pictures. A camera that is opened in another way is another feed."""

    def pictures(self, wait: Callable[[float], None]) -> Generator[Received]:
        """One connection, opened at the first ``next`` and closed with the generator; its end is the end of the source.

        Args:
            wait: Sleeps for so many seconds or until the source is stopped or paused.

        Raises:
            StreamLostError: The connection could not be made or broke.
        """
        ...

    def redact(self, text: str) -> str:
        """``text`` without any secret of this feed, fit for a log."""
        ...


class SelectiveFeed(Feed, Protocol):
    """A feed that can leave undecoded what nobody wants."""

    def pictures(self, wait: Callable[[float], None], wanted: Wanted | None = None) -> Generator[Received]:
        """See ``Feed``.

        Args:
            wait: See ``Feed``.
            wanted: Only pictures that stand alone (key frames) are decoded, and of those only the wanted ones; ``None``
                wants every picture.
        """
        ...


@dataclass(frozen=True, slots=True)
class PacedFile:
    """A file played at its own speed, as if it were a camera.

    Attributes:
        path: The video.
        loop: Starts again at the end instead of ending the source.
    """

    path: Path
    loop: bool = False

    def pictures(self, wait: Callable[[float], None], wanted: Wanted | None = None) -> Generator[Received]:
        """See ``Feed``; a file that cannot be opened is unreachable, one in which nothing decodes unreadable."""
        began, base_us = monotonic(), 0
        yield Opened("file")
        while True:
            played_us = base_us
            for received in self._once():
                if isinstance(received, Sign):
                    yield received
                    continue
                played_us = base_us + received.elapsed_us
                while (early_s := began + played_us / MICROSECONDS - monotonic()) > 0:
                    wait(early_s)
                    yield Sign.NOTHING_YET
                if wanted is None or wanted():
                    yield TimedPicture(played_us, received.picture)
            if played_us == base_us:
                raise StreamLostError(GapReason.UNREADABLE, "nothing in the file decodes")
            if not self.loop:
                return
            base_us = played_us

    def redact(self, text: str) -> str:
        """See ``Feed``; a path is no secret."""
        return text

    def _once(self) -> Generator[TimedPicture | Sign]:
        """The file from beginning to end; times start one step after 0, so that loops follow each other seamlessly."""
        try:
            container, stream = open_file(self.path)
        except SourceError as error:
            raise StreamLostError(GapReason.UNREACHABLE, str(error)) from error
        with container:
            clock = stream_clock(stream)
            for picture in decoded(container, stream):
                if picture is None:
                    yield Sign.BROKEN_PACKET
                else:
                    yield TimedPicture(clock.step_us + clock.elapsed_us(picture.pts), picture)
