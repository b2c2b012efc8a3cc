import dataclasses
from pathlib import Path

import numpy as np
import pytest
from train_photos import CONTRIBUTORS, write_photos

from tracker.domain.errors import ConfigError
from tracker.train.cutouts import cutout_sprite, find_cutouts, floor_patch, split_by_contributor


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos")
    return tmp_path / "photos"


def test_only_photos_that_passed_their_checks_are_used(photos: Path) -> None:
    found = find_cutouts(photos)
    assert len(found) == sum(CONTRIBUTORS.values()) - 1
    assert "10-0.jpg" not in {cutout.image.name for cutout in found}


@pytest.mark.parametrize("seed", range(5))
def test_no_contributor_is_on_both_sides(photos: Path, seed: int) -> None:
    found = find_cutouts(photos)
    train, held_out = split_by_contributor(found, 0.3, seed)
    assert not {cutout.contributor for cutout in train} & {cutout.contributor for cutout in held_out}
    assert len(train) + len(held_out) == len(found)
    assert 0 < len(held_out) <= 0.3 * len(found)
    assert split_by_contributor(found, 0.3, seed) == (train, held_out)


def test_cutout_is_the_garment_without_its_floor(photos: Path) -> None:
    cutout = find_cutouts(photos)[0]
    for seed in range(12):
        sprite = cutout_sprite(cutout, 60, np.random.default_rng(seed))
        assert 100 < max(sprite.alpha.shape) <= 122  # twice the size asked for, minus what a fold took
        assert 0.2 < (sprite.alpha > 127).mean() < 0.95


def test_floor_beside_the_garment_is_floor(photos: Path) -> None:
    patch = floor_patch(find_cutouts(photos)[0], np.random.default_rng(1))
    assert patch is not None
    assert np.abs(patch.astype(int) - 120).max() < 30


def test_missing_tables_and_pictures_are_named(tmp_path: Path, photos: Path) -> None:
    with pytest.raises(ConfigError, match="no cut-outs"):
        find_cutouts(tmp_path)
    gone = dataclasses.replace(find_cutouts(photos)[0], mask=tmp_path / "gone.png")
    with pytest.raises(ConfigError, match="cannot read"):
        cutout_sprite(gone, 60, np.random.default_rng(1))
