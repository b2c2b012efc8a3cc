"""The default model's file takes pictures of any shape, with the boxes the fixed one gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from yolox_files import COLUMNS, SIDE, cells, save_yolox

from tracker.detect.heads import decode_yolox_grid, yolox_grid
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError
from tracker.train.anysize import any_size


def fixed_yolox(path: Path, *, scales: tuple[int, ...] = (8, 16, 32)) -> Path:
    """A YOLOX-shaped network whose flattening knows only pictures of 64 x 64."""
    rng = np.random.default_rng(3)
    weights: dict[str, np.ndarray] = {}
    nodes, flat = [], []
    for stride in scales:
        for part, channels in (("reg", 4), ("obj", 1), ("cls", 1)):
            name = f"{part}{stride}"
            weights[name] = rng.normal(0, 0.01, (channels, 3, stride, stride)).astype(np.float32)
            nodes.append(helper.make_node("Conv", ["images", name], [f"{name}_out"], name=name, strides=[stride] * 2))
        nodes += [helper.make_node("Sigmoid", [f"{p}{stride}_out"], [f"{p}{stride}_p"]) for p in ("obj", "cls")]
        parts = [f"reg{stride}_out", f"obj{stride}_p", f"cls{stride}_p"]
        nodes.append(helper.make_node("Concat", parts, [f"all{stride}"], axis=1))
        weights[f"shape{stride}"] = np.array([1, COLUMNS, (SIDE // stride) ** 2])
        nodes.append(helper.make_node("Reshape", [f"all{stride}", f"shape{stride}"], [f"flat{stride}"]))
        flat.append(f"flat{stride}")
    return save_yolox(path, nodes, weights, flat=flat, rows=cells(scales))


def test_it_answers_as_before_and_takes_other_shapes_too(tmp_path: Path) -> None:
    fixed = fixed_yolox(tmp_path / "fixed.onnx")
    made = OnnxSession(any_size(fixed, tmp_path / "any.onnx"))
    rng = np.random.default_rng(4)
    square = rng.uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)
    assert np.array_equal(made.run(square)[0], OnnxSession(fixed).run(square)[0])
    (wide,) = made.run(rng.uniform(0, 255, (1, 3, 32, 96)).astype(np.float32))
    grid, stride = yolox_grid(96, 32)
    assert wide.shape == (1, len(grid), COLUMNS)
    assert len(decode_yolox_grid((wide,), 0.0, grid=grid, stride=stride)[0]) == len(grid)
    assert made.metadata["names"] == "{0: 'shirt'}"


def test_what_is_no_yolox_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected 3 scales; got 2"):
        any_size(fixed_yolox(tmp_path / "two.onnx", scales=(8, 16)), tmp_path / "any.onnx")
