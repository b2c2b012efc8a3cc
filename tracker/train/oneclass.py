"""A YOLOX model that can name one class only: the others are cut out, the weights of that one stay as they are.

Who looks for people wants a box for everything that may be one; a model of eighty classes keeps only the best of them,
so that somebody on a sofa becomes a sofa. And what a model cannot say, nobody can ask it for.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from tracker.domain.errors import ModelError
from tracker.train.anysize import any_size

BOX_COLUMNS = 5
"""Box and objectness come before the classes."""


def one_class(file: Path, target: Path, *, class_id: int) -> Path:
    """Write a YOLOX model of many classes as one of a single class and of dynamic height and width.

    Args:
        file: (1, 3, S, S) in, (1, n, 5 + classes) out; its class scores come from three convolutions of their own.
        target: (1, 3, height, width) in, sides in multiples of 32; (1, n, 6) out, boxes on the grid.
        class_id: The class that stays.

    Raises:
        ModelError: The file is no such model, or has no such class.
    """
    onnx = importlib.import_module("onnx")
    model = onnx.load(str(file))
    graph = model.graph
    classes = graph.output[0].type.tensor_type.shape.dim[2].dim_value - BOX_COLUMNS
    if not 0 <= class_id < classes:
        raise ModelError(f"{file} has no class {class_id}", expected=f"0 to {classes - 1}")
    heads = [tensor for tensor in graph.initializer if ".cls_preds." in tensor.name]
    if not heads:
        raise ModelError(f"{file} is no YOLOX model", expected="convolutions called cls_preds", got="none")
    for tensor in heads:
        kept = onnx.numpy_helper.to_array(tensor)[class_id : class_id + 1]
        tensor.CopyFrom(onnx.numpy_helper.from_array(kept.copy(), tensor.name))
    graph.output[0].type.tensor_type.shape.dim[2].dim_value = BOX_COLUMNS + 1
    del graph.value_info[:]
    beside = target.with_suffix(".whole")
    onnx.save(model, str(beside))
    try:
        return any_size(beside, target)
    finally:
        beside.unlink()
