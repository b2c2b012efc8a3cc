"""`tracker model evaluate` as a user sees it."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli_shell import done, run_cli

from tracker.cli.shell import Exit

DEFAULT = str(Path(__file__).parents[2] / "models" / "default")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise in which a box of each picture is labelled at another place."""
    folder = tmp_path_factory.mktemp("数据")
    rng = np.random.default_rng(2)
    for number in range(6):
        done_, jpeg = cv2.imencode(".jpg", rng.integers(0, 255, (48, 64, 3), np.uint8))
        assert done_
        (folder / f"{number}.jpg").write_bytes(jpeg.tobytes())
        x, y = 0.2 + 0.3 * (number % 3), 0.3 + 0.4 * (number // 3)
        (folder / f"{number}.txt").write_text(f"0 {x} {y} 0.2 0.2\n", encoding="utf-8")
    (folder / "classes.txt").write_text("shirt\n", encoding="utf-8")
    return folder


def test_prints_one_report_for_people(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    ran = done("model", "evaluate", DEFAULT, "--data", str(data), "--map", "shirt=garment", "--page", str(page))
    for words in ("6 pictures, 0 of them without things, 6 things (6 garment)", "things found", "mAP50-95", "size"):
        assert words in ran.out
    assert "evidence: one constant box finds 16.7%" in ran.out
    assert "shows pictures of the data" in ran.err
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_prints_one_object_for_programs_with_a_reference_beside_it(data: Path) -> None:
    report = done("model", "evaluate", DEFAULT, "--data", str(data), "--reference", DEFAULT, "--json").json
    assert (report["model"]["name"], report["reference"]["sha256"]) == ("fairloom-default", report["model"]["sha256"])
    assert report["model"]["any_piece"]["recall"] == report["reference"]["any_piece"]["recall"]
    assert report["comparison"]["recall"]["value"] == 0
    assert report["evidence"]["refused"] is False
    assert report["operating"]["confidence"] > 0
    text = done("model", "evaluate", DEFAULT, "--data", str(data), "--reference", DEFAULT, "--ignore", "none").out
    assert "difference" in text
    assert "times" in text


def test_the_threshold_is_the_commands_else_the_cards(data: Path, tmp_path: Path) -> None:
    shutil.copytree(DEFAULT, tmp_path / "model")
    card = tmp_path / "model" / "card.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("[input]", "confidence = 0.6\n\n[input]", 1), encoding="utf-8")
    command = ("model", "evaluate", str(tmp_path / "model"), "--data", str(data), "--json")
    assert done(*command).json["operating"]["confidence"] == 0.6
    assert done(*command, "--confidence", "0.5").json["operating"]["confidence"] == 0.5


def test_data_that_prove_nothing_are_printed_and_refused(data: Path, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes((data / f"{number}.jpg").read_bytes())
        (tmp_path / f"{number}.txt").write_text("0 0.5 0.5 0.6 0.6\n")
    ran = run_cli("model", "evaluate", DEFAULT, "--data", str(tmp_path))
    assert ran.code == Exit.EVIDENCE == 9
    assert "NO EVIDENCE" in ran.out
    assert "things found" in ran.out
    assert "these data are no evidence" in ran.err
    ran = run_cli("model", "evaluate", DEFAULT, "--data", str(tmp_path), "--json")
    assert (ran.code, ran.json["evidence"]["refused"]) == (9, True)


def test_empty_tables_alone_are_printed_too(data: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "0.jpg").write_bytes((data / "0.jpg").read_bytes())
    out = done("model", "evaluate", DEFAULT, "--data", str(tmp_path), "--confidence", "0.9").out
    assert "there is no thing in any picture" in out


def test_a_model_that_says_nothing_has_no_calibration(tmp_path: Path) -> None:
    encoded, png = cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))
    assert encoded
    (tmp_path / "labels").mkdir()
    (tmp_path / "0.png").write_bytes(png.tobytes())
    out = done("model", "evaluate", DEFAULT, "--data", str(tmp_path)).out
    assert "recommended" in out
    assert "calibration" not in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--map", "shirt"), "--map shirt; expected LABEL=LABEL"),
        (("--map", "shirt=gament"), "the model has no label 'gament' to map to; expected one of garment"),
        (("--map", "shrt=garment"), "Did you mean 'shirt'?"),
        (("--page", "none/p.html"), "no such folder"),
        (("--split", "night"), "no pictures of the split 'night'"),
        (("--labels", "voc"), "unknown labels 'voc'"),
    ],
)
def test_what_cannot_be_measured_says_why(data: Path, options: tuple[str, ...], words: str) -> None:
    ran = run_cli("model", "evaluate", DEFAULT, "--data", str(data), *options)
    assert ran.code == Exit.INPUT
    assert words in ran.err


def test_unknown_reference_is_named(data: Path) -> None:
    ran = run_cli("model", "evaluate", DEFAULT, "--data", str(data), "--reference", "none")
    assert ran.code == Exit.NOT_FOUND
    assert "no model folder 'none'" in ran.err


def test_a_label_may_be_mapped_to_one_that_is_left_out(data: Path) -> None:
    report = done("model", "evaluate", DEFAULT, "--data", str(data), "--map", "shirt=person", "--json").json
    assert (report["data"]["things"], report["data"]["labels"]) == (0, {})
