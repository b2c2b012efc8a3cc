from pathlib import Path

import pytest
from train_photos import write_recipe

from tracker.train.recipe import Recipe


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return write_recipe(tmp_path)
