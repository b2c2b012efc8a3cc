from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from teach_things import collection_of, piece

from tracker.domain.errors import ConfigError
from tracker.teach.collection import Collection, Decision, State
from tracker.teach.exchange import COCO_FILE, Exchange, export, read_labels


@pytest.fixture
def labelled(tmp_path: Path) -> Collection:
    """Eight pictures: six accepted, one skipped, one still open."""
    made = collection_of(tmp_path / "set", 8, state=State.ACCEPTED)
    made.decide("0001", Decision(State.ACCEPTED, (piece(0.1, label="bundle", score=1.0), piece(0.5, score=1.0))))
    made.decide("0002", Decision(State.SKIPPED, ()))
    made.decide("0003", Decision(State.OPEN, (piece(),)))
    return made


# what comes out goes in again: file to read from the folder written
ROUNDS = (
    (Exchange.COCO, "."),
    (Exchange.COCO, COCO_FILE.as_posix()),
    (Exchange.CVAT, "cvat.zip"),
    (Exchange.YOLO, "."),
)


@pytest.mark.parametrize(("kind", "read"), ROUNDS)
def test_boxes_survive_the_way_out_and_back(labelled: Collection, tmp_path: Path, kind: Exchange, read: str) -> None:
    count = export(labelled, tmp_path / "out", kind=kind)
    (tmp_path / "out" / "classes.txt").write_text("garment\n", encoding="utf-8")  # as labelling tools leave it
    before = labelled.decision("0001").boxes
    labelled.decide("0001", Decision(State.OPEN, ()))
    assert count == (6 if kind is Exchange.YOLO else 7)
    assert read_labels(labelled, tmp_path / "out" / read) == count
    after = labelled.decision("0001")
    assert after.state is State.ACCEPTED
    assert [box.label for box in after.boxes] == ["bundle", "garment"]
    for one, other in zip(before, after.boxes, strict=True):
        assert other.xyxy == pytest.approx(one.xyxy, abs=2e-4)


def test_yolo_keeps_the_two_parts_apart_and_leaves_proposals_out(labelled: Collection, tmp_path: Path) -> None:
    export(labelled, tmp_path / "out", kind=Exchange.YOLO)
    names = {
        split: sorted(p.stem for p in (tmp_path / "out" / "images" / split).iterdir()) for split in ("train", "val")
    }
    assert names == {"train": ["0001", "0005", "0006", "0007"], "val": ["0004", "0008"]}
    assert '0: "garment"' in (tmp_path / "out" / "data.yaml").read_text(encoding="utf-8")


def test_a_zip_for_cvat_holds_pictures_and_one_coco_document(labelled: Collection, tmp_path: Path) -> None:
    export(labelled, tmp_path / "out", kind=Exchange.CVAT)
    with zipfile.ZipFile(tmp_path / "out" / "cvat.zip") as archive:
        names = archive.namelist()
    assert COCO_FILE.as_posix() in names
    assert sum(name.startswith("images/") for name in names) == 7


def test_nothing_is_written_over_or_from_nothing(labelled: Collection, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        export(labelled, tmp_path, kind=Exchange.COCO)
    for item in labelled.items:
        labelled.decide(item.name, Decision(State.SKIPPED, ()))
    with pytest.raises(ConfigError, match="no labelled pictures"):
        export(labelled, tmp_path / "out", kind=Exchange.COCO)


def coco(**changes: object) -> dict[str, object]:
    document: dict[str, object] = {
        "categories": [{"id": 1, "name": "garment"}],
        "images": [{"id": 5, "file_name": "default/0001.jpg", "width": 64, "height": 48}],
        "annotations": [{"image_id": 5, "category_id": 1, "bbox": [0, 0, 64.3, 24]}],
    }
    return document | changes


def test_what_sticks_out_by_rounding_is_cut(labelled: Collection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(coco()), encoding="utf-8")
    read_labels(labelled, tmp_path / "a.json")
    assert labelled.decision("0001").boxes[0].xyxy == (0, 0, 1, 0.5)


WRONG = (
    (coco(categories=[{"id": 1, "name": "coat"}]), "coat"),  # unknown class
    (coco(annotations=[{"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}]), "9"),  # unknown picture number
    (coco(annotations=[{"image_id": 5, "category_id": 1, "bbox": [0, 0, 90, 24]}]), "not a box"),  # far outside
    (coco(images=[], annotations=[]), "no picture"),  # nothing of ours
    ([], "no COCO document"),  # a list
)


@pytest.mark.parametrize(("document", "said"), WRONG)
def test_a_document_that_does_not_fit_changes_nothing(
    labelled: Collection, tmp_path: Path, document: object, said: str
) -> None:
    before = labelled.decision("0001")
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_labels(labelled, tmp_path / "a.json")
    assert labelled.decision("0001") == before


def test_files_that_are_neither_are_clear_errors(labelled: Collection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "")
    for name, said in (("a.json", "cannot be read"), ("a.zip", "cannot be read"), ("empty.zip", "no COCO")):
        with pytest.raises(ConfigError, match=said):
            read_labels(labelled, tmp_path / name)


@pytest.mark.parametrize("row", ["7 0.5 0.5 0.1 0.1", "0 0.5 x 0.1 0.1"])
def test_yolo_rows_that_are_none_are_refused(labelled: Collection, tmp_path: Path, row: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0001.txt").write_text(f"{row}\n", encoding="utf-8")
    (tmp_path / "out" / "classes.txt").write_text("garment\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"0001\.txt"):
        read_labels(labelled, tmp_path / "out")
