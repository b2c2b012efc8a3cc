"""Nothing under a mask survives, nothing beside it is touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from capture_clips import flat_picture
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.masks import MaskPainter
from tracker.capture.planes import picture_of
from tracker.domain.rules import Zone
from tracker.domain.shift import Shift

SQUARE = Zone("square", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))


def test_without_masks_the_picture_itself_passes() -> None:
    picture = flat_picture()
    assert MaskPainter(()).apply(picture) is picture


def test_inside_is_black_and_outside_untouched() -> None:
    picture = flat_picture(width=64, height=48)
    hidden = MaskPainter((SQUARE,)).apply(picture)
    assert (hidden.y[12:36, 16:48] == 16).all()
    assert (hidden.u[6:18, 8:24] == 128).all()
    assert (hidden.v[6:18, 8:24] == 128).all()
    # Three pixels of margin, no more.
    outside = np.ones((48, 64), bool)
    outside[9:39, 13:51] = False
    assert (hidden.y[outside] == 100).all()
    assert (picture.y == 100).all(), "the decoder's own picture was written to"
    assert (picture.u == 90).all()


def test_a_stream_that_comes_back_at_another_size_stays_masked() -> None:
    painter = MaskPainter((SQUARE,))
    for width, height in [(64, 48), (640, 360), (33, 17), (64, 48)]:
        hidden = painter.apply(flat_picture(width=width, height=height))
        assert hidden.y.shape == (height, width)
        assert hidden.y[height // 2, width // 2] == 16
        assert hidden.y[0, 0] == 100


def test_a_mask_over_everything_leaves_nothing() -> None:
    everything = Zone("all", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    hidden = MaskPainter((everything,)).apply(flat_picture(width=33, height=17))
    assert (hidden.y == 16).all()
    assert (hidden.u == 128).all()
    assert (hidden.v == 128).all()


def test_several_masks_and_bent_ones_all_count() -> None:
    arrow = Zone("arrow", ((0.0, 0.0), (0.4, 0.0), (0.1, 0.1), (0.0, 0.4)))
    corner = Zone("corner", ((0.9, 0.9), (1.0, 0.9), (1.0, 1.0), (0.9, 1.0)))
    hidden = MaskPainter((arrow, corner)).apply(flat_picture(width=200, height=200))
    assert hidden.y[5, 5] == hidden.y[195, 195] == 16
    assert hidden.y[40, 40] == 100, "the notch of the arrow is outside"


def test_a_mask_that_lies_outside_the_picture_hides_nothing() -> None:
    outside = Zone("outside", ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0)))
    assert (MaskPainter((outside,)).apply(flat_picture()).y == 100).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=3))
def test_every_pixel_a_triangle_covers_is_black(corners: list[tuple[float, float]]) -> None:
    width, height = 40, 30
    hidden = MaskPainter((Zone("triangle", tuple(corners)),)).apply(flat_picture(width=width, height=height))
    contour = (np.array(corners, np.float32) * (width, height) - 0.5).reshape(-1, 1, 2).astype(np.float32)
    for row in range(height):
        for column in range(width):
            if cv2.pointPolygonTest(contour, (column, row), measureDist=False) > 0:
                assert hidden.y[row, column] == 16
                assert hidden.u[row // 2, column // 2] == 128


@pytest.mark.parametrize("left", [20, 21])
@pytest.mark.parametrize("top", [10, 11])
def test_no_fringe_in_the_colour_of_what_is_hidden(left: int, top: int) -> None:
    """Colour subsampling spreads red beyond the box; the mask must take that too."""
    width, height = 80, 60
    rgb = np.full((height, width, 3), 128, np.uint8)
    rgb[top : top + 20, left : left + 30] = (255, 0, 0)
    picture = picture_of(VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p"))
    x0, y0, x1, y1 = left / width, top / height, (left + 30) / width, (top + 20) / height
    hidden = MaskPainter((Zone("box", ((x0, y0), (x1, y0), (x1, y1), (x0, y1))),)).apply(picture)
    assert np.abs(hidden.u.astype(int) - 128).max() <= 2
    assert np.abs(hidden.v.astype(int) - 128).max() <= 2


def test_masks_go_with_a_camera_that_moved_a_little() -> None:
    hidden = MaskPainter((SQUARE,), Shift(0.125, 0.0)).apply(flat_picture(width=64, height=48))
    assert (hidden.y[12:36, 24:56] == 16).all()
    assert (hidden.y[:, :20] == 100).all()
