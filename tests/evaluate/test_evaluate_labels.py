"""Labels in YOLO's and COCO's formats, the sidecar, and which part of a folder is meant."""

from pathlib import Path

import numpy as np
import pytest
from evaluate_cases import FAR, ONE, coco, draw, write_json, write_yolo, yolo

from tracker.domain.errors import ConfigError
from tracker.evaluate.dataset import Choice, load_dataset
from tracker.evaluate.yolo import read_labels


def test_yolo_lines_become_boxes_in_shares(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = [
        "0 0.5 0.5 0.2 0.4",
        "",
        "1 0.05 0.5 0.2 0.4",  # beyond the left edge
        "2 0.1 0.1 0.4 0.2 0.3 0.6",  # a polygon
        "0 0.5 0.5 0.2 0.4",  # said twice
        "0 0.5 0.5 0 0.4",  # no area
    ]
    path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    things, dropped = read_labels(path, {0: "shirt", 1: "袋"})
    assert things.labels == ("shirt", "袋", "2")
    assert things.xyxy == pytest.approx(np.array([[0.4, 0.3, 0.6, 0.7], [0, 0.3, 0.15, 0.7], [0.1, 0.1, 0.4, 0.6]]))
    assert dropped == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 0.5 0.5 0.2", "line 2: 4 numbers"),
        ("0 0.5 0.5 0.2 0.4 0.9", "line 2: 6 numbers"),  # a model's output, with its confidence
        ("0 0.5 0.5 0.2 wide", "are not numbers"),
        ("0.5 0.5 0.5 0.2 0.4", "line 2: class 0.5"),
        ("-1 0.5 0.5 0.2 0.4", "line 2: class -1"),
        ("nan 0.5 0.5 0.2 0.4", "class nan"),
        ("0 0.5 inf 0.2 0.4", "class 0"),
        ("0 320 240 64 64", "line 2: 320 is no share"),  # pixels
    ],
)
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"0 0.5 0.5 0.2 0.4\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_labels(path, {})


def test_many_faults_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a\n" * 5, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 3: .* and 2 more"):
        read_labels(path, {})


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        ("images/val/a.png", "labels/val/a.txt"),
        ("val/images/a.png", "val/labels/a.txt"),  # Roboflow
        ("a.png", "a.txt"),  # beside it
        ("images/a.png", "images/a.txt"),  # beside it in a folder called images
    ],
)
def test_labels_are_found_where_tools_put_them(tmp_path: Path, picture: str, text: str) -> None:
    draw(tmp_path / picture)
    (tmp_path / text).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / text).write_text(yolo(ONE), encoding="utf-8")
    found = load_dataset(tmp_path)
    assert (found.kind, found.examples[0].name, found.labels) == ("yolo", picture, {"0": 1})
    assert "called by their numbers" in found.notes[-1]


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("data.yaml", "names: [shirt, bag]\n", "shirt"),
        ("data.yml", "names:\n  0: shirt\n  1: bag\n", "shirt"),
        ("set/custom.yaml", "path: C:\\data\nnames:\n- 衬衫\n", "衬衫"),
        ("classes.txt", "shirt\nbag\n\n", "shirt"),
        ("obj.names", "shirt\n", "shirt"),
    ],
)
def test_names_of_classes_come_from_where_tools_write_them(tmp_path: Path, name: str, text: str, label: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)}, names="train: x\n")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert load_dataset(tmp_path).labels[label] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("names: [a\n", "is not valid YAML"),
        ("names: shirt\n", "names; expected a list"),
        ("names: {x: shirt}\n", "names; expected a list"),
        ("names: 3\n", "names; expected a list"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b, *b]\n", "got list: a name is a list"),  # grows without end in YAML
        ("names: " + "[" * 5000 + "\n", "is not valid YAML"),
    ],
)
def test_names_that_are_none_say_so(tmp_path: Path, text: str, words: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)}, names=text)
    with pytest.raises(ConfigError, match=words):
        load_dataset(tmp_path)


