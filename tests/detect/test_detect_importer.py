"""`tracker model add`: from any ONNX detector to a model folder, or a clear refusal that leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from detect_samples import flat_picture, write_model
from onnx import TensorProto

from tracker.detect import import_model, load_detector
from tracker.detect.card import Layout
from tracker.detect.heads import yolox_grid
from tracker.detect.importer import Wanted
from tracker.domain.errors import ConflictError, ModelError, ModelRefusedError

FIND_OUT = Wanted(labels=None, layout=None, size=None, licence="CC0-1.0")
NAMES = {"names": "{0: 'shirt', 1: 'sleeve'}"}
CELLS = len(yolox_grid(64, 64)[0])


def yolov8_output(n=CELLS, classes=2):
    """One clear box of class 1 in the middle of a 64 x 64 input."""
    output = np.zeros((1, 4 + classes, n), np.float32)
    output[0, :4, 5] = 32, 32, 16, 8
    output[0, 5, 5] = 0.9
    return output


def yolox_output(*, decoded):
    grid, stride = yolox_grid(64, 64)
    output = np.random.default_rng(0).normal(0, 0.3, (1, CELLS, 7)).astype(np.float32)
    if decoded:
        output[0, :, :2] = (output[0, :, :2] + grid) * stride
    return output


@pytest.mark.parametrize(
    ("output", "layout"),
    [
        (yolov8_output(), Layout.YOLOV8),
        (yolox_output(decoded=False), Layout.YOLOX_GRID),
        (yolox_output(decoded=True), Layout.YOLOX_DECODED),
    ],
    ids=["yolov8", "yolox-grid", "yolox-decoded"],
)
def test_layout_is_found_out(tmp_path, output, layout):
    card = import_model(write_model(tmp_path / "a.onnx", output, metadata=NAMES), tmp_path / "model", FIND_OUT)
    assert card.layout is layout
    assert card.labels == ("shirt", "sleeve")
    assert (card.input.colour, card.input.letterbox) == (
        ("rgb", "centre") if layout is Layout.YOLOV8 else ("bgr", "top-left")
    )


def test_imported_model_detects(tmp_path):
    import_model(write_model(tmp_path / "a.onnx", yolov8_output(), metadata=NAMES), tmp_path / "model", FIND_OUT)
    detector = load_detector(tmp_path / "model")
    found = detector.detect(flat_picture(640, 320))
    # ten picture pixels to one of the input, which has sixteen rows of padding above the picture
    assert found.xyxy.tolist() == [[240, 120, 400, 200]]
    assert found.score.tolist() == pytest.approx([0.9])
    assert [detector.labels[class_id] for class_id in found.class_id] == ["sleeve"]
    assert detector.provider == "cpu"


@pytest.mark.parametrize(
    ("metadata", "size", "expected"),
    [
        ({"imgsz": "[96, 64]"}, None, (64, 96)),  # the exporter wrote height, width
        ({"imgsz": "96"}, None, (96, 96)),  # or one side
        ({}, (160, 32), (160, 32)),  # the user says
        ({"imgsz": "[96, 64]"}, (160, 32), (160, 32)),  # and is believed more
        ({"imgsz": "as trained"}, None, (640, 640)),  # unreadable: what most exporters train at
        ({}, None, (640, 640)),  # nobody says
    ],
)
def test_dynamic_input_gets_a_size(tmp_path, metadata, size, expected):
    output = yolov8_output(n=len(yolox_grid(*expected)[0]))
    file = write_model(tmp_path / "a.onnx", output, shape=("b", 3, "h", "w"), metadata=NAMES | metadata)
    card = import_model(file, tmp_path / "model", replace(FIND_OUT, size=size))
    assert (card.input.width, card.input.height) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shirt\nsleeve\n", ("shirt", "sleeve")),
        ("\ufeffshirt\r\nsleeve", ("shirt", "sleeve")),  # as Windows saves it
        ("\n 衬衫 \n\n袖子\n", ("衬衫", "袖子")),  # spaces, empty lines, Chinese
    ],
)
def test_labels_come_from_a_file(tmp_path, text, expected):
    labels = tmp_path / "labels.txt"
    labels.write_text(text, encoding="utf-8", newline="")
    file = write_model(tmp_path / "a.onnx", yolov8_output())
    assert import_model(file, tmp_path / "model", replace(FIND_OUT, labels=str(labels))).labels == expected


def cut(path):
    write_model(path, yolov8_output(), metadata=NAMES)
    path.write_bytes(path.read_bytes()[:200])


def model(output=None, metadata=None, **rest):
    """How to write a model that is wrong in one way."""
    return lambda path: write_model(
        path, yolov8_output() if output is None else output, metadata=NAMES if metadata is None else metadata, **rest
    )


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: path.write_text("not a model"), "cannot be loaded"),
        (lambda path: path.write_bytes(b""), "cannot be loaded"),
        (cut, "cannot be loaded"),  # a download that broke off
        (model(dtype=TensorProto.FLOAT16), "expected float32"),
        (model(shape=(4, 3, 64, 64)), "batch 1 or dynamic"),  # only whole batches of four
        (model(shape=(1, 1, 64, 64)), "no picture"),  # grey
        (model(shape=(1, 100)), "no picture"),  # a vector
        (model(np.zeros((1, 2), np.float32)), "layout is unknown"),  # a classifier: no boxes
        (model(np.zeros((1, 300, 6), np.float32)), "layout is unknown"),  # boxes in an order we do not read
        (model(metadata=NAMES | {"task": "segment"}), "task segment"),  # declares another task
        (model(metadata={}), "--labels coco"),  # nobody says what it sees
    ],
    ids=["text", "empty", "cut", "fp16", "batch", "grey", "vector", "classifier", "unread", "segmentation", "nameless"],
)
def test_unusable_file_is_refused_and_leaves_nothing(tmp_path, write, words):
    write(tmp_path / "a.onnx")
    with pytest.raises(ModelError) as caught:
        import_model(tmp_path / "a.onnx", tmp_path / "model", FIND_OUT)
    assert words in str(caught.value)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("output_name", "metadata"),
    [
        ("output0", NAMES | {"task": "pose"}),  # declared task
        ("output0", NAMES | {"kpt_shape": "[17, 3]"}),  # key points without the word
        ("keypoints", NAMES),  # named output
        ("face_landmarks", NAMES),
        ("output0", {"names": "{0: 'shirt', 1: 'face'}"}),  # a class of the model's own
    ],
)
def test_models_about_people_are_refused(tmp_path, output_name, metadata):
    file = write_model(tmp_path / "a.onnx", yolov8_output(), output_name=output_name, metadata=metadata)
    with pytest.raises(ModelRefusedError):
        import_model(file, tmp_path / "model", replace(FIND_OUT, labels="coco"))
    assert not (tmp_path / "model").exists()


def test_labels_given_by_the_user_are_checked_too(tmp_path):
    (tmp_path / "labels.txt").write_text("shirt\nface\n", encoding="utf-8")
    file = write_model(tmp_path / "a.onnx", yolov8_output())
    with pytest.raises(ModelRefusedError):
        import_model(file, tmp_path / "model", replace(FIND_OUT, labels=str(tmp_path / "labels.txt")))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (replace(FIND_OUT, labels="coco"), "with 80 labels"),  # too many names
        (replace(FIND_OUT, labels="coco", layout=Layout.YOLOV8), "expected 2 labels"),  # and the layout insisted on
        (replace(FIND_OUT, layout=Layout.YOLOX_GRID), "do not fit"),  # the wrong layout insisted on
        (replace(FIND_OUT, size=(96, 96)), "expected 64x64"),  # a size the model cannot take
        (replace(FIND_OUT, labels="nowhere.txt"), "no such file"),
    ],
)
def test_what_the_user_says_must_fit(tmp_path, wanted, words):
    file = write_model(tmp_path / "a.onnx", yolov8_output(), metadata=NAMES)
    with pytest.raises(ModelError) as caught:
        import_model(file, tmp_path / "model", wanted)
    assert words in str(caught.value)
    assert not (tmp_path / "model").exists()


def test_folder_in_use_is_left_alone(tmp_path):
    file = write_model(tmp_path / "a.onnx", yolov8_output(), metadata=NAMES)
    import_model(file, tmp_path / "model", FIND_OUT)
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    with pytest.raises(ConflictError):
        import_model(file, tmp_path / "model", FIND_OUT)
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before


def test_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelError, match="not a file"):
        import_model(tmp_path / "nowhere.onnx", tmp_path / "model", FIND_OUT)
