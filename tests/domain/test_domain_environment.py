"""Values that stand in the environment, by name."""

from __future__ import annotations

import pytest

from tracker.domain.environment import fill, named_values
from tracker.domain.errors import ConfigError


def test_every_name_is_filled_as_it_is_spelled_there() -> None:
    text = "${A}/${B}/${A}"
    values = named_values(text, {"A": "1", "B": "two", "C": "never asked"}, owner="the text")
    assert values == {"A": "1", "B": "two"}
    assert fill(text, values) == "1/two/1"
    assert fill(text, values, spelled=str.upper) == "1/TWO/1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("${A}", "the environment variable A of the text is not set"),
        ("${E}", "the environment variable E of the text is empty"),
        ("${1 B}", "the text names no environment variable; expected .*got .*1 B"),
        ("${}", "the text names no environment variable"),
    ],
)
def test_what_cannot_be_filled_is_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        named_values(text, {"E": ""}, owner="the text")
