"""Which frames are worth a look, cell by cell; what it does to counts is tested in test_pipeline_attention.py."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tracker.detect import Attention, Outlook, Surroundings, Worth
from tracker.detect.attention import HOLD_S, LEAST_CHANGE, REFRESH_S
from tracker.domain.frames import Picture

WIDTH, HEIGHT = 192, 96  # two pixels a cell
FRAME_S = 0.1
TABLE = 100
MIDDLE = Surroundings(((0.5, 0.0), (0.5, 1.0)), 0.1)
LEFT, CENTRE = 10, 92  # pixels: far from the middle line, and on it


def picture(*things: tuple[int, int], light: float = 0, size=(WIDTH, HEIGHT)) -> Picture:
    """A table with things 8 pixels wide, each at an x and so many grey levels brighter."""
    width, height = size
    y = np.full((height, width), TABLE, np.uint8)
    for x, contrast in things:
        y[40:48, x : x + 8] = TABLE + contrast
    y = np.clip(y + np.float32(light), 0, 255).astype(np.uint8)
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    return Picture(y, grey, grey, full_range=False)


def judged(attention: Attention, *pictures: Picture, start_s: float = 0.0) -> list[Worth]:
    return [attention.judge(each, start_s + FRAME_S * index) for index, each in enumerate(pictures)]


def calm(attention: Attention) -> float:
    """Let it see an empty table; returns the next frame's time."""
    assert judged(attention, picture(), picture()) == [Worth.LOOK, Worth.SAME]
    return 2 * FRAME_S


def test_first_frame_and_each_of_another_size_are_looked_at():
    attention = Attention()
    calm(attention)
    assert attention.judge(picture(size=(96, 96)), 1.0) is Worth.LOOK


def test_still_scene_is_looked_at_now_and_then():
    frames = int(2 * REFRESH_S / FRAME_S) + 1
    worth = judged(Attention(), *[picture()] * frames)
    looks = [index * FRAME_S for index, each in enumerate(worth) if each is Worth.LOOK]
    assert looks == pytest.approx([0.0, REFRESH_S, 2 * REFRESH_S], abs=FRAME_S)


@pytest.mark.parametrize(
    ("contrast", "worth"),
    [
        (LEAST_CHANGE, Worth.SAME),  # as much as a camera trembles
        (LEAST_CHANGE + 1, Worth.LOOK),  # as faint as things may be
        (-LEAST_CHANGE - 1, Worth.LOOK),
    ],
)
def test_change_of_more_than_a_few_grey_levels_is_looked_at(contrast, worth):
    attention = Attention()
    assert attention.judge(picture((CENTRE, contrast)), calm(attention)) is worth


def test_light_that_all_of_the_picture_shares_is_no_change():
    attention = Attention()
    start_s = calm(attention)
    assert judged(attention, picture(light=12), picture(light=-12), start_s=start_s) == [Worth.SAME] * 2
    assert attention.judge(picture((CENTRE, 20), light=12), 1.0) is Worth.LOOK


def test_block_that_the_encoder_left_under_the_light_of_before_is_no_change():
    attention = Attention()
    assert attention.judge(picture((CENTRE, 8), light=-8), calm(attention)) is Worth.SAME
    assert attention.judge(picture((CENTRE, 12), light=-8), 0.3) is Worth.LOOK


def test_it_looks_on_for_as_long_as_a_change_had_lasted():
    attention = Attention()
    moving = [picture((CENTRE + 2 * step, 60)) for step in range(6)]
    worth = judged(attention, *moving, *[moving[-1]] * 6, start_s=calm(attention))
    looks = worth.count(Worth.LOOK)
    assert worth[:6] == [Worth.LOOK] * 6
    assert looks == pytest.approx(6 + HOLD_S / FRAME_S, abs=1)
    assert worth[looks:] == [Worth.SAME] * (len(worth) - looks)


def test_next_frame_is_looked_at_when_asked_for():
    attention = Attention()
    start_s = calm(attention)
    attention.stay()
    assert judged(attention, picture(), picture(), start_s=start_s) == [Worth.LOOK, Worth.SAME]


class TestExpected:
    OUTLOOK = Outlook(boxes=((80.0, 30.0, 120.0, 60.0),), until_s=0.5, moving=False)

    @pytest.fixture
    def attention(self) -> Attention:
        attention = Attention()
        calm(attention)
        attention.expect(self.OUTLOOK)
        return attention

    def test_change_where_one_is_expected_can_wait(self, attention):
        assert attention.judge(picture((CENTRE, 60)), 0.2) is Worth.SOON

    def test_but_not_for_ever(self, attention):
        assert attention.judge(picture((CENTRE, 60)), 0.5) is Worth.LOOK

    def test_change_beside_it_is_looked_at(self, attention):
        assert attention.judge(picture((CENTRE, 60), (LEFT, 60)), 0.2) is Worth.LOOK

    def test_what_moves_is_looked_at_in_time_even_if_nothing_seems_to_change(self, attention):
        assert attention.judge(picture(), 0.6) is Worth.SAME
        attention.expect(Outlook(boxes=(), until_s=0.7, moving=True))
        assert attention.judge(picture(), 0.7) is Worth.LOOK


class TestFar:
    """What changes far from all rules."""

    def test_waits_until_it_rests(self):
        attention = Attention([MIDDLE])
        moving = [picture((LEFT + 2 * step, 60)) for step in range(6)]
        worth = judged(attention, *moving, *[moving[-1]] * 6, start_s=calm(attention))
        rested = worth.index(Worth.LOOK)
        assert worth[:rested] == [Worth.LATER] * rested
        assert rested == pytest.approx(5 + HOLD_S / FRAME_S, abs=1)
        assert worth[rested + 1 :] == [Worth.SAME] * (len(worth) - rested - 1)

    def test_is_looked_at_now_and_then_while_it_moves_and_where_it_ends(self):
        attention = Attention([MIDDLE], far_every_s=0.3)
        moving = [picture((LEFT + 2 * step, 60)) for step in range(6)]
        worth = judged(attention, *moving, *[moving[-1]] * 4, start_s=calm(attention))
        looks = [index for index, each in enumerate(worth) if each is Worth.LOOK]
        assert looks == [1, 4, 7]  # the last one after it has come to rest
        assert set(worth[:7]) == {Worth.LOOK, Worth.SOON}
        assert worth[8:] == [Worth.SAME] * 2

    @pytest.mark.parametrize("far_every_s", [0.3, math.inf])
    def test_does_not_hide_what_changes_near_one(self, far_every_s):
        attention = Attention([MIDDLE], far_every_s=far_every_s)
        assert attention.judge(picture((LEFT, 60), (CENTRE, 60)), calm(attention)) is Worth.LOOK
