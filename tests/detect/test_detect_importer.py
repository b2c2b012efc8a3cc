"""`tracker model add`: from any ONNX detector to a model folder, or a clear refusal that leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from detect_samples import flat_picture, write_answers, write_model
from layout_samples import answers
from onnx import TensorProto

from tracker.detect import import_model, load_detector
from tracker.detect.card import Layout, sha256_of
from tracker.detect.heads import yolox_grid
from tracker.detect.importer import Wanted, inspect_model
from tracker.detect.reading import input_of
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


THINGS = [((8.0, 16.0, 24.0, 24.0), 0.9, 1), ((40.0, 32.0, 56.0, 56.0), 0.6, 0)]
"""Two things in a 64 x 64 input: a sleeve and a shirt."""
SEEN_BY_ITSELF = [layout for layout in Layout if layout is not Layout.RFDETR_FROM_1]


@pytest.mark.parametrize("layout", SEEN_BY_ITSELF)
def test_layout_is_found_out_and_the_model_detects(tmp_path, layout):
    outputs = answers(layout, THINGS, classes=2)
    size = "orig_target_sizes" if layout is Layout.DETR_SIZED else None
    file = write_answers(tmp_path / "a.onnx", outputs, size_input=size, metadata=NAMES)
    findings = inspect_model(file, FIND_OUT)
    assert findings.layout is layout
    assert findings.labels == ("shirt", "sleeve")
    assert [reason.split(":")[0] for reason in findings.reasons] == ["layout", "labels", "input"]
    assert import_model(file, tmp_path / "model", FIND_OUT).input == findings.input
    found = load_detector(tmp_path / "model").detect(flat_picture(64, 64))
    assert found.xyxy.tolist() == [pytest.approx(box, abs=0.1) for box, _, _ in THINGS]
    assert found.score.tolist() == pytest.approx([0.9, 0.6], abs=1e-3)
    assert found.class_id.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (Layout.YOLOX_GRID, ("bgr", 1.0, "top-left")),
        (Layout.YOLOV5, ("rgb", 1 / 255, "centre")),
        (Layout.END2END, ("rgb", 1 / 255, "centre")),
        (Layout.DETR, ("rgb", 1 / 255, "stretch")),
        (Layout.RFDETR, ("rgb", 1 / 255, "stretch")),
    ],
)
def test_input_is_what_the_family_is_trained_with(layout, expected):
    spec, _ = input_of(layout, 64, 64, {})
    assert (spec.colour, spec.scale, spec.letterbox) == expected
    assert (spec.mean != (0, 0, 0)) == (layout is Layout.RFDETR)


@pytest.mark.parametrize(
    ("metadata", "normalised", "letterbox"),
    [
        ({"model_family": "deimv2", "size": "atto"}, False, "stretch"),
        ({"model_family": "deimv2", "size": "m"}, True, "stretch"),  # its backbone is DINOv3
        ({"model_family": "dfine", "size": "m"}, False, "stretch"),
    ],
)
def test_metadata_says_what_the_outputs_cannot(metadata, normalised, letterbox):
    spec, _ = input_of(Layout.DETR, 64, 64, metadata)
    assert (spec.std != (1, 1, 1)) == normalised
    assert spec.letterbox == letterbox
    assert input_of(Layout.YOLO_CORNERS, 64, 64, {"letterbox_pad": "topleft"})[0].letterbox == "top-left"


def test_normalisation_survives_in_the_card(tmp_path):
    file = write_answers(tmp_path / "a.onnx", answers(Layout.RFDETR, THINGS, classes=2), metadata=NAMES)
    card = import_model(file, tmp_path / "model", FIND_OUT)
    assert card.input.mean == (0.485, 0.456, 0.406)
    assert card.input.std == (0.229, 0.224, 0.225)


def test_column_that_means_no_class_is_asked_for(tmp_path):
    outputs = answers(Layout.RFDETR_FROM_1, THINGS, classes=2, columns=3)
    file = write_answers(tmp_path / "a.onnx", outputs, metadata=NAMES)
    with pytest.raises(ModelError, match=r"--layout rf-detr if .* --layout rf-detr-from-1"):
        import_model(file, tmp_path / "model", FIND_OUT)
    import_model(file, tmp_path / "model", replace(FIND_OUT, layout=Layout.RFDETR_FROM_1))
    found = load_detector(tmp_path / "model").detect(flat_picture(64, 64))
    assert found.class_id.tolist() == [1, 0]


def test_coco_weights_of_rf_detr_are_recognised(tmp_path):
    person = [((8.0, 16.0, 24.0, 24.0), 0.9, 1)]  # category 1, class 0
    outputs = answers(Layout.RFDETR, person, classes=91)
    file = write_answers(tmp_path / "a.onnx", outputs)
    card = import_model(file, tmp_path / "model", replace(FIND_OUT, labels="coco"))
    assert card.layout is Layout.RFDETR
    assert load_detector(tmp_path / "model").detect(flat_picture(64, 64)).class_id.tolist() == [0]


def test_logits_that_fit_no_labels_are_refused(tmp_path):
    file = write_answers(tmp_path / "a.onnx", answers(Layout.DETR, THINGS, classes=7), metadata=NAMES)
    with pytest.raises(ModelError, match=r"layout is unknown.*pred_logits \(1, 20, 7\)"):
        import_model(file, tmp_path / "model", FIND_OUT)


@pytest.mark.parametrize(
    ("layout", "outputs", "words"),
    [
        # the outputs have other names
        (Layout.DETR, answers(Layout.YOLOV8, THINGS, classes=2), "outputs named pred_logits"),
        # boxes and logits do not belong together
        (
            Layout.DETR,
            {"logits": np.zeros((1, 9, 2), np.float32), "boxes": np.zeros((1, 8, 4), np.float32)},
            "boxes of",
        ),
        # one score too few
        (
            Layout.DETR_SIZED,
            {
                "labels": np.zeros((1, 9), np.int64),
                "boxes": np.zeros((1, 9, 4), np.float32),
                "scores": np.zeros((1, 8), np.float32),
            },
            "shapes (1, n)",
        ),
        # class ids in a table
        (
            Layout.DETR_SIZED,
            {
                "labels": np.zeros((1, 9, 1), np.int64),
                "boxes": np.zeros((1, 9, 4), np.float32),
                "scores": np.zeros((1, 9), np.float32),
            },
            "shapes (1, n)",
        ),
        (Layout.END2END, answers(Layout.YOLOV8, THINGS, classes=2), "(1, n, 6)"),  # many columns
        (Layout.YOLOV8, {"output0": np.zeros((6, 84), np.float32)}, "(1, ..., ...)"),  # no batch
        (Layout.RTDETR_SCORES, {"output0": np.zeros((1, 9, 9), np.float32)}, "5 labels"),
        (Layout.RFDETR_FROM_1, answers(Layout.RFDETR_FROM_1, THINGS, classes=2), "2 labels"),
        (Layout.YOLOV5, {"output0": np.zeros((1, 252, 9), np.float32)}, "4 labels"),
    ],
)
def test_layout_that_is_insisted_on_must_fit(tmp_path, layout, outputs, words):
    metadata = {"names": "['a', 'b', 'c']"}
    file = write_answers(tmp_path / "a.onnx", outputs, metadata=metadata)
    with pytest.raises(ModelError) as caught:
        import_model(file, tmp_path / "model", replace(FIND_OUT, layout=layout))
    assert words in str(caught.value)


def test_boxes_that_never_move_follow_no_cell(tmp_path):
    file = write_model(tmp_path / "a.onnx", np.zeros((1, CELLS, 7), np.float32), metadata=NAMES)
    assert import_model(file, tmp_path / "model", FIND_OUT).layout is Layout.YOLOX_GRID


def test_fewer_strides_are_no_grid_but_still_yolov8(tmp_path):
    file = write_model(tmp_path / "a.onnx", yolov8_output(n=20), metadata=NAMES)
    assert import_model(file, tmp_path / "model", FIND_OUT).layout is Layout.YOLOV8


@pytest.mark.parametrize(("dtype", "scale"), [(TensorProto.FLOAT16, 1 / 255), (TensorProto.UINT8, 1.0)])
def test_half_precision_and_bytes_are_fed(tmp_path, dtype, scale):
    output = {name: value.astype(np.float16) for name, value in answers(Layout.YOLOV8, THINGS, classes=2).items()}
    file = write_answers(tmp_path / "a.onnx", output, dtype=dtype, metadata=NAMES)
    card = import_model(file, tmp_path / "model", FIND_OUT)
    assert card.input.scale == scale
    detector = load_detector(tmp_path / "model")
    for _ in range(2):  # the second picture goes the bound way
        found = detector.detect(flat_picture(64, 64))
        assert found.xyxy.tolist() == [pytest.approx(box, abs=0.1) for box, _, _ in THINGS]


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
        ({"imgsz": "[96.5, 64]"}, None, (640, 640)),  # no whole pixels
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
        (model(dtype=TensorProto.DOUBLE), "expected float32, float16 or uint8"),
        (model(shape=(4, 3, 64, 64)), "batch 1 or dynamic"),  # only whole batches of four
        (model(shape=(1, 1, 64, 64)), "no picture"),  # grey
        (model(shape=(1, 100)), "no picture"),  # a vector
        (model(np.zeros((1, 2), np.float32)), "layout is unknown"),  # a classifier: no boxes
        (model(np.full((1, 300, 6), 0.5, np.float32) * 9), "layout is unknown"),  # boxes in an order we do not read
        (model(metadata=NAMES | {"task": "segment"}), "task segment"),  # declares another task
        (model(metadata={}), "--labels coco"),  # nobody says what it sees
    ],
    ids=[
        "text",
        "empty",
        "cut",
        "double",
        "batch",
        "grey",
        "vector",
        "classifier",
        "unread",
        "segmentation",
        "nameless",
    ],
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


@pytest.mark.parametrize("layout", list(Layout))
def test_people_are_refused_in_every_layout(tmp_path, layout):
    outputs = answers(layout, THINGS, classes=2) | {"pred_keypoints": np.zeros((1, 20, 17, 3), np.float32)}
    file = write_answers(tmp_path / "a.onnx", outputs, metadata=NAMES)
    with pytest.raises(ModelRefusedError):
        import_model(file, tmp_path / "model", replace(FIND_OUT, layout=layout))


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


@pytest.mark.parametrize("named", ["100000", "[1000000, 32]", "1"])
def test_unlikely_size_in_the_metadata_is_refused(tmp_path, named):
    file = write_model(tmp_path / "a.onnx", yolov8_output(), shape=(1, 3, "h", "w"), metadata=NAMES | {"imgsz": named})
    with pytest.raises(ModelError, match="unlikely size"):
        import_model(file, tmp_path / "model", FIND_OUT)


def test_people_are_refused_when_a_folder_is_loaded_too(tmp_path):
    """A card can be written by hand around any file."""
    file = write_model(tmp_path / "a.onnx", yolov8_output(), metadata=NAMES)
    import_model(file, tmp_path / "model", FIND_OUT)
    weights, card = tmp_path / "model" / "model.onnx", tmp_path / "model" / "card.toml"
    old = sha256_of(weights)
    write_answers(weights, answers(Layout.YOLOV8, THINGS, classes=2) | {"keypoints": np.zeros((1, 17, 3), np.float32)})
    card.write_text(card.read_text(encoding="utf-8").replace(old, sha256_of(weights)), encoding="utf-8")
    with pytest.raises(ModelRefusedError, match="keypoints"):
        load_detector(tmp_path / "model")


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
