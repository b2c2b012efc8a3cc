"""Class names, wherever an exporter or a person left them."""

from __future__ import annotations

import json

import pytest

from tracker.detect.labels import COCO_CATEGORY_IDS, COCO_LABELS, labels_of, metadata_labels
from tracker.domain.errors import ModelError

NAMES = ("shirt", "sleeve")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"names": "{0: 'shirt', 1: 'sleeve'}"}, NAMES),  # ultralytics: a Python dict
        ({"names": '{"0": "shirt", "1": "sleeve"}'}, NAMES),  # libreyolo: JSON
        ({"names": '{"10": "sleeve", "9": "shirt"}'}, NAMES),  # in the order of the numbers, not of the text
        ({"names": "['shirt', 'sleeve']"}, NAMES),  # a Python list
        ({"class_names": '["shirt", "sleeve"]'}, NAMES),  # RF-DETR
        ({"names": "", "id2label": '{"0": "shirt", "1": "sleeve"}'}, NAMES),  # Hugging Face
        ({"classes": "2"}, ()),  # only how many
        ({"names": "shirt, sleeve"}, ()),  # neither Python nor JSON
        ({"names": "{'shirt': 0}"}, ()),  # the other way round
        ({"names": "[" * 100_000}, ()),  # a file that wants to break the parser
        ({}, ()),
    ],
)
def test_metadata_is_read_as_exporters_write_it(metadata, expected):
    assert metadata_labels(metadata) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "shirt\nsleeve\n"),
        ("classes.txt", "\ufeffshirt\r\nsleeve"),
        ("classes.json", json.dumps(NAMES)),
        ("config.json", json.dumps({"id2label": {"0": "shirt", "1": "sleeve"}, "model_type": "d_fine"})),
    ],
)
def test_names_beside_the_file_are_found(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert labels_of(None, {}, tmp_path / "a.onnx") == (NAMES, f"{name} beside the file")


def test_the_file_itself_knows_better_than_its_neighbours(tmp_path):
    (tmp_path / "labels.txt").write_text("something else", encoding="utf-8")
    labels, where = labels_of(None, {"names": str(list(NAMES))}, tmp_path / "a.onnx")
    assert labels == NAMES
    assert "metadata" in where


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("labels.txt", b"", "unknown"),  # nothing in it
        ("labels.json", b"{}", "unknown"),
        ("labels.txt", "\u886c\u886b".encode("gb18030"), "UTF-8"),  # saved by an old Windows program
    ],
)
def test_unreadable_names_are_an_error(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        labels_of(str(path), {}, tmp_path / "a.onnx")


def test_config_without_names_says_nothing(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "yolos"}', encoding="utf-8")
    with pytest.raises(ModelError, match="--labels coco"):
        labels_of(None, {}, tmp_path / "a.onnx")


def test_coco_has_as_many_ids_as_names():
    assert len(COCO_CATEGORY_IDS) == len(COCO_LABELS) == 80
    ids = dict(zip(COCO_LABELS, COCO_CATEGORY_IDS.tolist(), strict=True))
    assert (ids["person"], ids["stop sign"], ids["backpack"], ids["toothbrush"]) == (1, 13, 27, 90)
