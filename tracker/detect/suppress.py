"""Non-maximum suppression across classes: one thing, one box, whatever the model calls it."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.domain.geometry import Box


def suppress(boxes: Sequence[Box], scores: Sequence[float], max_iou: float) -> list[int]:
    """Indices of the boxes to keep, best score first.

    Greedy suppression over all classes together: a car that is half "car", half "suitcase" stays one thing.
    Ties keep the earlier box, so the result does not depend on the sort's mood.

    Args:
        boxes: In any unit.
        scores: One a box.
        max_iou: Two kept boxes never overlap by more than this intersection over union.
    """
    kept: list[tuple[float, float, float, float, float]] = []
    indices = []
    for index in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        left, top, right, bottom = boxes[index]
        area = (right - left) * (bottom - top)
        for other_left, other_top, other_right, other_bottom, other_area in kept:
            width = min(right, other_right) - max(left, other_left)
            height = min(bottom, other_bottom) - max(top, other_top)
            if width > 0 and height > 0:
                inner = width * height
                if inner > max_iou * (area + other_area - inner):
                    break
        else:
            kept.append((left, top, right, bottom, area))
            indices.append(index)
    return indices
