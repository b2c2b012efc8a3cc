from __future__ import annotations

from pathlib import Path

import pytest

from tracker.domain.errors import ConfigError, ConflictError
from tracker.teach.switch import current_model, rollback, switch

FILES = (
    '# mine\n[detect]\nmodel = "default"   # keep me\nthreads = 2\n[serve]\nport = 1\n',  # as the example has it
    "[detect]\nthreads = 2\n[serve]\nport = 1\n",  # no model yet
    'name = "x"\n',  # no table yet
    "[detect]  # eyes\nmodel = 'default'\n",  # the other quotes
)


@pytest.mark.parametrize("text", FILES)
def test_a_switch_changes_one_line_and_a_rollback_takes_it_back(tmp_path: Path, text: str) -> None:
    (tmp_path / "workshop.toml").write_text(text, encoding="utf-8")
    assert switch(tmp_path, "衬衫-1") == "default"
    assert current_model(tmp_path) == "衬衫-1"
    changed = (tmp_path / "workshop.toml").read_text(encoding="utf-8").splitlines()
    assert sum(line not in changed for line in text.splitlines()) <= 1
    assert rollback(tmp_path) == ("衬衫-1", "default")
    assert current_model(tmp_path) == "default"


def test_each_rollback_goes_one_switch_back(tmp_path: Path) -> None:
    (tmp_path / "workshop.toml").write_text(FILES[0], encoding="utf-8")
    for name in ("one", "two"):
        switch(tmp_path, name)
    assert [rollback(tmp_path)[1] for _ in range(2)] == ["one", "default"]
    with pytest.raises(ConflictError, match="nothing to go back to"):
        rollback(tmp_path)
    assert "# keep me" in (tmp_path / "workshop.toml").read_text(encoding="utf-8")


def test_switching_to_what_counts_already_is_a_conflict(tmp_path: Path) -> None:
    (tmp_path / "workshop.toml").write_text(FILES[0], encoding="utf-8")
    with pytest.raises(ConflictError, match="already"):
        switch(tmp_path, "default")


UNREADABLE = (
    (None, "cannot be read"),  # no such file
    ("= 3", "cannot be read"),  # no TOML
    ("[detect]\nmodel = 3\n", "a name"),  # no name
)


@pytest.mark.parametrize(("text", "said"), UNREADABLE)
def test_a_workshop_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "workshop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        current_model(tmp_path)


def test_a_file_that_cannot_be_changed_safely_stays_as_it_is(tmp_path: Path) -> None:
    text = 'detect = {model = "default"}\n'
    (tmp_path / "workshop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="below"):
        switch(tmp_path, "other")
    assert (tmp_path / "workshop.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["{", '{"a": 1}'])
def test_a_damaged_history_is_a_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "workshop.toml").write_text(FILES[0], encoding="utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "switches.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged"):
        rollback(tmp_path)
