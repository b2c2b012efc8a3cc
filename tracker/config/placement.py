"""Whether zones and lines are placed so that something can be counted there."""

from __future__ import annotations

import numpy as np

from tracker.domain.geometry import area, crosses_itself, inside
from tracker.domain.rules import Point, Zone

LEAST_AREA = 0.0005
"""Share of the picture below which no piece's centre could be told to lie in a zone: 20 x 20 pixels of 720p."""
LEAST_LENGTH = 0.02
"""Length of the shortest useful line, in picture sides."""
LEAST_ROOM = 0.03
"""Room that a piece's centre needs on either side of a line, in picture sides: the band, and being seen beyond it."""
LEAST_SHARED = 0.01
"""Share of the smaller zone that two zones of a transfer may share; drawing by hand overlaps a little."""

MOSTLY = 0.5
"""Share of a place for cards that masks must leave free."""


def check_polygon(polygon: tuple[Point, ...], where: str) -> list[str]:
    """What is wrong with a zone's polygon; empty when nothing is."""
    if fault := _outside(polygon, where):
        return [fault]
    if crosses_itself(polygon):
        return [f"{where}: its edges cross each other; give the corners in order around the zone"]
    if area(polygon) < LEAST_AREA:
        return [f"{where}: too small to hold anything; expected at least {LEAST_AREA:.2%} of the picture"]
    return []


def check_line(start: Point, end: Point, masks: tuple[Zone, ...], where: str) -> list[str]:
    """What is wrong with a gate's line; empty when a piece can cross it."""
    if fault := _outside((start, end), where):
        return [fault]
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if length < LEAST_LENGTH:
        return [f"{where}: can't be crossed, it is a point; expected a length of at least {LEAST_LENGTH}"]
    # a point on the line can be crossed when the picture goes on far enough on both sides of it
    steps = np.linspace(0.02, 0.98, 25)[:, None]
    points = np.asarray(start) + steps * (np.asarray(end) - np.asarray(start))
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / length
    open_points = np.ones(len(points), np.bool_)
    for side in (1, -1):
        beyond = points + side * LEAST_ROOM * normal
        open_points &= ((beyond >= 0) & (beyond <= 1)).all(axis=1)
        for mask in masks:
            open_points &= ~inside(beyond, np.asarray(mask.polygon))
    if not open_points.any():
        return [f"{where}: can't be crossed, it lies along the picture's edge or under a mask; move it inwards"]
    return []


def check_card_place(zone: Zone, masks: tuple[Zone, ...], where: str) -> list[str]:
    """What is wrong with a place for cards; empty when a card lying there can be seen."""
    ticks = (np.arange(100) + 0.5) / 100
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    here = inside(points, np.asarray(zone.polygon))
    seen = here.copy()
    for mask in masks:
        seen &= ~inside(points, np.asarray(mask.polygon))
    if seen.sum() < MOSTLY * here.sum():
        return [f"{where}: zone {zone.name!r} lies under a mask, so no card in it is ever seen; move one of them"]
    return []


def check_transfer(source: Zone, destination: Zone, where: str) -> list[str]:
    """What is wrong with a pair of zones; empty when a piece can go from one to the other."""
    ticks = (np.arange(100) + 0.5) / 100
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    here, there = (inside(points, np.asarray(zone.polygon)) for zone in (source, destination))
    smaller = min(here.sum(), there.sum())
    if smaller and (here & there).sum() > LEAST_SHARED * smaller:
        return [f"{where}: zones {source.name!r} and {destination.name!r} overlap; a piece must be in one or the other"]
    return []


def _outside(points: tuple[Point, ...], where: str) -> str | None:
    worst = max((coordinate for point in points for coordinate in point), key=lambda value: abs(value - 0.5))
    if 0 <= worst <= 1:
        return None
    hint = "; these look like pixels, divide them by the picture's width and height" if worst > 2 else ""
    return f"{where}: outside the picture; expected coordinates 0..1, got {worst:g}{hint}"
