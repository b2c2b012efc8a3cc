from __future__ import annotations

import json
from pathlib import Path

import pytest
from teach_things import collection_of, item, jpeg, piece

from tracker.domain.errors import ConfigError, NotFoundError
from tracker.teach.collection import Box, Collection, Decision, Part, State, box_of, decision_of


def test_what_was_decided_is_there_after_loading(tmp_path: Path) -> None:
    made = collection_of(tmp_path / "样衣", 5)
    drawn = Decision(State.ACCEPTED, (Box("bundle", (0.1, 0.1, 0.5, 0.5)),))
    made.decide("0002", drawn)
    made.decide("0004", Decision(State.ACCEPTED, ()))
    loaded = Collection.load(tmp_path / "样衣")
    assert loaded.items == made.items
    assert loaded.decision("0002") == drawn
    assert loaded.decision("0001") == Decision(State.OPEN, (piece(),))
    assert [each.name for each in loaded.accepted(Part.LEARN)] == ["0002"]
    assert [each.name for each in loaded.accepted(Part.KEPT)] == ["0004"]


def test_what_the_model_doubts_most_is_asked_first(tmp_path: Path) -> None:
    made = Collection(tmp_path, labels=("garment",), items=())
    for doubt in (0.1, 0.9, 0.5):
        made.add(item(doubt=doubt), jpeg())
    assert [each.doubt for each in made.items] == [0.9, 0.5, 0.1]


def test_nothing_finer_than_the_day_is_written(tmp_path: Path) -> None:
    collection_of(tmp_path, 1)
    text = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert "2026-11-23" in text
    assert "2026-11-23T" not in text
    assert b"Exif" not in (tmp_path / "pictures" / "0001.jpg").read_bytes()


def test_a_destroyed_picture_is_off_the_disk_and_out_of_the_lists(tmp_path: Path) -> None:
    made = collection_of(tmp_path, 2, state=State.ACCEPTED)
    made.destroy("0001")
    assert not (tmp_path / "pictures" / "0001.jpg").exists()
    assert "0001" not in (tmp_path / "manifest.json").read_text() + (tmp_path / "labels.json").read_text()
    with pytest.raises(NotFoundError, match="0001"):
        made.destroy("0001")
    with pytest.raises(NotFoundError, match="0001"):
        made.decide("0001", Decision(State.SKIPPED, ()))


def test_forgetting_leaves_nothing_of_ours(tmp_path: Path) -> None:
    made = collection_of(tmp_path / "set", 3, state=State.ACCEPTED)
    (tmp_path / "set" / "fit" / "abc").mkdir(parents=True)
    (tmp_path / "set" / "fit" / "abc" / "last.pt").write_bytes(b"x")
    assert made.forget() == 3
    assert not (tmp_path / "set").exists()


def test_forgetting_leaves_what_others_put_there(tmp_path: Path) -> None:
    made = collection_of(tmp_path / "set", 1)
    (tmp_path / "set" / "notes.txt").write_text("mine")
    made.forget()
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["notes.txt"]


def test_a_folder_without_pictures_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="collect --out"):
        Collection.load(tmp_path)


DAMAGES = (
    ("{", "cannot be read"),  # not JSON
    ("[]", "a JSON object"),  # JSON, but a list
    ('{"format": 9}', "format"),  # from the future
    ('{"format": 1}', "damaged"),  # no labels
    # a name that would lead elsewhere
    ('{"format": 1, "labels": ["a"], "pictures": [{"name": "../x"}]}', "not a picture's name"),
)


@pytest.mark.parametrize(("text", "said"), DAMAGES)
def test_a_damaged_manifest_is_a_clear_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        Collection.load(tmp_path)


WRONG_BOXES = (
    {"label": "shirt", "xyxy": [0, 0, 1, 1]},  # unknown class
    {"label": "garment", "xyxy": [0.5, 0, 0.4, 1]},  # inside out
    {"label": "garment", "xyxy": [0, 0, 1.2, 1]},  # outside the picture
    {"label": "garment", "xyxy": [0, 0, float("nan"), 1]},  # no number
)


@pytest.mark.parametrize("raw", WRONG_BOXES)
def test_a_box_that_is_none_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a box"):
        box_of(raw, ("garment",))


def test_more_boxes_than_any_table_holds_are_refused() -> None:
    box = {"label": "garment", "xyxy": [0, 0, 1, 1]}
    with pytest.raises(ValueError, match="at most"):
        decision_of(json.loads(json.dumps({"state": "open", "boxes": [box] * 301})), ("garment",))
