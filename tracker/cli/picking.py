"""Pictures out of recordings, for setting up and judging a model; they never leave memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracker.capture import ReplaySource
from tracker.domain.errors import ConfigError
from tracker.domain.frames import CameraId, Frame, Picture


def halves(videos: Sequence[Path], count: int) -> tuple[list[Picture], list[Picture]]:
    """Pictures spread evenly over the first halves of recordings, and over the second halves.

    Args:
        videos: At least one.
        count: About how many in all.

    Raises:
        SourceError: A recording cannot be read.
        ConfigError: A recording has fewer than four frames.
    """
    first: list[Picture] = []
    second: list[Picture] = []
    share = max(4, count // len(videos))
    for video in videos:
        total = _length(video)
        if total < 4:
            raise ConfigError(f"{video} is too short", expected="a recording of at least four frames", got=f"{total}")
        step = max(1, total // share)
        with ReplaySource(video, camera=CameraId("picking")) as source:
            for number, seen in enumerate(source):
                if isinstance(seen, Frame) and number % step == 0:
                    (first if number < total // 2 else second).append(seen.picture)
    return first, second


def _length(video: Path) -> int:
    with ReplaySource(video, camera=CameraId("picking")) as source:
        return source.total_frames or sum(1 for _ in source)
