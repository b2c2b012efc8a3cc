import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from tracker.domain.errors import ConfigError
from tracker.sim.script import LABELS
from tracker.train.dataset import build_dataset
from tracker.train.evaluate import labelled
from tracker.train.recipe import Recipe
from tracker.train.scenes import SPLITS


def silent(_split: str, _done: int, _count: int) -> None: ...


def pictures(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.jpg"))}


def test_data_set_is_complete_and_the_same_every_time(recipe: Recipe) -> None:
    yaml = build_dataset(recipe, silent)
    first = pictures(yaml.parent)
    assert [name.rsplit("/", 1)[0] for name in first].count("images/train") == 6
    for split in ("tune", "real", "hard", "sim"):
        assert [name.rsplit("/", 1)[0] for name in first].count(f"images/{split}") == 2
    assert "names: [garment, bundle, packed, hand]" in yaml.read_text(encoding="utf-8")
    shutil.rmtree(yaml.parent)
    build_dataset(recipe, silent)
    assert pictures(yaml.parent) == first


def test_labels_lie_inside_their_pictures(recipe: Recipe) -> None:
    folder = build_dataset(recipe, silent).parent
    boxes = 0
    for split in SPLITS:
        for bgr, truth in labelled(folder, split):
            height, width = bgr.shape[:2]
            boxes += len(truth.xyxy)
            assert (truth.xyxy >= -0.01).all()
            assert (truth.xyxy <= np.array([width, height, width, height]) + 0.01).all()
            assert set(truth.class_id.tolist()) <= set(range(len(LABELS)))
    assert boxes > 0


def test_finished_data_set_is_not_built_again_but_a_changed_recipe_is(recipe: Recipe) -> None:
    reports: list[str] = []

    def report(split: str, _done: int, _count: int) -> None:
        reports.append(split)

    build_dataset(recipe, report)
    assert sorted(reports) == sorted(SPLITS)
    build_dataset(recipe, report)
    assert len(reports) == len(SPLITS)
    build_dataset(dataclasses.replace(recipe, seed=recipe.seed + 1), report)
    assert len(reports) == 2 * len(SPLITS)


def test_interrupted_build_goes_on_where_it_stopped(recipe: Recipe) -> None:
    def interrupt(split: str, _done: int, _count: int) -> None:
        if split == "hard":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_dataset(recipe, interrupt)
    folder = recipe.work / "data"
    kept = folder / "images" / "hard" / "000000.jpg"
    written = kept.stat().st_mtime_ns
    assert not (folder / "data.yaml").exists()
    interrupted = pictures(folder)
    whole = pictures(build_dataset(recipe, silent).parent)
    assert kept.stat().st_mtime_ns == written
    assert len(whole) > len(interrupted)
    assert interrupted.items() <= whole.items()


@pytest.mark.timeout(60)
def test_several_processes_make_the_same_pictures(recipe: Recipe) -> None:
    small = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, train_images=2, val_images=1))
    alone = pictures(build_dataset(small, silent).parent)
    shutil.rmtree(small.work)
    build_dataset(dataclasses.replace(small, data=dataclasses.replace(small.data, workers=2)), silent)
    assert pictures(small.work / "data") == alone


def test_too_few_contributors_are_refused(recipe: Recipe) -> None:
    none = dataclasses.replace(recipe.data, held_out_share=0.0)
    with pytest.raises(ConfigError, match="left for the split tune"):
        build_dataset(dataclasses.replace(recipe, data=none), silent)


def test_missing_backgrounds_are_named(recipe: Recipe, tmp_path: Path) -> None:
    empty = dataclasses.replace(recipe.data, backgrounds=tmp_path / "none")
    with pytest.raises(ConfigError, match="no backgrounds"):
        build_dataset(dataclasses.replace(recipe, data=empty), silent)
