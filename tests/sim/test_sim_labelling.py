import json
from pathlib import Path

from tracker.sim.labelling import CocoFile, mot_lines
from tracker.sim.script import EVERY_LABEL, TruthBox

GARMENT = TruthBox(4, "garment", (10.0, 20.0, 30.0, 60.0), held=False)
HAND = TruthBox(-2, "hand", (-5.0, 0.0, 15.0, 40.0), held=False)
THING = TruthBox(5, "", (1.0, 1.0, 9.0, 9.0), held=False)


def test_mot_lines_count_from_one_and_say_how_much_is_seen() -> None:
    shown = [(GARMENT, 0.5), (HAND, 1.0), (THING, 1.0), (GARMENT, 0.0)]
    assert mot_lines(0, shown) == ["1,5,10.0,20.0,20.0,40.0,1,1,0.50", "1,100002,-5.0,0.0,20.0,40.0,1,4,1.00"]


def test_coco_file_holds_pictures_boxes_and_classes(tmp_path: Path) -> None:
    coco = CocoFile()
    coco.add("a.jpg", (100, 50), [GARMENT, HAND])
    coco.add("b.jpg", (100, 50), [])
    coco.write(tmp_path / "coco.json")
    read = json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in read["images"]] == ["a.jpg", "b.jpg"]
    assert [(one["image_id"], one["category_id"], one["bbox"]) for one in read["annotations"]] == [
        (1, 1, [10.0, 20.0, 20.0, 30.0]),  # cut at the lower edge
        (1, 4, [0.0, 0.0, 15.0, 40.0]),
    ]
    assert [category["name"] for category in read["categories"]] == list(EVERY_LABEL)
