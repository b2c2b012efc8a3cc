"""Ways to change footage that must not change what is counted, or that change it in a way known beforehand."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.capture.planes import picture_of
from tracker.domain.frames import Picture

Plane = NDArray[np.uint8]
Point = tuple[float, float]


class Shot(NamedTuple):
    """A picture and when it was taken, seconds since the first."""

    t_s: float
    picture: Picture


Shots = Sequence[Shot]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to change a clip.

    Attributes:
        name: For the table.
        film: The changed clip.
        point: Where a point of the picture (0..1) goes.
        mirrored: Left and right hand change places, so a line's ends must too.
        when: When a moment of the clip comes in the changed one, seconds.
        returns: The clip runs back to its start: whatever crossed comes back.
    """

    name: str
    film: Callable[[Shots, np.random.Generator], list[Shot]]
    point: Callable[[Point], Point] = lambda point: point
    mirrored: bool = False
    when: Callable[[float], float] = lambda t_s: t_s
    returns: bool = False


def per_plane(change: Callable[[Plane], Plane]) -> Callable[[Shots, np.random.Generator], list[Shot]]:
    """The same change of every plane of every picture."""

    def film(shots: Shots, _: np.random.Generator) -> list[Shot]:
        return [Shot(t_s, _picture(p, *(change(plane) for plane in (p.y, p.u, p.v)))) for t_s, p in shots]

    return film


def per_luma(
    change: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]],
) -> Callable[..., list[Shot]]:
    """The same change of every picture's luma, 0..255."""

    def film(shots: Shots, rng: np.random.Generator) -> list[Shot]:
        return [
            Shot(t_s, _picture(p, np.clip(change(p.y.astype(np.float32), rng), 0, 255).astype(np.uint8), p.u, p.v))
            for t_s, p in shots
        ]

    return film


def retimed(factor: float) -> Callable[..., list[Shot]]:
    """The same pictures at other times: what moved twice as slowly is the same thing."""
    return lambda shots, _: [Shot(t_s * factor, picture) for t_s, picture in shots]


def every(step: int) -> Callable[..., list[Shot]]:
    """Only every so manieth picture, at its own time."""
    return lambda shots, _: list(shots[::step])


def jittered(shots: Shots, rng: np.random.Generator) -> list[Shot]:
    """Stamps off by up to 40 % of a frame, as cameras on a busy network deliver them."""
    step_s = shots[1].t_s - shots[0].t_s
    return [Shot(t_s + float(rng.uniform(0, 0.4)) * step_s, picture) for t_s, picture in shots]


def lossy(shots: Shots, rng: np.random.Generator) -> list[Shot]:
    """Every fifth picture lost, at random."""
    return [shot for shot in shots if rng.random() > 0.2]


def frozen_start(shots: Shots, _: np.random.Generator) -> list[Shot]:
    """Three seconds of the first picture, then the clip."""
    step_s = shots[1].t_s - shots[0].t_s
    still = round(STILL_S / step_s)
    before = [Shot(i * step_s, shots[0].picture) for i in range(still)]
    return before + [Shot(t_s + still * step_s, picture) for t_s, picture in shots]


def there_and_back(shots: Shots, _: np.random.Generator) -> list[Shot]:
    """The clip, then the clip backwards."""
    step_s = shots[1].t_s - shots[0].t_s
    turn_s = shots[-1].t_s + step_s
    return list(shots) + [Shot(turn_s + shots[-1].t_s - t_s, picture) for t_s, picture in reversed(shots)]


def recompressed(shots: Shots, _: np.random.Generator) -> list[Shot]:
    """As a cheap camera sends it: H.264 at a constant quality that shows blocks."""
    first, file = shots[0].picture, io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(12), options={"crf": "36", "preset": "veryfast", "bf": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = first.width & ~1, first.height & ~1, "yuv420p"
        for number, (_, picture) in enumerate(shots):
            frame = av.VideoFrame.from_ndarray(_planar(picture), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        pictures = [picture_of(frame) for frame in container.decode(video=0)]
    return [Shot(t_s, picture) for (t_s, _), picture in zip(shots, pictures, strict=True)]


def smaller(plane: Plane) -> Plane:
    """Half the width and height."""
    return cv2.resize(plane, ((plane.shape[1] + 1) // 2, (plane.shape[0] + 1) // 2), interpolation=cv2.INTER_AREA)


def grey(shots: Shots, _: np.random.Generator) -> list[Shot]:
    """Without colour, as a camera sees by infrared at night."""
    return [Shot(t_s, _picture(p, p.y, np.full_like(p.u, 128), np.full_like(p.v, 128))) for t_s, p in shots]


def turned(quarters: int) -> Callable[..., list[Shot]]:
    """Turned counter-clockwise, as a camera hung sideways sees it."""
    return per_plane(lambda plane: np.ascontiguousarray(np.rot90(plane, quarters)))


def _picture(like: Picture, y: Plane, u: Plane, v: Plane) -> Picture:
    return Picture(y, u, v, like.full_range)


def _planar(picture: Picture) -> Plane:
    height, width = picture.height & ~1, picture.width & ~1
    parts = (picture.y[:height, :width], picture.u[: height // 2, : width // 2], picture.v[: height // 2, : width // 2])
    return np.concatenate([part.reshape(-1) for part in parts]).reshape(height * 3 // 2, width)


STILL_S = 3.0

VARIANTS = (
    Variant("as it is", lambda shots, _: list(shots)),
    Variant(
        "mirrored", per_plane(lambda p: np.ascontiguousarray(p[:, ::-1])), lambda p: (1 - p[0], p[1]), mirrored=True
    ),
    Variant(
        "upside down", per_plane(lambda p: np.ascontiguousarray(p[::-1])), lambda p: (p[0], 1 - p[1]), mirrored=True
    ),
    Variant("turned by 180", turned(2), lambda p: (1 - p[0], 1 - p[1])),
    Variant("turned by 90", turned(1), lambda p: (p[1], 1 - p[0])),
    Variant("half resolution", per_plane(smaller)),
    Variant("twice as slow", retimed(2), when=lambda t_s: 2 * t_s),
    Variant("twice as fast", retimed(0.5), when=lambda t_s: t_s / 2),
    Variant("stamps jitter", jittered),
    Variant("every 2nd frame", every(2)),
    Variant("every 3rd frame", every(3)),
    Variant("a fifth lost", lossy),
    Variant("darker", per_luma(lambda y, _: 16 + (y - 16) * 0.5)),
    Variant("brighter", per_luma(lambda y, _: y * 1.4)),
    Variant("flat contrast", per_luma(lambda y, _: 128 + (y - 128) * 0.5)),
    Variant("noise", per_luma(lambda y, rng: y + rng.normal(0, 10, y.shape).astype(np.float32))),
    Variant("blurred", per_plane(lambda p: cv2.GaussianBlur(p, (0, 0), 1.5))),
    Variant("without colour", grey),
    Variant("recompressed", recompressed),
    Variant("still first", frozen_start, when=lambda t_s: t_s + STILL_S),
    Variant("there and back", there_and_back, returns=True),
)
