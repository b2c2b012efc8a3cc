"""Small networks with the outputs of a YOLOX, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
"""Of the pictures they take, pixels."""
COLUMNS = 6
"""Box, objectness, one class."""


def cells(strides: Sequence[int] = (8, 16, 32)) -> int:
    """Rows of the output."""
    return sum((SIDE // stride) ** 2 for stride in strides)


def save_yolox(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    weights: Mapping[str, np.ndarray],
    *,
    flat: Sequence[str],
    rows: int,
) -> Path:
    """Write a network that joins its scales as YOLOX does and knows one class, a shirt.

    Args:
        nodes: From ``images`` to one flattened tensor a scale, shape (1, COLUMNS, cells of the scale).
        weights: Constants by name.
        flat: Names of the flattened tensors, finest scale first.
        rows: Cells of all scales.
    """
    joined = [
        helper.make_node("Concat", list(flat), ["joined"], name="join", axis=2),
        helper.make_node("Transpose", ["joined"], ["output"], name="turn", perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        [*nodes, *joined],
        "yolox",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, rows, COLUMNS])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {"names": "{0: 'shirt'}"})
    onnx.save(model, path)
    return path
