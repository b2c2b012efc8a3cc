"""What a camera looks at, as a coarse map of edge directions, and whether it still looks there.

A map holds one number for each of 80 x 45 cells: in which direction the edges in it run, as the doubled angle of the
structure tensor (Bigun and Granlund 1987), between 0 (none, or all directions) and 1 (one clear edge). Brightness,
colour and contrast are not in it, so a lamp changes little; a shift of one cell changes nearly all of it.

A reference is made of what kept its direction in nearly every look over half a minute or longer: table edges, shelves,
walls. Whoever moves, even a little, leaves no trace in it, and a face would be two or three cells large: no picture of
anybody can be made from it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.domain.shift import STRAIGHT, Shift

COLUMNS = 80
"""Cells across: one is 1.25 % of the width, and the rules tolerate about that."""
PIXELS = 4
"""Pixels of the reduced picture in a cell, both ways."""
NOISE = 4.0
"""Grey levels a pixel of the reduced picture below which a slope is noise."""
TEXTURED = 3.5
"""Grey levels a pixel from which a cell shows something; noise of 5 a pixel of a small picture stays below."""

Map = NDArray[np.float32]
"""Edge directions, shape (rows, columns, 2): cosine and sine of the doubled angle, times how clear it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at the picture.

    Attributes:
        light: Mean luma of each cell, uint8, shape (rows, columns).
        edges: Edge directions.
        textured: Share of the cells that show something.
    """

    light: NDArray[np.uint8]
    edges: Map
    textured: float


def look(luma: NDArray[np.uint8], *, aspect: float) -> Look:
    """What a picture shows, coarsely.

    Args:
        luma: Some rows of the picture.
        aspect: The picture's height over its width.
    """
    rows = max(8, round(COLUMNS * aspect))
    small = cv2.resize(luma, (COLUMNS * PIXELS, rows * PIXELS), interpolation=cv2.INTER_AREA)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    grid = (COLUMNS, rows)
    xx, yy, xy = (
        cv2.resize(cv2.multiply(a, b), grid, interpolation=cv2.INTER_AREA)
        for a, b in ((across, across), (down, down), (across, down))
    )
    power = xx + yy
    edges = np.stack((xx - yy, 2 * xy), axis=-1) / (power + np.float32(NOISE**2))[..., None]
    light = np.asarray(cv2.resize(small, grid, interpolation=cv2.INTER_AREA), np.uint8)
    return Look(light, edges.astype(np.float32), float(np.mean(power > TEXTURED**2)))


def carried(edges: Map, shift: Shift) -> Map:
    """The map as it looks when the camera has moved; what comes into view is 0."""
    if shift == STRAIGHT:
        return edges
    rows, columns = edges.shape[:2]
    middle = ((columns - 1) / 2, (rows - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, -shift.angle_deg, shift.scale)
    matrix[:, 2] += (shift.dx * columns, shift.dy * columns)
    warped = np.asarray(cv2.warpAffine(edges, matrix, (columns, rows), flags=cv2.INTER_LINEAR), np.float32)
    return _turned(warped, shift.angle_deg)


def agreement(reference: Map, edges: Map) -> float:
    """How much of the reference is there: 1 all of it, 0 no more than chance.

    The Dice coefficient over the cells of the reference, so that stronger edges are no better than equal ones, less
    what any view has in common with it where most edges run one way.
    """
    theirs = edges * ((reference[..., :1] != 0) | (reference[..., 1:] != 0))
    whole = float(np.vdot(reference, reference) + np.vdot(theirs, theirs)) / 2
    if whole <= 0:
        return 0.0
    found = float(np.vdot(reference, edges)) / whole
    chance = float(reference.reshape(-1, 2).sum(axis=0) @ edges.reshape(-1, 2).mean(axis=0)) / whole
    return (found - chance) / max(1 - chance, 0.1)


def blocks_kept(reference: Map, edges: Map, *, least: float) -> tuple[int, int]:
    """Of 4 x 3 parts of the picture: those that still agree with the reference, and those that could."""
    kept = known = 0
    for rows in np.array_split(np.arange(reference.shape[0]), 3):
        for columns in np.array_split(np.arange(reference.shape[1]), 4):
            part = reference[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            now = edges[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            whole = float(np.sum(part * part))
            if whole >= LEAST_BLOCK:
                known += 1
                kept += float(np.sum(part * now)) / whole >= least
    return kept, known


LEAST_BLOCK = 4.0
"""Edge cells (squared clearness, summed) that a part of the picture needs before it can tell anything."""
_ANGLES_DEG = (-8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0)
_SCALES = (0.92, 0.96, 1.0, 1.04, 1.08)
UNLIKELY = 0.02
_STEPS = (0.5, 0.25, 0.1)
"""Cells by which the refinement moves, coarse to fine."""


def find_shift(reference: Map, edges: Map) -> tuple[Shift, float]:
    """The small movement of the camera after which most of the reference is found, and its ``agreement``."""
    best, most = STRAIGHT, _worth(reference, edges, STRAIGHT)
    spectrum = np.fft.fft2(_complex(edges))
    for angle, scale in itertools.product(_ANGLES_DEG, _SCALES):
        turned = carried(reference, Shift(0.0, 0.0, angle, scale))
        dx, dy = _peak(np.fft.ifft2(spectrum * np.conj(np.fft.fft2(_complex(turned)))).real)
        found = Shift(dx / COLUMNS, dy / COLUMNS, angle, scale)
        value = _worth(reference, edges, found)
        if value > most:
            best, most = found, value
    best = _refined(reference, edges, best, most)
    return best, agreement(carried(reference, best), edges)


def _worth(reference: Map, edges: Map, shift: Shift) -> float:
    """How alike they are then, -1 to 1; a little less for each turn and zoom: a plain push explains more often.

    The cosine, not the Dice coefficient: between two cells edges are weaker in both.
    """
    moved = carried(reference, shift)
    theirs = edges * ((moved[..., :1] != 0) | (moved[..., 1:] != 0))
    length = float(np.sqrt(np.vdot(moved, moved) * np.vdot(theirs, theirs)))
    unlikely = abs(shift.angle_deg) / 2 + abs(shift.scale - 1) / 0.04
    return float(np.vdot(moved, edges)) / max(length, 1e-6) - UNLIKELY * unlikely


def _refined(reference: Map, edges: Map, best: Shift, most: float) -> Shift:
    """Climbs from a rough movement to the best one beside it, a tenth of a cell fine."""
    for step in _STEPS:
        better = True
        while better:
            better = False
            for move in _moves(step):
                tried = Shift(
                    best.dx + move[0], best.dy + move[1], best.angle_deg + move[2], best.scale * (1 + move[3])
                )
                value = _worth(reference, edges, tried)
                if value > most + 1e-4:
                    best, most, better = tried, value, True
    return best


def _moves(step: float) -> tuple[tuple[float, float, float, float], ...]:
    along, turn, zoom = step / COLUMNS, step * 1.4, step / 40
    return tuple(
        tuple(sign * amount if place == which else 0.0 for place in range(4))  # type: ignore[misc]
        for which, amount in enumerate((along, along, turn, zoom))
        for sign in (-1, 1)
    )


def _peak(correlation: NDArray[np.float64]) -> tuple[int, int]:
    """Columns and rows of the highest value, those beyond the middle as negative; a quarter of the picture at most."""
    rows, columns = correlation.shape
    reach_y, reach_x = rows // 4, columns // 4
    near = np.roll(correlation, (reach_y, reach_x), axis=(0, 1))[: 2 * reach_y + 1, : 2 * reach_x + 1]
    y, x = np.unravel_index(int(np.argmax(near)), near.shape)
    return int(x) - reach_x, int(y) - reach_y


def _complex(edges: Map) -> NDArray[np.complex64]:
    return (edges[..., 0] + 1j * edges[..., 1]).astype(np.complex64)


def _turned(edges: Map, angle_deg: float) -> Map:
    """Directions turned along with the picture: the doubled angle turns twice as far."""
    turn = np.deg2rad(2 * angle_deg)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    x, y = edges[..., 0], edges[..., 1]
    return np.stack((cos * x - sin * y, sin * x + cos * y), axis=-1).astype(np.float32)