@pytest.mark.parametrize("name", ["data.yaml", "classes.txt"])
def test_names_that_are_not_utf8_say_how_to_mend_them(tmp_path: Path, name: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)}, names="train: x\n")
    (tmp_path / name).write_bytes("names: [衬衫]\n".encode("gb18030"))
    with pytest.raises(ConfigError, match=r"is not UTF-8.*Save it as UTF-8"):
        load_dataset(tmp_path)


def test_two_sets_of_names_are_refused(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    (tmp_path / "other.yaml").write_text("names: [bag]\n")
    with pytest.raises(ConfigError, match=r"more than one way; got data.yaml, other.yaml"):
        load_dataset(tmp_path)


def test_a_picture_without_a_label_file_shows_nothing(tmp_path: Path) -> None:
    found = load_dataset(write_yolo(tmp_path, {"a.png": (ONE, FAR), "b.png": ()}))
    assert [len(example.things) for example in found.examples] == [2, 0]
    assert found.notes == ("1 pictures have no label file and are taken to show nothing",)


def test_a_folder_of_empty_tables_is_a_data_set_when_it_has_a_folder_of_labels(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "a.png")
    (tmp_path / "labels").mkdir()
    assert len(load_dataset(tmp_path).examples) == 1


def test_pictures_of_training_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"train/a.png": (ONE,), "val/b.png": (ONE,), "val/c.png": (ONE,)})
    found = load_dataset(tmp_path)
    assert [example.name for example in found.examples] == ["images/val/b.png", "images/val/c.png"]
    assert found.notes == ("1 pictures of training were left out; --split chooses them",)
    chosen = load_dataset(tmp_path, Choice(split="train"))
    assert [example.name for example in chosen.examples] == ["images/train/a.png"]


def test_a_folder_of_training_alone_is_taken(tmp_path: Path) -> None:
    assert len(load_dataset(write_yolo(tmp_path, {"train/a.png": (ONE,)})).examples) == 1


@pytest.mark.parametrize(
    "file_name",
    [
        "a.png",
        "pictures/a.png",
        "pictures\\a.png",  # written on Windows
        "C:\\sets\\pictures\\a.png",
        "/data/x/pictures/a.png",
        "../pictures/a.png",
    ],
)
def test_coco_finds_its_pictures_however_they_are_written(tmp_path: Path, file_name: str) -> None:
    draw(tmp_path / "pictures" / "a.png", ONE)
    draw(tmp_path / "pictures" / "b.png", ONE)
    write_json(tmp_path / "deep" / "annotations" / "instances.json", coco((file_name, (ONE, FAR))))
    write_json(tmp_path / "deep" / "captions.json", {"images": [], "annotations": [{"caption": "a shirt"}]})
    write_json(tmp_path / "notes.json", [1])
    write_json(tmp_path / "album.json", {"images": [], "annotations": {}})
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    found = load_dataset(tmp_path)
    assert (found.kind, found.labels) == ("coco", {"shirt": 2})
    assert [example.name for example in found.examples] == ["pictures/a.png"]
    assert found.examples[0].size == (100, 80)
    assert found.examples[0].things.xyxy.tolist() == [list(ONE), list(FAR)]
    assert found.notes == ("1 pictures in the folder are in no label file and were left out",)


