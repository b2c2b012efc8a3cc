"""From labels to a model folder with a trainer that copies, so that everything around it can be seen without torch."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from teach_things import FakeDetector, collection_of, item, jpeg, piece, seen

from tracker.detect.card import load_card
from tracker.domain.errors import ConfigError
from tracker.models import SHIPPED
from tracker.teach.collection import Box, Collection, Decision, Part, State
from tracker.teach.compare import compare
from tracker.teach.fit import Teaching, note_comparison, outcomes, rehearsal, teach
from tracker.teach.pictures import read_picture
from tracker.train.teaching import Lesson, Plan, Progress

START = SHIPPED / "default"


class Copying:
    """A trainer that learns nothing and remembers what it was given."""

    def __init__(self) -> None:
        self.lessons: tuple[Lesson, ...] = ()
        self.works: list[Path] = []

    def __call__(
        self, start: Path, *, lessons: tuple[Lesson, ...], plan: Plan, work: Path, report: Callable[[Progress], None]
    ) -> Path:
        self.lessons = lessons
        self.works.append(work)
        work.mkdir(parents=True, exist_ok=True)
        report(Progress(1, 0.5, plan.minutes * 60))
        return Path(shutil.copyfile(start / "model.onnx", work / "model.onnx"))


@pytest.fixture
def labelled(tmp_path: Path) -> Collection:
    return collection_of(tmp_path / "own", 16, state=State.ACCEPTED)


def test_a_taught_model_is_a_folder_whose_card_names_every_source(labelled: Collection, tmp_path: Path) -> None:
    trainer = Copying()
    card = teach(Teaching(labelled, START, None, 1), tmp_path / "taught-1", lambda _progress: None, trainer=trainer)
    raw = tomllib.loads((tmp_path / "taught-1" / "card.toml").read_text(encoding="utf-8"))
    assert card == load_card(tmp_path / "taught-1")
    names = [source["name"] for source in raw["sources"]]
    assert names[0].startswith(load_card(START).name)
    assert "the factory's own pieces: 12 pictures of 1 day(s), 2026-11-23 to 2026-11-23" in names
    assert any("simulator" in name for name in names)
    assert len(trainer.lessons) == 24


def test_what_is_kept_back_is_not_learnt_from(labelled: Collection, tmp_path: Path) -> None:
    trainer = Copying()
    teach(Teaching(labelled, START, None, 1), tmp_path / "t", lambda _progress: None, trainer=trainer)
    learnt = {lesson.picture.tobytes() for lesson in trainer.lessons}
    for kept in labelled.accepted(Part.KEPT):
        assert read_picture(labelled.file(kept.name)).tobytes() not in learnt


def test_a_fit_goes_on_only_with_the_same_labels(labelled: Collection, tmp_path: Path) -> None:
    trainer = Copying()
    for number in range(3):
        if number == 2:
            labelled.decide("0001", Decision(State.ACCEPTED, (piece(0.4),)))
        teach(Teaching(labelled, START, None, 1), tmp_path / f"t{number}", lambda _progress: None, trainer=trainer)
    assert trainer.works[0] == trainer.works[1] != trainer.works[2]


def test_too_few_labels_and_taken_names_are_refused(labelled: Collection, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exists already"):
        teach(Teaching(labelled, START, None, 1), tmp_path, lambda _progress: None, trainer=Copying())
    few = collection_of(tmp_path / "few", 8, state=State.ACCEPTED)
    with pytest.raises(ConfigError, match=r"at least 10 accepted.*got 6"):
        teach(Teaching(few, START, None, 1), tmp_path / "t", lambda _progress: None, trainer=Copying())


def test_a_class_that_the_model_lacks_is_refused(tmp_path: Path) -> None:
    odd = Collection(tmp_path / "odd", labels=("collar",), items=())
    for number in range(12):
        added = odd.add(item(), jpeg(number))
        odd.decide(added.name, Decision(State.ACCEPTED, (Box("collar", (0.1, 0.1, 0.5, 0.5)),)))
    with pytest.raises(ConfigError, match="no class 'collar'"):
        teach(Teaching(odd, START, None, 1), tmp_path / "t", lambda _progress: None, trainer=Copying())


def test_data_of_the_kind_the_model_was_made_from_can_be_mixed_in(tmp_path: Path) -> None:
    for kind in ("images", "labels"):
        (tmp_path / kind / "train").mkdir(parents=True)
    (tmp_path / "images" / "train" / "000000.jpg").write_bytes(jpeg())
    (tmp_path / "labels" / "train" / "000000.txt").write_text("2 0.5 0.5 0.5 0.25\n")
    (lesson,) = rehearsal(tmp_path, ("a", "b", "c"), 9)
    assert lesson.rows.tolist() == [[2, 0.25, 0.375, 0.75, 0.625]]
    with pytest.raises(ConfigError, match="holds no pictures"):
        rehearsal(tmp_path / "none", (), 1)


def test_both_models_are_judged_on_pieces_above_the_operating_score(labelled: Collection) -> None:
    right = (0.2 * 64, 0.3 * 48, 0.5 * 64, 0.7 * 48)
    detector = FakeDetector(seen((*right, 0.9, 0), (0, 0, 5, 5, 0.2, 0), (0, 0, 9, 9, 0.9, 2)))
    judged = outcomes(detector, labelled)
    assert [(each.truth, each.found, each.boxes) for each in judged] == [(1, 1, 1)] * 4


def test_what_was_measured_is_in_the_card(labelled: Collection, tmp_path: Path) -> None:
    teach(Teaching(labelled, START, None, 1), tmp_path / "t", lambda _p: None, trainer=Copying())
    judged = outcomes(FakeDetector(seen()), labelled)
    note_comparison(tmp_path / "t", compare(judged, judged, np.random.default_rng(0)).as_dict())
    raw = tomllib.loads((tmp_path / "t" / "card.toml").read_text(encoding="utf-8"))
    assert [line["measure"] for line in raw["accuracy"]] == ["recall", "false_boxes", "exact_count"]
    assert {line["verdict"] for line in raw["accuracy"]} == {"cannot be told"}
    load_card(tmp_path / "t")
