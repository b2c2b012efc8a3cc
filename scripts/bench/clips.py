"""The clips of the bench: one with pauses, one in which something always moves, and a made-up workshop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tracker.sim.render import render
from tracker.sim.script import SceneScript
from tracker.sim.workshop import PACKING, make_workshop

FOOTAGE = Path(__file__).resolve().parents[3] / "shared" / "data" / "intel-sample-videos"
"""Sample Videos by Intel Corporation (CC BY 4.0); lies beside the checkout and is never part of it."""
LEAST_FRAMES = 300
"""Frames of the moving clip: enough that starting up does not show."""
RATE = Fraction(12)
WORKSHOP_FPS = 8
WORKSHOP_CYCLE_S = 480
"""Of the made-up workshop: two minutes in which sixteen packs are put across the table, then six with nobody there.
That makes 120 packs an hour, more than most tables of a small shop see."""
SENSOR_NOISE = 1.5
"""Grey levels, of a lit table without anybody."""


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


def workshop_clip(folder: Path, minutes: float) -> Clip:
    """A made-up packing table at work for some minutes: bursts of work and long pauses, encoded as cameras do.

    Args:
        folder: Where it is written.
        minutes: Its length.
    """
    path = folder / "workshop.mp4"
    frames = round(minutes * 60 * WORKSHOP_FPS)
    rng = np.random.default_rng(11)
    with av.open(str(path), "w") as container:
        options = {"crf": "26", "preset": "veryfast", "bf": "0", "g": str(4 * WORKSHOP_FPS)}
        stream = container.add_stream("libx264", rate=WORKSHOP_FPS, options=options)
        number, cycle = 0, 0
        while number < frames:
            shop = make_workshop(200 + cycle, fps=float(WORKSHOP_FPS))
            for bgr in _cycle(shop.script(PACKING), rng):
                if number == frames:
                    break
                frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
                if number == 0:
                    stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
                frame.pts, frame.time_base = number, Fraction(1, WORKSHOP_FPS)
                container.mux(stream.encode(frame))
                number += 1
            cycle += 1
        container.mux(stream.encode())
    return Clip(f"workshop, {minutes:g} min", path, ((0.5, 1.0), (0.5, 0.0)))


def _cycle(script: SceneScript, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """A stretch of work, and the pause after it, in which only the sensor is busy."""
    number = 0
    for number, (bgr, _) in enumerate(render(script)):  # noqa: B007 - the last ones are needed below
        yield bgr
    noises = [rng.normal(0, SENSOR_NOISE, bgr.shape).astype(np.int16) for _ in range(8)]
    for rest in range(WORKSHOP_CYCLE_S * WORKSHOP_FPS - number - 1):
        yield (bgr + noises[rest % len(noises)]).clip(0, 255).astype(np.uint8)
