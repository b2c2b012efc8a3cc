"""Labelled pictures of suites, and that the evaluation sorts by what is noted of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from trials_suite import PLAN, SUITE

from tracker.domain.detections import Detections
from tracker.evaluate import Choice, Options, document, evaluate, load_dataset
from tracker.sim.plan import Incidents, Sight
from tracker.sim.script import Form
from tracker.trials.playing import Player

DARK = replace(
    SUITE,
    plan=replace(
        PLAN,
        work=replace(PLAN.work, carried=(Form.CRUMPLED,)),
        incidents=Incidents(covered=1.0),
        sight=replace(PLAN.sight, switches_per_min=20.0, dark_s=(2.0, 4.0)),
    ),
)


class Blind:
    """A model that finds nothing: parts are those of the data, whatever a model finds."""

    labels = ("garment", "hand")

    def detect(self, picture) -> Detections:
        return Detections.empty()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of two plays of one suite."""
    folder = tmp_path_factory.mktemp("pictures")
    player = Player(folder, seed=5, stills=12)
    for play in range(2):
        player.play(DARK, play)
    return folder


@pytest.mark.parametrize("labels", ["coco", "yolo"])
def test_the_evaluation_sorts_pictures_by_what_the_simulator_noted(folder: Path, labels: str) -> None:
    dataset = load_dataset(folder, Choice(labels=labels))
    report = document(evaluate([Blind()], dataset, Options(0.25)))
    parts: dict[str, dict[str, int]] = {}
    for part in report["model"]["parts"]:
        parts.setdefault(part["by"], {})[part["value"]] = part["pictures"] or part["things"]
    assert set(parts["light"]) == {"all lamps on", "a lamp off"}
    assert set(parts["thing: form"]) >= {"folded", "crumpled"}
    assert set(parts["thing: where"]) >= {"lies", "in a hand"}
    assert len(parts["occlusion"]) > 1
    assert any(value != "no hands" for value in parts["skin tone"])
    assert sum(parts["table"].values()) == 24
    assert "unknown" not in {value for by in ("light", "table", "skin tone") for value in parts[by]}


def test_pictures_of_one_clip_are_one_group(folder: Path) -> None:
    noted = json.loads((folder / "conditions.json").read_text(encoding="utf-8"))["pictures"]
    assert {each["group"] for each in noted.values()} == {"small-5-000-sew", "small-5-001-sew"}
    assert len(noted) == 24


def test_notes_come_in_the_order_of_the_labels(folder: Path) -> None:
    noted = json.loads((folder / "conditions.json").read_text(encoding="utf-8"))["pictures"]
    names = (folder / "classes.txt").read_text(encoding="utf-8").split()
    for name, each in noted.items():
        text = (folder / name.replace("images", "labels")).with_suffix(".txt").read_text(encoding="utf-8")
        labels = [names[int(line.split()[0])] for line in text.splitlines()]
        assert len(labels) == len(each["boxes"])
        assert all(
            ("form" in box["tags"]) == (label != "hand") for label, box in zip(labels, each["boxes"], strict=True)
        )
        assert len(each["skin_tones"]) >= labels.count("hand")


def test_a_flickering_lamp_is_noted(tmp_path: Path) -> None:
    flickers = replace(SUITE, plan=replace(PLAN, sight=Sight(width=160, height=90, fps=(8.0, 8.0), flicker=(0.2, 0.3))))
    Player(tmp_path, seed=5, stills=1).play(flickers, 0)
    (noted,) = json.loads((tmp_path / "conditions.json").read_text(encoding="utf-8"))["pictures"].values()
    assert noted["light"] == "all lamps on, one flickers"
