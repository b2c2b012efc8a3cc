import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.sim.sprite import Shadow, Sprite, box_at, make_stamp, paste, solid_box, stamp_box, turned_alpha


def plate(width: int, height: int) -> Sprite:
    """A white rectangle without any rounding, so that every solid pixel is known."""
    return Sprite(np.full((height, width, 3), 255, np.uint8), np.full((height, width), 255, np.uint8))


@settings(max_examples=60, deadline=None)
@given(x=st.floats(-20, 120), y=st.floats(-20, 120), angle=st.floats(-180, 180))
def test_box_is_exactly_where_the_solid_pixels_land(x: float, y: float, angle: float) -> None:
    stamp = make_stamp(plate(44, 28), angle, None)
    canvas = np.zeros((260, 260, 3), np.uint8)
    paste(canvas, stamp, x + 80, y + 80)
    rows, columns = (
        np.flatnonzero((canvas[..., 0] > 127).any(axis=1)),
        np.flatnonzero((canvas[..., 0] > 127).any(axis=0)),
    )
    assert stamp_box(stamp, x + 80, y + 80) == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


@settings(max_examples=60, deadline=None)
@given(x=st.floats(0, 200), y=st.floats(0, 200), angle=st.floats(-180, 180), lift=st.floats(0, 25))
def test_truth_needs_no_shadow_to_know_the_box(x: float, y: float, angle: float, lift: float) -> None:
    sprite = plate(60, 34)
    shadow = Shadow(0.4 * lift, 0.7 * lift, 1 + lift / 4, 0.5)
    alone = box_at(solid_box(turned_alpha(sprite, angle, None)), x, y)
    boxes = zip(stamp_box(make_stamp(sprite, angle, shadow), x, y), alone, strict=True)
    # an edge of half a pixel falls on either side of a half
    assert all(abs(one - other) <= 1 for one, other in boxes)


def test_pasting_is_colour_over_what_stays_visible() -> None:
    sprite = Sprite(np.full((40, 40, 3), (10, 100, 200), np.uint8), np.full((40, 40), 128, np.uint8))
    canvas = np.full((60, 60, 3), 50, np.uint8)
    paste(canvas, make_stamp(sprite, 0, None), 30, 30)
    expected = np.array((10, 100, 200)) * 128 / 255 + 50 * 127 / 255
    assert np.abs(canvas[30, 30] - expected).max() <= 1
    assert (canvas[5, 5] == 50).all()


def test_shadow_darkens_beside_the_thing_and_is_not_part_of_it() -> None:
    stamp = make_stamp(plate(40, 40), 0, Shadow(12, 12, 3, 0.5))
    canvas = np.full((100, 100, 3), 200, np.uint8)
    paste(canvas, stamp, 50, 50)
    assert canvas[66, 66, 0] < 150  # below and to the right, where the shadow falls
    assert canvas[34, 34, 0] > 195  # towards the lamp
    assert stamp_box(stamp, 50, 50) == (40, 40, 60, 60)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (-500, 30),  # far to the left
        (30, 900),  # far below
        (-9.5, -9.5),  # touching the corner
    ],
)
def test_pasting_outside_changes_nothing(x: float, y: float) -> None:
    canvas = np.full((60, 60, 3), 77, np.uint8)
    paste(canvas, make_stamp(plate(16, 16), 0, None), x, y)
    assert (canvas == 77).all()
