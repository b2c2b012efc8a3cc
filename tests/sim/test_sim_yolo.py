from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker.sim.script import TruthBox
from tracker.sim.stills import Still
from tracker.sim.yolo import write_example, yolo_line


@pytest.mark.parametrize(
    ("xyxy", "line"),
    [
        ((10.0, 20.0, 30.0, 60.0), "1 0.200000 0.400000 0.200000 0.400000"),
        ((-10.0, -20.0, 50.0, 50.0), "1 0.250000 0.250000 0.500000 0.500000"),  # cut at the edge
    ],
)
def test_yolo_line(xyxy: tuple[float, float, float, float], line: str) -> None:
    assert yolo_line(TruthBox(0, "bundle", xyxy, held=False), 100, 100) == line


def test_example_can_be_read_back(tmp_path: Path) -> None:
    still = Still(np.full((40, 60, 3), 90, np.uint8), (TruthBox(0, "hand", (6.0, 4.0, 30.0, 24.0), held=False),))
    write_example(tmp_path, "train", 12, still)
    picture = cv2.imread(str(tmp_path / "images" / "train" / "000012.jpg"))
    assert picture is not None
    assert picture.shape == (40, 60, 3)
    text = (tmp_path / "labels" / "train" / "000012.txt").read_text(encoding="utf-8")
    assert text == "3 0.300000 0.350000 0.400000 0.500000\n"


def test_picture_without_things_has_an_empty_label_file(tmp_path: Path) -> None:
    write_example(tmp_path, "train", 0, Still(np.zeros((40, 60, 3), np.uint8), ()))
    assert (tmp_path / "labels" / "train" / "000000.txt").read_text(encoding="utf-8") == ""


def test_picture_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imwrite", lambda *_: False)
    with pytest.raises(OSError, match="could not write picture 3"):
        write_example(tmp_path, "train", 3, Still(np.zeros((4, 4, 3), np.uint8), ()))