def test_coco_of_two_pictures_of_one_name_takes_the_nearer_and_never_guesses(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        draw(tmp_path / folder / "a.png")
    write_json(tmp_path / "one" / "labels.json", coco(("a.png", (ONE,))))
    assert load_dataset(tmp_path).examples[0].name == "one/a.png"
    (tmp_path / "one" / "labels.json").rename(tmp_path / "labels.json")
    with pytest.raises(ConfigError, match=r"none of the pictures in labels.json"):
        load_dataset(tmp_path)


def test_coco_boxes_are_cut_and_crowds_kept(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    raw = coco(("a.png", ((-5, 0, 20, 20), FAR, (90, 70, 130, 90), (50, 50, 50, 60))), ("gone.png", (ONE,)))
    raw["annotations"][1] |= {"iscrowd": 1, "attributes": {"occluded": True}}
    write_json(tmp_path / "instances.json", raw)
    found = load_dataset(tmp_path)
    things = found.examples[0].things
    assert things.xyxy.tolist() == [[0, 0, 20, 20], list(FAR), [90, 70, 100, 80]]
    assert things.crowd.tolist() == [False, True, False]
    assert [box.tags for box in found.examples[0].conditions.boxes] == [{}, {"occluded": "yes"}, {}]
    assert (found.missing, found.dropped, found.labels) == (("gone.png",), 1, {"shirt": 2})


def test_coco_splits_are_told_by_the_name_of_the_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draw(tmp_path / f"{name}.png")
    write_json(tmp_path / "instances_train2017.json", coco(("a.png", (ONE,))))
    write_json(tmp_path / "instances_val2017.json", coco(("b.png", (ONE,))))
    found = load_dataset(tmp_path)
    assert [example.name for example in found.examples] == ["b.png"]
    assert found.notes == ("1 label files of training were left out; --split chooses them",)
    chosen = load_dataset(tmp_path, Choice(split="train2017"))
    assert [example.name for example in chosen.examples] == ["a.png"]


def test_coco_splits_are_told_by_folders_of_pictures_too(tmp_path: Path) -> None:
    for name in ("val/a", "test/b"):
        draw(tmp_path / f"{name}.png")
    write_json(tmp_path / "instances.json", coco(("val/a.png", (ONE,)), ("test/b.png", (ONE,))))
    assert [e.name for e in load_dataset(tmp_path, Choice(split="test")).examples] == ["test/b.png"]
    with pytest.raises(ConfigError, match="no pictures of the split 'dev'"):
        load_dataset(tmp_path, Choice(split="dev"))


def test_coco_wins_over_yolo_unless_told_otherwise(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    write_json(tmp_path / "instances.json", coco(("a.png", (ONE, FAR))))
    assert load_dataset(tmp_path).kind == "coco"
    assert load_dataset(tmp_path, Choice(labels="yolo")).kind == "yolo"


def broken(**changes: object) -> dict:
    return coco(("a.png", (ONE,))) | changes


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (broken(categories=[]), "annotation 1 speaks of a picture or category"),
        (broken(categories=[{"id": 7}]), "key 'name' is missing"),
        (broken(images=[{"id": 1, "file_name": "a.png"}]), "key 'width' is missing"),
        (broken(images=2 * coco(("a.png", ()))["images"]), "two pictures have one id"),
        (broken(annotations=[{"id": 3, "image_id": 1, "category_id": 7, "bbox": [1, 2]}]), "no COCO file of boxes"),
        (broken(annotations=[{"bbox": [1, 2, 3, 4]}]), "key 'image_id' is missing"),
        (coco(("a.png", (ONE,)), ("./a.png", (ONE,))), "a.png is labelled twice; got x.json and x.json"),
        (broken(images=[]), "speaks of a picture"),
        (broken(images=[{"id": 1, "file_name": "a.png", "width": float("inf"), "height": 1}]), "no COCO file of boxes"),
        (broken(images=[], annotations=[]), "none of the pictures in x.json .* a file without pictures"),
    ],
)
def test_a_coco_file_that_contradicts_itself_is_refused(tmp_path: Path, raw: dict, words: str) -> None:
    draw(tmp_path / "a.png")
    write_json(tmp_path / "x.json", raw)
    with pytest.raises(ConfigError, match=words):
        load_dataset(tmp_path)


def test_labels_that_are_no_json_are_refused(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "instances_val.json").write_text("{")
    with pytest.raises(ConfigError, match=r"instances_val.json is not valid JSON"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(split="night"), "no pictures of the split 'night'"),
        (Choice(labels="voc"), "unknown labels 'voc'"),
        (Choice(labels="coco"), "holds no COCO labels"),
        (Choice(names={"garmet": "x"}), "no label 'garmet' to map; expected one of garment. Did you mean 'garment'"),
        (Choice(names={"zzz": "x"}), "no label 'zzz' to map; expected one of garment$"),
    ],
)
def test_a_choice_that_cannot_be_says_why(tmp_path: Path, choice: Choice, words: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    with pytest.raises(ConfigError, match=words):
        load_dataset(tmp_path, choice)


def test_folders_that_hold_no_data_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        load_dataset(tmp_path / "none")
    with pytest.raises(ConfigError, match="holds no pictures"):
        load_dataset(tmp_path)
    draw(tmp_path / "a.png")
    with pytest.raises(ConfigError, match="pictures without labels"):
        load_dataset(tmp_path)


def test_labels_are_renamed_and_uncounted_ones_left_out(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)}, names="names: [shirt, hand, bag]\n")
    (tmp_path / "labels" / "a.txt").write_text(yolo(ONE) + yolo(FAR, label=1) + yolo(FAR, label=2))
    write_json(
        tmp_path / "conditions.json",
        {"pictures": {"images/a.png": {"boxes": [{"visible": 1}, {"visible": 0.5}, {"visible": 0.25}]}}},
    )
    found = load_dataset(tmp_path, Choice(names={"shirt": "garment", "bag": "garment"}))
    assert (found.labels, found.uncounted) == ({"garment": 2}, ("hand", "person"))
    assert [box.visible for box in found.examples[0].conditions.boxes] == [1, 0.25]
    every = load_dataset(tmp_path, Choice(uncounted=()))
    assert every.labels == {"bag": 1, "hand": 1, "shirt": 1}


