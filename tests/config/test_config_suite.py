from pathlib import Path

import pytest

from tracker.config import load_suite
from tracker.domain.errors import ConfigError

LEAST = 'name = "x"\nfailure = "It fails"\n[work]\npieces = 3\n'


def load(folder: Path, text: str):
    path = folder / "suite.toml"
    path.write_text(text, encoding="utf-8")
    return load_suite(path)


def test_little_is_needed(tmp_path: Path) -> None:
    suite = load(tmp_path, LEAST)
    assert (suite.orders, suite.lots, suite.stations, suite.work.pieces) == (20, 1, ["sew"], 3)
    assert suite.incidents.hovers == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LEAST.replace("pieces", "piece"), "did you mean 'pieces'"),
        (LEAST + "[incidents]\nhovers = 1.5\n", "incidents.hovers"),  # a chance ends at 1
        (LEAST + "[sight]\nfps = [12, 8]\n", "the least must not be above the most"),
        (LEAST + "[sight]\nfps = [0, 8]\n", "sight.fps"),
        (LEAST + "[sight]\nwidth = 641\n", "sight.width"),  # H.264 needs even sides
        (LEAST + 'forms = ["rolled"]\n', "work.forms"),
        (LEAST.replace('"x"', '"X y"'), "name"),
    ],
)
def test_what_a_suite_may_not_hold_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(tmp_path, text)
