"""A whole evaluation, its document and its page, on pictures whose figures can be worked out by hand."""

from __future__ import annotations

import builtins
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from evaluate_cases import FAR, ONE, Whites, coco, draw, write_json, write_yolo

from tracker.domain.errors import ConfigError
from tracker.evaluate import Choice, Evaluation, Options, document, evaluate, load_dataset, write_page
from tracker.evaluate.pictures import read_picture
from tracker.evaluate.surroundings import brightness, contrasts

THERE = ((0.0, 0.0, 30.0, 24.0), (60.0, 40.0, 90.0, 70.0))
"""What the pictures show."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two things, one thing that is not labelled, nothing, and a damaged file."""
    folder = write_yolo(tmp_path_factory.mktemp("data"), {"a.png": THERE, "b.png": (), "c.png": ()})
    draw(folder / "images" / "b.png", THERE[1])
    (folder / "images" / "d.png").write_bytes(b"broken")
    return folder


@pytest.fixture(scope="module")
def evaluation(data: Path) -> Evaluation:
    return evaluate([Whites(), Whites(doubles=True)], load_dataset(data), Options(0.25))


def about(report: dict) -> dict:
    """The document with what the command adds to it."""
    named = {
        "name": "<whites>",
        "folder": "models/whites",
        "sha256": "0" * 64,
        "input": [320, 320],
        "provider": "cpu",
        "threads": 1,
    }
    report["machine"] = "a test"
    report["model"] = named | report["model"]
    if report["reference"] is not None:
        report["reference"] = named | {"name": "doubles"} | report["reference"]
    return report


def test_figures_are_those_of_the_pictures(evaluation: Evaluation) -> None:
    report = document(evaluation)
    assert report["format"] == 1
    data = report["data"]
    assert (data["pictures"], data["pictures_without_things"], data["things"]) == (3, 2, 2)
    assert list(data["skipped"]) == ["images/d.png"]
    any_piece = report["model"]["any_piece"]
    assert (any_piece["recall"]["value"], any_piece["recall"]["of"]) == (1.0, 2)
    assert (any_piece["false"]["hits"], any_piece["false"]["of"]) == (1, 3)
    assert (any_piece["exact"]["hits"], any_piece["exact"]["of"]) == (2, 3)
    assert report["evidence"]["refused"]  # the one box on the left finds half of two things
    assert report["model"]["by_label"]["labels"][0]["label"] == "garment"
    assert report["model"]["speed"]["pictures"] == 3
    assert any("1 pictures could not be read" in note for note in report["notes"])


def test_a_reference_sees_the_same_pictures(evaluation: Evaluation) -> None:
    report = document(evaluation)
    assert report["reference"]["any_piece"]["false"]["hits"] == 4  # three doubles more
    gap = report["comparison"]
    assert (gap["recall"]["value"], gap["exact"]["value"]) == (0.0, pytest.approx(1 / 3, abs=1e-4))
    assert gap["false"]["value"] == pytest.approx(1 / 3 - 4 / 6, abs=1e-4)
    assert gap["time"] > 0


def test_the_same_seed_gives_the_same_document(data: Path) -> None:
    one, two = (document(evaluate([Whites()], load_dataset(data), Options())) for _ in range(2))
    for report in (one, two):
        del report["model"]["speed"]
    assert json.dumps(one) == json.dumps(two)


def test_uncounted_labels_of_the_model_are_no_boxes(data: Path) -> None:
    report = document(evaluate([Whites(label=1)], load_dataset(data), Options()))
    assert report["model"]["any_piece"]["recall"]["hits"] == 0
    assert report["model"]["any_piece"]["false"]["of"] == 0


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ({"a.png": (ONE,), "b.png": (FAR,)}, "every picture holds a thing"),
        ({"a.png": (), "labels.png": ()}, "there is no thing in any picture"),
    ],
)
def test_what_could_not_be_measured_is_said(tmp_path: Path, rows: dict, note: str) -> None:
    write_yolo(tmp_path, rows)
    (tmp_path / "labels").mkdir(exist_ok=True)
    got = evaluate([Whites()], load_dataset(tmp_path), Options())
    assert any(note in each for each in got.notes)


