"""``tracker teach`` from the command line: the way from a clip to a switched model, and back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tracker.cli.main import app
from tracker.domain.errors import ConfigError, ConflictError, NotFoundError, TrackerError
from tracker.models import SHIPPED
from tracker.sim.writers import write_video
from tracker.teach.collect import Collector
from tracker.teach.collection import Collection, State
from tracker.teach.compare import Comparison, Figure, Verdict
from tracker.train.teaching import Progress

DEFAULT = str(SHIPPED / "default")


def teach(*arguments: object) -> None:
    """Runs the command in this process; an error of ours goes through."""
    app([*("teach", *map(str, arguments))], standalone_mode=False)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten seconds of an empty table on which something else lies every other second."""
    rng = np.random.default_rng(0)
    tables = []
    for _ in range(5):
        table = np.full((180, 320, 3), 120, np.uint8)
        left, top = int(rng.integers(0, 220)), int(rng.integers(0, 90))
        table[top : top + 80, left : left + 90] = rng.integers(0, 255, 3)
        tables += [table] * 4
    write_video(tables, tmp_path / "clip.mp4", fps=2.0, size=(320, 180))
    return tmp_path / "clip.mp4"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "workshop.toml").write_text('name = "x"\n[detect]\nmodel = "default"\n', encoding="utf-8")
    (folder / "calibration").mkdir()
    return folder


def collected(clip: Path, out: Path, *more: object) -> None:
    common = ("--camera", "sewing", "--out", out, "--count", 8, "--block", 2, "--hands-only")
    teach("collect", "--replay", clip, *common, *more)


def test_a_clip_becomes_pictures_and_a_second_look_adds_nothing(clip: Path, tmp_path: Path) -> None:
    collected(clip, tmp_path / "own", "--model", DEFAULT)
    first = Collection.load(tmp_path / "own")
    assert 2 <= len(first.items) <= 8
    assert {item.camera for item in first.items} == {"sewing"}
    collected(clip, tmp_path / "own", "--model", DEFAULT)
    assert len(Collection.load(tmp_path / "own").items) == len(first.items)


