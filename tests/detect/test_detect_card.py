"""Model cards: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from detect_samples import write_model

from tracker.detect.card import Layout, load_card, parse_card, refuse_people, sha256_of
from tracker.domain.errors import ModelError, ModelHashError, ModelRefusedError

GOOD = """
name = "shirts"
sha256 = "{digest}"
licence = "AGPL-3.0-or-later"
layout = "yolov8"
labels = ["shirt", "sleeve"]
[input]
width = 64
height = 64
colour = "rgb"
scale = 0.00392156862745098
letterbox = "centre"
pad = 114
"""


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "model.onnx", np.zeros((1, 6, 84), np.float32))
    (tmp_path / "card.toml").write_text(GOOD.format(digest=sha256_of(tmp_path / "model.onnx")), encoding="utf-8")
    return tmp_path


def edit(folder, old, new):
    card = folder / "card.toml"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new), encoding="utf-8")


def test_card_says_what_the_file_says(folder):
    card = load_card(folder)
    assert card.labels == ("shirt", "sleeve")
    assert card.layout is Layout.YOLOV8
    assert (card.input.width, card.input.height, card.input.pad) == (64, 64, 114)


def test_a_card_may_say_at_which_threshold_its_model_is_meant(folder):
    assert load_card(folder).confidence is None
    edit(folder, 'layout = "yolov8"', 'layout = "yolov8"\nconfidence = 0.4')
    assert load_card(folder).confidence == 0.4


@pytest.mark.parametrize(("value", "words"), [("0.01", "at least 0.05"), ("2", "at most 1"), ('"a"', "a number")])
def test_a_threshold_that_cannot_be_is_refused(folder, value, words):
    edit(folder, 'layout = "yolov8"', f'layout = "yolov8"\nconfidence = {value}')
    with pytest.raises(ModelError, match=words):
        load_card(folder)


def test_digest_may_be_written_in_capitals(folder):
    digest = sha256_of(folder / "model.onnx")
    edit(folder, digest, digest.upper())
    assert load_card(folder).sha256 == digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("width = 64", "width = 0", "whole number 32..4096"),  # no picture fits
        ("width = 64", "width = true", "whole number"),  # TOML's true is no 1
        ("width = 64", "width = 64.0", "whole number"),  # nor is a float
        ("pad = 114", "pad = 256", "0..255"),  # not a grey level
        ('colour = "rgb"', 'colour = "RGB"', "one of rgb, bgr"),  # spelled otherwise
        ("scale = 0.00392156862745098", "scale = 0", "above 0"),  # would blacken every picture
        ("scale = 0.00392156862745098", "scale = nan", "above 0"),  # not a number
        ('letterbox = "centre"', "letterbox = 1", "one of centre, top-left, stretch"),  # wrong type
        ('height = 64\ncolour = "rgb"', 'height = 65\ncolour = "rgb"\nshape = "round"', "one of fixed, picture"),
        ("pad = 114", "pad = 114\nmean = 0.5", "three numbers"),  # one for all
        ("pad = 114", "pad = 114\nmean = [0.1, 0.2]", "three numbers"),  # one short
        ("pad = 114", "pad = 114\nmean = [0.1, 0.2, true]", "three numbers"),  # TOML's true is no 1
        ("pad = 114", "pad = 114\nstd = [0.1, 0.2, 0.0]", "three numbers 1e-06..255"),  # nothing can be divided by it
        ("pad = 114", "pad = 114\nstd = [0.1, 0.2, nan]", "three numbers"),
        ('layout = "yolov8"', 'layout = "yolov9"', "one of yolox-grid"),  # a layout nobody knows
        ('["shirt", "sleeve"]', "[]", "list of class names"),  # nothing to see
        ('["shirt", "sleeve"]', '["shirt", 7]', "list of class names"),  # a number for a name
        ('["shirt", "sleeve"]', '"shirt"', "list of class names"),  # one name is no list
        ("[input]", "[[input]]", "a table [input]"),  # a list of inputs
        ('licence = "AGPL-3.0-or-later"', "", "missing licence"),  # a required key left out
        ("pad = 114", "", "missing pad"),  # and one of the input
        ('name = "shirts"', "name = ", "not valid TOML"),  # broken file
    ],
)
def test_wrong_value_is_named(folder, old, new, words):
    edit(folder, old, new)
    with pytest.raises(ModelError) as caught:
        load_card(folder)
    assert words in str(caught.value)


def test_stretched_input_has_even_sides(folder):
    edit(folder, 'letterbox = "centre"', 'letterbox = "stretch"')
    assert load_card(folder).input.letterbox == "stretch"
    edit(folder, "width = 64", "width = 65")
    with pytest.raises(ModelError, match="even sides"):
        load_card(folder)


def test_normalisation_is_read(folder):
    edit(folder, "pad = 114", "pad = 114\nmean = [0.485, 0.456, 0.406]\nstd = [0.5, 1, 2]")
    card = load_card(folder)
    assert card.input.mean == (0.485, 0.456, 0.406)
    assert card.input.std == (0.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("label", "labels"),  # one letter short
        ("license", "licence"),  # the American way
        ("sha", "sha256"),  # cut off
    ],
)
def test_unknown_key_names_the_nearest_known_one(folder, typo, meant):
    raw = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    with pytest.raises(ModelError, match=f"unknown key '{typo}'.*nearest known key is '{meant}'"):
        parse_card({typo: 1, **raw}, source="card.toml")


def test_changed_weights_are_never_loaded(folder):
    weights = folder / "model.onnx"
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(ModelHashError, match="sha256"):
        load_card(folder)


@pytest.mark.parametrize("name", ["card.toml", "model.onnx"])
def test_folder_without_its_files_says_how_to_make_them(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"a file {name}.*tracker model add"):
        load_card(folder)


@pytest.mark.parametrize(
    "label",
    [
        "face",  # the plain word
        "Face",  # however it is spelled
        "human-face",  # as part of a name
        "left_eye_landmark",  # points of a face
        "happy",  # an emotion
        "emotion",
        "person_id embedding",  # who somebody is
        "pose",
    ],
)
def test_labels_about_people_are_refused(folder, label):
    edit(folder, '"sleeve"', f'"{label}"')
    with pytest.raises(ModelRefusedError, match="about people"):
        load_card(folder)


@pytest.mark.parametrize(
    "label",
    [
        "person",  # seen, never told apart
        "hand",
        "surface",  # holds a refused word, is none
        "interface",
        "identical panel",
        "front panel",
    ],
)
def test_labels_about_things_are_not(label):
    refuse_people([label], source="card.toml")
