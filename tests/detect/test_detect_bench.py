"""Measuring a model: what is counted, what is refused, and what it means in cameras."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest
from detect_samples import write_model
from onnx import TensorProto, helper, numpy_helper

from tracker.detect.bench import OTHER_MS, Setting, cameras, installed_providers, measure, perf_commands
from tracker.detect.feeding import TensorInfo
from tracker.detect.precision import Precision, in_precision
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError, ProviderError


@pytest.fixture
def file(tmp_path):
    """One convolution of a dynamic shape."""
    weights = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32) / 27, "w")
    node = helper.make_node("Conv", ["images", "w"], ["output0"], pads=[1, 1, 1, 1])
    info = helper.make_tensor_value_info("images", TensorProto.FLOAT, ("b", 3, "h", "w"))
    answer = helper.make_tensor_value_info("output0", TensorProto.FLOAT, ("b", 4, "h", "w"))
    graph = helper.make_graph([node], "conv", [info], [answer], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "a.onnx")
    return tmp_path / "a.onnx"


@pytest.mark.parametrize("batch", [1, 3])
def test_figures_belong_together(file, batch):
    timing = measure(file, Setting("cpu", 64, 32, batch, 1), runs=7)
    assert timing.provider == "cpu"
    assert 0 < timing.median_ms <= timing.p95_ms
    assert timing.images_per_s == pytest.approx(1000 * batch / timing.median_ms)
    assert timing.memory_mb > 10
    assert timing.cameras <= timing.cameras_gated


def test_batch_that_the_model_does_not_take_is_an_error(tmp_path):
    write_model(tmp_path / "a.onnx", np.zeros((1, 6, 84), np.float32))
    with pytest.raises(ModelError, match=r"does not take 2 x 64x64.*images \(1, 3, 64, 64\)"):
        measure(tmp_path / "a.onnx", Setting("cpu", 64, 64, 2, 1), runs=1)


def test_provider_that_is_not_here_is_an_error(file):
    with pytest.raises(ProviderError):
        measure(file, Setting("cuda", 64, 64, 1, 1), runs=1)
    assert installed_providers() == ["cpu"]


@pytest.mark.parametrize(
    ("each_ms", "share", "expected"),
    [
        (18.6, 1.0, 10),  # yolo11n at 320: 20 ms a frame, 5 frames a second
        (18.6, 0.34, 25),
        (18.6, 0.0, int(200 / OTHER_MS)),  # nothing ever moves
    ],
)
def test_cameras_follow_from_milliseconds(each_ms, share, expected):
    assert cameras(each_ms, share=share) == expected


@pytest.mark.parametrize(
    ("provider", "shape", "tools"),
    [
        ("cpu", (1, 3, 320, 320), ["onnxruntime_perf_test -e cpu"]),
        ("cuda:1", (None, 3, None, None), ["onnxruntime_perf_test -e cuda", "trtexec"]),
        ("directml", (1, 3, 320, 320), ["onnxruntime_perf_test -e dml"]),
    ],
)
def test_other_tools_are_told_the_same(tmp_path, provider, shape, tools):
    commands = perf_commands(
        tmp_path / "m.onnx", Setting(provider, 320, 192, 4, 2), (TensorInfo("images", shape, "tensor(float)"),)
    )
    assert [command.split(" -I")[0].split(" --")[0] for command in commands] == tools
    assert "-x 2" in commands[0]
    assert ("--shapes=images:4x3x192x320" in commands[-1]) == (None in shape)


@pytest.mark.parametrize("precision", list(Precision))
def test_model_in_another_precision_still_gives_nearly_the_same(file, tmp_path, precision):
    other = in_precision(file, precision, tmp_path)
    assert (other == file) == (precision is Precision.AS_IS)
    tensor = np.random.default_rng(0).random((1, 3, 320, 320), dtype=np.float32)
    expected = OnnxSession(file).run(tensor)[0]
    assert np.abs(OnnxSession(other).run(tensor)[0] - expected).max() < 0.02


def test_conversion_without_its_tools_says_what_to_install(file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"fairloom\[train\]"):
        in_precision(file, Precision.INT8, tmp_path)


def test_conversion_that_fails_says_so(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"\x3b")
    with pytest.raises(ModelError, match="cannot be converted to fp16"):
        in_precision(tmp_path / "a.onnx", Precision.FP16, tmp_path)
