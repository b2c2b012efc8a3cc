from itertools import pairwise

import numpy as np
import pytest

from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.panels import PanelKind, cut_panel, panel_outline, random_panel

CLOTH = Fabric(COLOURS["red"], COLOURS["white"], Pattern.STRIPES, 12)
LONGEST = {
    PanelKind.FRONT: (0.95, 1.1),
    PanelKind.BACK: (0.95, 1.1),
    PanelKind.SLEEVE: (0.5, 1.0),
    PanelKind.COLLAR: (0.38, 0.66),
    PanelKind.CUFF: (0.22, 0.34),
    PanelKind.YOKE: (0.48, 0.64),
    PanelKind.POCKET: (0.14, 0.25),
}
"""Longer side, in heights of a front."""


def area(points: np.ndarray) -> float:
    x, y = points[:, 0].astype(float), points[:, 1].astype(float)
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def crosses(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two segments cross each other properly."""

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    (a, b), (c, d) = first, second
    return side(a, b, c) * side(a, b, d) < -1e-12 and side(c, d, a) * side(c, d, b) < -1e-12


@pytest.mark.parametrize("kind", list(PanelKind))
def test_outlines_are_simple_shapes_of_their_size(kind: PanelKind) -> None:
    for seed in range(12):
        outline = panel_outline(kind, np.random.default_rng(seed))
        low, high = LONGEST[kind]
        assert low <= np.ptp(outline, axis=0).max() <= high
        assert abs(area(outline)) > 0.3 * np.prod(np.ptp(outline, axis=0))
        segments = [np.array(pair) for pair in pairwise(np.vstack([outline, outline[:1]]))]
        crossings = [
            (i, j)
            for i, one in enumerate(segments)
            for j, other in enumerate(segments[i + 2 :], i + 2)
            if crosses(one, other)
        ]
        assert not crossings


@pytest.mark.parametrize("kind", list(PanelKind))
def test_no_two_are_alike_and_one_seed_is(kind: PanelKind) -> None:
    first, again, other = (cut_panel(kind, CLOTH, 60, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first.bgr == again.bgr).all()
    assert (first.alpha == again.alpha).all()
    assert first.alpha.shape != other.alpha.shape or (first.alpha != other.alpha).any()


def test_a_panel_is_made_of_its_cloth() -> None:
    plain = Fabric(COLOURS["navy"], COLOURS["white"], Pattern.PLAIN, 12)
    for seed in range(6):
        panel = cut_panel(PanelKind.BACK, plain, 80, np.random.default_rng(seed))
        blue, _, red = np.median(panel.bgr[panel.alpha > 200], axis=0)
        assert blue > red + 20


def test_any_part_may_come() -> None:
    heights = {random_panel(CLOTH, 60, np.random.default_rng(seed)).alpha.shape[0] // 20 for seed in range(30)}
    assert len(heights) > 3
