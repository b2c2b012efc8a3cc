"""The detector as a whole: picture in, boxes of things out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from detect_samples import BGR, flat_picture, write_model

from tracker.detect import import_model, load_detector
from tracker.detect.card import Layout, ModelCard
from tracker.detect.detector import MAX_BOXES, MAX_IOU, MIN_SCORE, OnnxDetector
from tracker.detect.feeding import TensorInfo
from tracker.detect.heads import yolox_grid
from tracker.detect.importer import Wanted

CELLS = len(yolox_grid(160, 160)[0])


@pytest.fixture
def detect(tmp_path):
    """What a model sees in an empty 160 x 160 picture that answers with (x, y, w, h, score, score) rows."""

    def run(rows):
        output = np.zeros((1, 6, CELLS), np.float32)
        output[0, :, : len(rows)] = np.array(rows, np.float32).reshape(-1, 6).T
        metadata = {"names": "{0: 'shirt', 1: 'sleeve'}"}
        write_model(tmp_path / "a.onnx", output, shape=(1, 3, 160, 160), metadata=metadata)
        import_model(tmp_path / "a.onnx", tmp_path / "model", Wanted(None, None, None, "CC0-1.0"))
        return load_detector(tmp_path / "model").detect(flat_picture(160, 160))

    return run


def test_nothing_seen_is_an_empty_answer(detect):
    found = detect([])
    assert len(found) == 0
    assert found.xyxy.shape == (0, 4)


def test_best_comes_first_and_one_thing_is_one_box(detect):
    found = detect(
        [
            (40, 40, 20, 20, 0.5, 0.1),  # a shirt
            (41, 40, 20, 20, 0.0, 0.6),  # the same thing, taken for a sleeve
            (100, 100, 20, 20, 0.9, 0.0),  # another shirt
        ]
    )
    assert found.score.tolist() == pytest.approx([0.9, 0.6])
    assert found.class_id.tolist() == [0, 1]


def test_piece_that_half_covers_another_stays_a_piece(detect):
    third = 20 / 3
    found = detect([(40, 40, 20, 20, 0.9, 0), (40 + third, 40, 20, 20, 0.8, 0)])
    overlap = 20 - third
    assert overlap / (40 - overlap) < MAX_IOU
    assert len(found) == 2


def test_weak_boxes_never_leave(detect):
    assert detect([(40, 40, 20, 20, MIN_SCORE - 0.01, 0)]).score.size == 0


def test_a_wild_model_cannot_flood_the_tracker(detect):
    side = np.arange(20) * 8 + 4
    rows = [(x, y, 4, 4, 0.1 + 0.001 * i, 0) for i, (x, y) in enumerate((x, y) for x in side for y in side)]
    found = detect(rows)
    assert len(rows) > MAX_BOXES
    assert len(found) == MAX_BOXES
    assert found.score.min() > 0.1 + 0.001 * (len(rows) - MAX_BOXES - 1) - 1e-6


def test_grid_follows_an_input_shaped_like_the_picture():
    spec = replace(BGR, width=128, height=128, shape="picture")
    card = ModelCard("a", "0" * 64, "CC0-1.0", Layout.YOLOX_GRID, spec, ("shirt",))

    class OneBox:
        """Answers with one box of 32 pixels in the last cell of the coarsest stride."""

        outputs = (TensorInfo("output0", (1, None, 6), "tensor(float)"),)

        def read(self, names):
            assert names == ("output0",)

        def run(self, tensor):
            height, width = tensor.shape[2:]
            output = np.full((1, len(yolox_grid(width, height)[0]), 6), -9, np.float32)
            output[0, -1] = (0.5, 0.5, 0, 0, 1, 1)
            return (output,)

    detector = OnnxDetector(card, OneBox())
    wide, tall = detector.detect(flat_picture(128, 72)), detector.detect(flat_picture(72, 128))
    # the last cell of a 128 x 96 input ends below the picture, and that of a 96 x 128 input right of it
    assert wide.xyxy.tolist() == [[96, 64, 128, 72]]
    assert tall.xyxy.tolist() == [[64, 96, 72, 128]]
