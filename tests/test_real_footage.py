"""Real clips that nobody here made: the counts that people read off them, with the defaults and nothing tuned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracker.capture import ReplaySource
from tracker.config import load_calibration
from tracker.detect import import_model, load_detector
from tracker.detect.importer import Wanted
from tracker.replay import replay

SHARED = Path(__file__).parents[2] / "shared"
CLIPS = SHARED / "data" / "intel-sample-videos"
FRUIT = "preview-gif/fruit-and-vegetable-detection.gif"
MODELS = {"yolo11n": "yolo11n_coco_AGPL/yolo11n_320.onnx", "yolox-nano": "yolox_nano_coco/yolox_nano_416x416.onnx"}
CALIBRATIONS = Path(__file__).parents[1] / "calibration"
NEAR_BUSY_S = 0.8

pytestmark = [
    pytest.mark.skipif(not CLIPS.is_dir(), reason="the sample videos do not lie beside the checkout"),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module", params=MODELS)
def detector(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / request.param
    import_model(SHARED / "models" / MODELS[request.param], folder, Wanted("coco", None, None, "see its source"))
    return load_detector(folder)


@pytest.fixture(scope="module")
def truth():
    return json.loads((SHARED / "data" / "dev_ground_truth.json").read_text(encoding="utf-8"))


def count(clip, camera, detector):
    calibration = load_calibration(CALIBRATIONS / f"{camera}.toml").calibration
    with ReplaySource(CLIPS / clip, camera=calibration.camera) as source:
        return replay(source, calibration, detector).as_dict()


def test_two_cars_go_up_and_two_down(detector, truth):
    expected = truth["intel-sample-videos/car-detection.mp4"]
    answer = count("car-detection.mp4", "car-detection", detector)
    assert answer["frames"] == expected["frames"]
    assert answer["rules"]["line"] == {"kind": "gate", "in": expected["down"], "out": expected["up"]}
    crossings = sorted(expected["crossings"], key=lambda crossing: crossing["frame"])
    for event, crossing in zip(sorted(answer["events"], key=lambda event: event["t_s"]), crossings, strict=True):
        assert event["direction"] == {"down": "in", "up": "out"}[crossing["dir"]]
        assert event["frame"] == pytest.approx(crossing["frame"], abs=expected["tolerance_frames"])


def test_four_pieces_of_fruit_go_left(detector, truth):
    expected = truth[f"intel-sample-videos/{FRUIT}"]
    answer = count(FRUIT, "fruit", detector)
    assert answer["rules"]["line"] == {"kind": "gate", "in": expected["right_to_left"], "out": 0}
    for event, crossing in zip(answer["events"], expected["crossings"], strict=True):
        assert event["frame"] == pytest.approx(crossing["frame"], abs=expected["tolerance_frames"])


def test_one_person_is_there_once(detector):
    answer = count("worker-zone-detection.mp4", "worker-zone", detector)
    ((start_s, end_s),) = answer["rules"]["busy"]["intervals_s"]
    assert start_s == pytest.approx(2.5, abs=NEAR_BUSY_S)
    assert end_s == pytest.approx(9.6, abs=NEAR_BUSY_S)


def test_same_clip_gives_the_same_bytes(detector):
    first, again = (json.dumps(count(FRUIT, "fruit", detector)) for _ in range(2))
    assert first == again
