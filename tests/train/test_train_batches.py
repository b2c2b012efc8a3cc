import dataclasses

import cv2
import numpy as np
import pytest

from tracker.domain.errors import ConfigError
from tracker.train.batches import Example, batches, read_examples
from tracker.train.dataset import build_dataset
from tracker.train.recipe import Recipe


def example(width: int, height: int) -> Example:
    """A white square on black, labelled."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[20:60, 30:70] = 255
    label = [2, 50 / width, 40 / height, 40 / width, 40 / height]
    return Example(cv2.imencode(".png", picture)[1], (width, height), np.array([label], np.float32))


EXAMPLES = tuple(example(160, 120) for _ in range(7)) + tuple(example(160, 90) for _ in range(3))


@pytest.fixture
def fit(recipe: Recipe):
    return dataclasses.replace(recipe.fit, batch=4, smallest_px=128, largest_px=192)


def test_labels_follow_the_picture_wherever_it_goes(fit) -> None:
    labels = 0
    for epoch in range(6):
        for batch in batches(EXAMPLES, fit, seed=1, epoch=epoch):
            height, width = batch.pictures.shape[2:]
            for number, label, x, y, wide, high in batch.labels:
                picture = batch.pictures[int(number)].max(axis=0)
                rows = slice(round((y - high / 2) * height) + 2, round((y + high / 2) * height) - 2)
                columns = slice(round((x - wide / 2) * width) + 2, round((x + wide / 2) * width) - 2)
                assert picture[rows, columns].min() > 150
                assert label == 2
                labels += 1
    assert labels >= 50


def test_every_picture_comes_once_an_epoch_with_others_of_its_format(fit) -> None:
    made = list(batches(EXAMPLES, fit, seed=1, epoch=0))
    assert sorted(len(batch.pictures) for batch in made) == [3, 3, 4]
    for batch in made:
        assert batch.pictures.shape[2] % 32 == batch.pictures.shape[3] % 32 == 0
        assert 128 <= batch.pictures.shape[3] <= 192
        assert batch.pictures.shape[3] >= batch.pictures.shape[2]


def test_an_epoch_can_be_entered_anywhere_and_gives_the_same_batches(fit) -> None:
    whole, rest = (list(batches(EXAMPLES, fit, seed=1, epoch=2, skip=skip)) for skip in (0, 1))
    assert all(np.array_equal(a.pictures, b.pictures) for a, b in zip(whole[1:], rest, strict=True))
    other = list(batches(EXAMPLES, fit, seed=1, epoch=3))
    assert not np.array_equal(whole[0].labels, other[0].labels)
    assert list(batches(EXAMPLES, fit, seed=1, epoch=2, skip=3)) == []


def test_examples_are_read_from_a_data_set(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="no pictures of train"):
        read_examples(recipe.work / "data", "train")
    folder = build_dataset(recipe, lambda *_: None).parent
    examples = read_examples(folder, "train")
    assert len(examples) == 6
    assert all(max(found.size) in {160, 640} for found in examples)  # clips keep the size of their camera


def test_a_broken_picture_is_named(recipe: Recipe) -> None:
    folder = recipe.work / "data"
    (folder / "images" / "train").mkdir(parents=True)
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "images" / "train" / "000000.jpg").write_bytes(b"no picture")
    (folder / "labels" / "train" / "000000.txt").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_examples(folder, "train")
