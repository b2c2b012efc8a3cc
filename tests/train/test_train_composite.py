"""Labels of composed pictures are where the coloured things really are."""

import dataclasses

import numpy as np
import pytest

from tracker.train.composite import Plan, Sources, Thing, compose
from tracker.train.cutouts import Sprite

TABLE = np.full((180, 240, 3), 128, np.uint8)
PLAN = Plan(pieces=3, size=(0.15, 0.3), cover=0.0, inside=1.0, patches=0, clutter=0, hands=0)
RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def square(colour: tuple[int, int, int], label: str | None):
    def draw(size_px: float, _rng: np.random.Generator) -> Thing:
        side = max(6, int(size_px * 0.7))
        bgr = np.empty((side, side, 3), np.uint8)
        bgr[:] = colour
        return Thing(Sprite(bgr, np.full((side, side), 255, np.uint8)), label)

    return draw


def arm(size_px: float, _rng: np.random.Generator) -> Thing:
    """Pointing up; only its upper fifth carries the label."""
    shape = int(size_px), max(6, int(size_px / 6))
    bgr = np.empty((*shape, 3), np.uint8)
    bgr[:] = BLUE
    labelled = np.full(shape, 255, np.uint8)
    labelled[shape[0] // 5 :] = 0
    return Thing(Sprite(bgr, np.full(shape, 255, np.uint8)), "hand", labelled)


SOURCES = Sources(square(RED, "garment"), square(GREEN, None), square(GREEN, None), arm)


def coloured(picture: np.ndarray, channel: int) -> np.ndarray:
    others = [c for c in range(3) if c != channel]
    return (picture[..., channel] > 150) & (picture[..., others] < 90).all(axis=2)


@pytest.mark.parametrize("seed", range(12))
def test_every_red_pixel_lies_in_a_box_and_boxes_hold_red(seed: int) -> None:
    still = compose(TABLE, PLAN, SOURCES, np.random.default_rng(seed))
    red = coloured(still.picture, 2)
    seen = np.zeros_like(red)
    for box in still.boxes:
        left, top, right, bottom = (int(value) for value in box.xyxy)
        assert red[top:bottom, left:right].mean() > 0.35  # a square turned by 45 degrees fills half
        seen[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = True  # the rim is half transparent
    assert 1 <= len(still.boxes) <= 3
    assert not (red & ~seen).any()


def test_what_is_no_piece_has_no_label() -> None:
    plan = dataclasses.replace(PLAN, pieces=0, patches=3, clutter=4)
    still = compose(TABLE, plan, SOURCES, np.random.default_rng(5))
    assert still.boxes == ()
    assert coloured(still.picture, 1).any()


@pytest.mark.parametrize("seed", range(8))
def test_no_piece_is_hidden_more_than_planned(seed: int) -> None:
    plan = dataclasses.replace(PLAN, pieces=9, cover=0.3)
    still = compose(TABLE, plan, SOURCES, np.random.default_rng(seed))
    red = coloured(still.picture, 2)
    for box in still.boxes:
        left, top, right, bottom = (int(value) for value in box.xyxy)
        assert red[top:bottom, left:right].mean() > 0.25


@pytest.mark.parametrize("seed", range(8))
def test_hands_reach_in_from_the_edge_and_are_labelled_without_their_arm(seed: int) -> None:
    plan = dataclasses.replace(PLAN, pieces=seed % 2, hands=1)
    still = compose(TABLE, plan, SOURCES, np.random.default_rng(seed))
    hands = [box.xyxy for box in still.boxes if box.label == "hand"]
    blue = coloured(still.picture, 0)
    assert blue.any() or seed % 2  # where there is a piece, the arm may find no place beside it
    for left, top, right, bottom in hands:
        share = blue[int(top) : int(bottom), int(left) : int(right)].sum() / max(1, blue.sum())
        assert 0 < share < 0.9


def test_a_full_table_takes_no_more() -> None:
    plan = dataclasses.replace(PLAN, pieces=60, size=(0.4, 0.5))
    assert len(compose(TABLE, plan, SOURCES, np.random.default_rng(1)).boxes) < 12


def test_the_same_chance_gives_the_same_picture() -> None:
    first, second = (compose(TABLE, PLAN, SOURCES, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.picture, second.picture)
    assert first.boxes == second.boxes