def test_labels_that_the_model_does_not_know_count_as_things_and_are_named(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", *THERE)
    raw = coco(("a.png", (*THERE, (0, 0, 90, 75))), ("gone.png", ()))
    raw["annotations"][2] |= {"iscrowd": 1}
    raw["annotations"].append(raw["annotations"][0] | {"bbox": [1, 1, 0, 0]})
    write_json(tmp_path / "instances.json", raw)
    got = evaluate([Whites()], load_dataset(tmp_path), Options())
    assert got.model.score.recall.hits == 2
    assert got.model.averages.by_label is None
    for words in ("the model does not know shirt", "1 labelled pictures are not", "1 labels without", "crowds"):
        assert any(words in note for note in got.notes), words
    renamed = evaluate([Whites()], load_dataset(tmp_path, Choice(names={"shirt": "garment"})), Options())
    assert renamed.model.averages.labels["garment"][0] == pytest.approx(1)


def test_pixels_of_coco_and_shares_of_yolo_are_the_same_boxes(data: Path, tmp_path: Path) -> None:
    draw(tmp_path / "a.png", *THERE)
    write_json(tmp_path / "instances.json", coco(("a.png", THERE)))
    theirs = evaluate([Whites()], load_dataset(tmp_path), Options()).look.seen[0]
    ours = evaluate([Whites()], load_dataset(data), Options()).look.seen[0]
    assert theirs.things.xyxy == pytest.approx(ours.things.xyxy)
    assert theirs.sights[0].match.tolist() == ours.sights[0].match.tolist() == [0, 1]


def test_data_of_which_nothing_can_be_read_are_refused(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    (tmp_path / "images" / "a.png").write_bytes(b"broken")
    with pytest.raises(ConfigError, match=r"not one picture of .* could be read; got .*damaged"):
        evaluate([Whites()], load_dataset(tmp_path), Options())


@pytest.mark.parametrize("confidence", [0.01, 1.5, float("nan")])
def test_a_threshold_that_the_detector_does_not_reach_is_refused(confidence: float) -> None:
    with pytest.raises(ConfigError, match="threshold is out of range"):
        Options(confidence)


def test_without_the_evaluator_the_first_word_says_how_to_get_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name.startswith("pycocotools"):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError, match=r"no pycocotools.* `pip install \"fairloom\[evaluate\]\"`"):
        evaluate([Whites()], load_dataset(data), Options())


def test_progress_is_told_of_every_picture(data: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate([Whites()], load_dataset(data), Options(), lambda done, count: told.append((done, count)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


# --- what is measured of pictures -----------------------------------------------------------------------------------


def test_contrast_is_the_distance_of_cloth_and_table() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[50:100, 50:100] = 255
    picture[140:160, 20:40] = 30
    boxes = np.array([[50, 50, 100, 100], [20, 140, 40, 160], [0, 0, 200, 200], [5, 5, 6, 6]], np.float32)
    white, dark, whole, tiny = contrasts(picture, boxes[:2]).tolist() + contrasts(picture, boxes[2:]).tolist()
    assert white == pytest.approx(100, abs=0.5)  # L* from 0 to 100
    assert 5 < dark < 15
    assert np.isnan([whole, tiny]).all()


def test_neighbours_are_no_table() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:80, 40:160] = 255  # two white things side by side
    pair = np.array([[40, 20, 100, 80], [100, 20, 160, 80]], np.float32)
    assert contrasts(picture, pair).tolist() == pytest.approx([100, 100], abs=0.5)


def test_brightness_is_mean_luma_of_pictures_of_any_size() -> None:
    assert brightness(np.full((900, 1200, 3), 77, np.uint8)) == 77
    assert brightness(np.full((1, 2000, 3), 77, np.uint8)) == 77


# --- the page -------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Opened and not closed tags, and everything that would load something."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.classes: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name in {"src", "href"} and not value.startswith("data:")]
        self.classes += [word for name, value in attrs if name == "class" for word in value.split()]

    def handle_startendtag(self, tag, attrs) -> None:
        self.classes += [word for name, value in attrs if name == "class" for word in value.split()]

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def page(path: Path, evaluation: Evaluation, **options: int) -> tuple[str, Tags]:
    write_page(path, evaluation, about(document(evaluation)), **options)
    text = path.read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.loads == []
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", text)
    return text, tags


def test_the_page_shows_what_went_wrong_and_loads_nothing(evaluation: Evaluation, tmp_path: Path) -> None:
    text, tags = page(tmp_path / "页.html", evaluation)
    assert "No evidence: do not publish" in text
    assert "images/b.png" in text
    assert "images/c.png" not in text  # nothing went wrong in it
    assert "1 of 3 pictures have an error" in text
    assert "garment 0.90" in text
    assert "Beside doubles" in text
    assert "&lt;whites&gt;" in text
    assert "<whites>" not in text
    assert text.count("data:image/jpeg;base64,") == 1
    assert {"false", "recall", "exact", "bar", "whisker", "band"} <= set(tags.classes)


def test_the_page_draws_every_kind_of_box(tmp_path: Path) -> None:
    draw(tmp_path / "big.png", (0, 0, 300, 240), (400, 300, 500, 400), (600, 500, 700, 600), size=(800, 640))
    raw = coco(("big.png", ((0, 0, 300, 240), (20, 400, 90, 480), (380, 280, 520, 420))), size=(800, 640))
    raw["annotations"][2] |= {"iscrowd": 1}
    write_json(tmp_path / "instances.json", raw)
    _, tags = page(tmp_path / "p.html", evaluate([Whites()], load_dataset(tmp_path), Options()))
    drawn = [word for word in tags.classes if word in {"found", "right", "missed", "crowd", "ignored"}]
    assert sorted(set(drawn)) == ["crowd", "found", "ignored", "missed", "right"]


@pytest.mark.parametrize(("worst", "words"), [(0, "No pictures were asked for."), (1, "here are the 1 with most")])
def test_the_page_holds_as_many_pictures_as_asked_for(
    evaluation: Evaluation, tmp_path: Path, worst: int, words: str
) -> None:
    text, _ = page(tmp_path / "p.html", evaluation, worst=worst)
    assert words in text
    assert text.count("base64,") == worst


def test_a_page_without_errors_things_or_boxes_says_so(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": ()})
    (tmp_path / "labels").mkdir()
    text, _ = page(tmp_path / "p.html", evaluate([Whites()], load_dataset(tmp_path), Options()))
    assert "No picture has an error." in text
    assert "nothing to measure" in text


def test_a_page_that_cannot_be_written_says_so(evaluation: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        write_page(tmp_path, evaluation, about(document(evaluation)))


def test_pictures_on_the_page_stay_small(evaluation: Evaluation, data: Path, tmp_path: Path) -> None:
    assert read_picture(data / "images" / "a.png").shape == (80, 100, 3)
    page(tmp_path / "p.html", evaluation)
    assert (tmp_path / "p.html").stat().st_size < 100_000
