from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from tracker.detect import load_detector
from tracker.detect.card import load_card
from tracker.detect.importer import Wanted, inspect_model, write_model_folder
from tracker.domain.errors import ConfigError, ModelError
from tracker.models import SHIPPED
from tracker.train.teaching import Lesson, Plan, Progress, fine_tune, load_torch, make_batch, network_of

TRAINABLE = all(importlib.util.find_spec(name) for name in ("torch", "ultralytics"))


def lesson(width: int, height: int) -> Lesson:
    """A white piece on black, 0.25..0.75 of each side."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
    return Lesson(picture, np.array([[1, 0.25, 0.25, 0.75, 0.75]], np.float32))


def test_boxes_go_with_what_they_show_however_a_picture_is_varied() -> None:
    for seed in range(20):
        pictures, rows = make_batch([lesson(160, 96), lesson(96, 128)], 160, np.random.default_rng(seed))
        assert pictures.shape[2] % 32 == pictures.shape[3] % 32 == 0
        assert rows[:, :2].tolist() == [[0, 1], [1, 1]]
        for number, _, x, y, wide, high in rows:
            bright = np.argwhere(pictures[int(number), 0] > 150)
            low, high_end = bright.min(axis=0), bright.max(axis=0) + 1
            sides = np.array(pictures.shape[2:])
            assert np.abs(low - (np.array([y, x]) - np.array([high, wide]) / 2) * sides).max() <= 2
            assert np.abs(high_end - (np.array([y, x]) + np.array([high, wide]) / 2) * sides).max() <= 2


def test_an_empty_picture_is_a_lesson_as_well() -> None:
    empty = Lesson(np.zeros((64, 64, 3), np.uint8), np.empty((0, 5), np.float32))
    _, rows = make_batch([empty], 64, np.random.default_rng(0))
    assert rows.shape == (0, 6)


@pytest.mark.skipif(TRAINABLE, reason="the extra `train` is installed")
def test_without_the_extra_the_error_says_what_to_install_and_another_way() -> None:
    with pytest.raises(ConfigError, match=r"fairloom\[train\].*tracker teach export"):
        load_torch()


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    text = (SHIPPED / "default" / "card.toml").read_text(encoding="utf-8")
    (folder / "card.toml").write_text(re.sub('layout = "[^"]*"', 'layout = "yolox-grid"', text), encoding="utf-8")
    (folder / "model.onnx").write_bytes((SHIPPED / "default" / "model.onnx").read_bytes())
    with pytest.raises(ModelError, match="cannot be taken up again"):
        network_of(folder, load_card(folder))


TAUGHT = Path(__file__).parents[2] / "../shared/models/yolo11n_coco_AGPL/yolo11n_dynamic.onnx"


@pytest.mark.skipif(not TRAINABLE, reason="needs the extra `train` (torch, ultralytics)")
@pytest.mark.skipif(not TAUGHT.is_file(), reason="needs the start weights in ../shared/models")
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")
def test_a_model_file_is_taken_up_interrupted_and_gone_on_with(tmp_path: Path) -> None:
    start = tmp_path / "start"
    write_model_folder(TAUGHT, start, inspect_model(TAUGHT, Wanted("coco", None, (320, 320), "x")), licence="x")
    steps: list[Progress] = []

    def interrupted(progress: Progress) -> None:
        steps.append(progress)
        if len(steps) == 3:
            raise KeyboardInterrupt

    lessons = (lesson(160, 96),) * 4
    with pytest.raises(KeyboardInterrupt):
        fine_tune(start, lessons=lessons, plan=Plan(0.15), work=tmp_path / "work", report=interrupted)
    made = fine_tune(start, lessons=lessons, plan=Plan(0.15), work=tmp_path / "work", report=steps.append)
    assert made.is_file()
    assert [progress.step for progress in steps[:4]] == [1, 2, 3, 4]
    assert load_detector(start).labels[0] == "person"
