"""A YOLOX model cut down to one class: the same boxes and scores, and nothing else to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from tracker.domain.errors import ModelError
from tracker.train.oneclass import one_class

SIDE, CLASSES = 64, 3
STRIDES = (8, 16, 32)


def yolox(path: Path, *, head: str = "head.cls_preds") -> Path:
    """A model of YOLOX's shape and of nothing else: each scale is one convolution a branch, of the picture itself."""
    rng = np.random.default_rng(4)
    nodes, weights, flat = [], [], []
    helper, to_tensor = onnx.helper, onnx.numpy_helper.from_array
    for scale, stride in enumerate(STRIDES):
        parts = []
        for name, channels in (("head.reg_preds", 4), ("head.obj_preds", 1), (head, CLASSES)):
            kernel, bias = f"{name}.{scale}.weight", f"{name}.{scale}.bias"
            weights.append(to_tensor(rng.normal(0, 0.1, (channels, 3, stride, stride)).astype(np.float32), kernel))
            weights.append(to_tensor(rng.normal(0, 0.5, channels).astype(np.float32), bias))
            made = f"{name}.{scale}"
            nodes.append(helper.make_node("Conv", ["images", kernel, bias], [made], strides=[stride, stride]))
            if channels != 4:
                nodes.append(helper.make_node("Sigmoid", [made], [f"{made}.s"]))
                made = f"{made}.s"
            parts.append(made)
        nodes.append(helper.make_node("Concat", parts, [f"scale{scale}"], axis=1))
        cells = (SIDE // stride) ** 2
        weights.append(to_tensor(np.array([1, 5 + CLASSES, cells]), f"shape{scale}"))
        nodes.append(helper.make_node("Reshape", [f"scale{scale}", f"shape{scale}"], [f"flat{scale}"]))
        flat.append(f"flat{scale}")
    nodes.append(helper.make_node("Concat", flat, ["joined"], axis=2))
    nodes.append(helper.make_node("Transpose", ["joined"], ["output"], perm=[0, 2, 1]))
    total = sum((SIDE // stride) ** 2 for stride in STRIDES)
    graph = helper.make_graph(
        nodes,
        "yolox",
        [helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [1, total, 5 + CLASSES])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def answer(path: Path, picture: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"images": picture})[0]


def test_one_class_keeps_its_boxes_and_scores_and_takes_any_size(tmp_path):
    whole = yolox(tmp_path / "whole.onnx")
    one = one_class(whole, tmp_path / "one.onnx", class_id=1)
    picture = np.random.default_rng(1).random((1, 3, SIDE, SIDE), np.float32)
    before, after = answer(whole, picture), answer(one, picture)
    assert after.shape == (1, before.shape[1], 6)
    np.testing.assert_allclose(after, before[..., [0, 1, 2, 3, 4, 6]], atol=1e-5)
    assert answer(one, picture[:, :, :32]).shape == (1, before.shape[1] // 2, 6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.onnx", "whole.onnx"]


def test_a_class_that_is_not_there_is_refused(tmp_path):
    whole = yolox(tmp_path / "whole.onnx")
    with pytest.raises(ModelError, match="has no class 3; expected 0 to 2"):
        one_class(whole, tmp_path / "one.onnx", class_id=3)


def test_a_model_without_such_heads_is_refused(tmp_path):
    whole = yolox(tmp_path / "whole.onnx", head="head.kinds")
    with pytest.raises(ModelError, match="is no YOLOX model"):
        one_class(whole, tmp_path / "one.onnx", class_id=0)
