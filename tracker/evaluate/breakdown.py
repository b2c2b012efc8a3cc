"""Where a model is weak: the same figures for dark pictures, small things, cloth like the table, covered things ..."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.evaluate.intervals import Draws, Share
from tracker.evaluate.looking import Seen, Sight
from tracker.evaluate.matching import FALSE, overlaps
from tracker.evaluate.things import BoxConditions

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures or things that have something in common.

    Attributes:
        by: What tells them apart, such as ``size``.
        value: Which of them, such as ``under 10 % of the width``.
        pictures: How many pictures.
        things: How many things.
        recall: Share of these things that were found.
        false: Share of the boxes in these pictures that show nothing; ``None`` where things are told apart, because a
            box that shows nothing belongs to none of them.
        exact: Share of these pictures that were counted right; ``None`` likewise.
    """

    by: str
    value: str
    pictures: int
    things: int
    recall: Share
    false: Share | None
    exact: Share | None


@dataclass(frozen=True, slots=True)
class _Ladder:
    """Names for ranges of a number: ``names[i]`` is below ``edges[i]``, the last one above all."""

    edges: tuple[float, ...]
    names: tuple[str, ...]

    def name(self, value: float) -> str:
        if np.isnan(value):
            return UNKNOWN
        return self.names[int(np.searchsorted(self.edges, value, side="right"))]


_BRIGHTNESS = _Ladder(
    (60, 100, 180), ("dark (luma under 60)", "dim (60 to 100)", "normal (100 to 180)", "bright (from 180)")
)
_SIZE = _Ladder((0.1, 0.2, 0.35), ("under 10 % of the width", "10 to 20 %", "20 to 35 %", "from 35 %"))
_CONTRAST = _Ladder((10, 25), ("like the table (under 10)", "clear (10 to 25)", "strong (from 25)"))
_OVERLAP = _Ladder((0.01, 1 / 3), ("free", "touched (up to a third)", "overlapped (over a third)"))
_VISIBLE = _Ladder((0.6, 0.9), ("under 60 % visible", "60 to 90 %", "from 90 %"))
_SKIN = _Ladder((3.5, 6.5), ("light (Monk 1 to 3)", "medium (4 to 6)", "dark (7 to 10)"))
_COUNT = _Ladder((0.5, 1.5, 3.5, 6.5), ("0 things", "1", "2 or 3", "4 to 6", "7 and more"))

_OfPicture = Callable[[Seen], Sequence[str]]
_OfThings = Callable[[Seen], Sequence[str]]


def parts(seen: Sequence[Seen], sights: Sequence[Sight], confidence: float, draws: Draws) -> tuple[Part, ...]:
    """Every part that pictures, labels or notes tell apart; what nothing is known of is not listed."""
    judged = [_Judged.of(picture, sight, confidence) for picture, sight in zip(seen, sights, strict=True)]
    found: list[Part] = []
    for by, values in _picture_parts(seen).items():
        found += _of_pictures(by, [values(picture) for picture in seen], judged, draws)
    for by, values in _thing_parts(seen).items():
        found += _of_things(by, [values(picture) for picture in seen], judged, draws)
    return tuple(found)


def _picture_parts(seen: Sequence[Seen]) -> dict[str, _OfPicture]:
    noted = [picture.example.conditions for picture in seen]
    known: dict[str, _OfPicture] = {
        "brightness": lambda p: [_BRIGHTNESS.name(p.brightness)],
        "things in the picture": lambda p: [_COUNT.name(float((~p.things.crowd).sum()))],
    }
    if any(each.light is not None for each in noted):
        known["light"] = lambda p: [p.example.conditions.light or UNKNOWN]
    if any(each.skin_tones is not None for each in noted):
        known["skin tone"] = _skin
    for name in sorted({name for each in noted for name in each.tags}):
        known[name] = lambda p, name=name: [p.example.conditions.tags.get(name, UNKNOWN)]  # type: ignore[misc]
    return known


