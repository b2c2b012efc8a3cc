"""Which detection continues which track."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from tracker.domain.geometry import Box

Pair = tuple[int, int]
"""A track and a box, by their places in their lists."""


def distance_iou(a: Box, b: Box) -> float:
    """Distance-IoU of two boxes, -1..1; above 0 they overlap more than they are apart.

    IoU - (distance of centres / diagonal of the smallest box around both)^2: unlike plain IoU it still ranks boxes
    that no longer overlap because a piece was thrown. Source: Zheng et al. 2020 (arXiv 1911.08287), equation 6.
    """
    a_left, a_top, a_right, a_bottom = a
    b_left, b_top, b_right, b_bottom = b
    width, height = min(a_right, b_right) - max(a_left, b_left), min(a_bottom, b_bottom) - max(a_top, b_top)
    inner = width * height if width > 0 and height > 0 else 0.0
    union = (a_right - a_left) * (a_bottom - a_top) + (b_right - b_left) * (b_bottom - b_top) - inner
    across, down = a_left + a_right - b_left - b_right, a_top + a_bottom - b_top - b_bottom
    outer_width = max(a_right, b_right) - min(a_left, b_left)
    outer_height = max(a_bottom, b_bottom) - min(a_top, b_top)
    diagonal = max(outer_width * outer_width + outer_height * outer_height, 1e-6)
    return inner / max(union, 1e-6) - (across * across + down * down) / 4 / diagonal


def assign(fits: dict[Pair, float], least: float) -> Iterable[Pair]:
    """One-to-one pairs that maximise total similarity.

    Args:
        fits: Similarity of every pair that may be; the others may not. All are above ``least``.
        least: What no pair is worth.
    """
    rows, columns = sorted({row for row, _ in fits}), sorted({column for _, column in fits})
    if len(rows) == len(fits) == len(columns):
        return fits  # nobody has a choice, as in most frames
    place_of_row = {row: place for place, row in enumerate(rows)}
    place_of_column = {column: place for place, column in enumerate(columns)}
    similarity = np.full((len(rows), len(columns)), least)
    for (row, column), fit in fits.items():
        similarity[place_of_row[row], place_of_column[column]] = fit
    picked = zip(*(side.tolist() for side in linear_sum_assignment(similarity, maximize=True)), strict=True)
    return [pair for row, column in picked if (pair := (rows[row], columns[column])) in fits]