def test_a_sidecar_says_what_is_known(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,), "b.png": (ONE,)})
    noted = {
        "light": "daylight",
        "skin_tones": [3, 10],
        "group": "clip-7",
        "tags": {"table": "wood"},
        "boxes": [{"visible": 0.8, "tags": {"form": "crumpled"}}],
    }
    write_json(tmp_path / "images" / "conditions.json", {"pictures": {"a.png": noted, "gone.png": {}}})
    first, second = (example.conditions for example in load_dataset(tmp_path).examples)
    assert (first.light, first.skin_tones, first.group, first.tags) == (
        "daylight",
        (3, 10),
        "clip-7",
        {"table": "wood"},
    )
    assert (first.boxes[0].visible, first.boxes[0].tags) == (0.8, {"form": "crumpled"})
    assert (second.light, second.skin_tones, second.boxes) == (None, None, ())


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ({"ligth": "x"}, "unknown key 'ligth'. The nearest known key is 'light'"),
        ({"light": 3}, "light; expected a text; got 3"),
        ({"group": []}, "group; expected a text"),
        ({"skin_tones": [0]}, "skin_tones; expected whole numbers from 1 to 10"),
        ({"skin_tones": 3}, "skin_tones"),
        ({"skin_tones": [True]}, "skin_tones"),
        ({"tags": {"a": 1}}, "tags; expected an object of texts"),
        ({"boxes": {}}, "boxes; expected a list"),
        ({"boxes": [{"visible": 2}]}, "box 0: visible; expected a share"),
        ({"boxes": [{"visible": True}]}, "visible; expected a share"),
        ({"boxes": [{"form": "x"}]}, "unknown key 'form'"),
        ({"boxes": [3]}, "box 0; expected an object"),
        ({"boxes": [{}, {}]}, "does not fit the labels of images/a.png; expected 1 boxes; got 2"),
        ([], "a.png; expected an object"),
    ],
)
def test_a_sidecar_with_a_fault_names_it(tmp_path: Path, noted: object, words: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    write_json(tmp_path / "conditions.json", {"pictures": {"images\\a.png": noted}})
    with pytest.raises(ConfigError, match=words):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is not valid JSON"), ("[]", "the key `pictures`"), ("{}", "the key `pictures`")]
)
def test_a_sidecar_that_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    write_yolo(tmp_path, {"a.png": (ONE,)})
    (tmp_path / "conditions.json").write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_dataset(tmp_path)