def _thing_parts(seen: Sequence[Seen]) -> dict[str, _OfThings]:
    noted = [box for picture in seen for box in picture.example.conditions.boxes]
    known: dict[str, _OfThings] = {
        "label": lambda p: p.things.labels,
        "size": lambda p: [_SIZE.name(float(side)) for side in _longer_sides(p)],
        "cloth against table": lambda p: [_CONTRAST.name(float(value)) for value in p.contrasts],
        "overlap": lambda p: [_OVERLAP.name(float(value)) for value in _covered(p)],
    }
    if any(box.visible is not None for box in noted):
        known["occlusion"] = lambda p: [
            UNKNOWN if box.visible is None else _VISIBLE.name(box.visible) for box in _notes(p)
        ]
    for name in sorted({name for box in noted for name in box.tags}):
        known[f"thing: {name}"] = lambda p, name=name: [box.tags.get(name, UNKNOWN) for box in _notes(p)]  # type: ignore[misc]
    return known


def _notes(picture: Seen) -> tuple[BoxConditions, ...]:
    """Notes on each thing; empty ones where nobody noted anything."""
    return picture.example.conditions.boxes or (BoxConditions(),) * len(picture.things)


def _skin(picture: Seen) -> list[str]:
    tones = picture.example.conditions.skin_tones
    if tones is None:
        return [UNKNOWN]
    return sorted({_SKIN.name(tone) for tone in tones}) or ["no hands"]


def _longer_sides(picture: Seen) -> NDArray[np.float64]:
    """Longer side of each thing over the picture's width."""
    boxes = picture.things.xyxy
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) / picture.width, np.float64)


def _covered(picture: Seen) -> NDArray[np.float64]:
    """Greatest IoU of each thing's box with another's."""
    iou = overlaps(picture.things.xyxy, picture.things.xyxy)
    np.fill_diagonal(iou, 0)
    return np.asarray(iou.max(axis=1, initial=0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One picture at the threshold.

    Attributes:
        found: bool, one a thing.
        counts: bool, one a thing: no crowd.
        right: Boxes that show a thing.
        boxes: Boxes that are right or false.
        exact: Whether both numbers are equal; ``None`` with a crowd in it.
    """

    found: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    right: int
    boxes: int
    exact: bool | None

    @classmethod
    def of(cls, picture: Seen, sight: Sight, confidence: float) -> _Judged:
        matched = sight.match[sight.found.score >= np.float32(confidence)]
        found = np.zeros(len(picture.things), np.bool_)
        found[matched[matched >= 0]] = True
        counts = ~picture.things.crowd
        boxes = int((matched >= FALSE).sum())
        exact = boxes == int(counts.sum()) if counts.all() else None
        return cls(found, counts, int((matched >= 0).sum()), boxes, exact)


def _of_pictures(by: str, values: Sequence[Sequence[str]], judged: Sequence[_Judged], draws: Draws) -> list[Part]:
    found = []
    for value in _ordered({name for names in values for name in names}):
        inside = [each if value in names else None for names, each in zip(values, judged, strict=True)]
        things = np.array([0 if each is None else int(each.counts.sum()) for each in inside], np.int64)
        right = np.array([0 if each is None else each.right for each in inside], np.int64)
        boxes = np.array([0 if each is None else each.boxes for each in inside], np.int64)
        tellable = np.array([each is not None and each.exact is not None for each in inside], np.int64)
        exact = np.array([each is not None and each.exact is True for each in inside], np.int64)
        found.append(
            Part(
                by=by,
                value=value,
                pictures=sum(each is not None for each in inside),
                things=int(things.sum()),
                recall=draws.share(right, things),
                false=draws.share(boxes - right, boxes),
                exact=draws.share(exact, tellable),
            )
        )
    return found


def _of_things(by: str, values: Sequence[Sequence[str]], judged: Sequence[_Judged], draws: Draws) -> list[Part]:
    found = []
    names = [np.array(row, object) for row in values]
    for value in _ordered({name for row, each in zip(names, judged, strict=True) for name in row[each.counts]}):
        inside = [(row == value) & each.counts for row, each in zip(names, judged, strict=True)]
        things = np.array([row.sum() for row in inside], np.int64)
        right = np.array([(row & each.found).sum() for row, each in zip(inside, judged, strict=True)], np.int64)
        share = draws.share(right, things)
        found.append(Part(by, value, int((things > 0).sum()), int(things.sum()), share, None, None))
    return found


def _ordered(values: set[str]) -> list[str]:
    """In the ladder's order where there is one, else by name; what is unknown last."""
    ladders = (_BRIGHTNESS, _SIZE, _CONTRAST, _OVERLAP, _VISIBLE, _SKIN, _COUNT)
    order = {name: place for ladder in ladders for place, name in enumerate(ladder.names)}
    return sorted(values, key=lambda value: (value == UNKNOWN, order.get(value, -1), value))
