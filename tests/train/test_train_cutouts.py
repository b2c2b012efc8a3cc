import dataclasses
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from train_photos import CONTRIBUTORS, write_photos

from tracker.domain.errors import ConfigError
from tracker.train.cutouts import (
    CUTOUT_PX,
    emptied_photo,
    find_cutouts,
    floor_patch,
    load_cutout,
    split_by_contributor,
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos")
    return tmp_path / "photos"


def test_only_photos_that_passed_their_checks_are_used(photos: Path) -> None:
    names = {cutout.image.name for cutout in find_cutouts(photos)}
    assert len(names) == sum(CONTRIBUTORS.values()) - 2
    assert not names & {"10-0.jpg", "10-1.jpg"}


def test_folders_of_folders_are_found_too(photos: Path) -> None:
    assert [cutout.image for cutout in find_cutouts(photos.parent)] == [c.image for c in find_cutouts(photos)]


def test_the_checks_may_stand_beside_the_labels(photos: Path) -> None:
    rows = (photos / "labels.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{rows[0]},auto_ok", *(f"{row},{int(index < 3)}" for index, row in enumerate(rows[1:]))]
    (photos / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    (photos / "masks.csv").unlink()
    assert len(find_cutouts(photos)) == 3


@pytest.mark.parametrize("seed", range(5))
def test_no_contributor_is_on_both_sides(photos: Path, seed: int) -> None:
    found = find_cutouts(photos)
    train, held_out = split_by_contributor(found, 0.3, seed)
    assert not {cutout.contributor for cutout in train} & {cutout.contributor for cutout in held_out}
    assert len(train) + len(held_out) == len(found)
    assert 0 < len(held_out) <= 0.3 * len(found)
    assert split_by_contributor(found, 0.3, seed) == (train, held_out)


def test_cutout_is_the_garment_without_its_floor(photos: Path) -> None:
    sprite = load_cutout(find_cutouts(photos)[0])
    assert sprite.alpha.shape == pytest.approx((111, 81), abs=2)  # the ellipse of the photo
    assert sprite.alpha[55, 40] == 255
    assert sprite.alpha[0, 0] == 0


def test_specks_beside_the_garment_are_left_out(photos: Path) -> None:
    cutout = find_cutouts(photos)[0]
    mask = cv2.imread(str(cutout.mask), cv2.IMREAD_GRAYSCALE)
    mask[180:190, 130:140] = 255
    speckled = dataclasses.replace(cutout, mask=cutout.mask.with_name("speckled.png"))
    cv2.imwrite(str(speckled.mask), mask)
    assert load_cutout(speckled).alpha.shape == load_cutout(cutout).alpha.shape


def test_large_photos_and_masks_of_another_size_are_brought_together(photos: Path) -> None:
    cutout = find_cutouts(photos)[0]
    large = dataclasses.replace(cutout, image=cutout.image.with_name("large.jpg"))
    cv2.imwrite(str(large.image), cv2.resize(cv2.imread(str(cutout.image)), (900, 1200)))
    assert max(load_cutout(large).alpha.shape) == CUTOUT_PX


def test_floor_beside_the_garment_is_floor(photos: Path) -> None:
    patch = floor_patch(find_cutouts(photos)[0], np.random.default_rng(1))
    assert patch is not None
    assert np.abs(patch.astype(int) - 120).max() < 30


def test_a_garment_that_fills_its_photo_leaves_no_floor(photos: Path) -> None:
    cutout = find_cutouts(photos)[0]
    full = dataclasses.replace(cutout, mask=cutout.mask.with_name("full.png"))
    cv2.imwrite(str(full.mask), np.full((200, 150), 255, np.uint8))
    assert floor_patch(full, np.random.default_rng(1)) is None
    assert emptied_photo(full).std() < cv2.imread(str(full.image)).std()  # nothing but a blur of its colours


def test_emptied_photo_shows_floor_where_the_garment_lay(photos: Path) -> None:
    for cutout in find_cutouts(photos)[:3]:
        assert np.abs(emptied_photo(cutout)[40:110, 30:90].astype(int) - 120).mean() < 12


def test_missing_tables_columns_and_pictures_are_named(tmp_path: Path, photos: Path) -> None:
    with pytest.raises(ConfigError, match="no cut-outs"):
        find_cutouts(tmp_path / "none")
    gone = dataclasses.replace(find_cutouts(photos)[0], mask=tmp_path / "gone.png")
    with pytest.raises(ConfigError, match="cannot read"):
        load_cutout(gone)
    shutil.copy(photos / "labels.csv", photos / "masks.csv")
    with pytest.raises(ConfigError, match="lacks a column"):
        find_cutouts(photos)
