"""The clips the bench runs on: one with pauses, and one in which something moves in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

FOOTAGE = Path(__file__).resolve().parents[3] / "shared" / "data" / "intel-sample-videos"
"""Sample Videos by Intel Corporation (CC BY 4.0); lies beside the checkout and is never part of it."""
LEAST_FRAMES = 300
"""Frames of the moving clip: enough that starting up does not show."""
RATE = Fraction(12)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and the line that is counted on it.

    Attributes:
        name: Short, for the table.
        path: An H.264 file.
        line: Start and end in 0..1 of the picture.
    """

    name: str
    path: Path
    line: tuple[tuple[float, float], tuple[float, float]]


def clips(folder: Path) -> tuple[Clip, Clip]:
    """The car clip, and the fruit GIF as a looped H.264 file.

    Args:
        folder: Where the second one is written.

    Raises:
        FileNotFoundError: The footage does not lie beside the checkout.
    """
    car = FOOTAGE / "car-detection.mp4"
    fruit = FOOTAGE / "preview-gif" / "fruit-and-vegetable-detection.gif"
    for path in (car, fruit):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there; the bench needs the sample videos beside the checkout")
    looped = folder / "fruit.mp4"
    loop_as_h264(fruit, looped)
    return (
        Clip("car-detection", car, ((0.0, 0.5), (1.0, 0.5))),
        Clip("fruit, looped", looped, ((0.5, 0.0), (0.5, 1.0))),
    )


def loop_as_h264(source: Path, target: Path) -> None:
    """Transcode a short clip, repeated whole until it has at least ``LEAST_FRAMES`` frames."""
    with av.open(str(source)) as container:
        pictures = [frame.reformat(format="yuv420p") for frame in container.decode(video=0)]
    repeats = -(-LEAST_FRAMES // len(pictures))
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        for number in range(repeats * len(pictures)):
            picture = pictures[number % len(pictures)]
            picture.pts, picture.time_base = number, 1 / RATE
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
