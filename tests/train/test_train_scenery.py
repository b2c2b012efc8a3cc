from pathlib import Path

import numpy as np
import pytest
from train_photos import write_recipe

from tracker.domain.errors import ConfigError
from tracker.train.cutouts import find_cutouts
from tracker.train.scenery import Scenery


@pytest.fixture
def scenery(tmp_path: Path) -> Scenery:
    recipe = write_recipe(tmp_path)
    return Scenery(sorted(recipe.data.backgrounds.glob("*.png")), find_cutouts(recipe.data.cutouts))


def test_backgrounds_have_the_size_asked_for_and_differ(scenery: Scenery) -> None:
    made = [scenery.background(96, 64, np.random.default_rng(seed)) for seed in range(60)]
    assert {picture.shape for picture in made} == {(64, 96, 3)}
    assert len({picture.tobytes() for picture in made}) > 50


def test_patches_have_many_outlines(scenery: Scenery) -> None:
    fills = []
    for seed in range(80):
        patch = scenery.patch(50, np.random.default_rng(seed))
        assert patch.bgr.shape[:2] == patch.alpha.shape
        assert max(patch.alpha.shape) <= 50
        fills.append((patch.alpha > 127).mean())
    assert max(fills) == 1  # a rectangle
    assert min(fills) < 0.6  # a polygon


def test_an_unreadable_texture_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match=r"broken\.png"):
        Scenery([tmp_path / "broken.png"], ())
