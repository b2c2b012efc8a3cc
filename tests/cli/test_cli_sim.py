import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_shell import done, run_cli

from tracker.config import load_calibration
from tracker.sim import serving
from tracker.trials import evaluation

SUITE = """name = "tiny"
failure = "Nothing in particular, quickly"
orders = 1

[work]
pieces = 2
pace_s = [0.8, 1.0]
forms = ["folded"]
size = [0.2, 0.22]

[sight]
width = 160
height = 90
fps = [8, 8]
"""


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE, encoding="utf-8")
    return str(path)


def test_evaluate_counts_with_eyes_that_know_the_truth(tiny: str, tmp_path: Path) -> None:
    page, keep = tmp_path / "page.html", tmp_path / "kept"
    options = ("--seed", "3", "--model", "truth", "--page", str(page), "--keep", str(keep))
    ran = done("sim", "evaluate", "--suite", tiny, *options)
    assert ran.out.startswith("tiny: 1 orders of 2 pieces, seed 3\n  sew-gate: ")
    assert "<h2>tiny</h2>" in page.read_text(encoding="utf-8")
    assert [path.name for path in keep.iterdir()] == ["tiny-3-0-sew-2.mp4"]


def test_evaluate_runs_a_model_and_prints_one_object_a_suite(tiny: str) -> None:
    ran = done("sim", "evaluate", "--suite", tiny, "--seed", "3", "--pieces", "1", "--json")
    (told,) = json.loads(ran.out)
    assert (told["model"], told["pieces_per_order"]) == ("default", 1)
    assert [rule["rule"] for rule in told["rules"]] == ["sew-gate", "sew-tray"]


def test_pieces_of_nobody_are_said(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = evaluation.figures
    told = lambda trials, seed: [replace(rule, unassigned=4) for rule in figures(trials, seed=seed)]  # noqa: E731
    monkeypatch.setattr(evaluation, "figures", told)
    ran = done("sim", "evaluate", "--suite", tiny, "--seed", "3", "--model", "truth", "--pieces", "1")
    assert "4 pieces of nobody" in ran.out


def test_play_writes_what_it_says(tiny: str, tmp_path: Path) -> None:
    ran = done("sim", "play", "--suite", tiny, "--seed", "3", "--out", str(tmp_path / "out"), "--stills", "2")
    video = tmp_path / "out" / "tiny-3-000-sew.mp4"
    assert str(video) in ran.err
    assert video.exists()
    assert load_calibration(video.with_suffix(".toml")).source is None
    assert len(list((tmp_path / "out" / "images" / "tiny").iterdir())) == 2


def test_faulty_suite_is_one_message(tmp_path: Path) -> None:
    ran = run_cli("sim", "evaluate", "--suite", str(tmp_path / "none.toml"), "--seed", "1")
    assert ran.code == 3
    assert "none.toml does not exist" in ran.err


def test_play_can_be_the_cameras_of_what_it_wrote(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Cameras:
        def __init__(self, films, **how):
            asked.append((films, how))

        def run(self, on_ready):
            on_ready()

    monkeypatch.setattr(serving, "FilmCameras", Cameras)
    out = tmp_path / "out"
    ran = done("sim", "play", "-s", tiny, "--seed", "3", "-o", str(out), "--rtsp", "--port", "9554", "--once")
    url = "rtsp://127.0.0.1:9554/tiny-3-000-sew.mp4"
    assert f"tracker: camera at {url}\n" in ran.err
    assert asked == [([out / "tiny-3-000-sew.mp4"], {"port": 9554, "once": True})]
    assert load_calibration(out / "tiny-3-000-sew.toml").source == url
    assert [rule.id for rule in load_calibration(out / "tiny-3-000-sew.toml").calibration.rules] == [
        "sew-gate",
        "sew-tray",
    ]


def test_play_films_nothing_where_it_cannot_serve(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "LIBRARY", "aio_rtsp_toolkit.nothing_of_that_name")
    ran = run_cli("sim", "play", "-s", tiny, "--seed", "3", "-o", str(tmp_path / "out"), "--rtsp")
    assert (ran.code, "fairloom[demo]" in ran.err) == (3, True)
    assert not (tmp_path / "out").exists()


def test_once_without_cameras_is_refused(tiny: str, tmp_path: Path) -> None:
    ran = run_cli("sim", "play", "-s", tiny, "--seed", "3", "-o", str(tmp_path / "out"), "--once")
    assert (ran.code, "expected --rtsp" in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()
