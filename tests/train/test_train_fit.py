import dataclasses
import importlib.util
from pathlib import Path

import pytest
from train_photos import write_recipe

from tracker.detect.detector import load_detector
from tracker.domain.errors import ConfigError
from tracker.train.__main__ import main
from tracker.train.fit import checkpoint_of, fit, learning_rate
from tracker.train.recipe import Recipe

START = Path(__file__).parents[2] / "../shared/models/yolo11n_coco_AGPL/yolo11n.pt"
TRAINABLE = importlib.util.find_spec("ultralytics") is not None and importlib.util.find_spec("torch") is not None


@pytest.mark.skipif(TRAINABLE, reason="the extra `train` is installed")
def test_without_the_extra_the_error_names_it(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="extra `train`"):
        fit(recipe)


def test_export_needs_a_fit(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="Run the step `fit` first"):
        checkpoint_of(recipe)


def test_learning_rate_rises_then_falls_to_a_fiftieth(recipe: Recipe) -> None:
    plan = dataclasses.replace(recipe.fit, steps=110, lr=0.01, warmup_steps=10, restart_steps=())
    rates = [learning_rate(plan, step) for step in range(110)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == rates[10] == pytest.approx(0.01)
    assert rates[60] == pytest.approx(0.0051, rel=0.01)  # half way down
    assert sorted(rates[10:], reverse=True) == rates[10:]
    assert learning_rate(plan, 110) == pytest.approx(0.0002)


def test_learning_rate_starts_again_where_the_recipe_says(recipe: Recipe) -> None:
    once = dataclasses.replace(recipe.fit, steps=110, lr=0.01, warmup_steps=10, restart_steps=())
    again = dataclasses.replace(once, steps=330, restart_steps=(110, 220), restart_lr=0.002)
    assert [learning_rate(again, step) for step in range(110)] == [learning_rate(once, step) for step in range(110)]
    second, third = ([learning_rate(again, step) for step in range(first, first + 110)] for first in (110, 220))
    assert max(second) == second[10] == pytest.approx(0.002)
    assert sorted(second[10:], reverse=True) == second[10:]
    assert third == second
    assert learning_rate(again, 330) == pytest.approx(0.00004)


def test_faults_end_with_one_line_and_exit_code_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "none.toml")]) == 1
    assert capsys.readouterr().err.startswith("error: cannot read the recipe")


@pytest.mark.skipif(not TRAINABLE, reason="needs the extra `train` (torch, ultralytics)")
@pytest.mark.skipif(not START.is_file(), reason="needs the start weights in ../shared/models")
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")
def test_whole_chain_makes_a_model_folder(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, steps="3", batch="2", start_weights=f'"{START.as_posix()}"')
    assert main(["--config", str(recipe.path)]) == 0
    assert load_detector(recipe.output).labels == ("garment", "bundle", "packed", "hand")
    assert "measured_on" in (recipe.output / "card.toml").read_text(encoding="utf-8")
