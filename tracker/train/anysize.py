"""A YOLOX export that takes pictures of any shape: the grid of one input size, written into the file, is taken out.

Fairloom decodes the grid itself, so the weights and the boxes stay the same.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from tracker.domain.errors import ModelError

SCALES = 3
"""Strides 8, 16 and 32."""


def any_size(file: Path, target: Path) -> Path:
    """Write a decoded YOLOX model of fixed size as an undecoded one of dynamic height and width.

    Args:
        file: (1, 3, S, S) in, (1, n, 5 + classes) out, boxes in input pixels.
        target: (1, 3, height, width) in, sides in multiples of 32; (1, n, 5 + classes) out, boxes on the grid.

    Raises:
        ModelError: The file is no such model.
    """
    onnx = importlib.import_module("onnx")
    model = onnx.load(str(file))
    graph = model.graph
    flat = [node for node in graph.node if node.op_type == "Concat" and _joins_a_scale(graph, node)]
    if len(flat) != SCALES:
        raise ModelError(f"{file} is no YOLOX model", expected=f"{SCALES} scales", got=str(len(flat)))
    columns = graph.output[0].type.tensor_type.shape.dim[2].dim_value
    helper = onnx.helper
    shape = onnx.numpy_helper.from_array(_whole([1, columns, -1]), "any_size/shape")
    nodes = [helper.make_node("Reshape", [node.output[0], shape.name], [f"{node.output[0]}/flat"]) for node in flat]
    joined = helper.make_node("Concat", [node.output[0] for node in nodes], ["any_size/joined"], axis=2)
    turned = helper.make_node("Transpose", [joined.output[0]], ["output"], perm=[0, 2, 1])
    kept = _needed(graph, [node.output[0] for node in flat])
    given = helper.make_tensor_value_info(graph.input[0].name, onnx.TensorProto.FLOAT, [1, 3, "height", "width"])
    answer = helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [1, "cells", columns])
    used = {name for node in kept for name in node.input}
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    made = helper.make_graph([*kept, *nodes, joined, turned], graph.name, [given], [answer], [*weights, shape])
    result = helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)
    helper.set_model_props(result, {entry.key: entry.value for entry in model.metadata_props})
    onnx.checker.check_model(result)
    onnx.save(result, str(target))
    return target


def _joins_a_scale(graph: Any, node: Any) -> bool:  # noqa: ANN401 - onnx has no types
    """Whether a node joins the boxes, objectness and class scores of one scale: the last two are sigmoids."""
    made_by = {name: other.op_type for other in graph.node for name in other.output}
    return [made_by.get(name) for name in node.input] == ["Conv", "Sigmoid", "Sigmoid"]


def _needed(graph: Any, outputs: list[str]) -> list[Any]:  # noqa: ANN401
    """The nodes that some outputs are computed from, in the order of computing."""
    wanted, kept = set(outputs), []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def _whole(values: list[int]) -> Any:  # noqa: ANN401
    return importlib.import_module("numpy").array(values, dtype="int64")
