import numpy as np
import pytest

from tracker.train.cutouts import Sprite
from tracker.train.drape import crumpled, folded, pulled, recoloured, trimmed


def shirt() -> Sprite:
    """A striped square with an empty margin below."""
    bgr = np.full((120, 100, 3), 90, np.uint8)
    bgr[::8] = 200
    alpha = np.full((120, 100), 255, np.uint8)
    alpha[110:] = 0
    return Sprite(bgr, alpha)


def area(sprite: Sprite) -> int:
    return int((sprite.alpha > 127).sum())


@pytest.mark.parametrize("seed", range(4))
def test_another_dye_keeps_the_shape(seed: int) -> None:
    dyed = recoloured(shirt(), np.random.default_rng(seed))
    assert np.array_equal(dyed.alpha, shirt().alpha)
    assert not np.array_equal(dyed.bgr, shirt().bgr)


@pytest.mark.parametrize("seed", range(6))
def test_a_fold_lays_one_part_on_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for corner in (False, True):
        made = folded(shirt(), rng, corner=corner)
        assert 0.4 * area(shirt()) < area(made) < area(shirt())
        assert made.bgr.shape[:2] == made.alpha.shape


@pytest.mark.parametrize("seed", range(4))
def test_pulling_moves_the_outline_and_keeps_most_of_the_area(seed: int) -> None:
    made = pulled(shirt(), np.random.default_rng(seed), strength=0.05)
    assert area(made) == pytest.approx(area(shirt()), rel=0.25)
    assert made.alpha.shape != shirt().alpha.shape


@pytest.mark.parametrize("seed", range(6))
def test_a_heap_is_smaller_than_the_garment(seed: int) -> None:
    assert 0.05 * area(shirt()) < area(crumpled(shirt(), np.random.default_rng(seed))) < 0.95 * area(shirt())


def test_empty_margins_are_cut_off_unless_nothing_is_left() -> None:
    assert trimmed(shirt().bgr, shirt().alpha).alpha.shape == (110, 100)
    empty = np.zeros((9, 9), np.uint8)
    assert trimmed(np.zeros((9, 9, 3), np.uint8), empty).alpha.shape == (9, 9)
