import numpy as np
import pytest

from tracker.sim.script import LABELS
from tracker.sim.stills import Setting, draw_still, simulated_piece


def setting(**changes: object) -> Setting:
    return Setting(200, 150, simulated_piece, **changes)  # type: ignore[arg-type]


def test_same_seed_same_still() -> None:
    first, again = (draw_still(setting(), np.random.default_rng(4)) for _ in range(2))
    assert (first.picture == again.picture).all()
    assert first.boxes == again.boxes


def test_boxes_lie_inside_the_picture_and_have_known_labels() -> None:
    labels = set()
    for seed in range(25):
        still = draw_still(setting(), np.random.default_rng(seed))
        assert still.picture.shape == (150, 200, 3)
        for box in still.boxes:
            left, top, right, bottom = box.xyxy
            assert 0 <= left < right <= 200
            assert 0 <= top < bottom <= 150
            labels.add(box.label)
    assert labels == set(LABELS)


def test_some_tables_are_empty_and_some_are_full() -> None:
    counts = [
        sum(box.label != "hand" for box in draw_still(setting(), np.random.default_rng([9, seed])).boxes)
        for seed in range(40)
    ]
    assert min(counts) == 0
    assert max(counts) >= 6


def test_given_background_is_the_table() -> None:
    red = np.full((50, 70, 3), (0, 0, 200), np.uint8)
    still = draw_still(setting(background=red, hands=0.0), np.random.default_rng(2))
    # Whatever lies on it, the table shows between the things.
    reddish = (still.picture[..., 2] > 100) & (still.picture[..., 0] < 60) & (still.picture[..., 1] < 60)
    assert reddish.mean() > 0.2


def test_patches_are_drawn_and_not_labelled() -> None:
    calls = []

    def patch(rng: np.random.Generator) -> np.ndarray:
        calls.append(1)
        return rng.integers(0, 255, (20, 20, 3), np.uint8)

    for seed in range(8):
        draw_still(setting(patches=patch, hands=0.0), np.random.default_rng(seed))
    assert calls


@pytest.mark.parametrize("size_px", [24.0, 120.0])
def test_simulated_pieces_have_the_size_asked_for(size_px: float) -> None:
    for seed in range(12):
        sprite, label = simulated_piece(size_px, np.random.default_rng(seed))
        assert label in LABELS
        assert 0.4 * size_px < max(sprite.alpha.shape) / 2 < 2.2 * size_px
