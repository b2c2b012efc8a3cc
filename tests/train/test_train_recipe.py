from pathlib import Path

import pytest

from tracker.domain.errors import ConfigError
from tracker.train.recipe import load_recipe

SHIPPED = Path(__file__).parents[2] / "models" / "default" / "train.toml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "train.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_shipped_recipe_is_complete() -> None:
    recipe = load_recipe(SHIPPED)
    assert recipe.output == Path("models/default")
    assert recipe.fit.smallest_px <= recipe.fit.input_px <= recipe.fit.largest_px
    assert recipe.data.real_share + recipe.data.clip_share < 1
    assert all(source.name and source.licence and source.use for source in recipe.sources)
    assert recipe.path == SHIPPED


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("steps =", "step =", "Did you mean steps"),  # a typo names its neighbour
        ("seed = 7", "", "seed is missing"),
        ("batch = 16", 'batch = "16"', "expected int"),
        ("restart_steps = [4250, 8500]", "restart_steps = 4250", "a list of whole numbers"),
        ("restart_steps = [4250, 8500]", "restart_steps = [4250.5]", "a list of whole numbers"),
        ("batch = 16", "batch = true", "expected int"),  # TOML's true is Python's 1
        ("real_share = 0.82", "real_share = 1.5", "0..1"),
        ("clip_share = 0.05", "clip_share = 0.6", "at most 1"),
        ("[data]", "[date]", "unknown key date"),
        ("[fit]", "[fit", "not valid TOML"),
    ],
)
def test_faulty_recipes_say_what_is_wrong(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_recipe(changed(tmp_path, old, new))


def test_sources_must_be_listed(tmp_path: Path) -> None:
    path = tmp_path / "train.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").split("[[sources]]", maxsplit=1)[0], encoding="utf-8")
    with pytest.raises(ConfigError, match="sources"):
        load_recipe(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_recipe(tmp_path / "none.toml")