def test_it_says_where_pictures_go_and_how_they_go_away(
    clip: Path, tmp_path: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibration = 'camera = "sewing"\npurpose = "counting sewn pieces"\nsource = "none.mp4"\n'
    calibration += "[zones]\na = [[0,0],[1,0],[1,1]]\n"
    calibration += '[[rules]]\nid = "r"\nkind = "stock"\nzone = "a"\n'
    (shop / "calibration" / "sewing.toml").write_text(calibration, encoding="utf-8")
    collected(clip, tmp_path / "own", "--workshop", shop, "--json")
    said = capsys.readouterr()
    assert "tracker teach forget" in said.err
    assert json.loads(said.out)["pictures"] > 0
    teach("forget", tmp_path / "own")
    assert not (tmp_path / "own").exists()
    with pytest.raises(NotFoundError, match="one of: sewing"):
        teach("collect", "--camera", "packing", "--out", tmp_path / "own", "-w", shop, "--hands-only")


REFUSALS = (
    (("collect", "--camera", "a", "--out", "o", "--hands-only"), ConfigError, "nothing to collect from"),
    # The default model knows hands, not persons. Once a person model ships, the first complaint is the missing clip.
    (("collect", "--camera", "a", "--out", "o", "--person-model", "none"), NotFoundError, "none"),
    (("export", "own", "--out", "o", "--format", "voc"), ConfigError, "yolo, coco, cvat"),
    (("label", "own"), ConfigError, "no collected pictures"),
    (("switch", "none"), NotFoundError, "no model folder"),
)


@pytest.mark.parametrize(("arguments", "kind", "said"), REFUSALS)
def test_what_cannot_work_is_refused(
    arguments: tuple[str, ...], kind: type[TrackerError], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=said):
        teach(*arguments)


def test_boxes_go_out_and_come_back(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collected(clip, tmp_path / "own", "--model", DEFAULT)
    teach("export", tmp_path / "own", "--out", tmp_path / "out", "--format", "cvat")
    teach("import", tmp_path / "own", tmp_path / "out" / "cvat.zip")
    assert "taken over" in capsys.readouterr().out
    own = Collection.load(tmp_path / "own")
    assert {own.decision(item.name).state for item in own.items} == {State.ACCEPTED}


def test_a_switch_and_a_rollback_are_one_command_each(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(SHIPPED / "default", shop / "models" / "mine")
    teach("switch", "mine", "-w", shop)
    assert 'model = "mine"' in (shop / "workshop.toml").read_text(encoding="utf-8")
    teach("rollback", "-w", shop)
    assert 'model = "default"' in (shop / "workshop.toml").read_text(encoding="utf-8")
    assert "default -> mine" in capsys.readouterr().out
    with pytest.raises(ConflictError):
        teach("rollback", "-w", shop)


FIGURE = Figure("recall", 0.8, 0.9, 0.02, 0.2, 1)
VERDICTS = (
    (Verdict.BETTER, (), True),
    (Verdict.BETTER, ("--no-switch", "--json"), False),  # asked not to
    (Verdict.UNCERTAIN, (), False),  # never on a guess
    (Verdict.WORSE, (), False),
)


@pytest.mark.parametrize(("verdict", "more", "switched"), VERDICTS)
def test_only_a_better_model_is_switched_to(
    shop: Path, tmp_path: Path, verdict: Verdict, more: tuple[str, ...], switched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    Collection(own, labels=("garment",), items=())._save_manifest()
    (shop / "models" / "taught-1").mkdir(parents=True)

    def copied(_teaching: object, target: Path, report: Callable[[object], None]) -> None:
        report(Progress(1, 0.5, 60.0))
        report(Progress(2, 0.5, 59.0))
        shutil.copytree(SHIPPED / "default", target)

    monkeypatch.setattr("tracker.teach.fit.teach", copied)
    monkeypatch.setattr(
        "tracker.teach.compare.compare", lambda *_: Comparison(0, 0, (FIGURE,), verdict, "as the test says")
    )
    teach("fit", own, "-w", shop, *more)
    assert (shop / "models" / "taught-2" / "card.toml").is_file()
    assert ("taught-2" in (shop / "workshop.toml").read_text(encoding="utf-8")) is switched


def test_the_address_of_the_labelling_page_is_another_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Collection(tmp_path, labels=("garment",), items=())._save_manifest()
    ports: list[int] = []
    monkeypatch.setattr("tracker.serve.serve", lambda _app, *, port: ports.append(port))
    for _ in range(2):
        teach("label", tmp_path, "--port", 8800)
    addresses = capsys.readouterr().out.split()
    assert ports == [8800, 8800]
    assert len(set(addresses)) == 2
    assert all(re.fullmatch(r"http://127\.0\.0\.1:8800/[\w-]{22}/", address) for address in addresses)


def test_a_running_camera_is_looked_through_for_as_long_as_asked(clip: Path, tmp_path: Path, shop: Path) -> None:
    shutil.copy(clip, shop / "calibration" / "clip.mp4")
    calibration = 'camera = "sewing"\npurpose = "counting sewn pieces"\nsource = "clip.mp4"\n'
    calibration += '[zones]\na = [[0,0],[1,0],[1,1]]\n[[rules]]\nid = "r"\nkind = "stock"\nzone = "a"\n'
    (shop / "calibration" / "sewing.toml").write_text(calibration, encoding="utf-8")
    teach("collect", "--camera", "sewing", "--out", tmp_path / "own", "-w", shop, "--hands-only", "--minutes", "0.1")
    pictures = Collection.load(tmp_path / "own").items
    assert {item.camera for item in pictures} == {"sewing"}


def test_pictures_of_other_classes_do_not_mix(clip: Path, tmp_path: Path) -> None:
    Collection(tmp_path / "own", labels=("coat",), items=())._save_manifest()
    with pytest.raises(ConfigError, match="other classes"):
        collected(clip, tmp_path / "own", "--model", DEFAULT)


def test_an_interrupted_look_writes_what_was_chosen(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_self: Collector, _frame: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Collector, "update", interrupted)
    collected(clip, tmp_path / "own", "--model", DEFAULT)
    assert "writing what was chosen" in capsys.readouterr().err


def test_the_person_model_that_ships_looks_where_nothing_else_is_said(clip: Path, tmp_path: Path) -> None:
    arguments = ("--replay", clip, "--camera", "a", "--out", tmp_path / "own", "--count", 4, "--model", DEFAULT)
    teach("collect", *arguments)
    assert len(Collection.load(tmp_path / "own").items) > 0


def test_a_person_model_looks_as_well(clip: Path, tmp_path: Path) -> None:
    arguments = ("--replay", clip, "--camera", "a", "--out", tmp_path / "own", "--count", 8, "--model", DEFAULT)
    with pytest.raises(ConfigError, match="knows people"):
        teach("collect", *arguments, "--person-model", DEFAULT)
