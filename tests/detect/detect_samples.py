"""Pictures, cards and tiny ONNX models that the detect tests make for themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tracker.detect.card import InputSpec
from tracker.domain.frames import Picture

RGB = InputSpec(width=64, height=64, colour="rgb", scale=1 / 255, letterbox="centre", pad=114)
"""What YOLOv8 and its kin are fed."""
BGR = InputSpec(width=64, height=64, colour="bgr", scale=1.0, letterbox="top-left", pad=114)
"""What YOLOX is fed."""


def picture_of(bgr: NDArray[np.uint8]) -> Picture:
    """A television-range planar picture of a BGR image with even sides."""
    height, width = bgr.shape[:2]
    planar = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    chroma = planar[height:].reshape(2, height // 2, width // 2)
    return Picture(planar[:height], chroma[0], chroma[1], full_range=False)


def flat_picture(width: int, height: int, *, y: int = 100, u: int = 128, v: int = 128) -> Picture:
    """A picture of one colour, any size."""
    half = ((height + 1) // 2, (width + 1) // 2)
    return Picture(
        np.full((height, width), y, np.uint8), np.full(half, u, np.uint8), np.full(half, v, np.uint8), full_range=False
    )


def smooth_bgr(width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Colour that changes slowly across the picture, so that the order of shrinking and converting hardly matters."""
    corners = rng.integers(90, 170, (2, 2, 3)).astype(np.float32)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def write_model(
    path: Path,
    output: NDArray[np.float32],
    *,
    shape: tuple[int | str, ...] = (1, 3, 64, 64),
    dtype: int = TensorProto.FLOAT,
    output_name: str = "output0",
    metadata: dict[str, str] | None = None,
) -> Path:
    """An ONNX model that answers every picture with the same output.

    Args:
        shape: Of its input; a string is a dynamic dimension.
        dtype: Of its input.
        metadata: What an exporter would have written into it.
    """
    return write_answers(path, {output_name: output.astype(np.float32)}, shape=shape, dtype=dtype, metadata=metadata)


def write_answers(
    path: Path,
    outputs: dict[str, NDArray[Any]],
    *,
    shape: tuple[int | str, ...] = (1, 3, 64, 64),
    dtype: int = TensorProto.FLOAT,
    size_input: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """An ONNX model that answers every picture with the same outputs, each in the element type it is given in.

    Args:
        shape: Of its first input; a string is a dynamic dimension.
        dtype: Of its first input.
        size_input: Name of a second input, int64 of shape (1, 2), which the outputs do not depend on.
        metadata: What an exporter would have written into it.
    """
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["pixels"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
    ]
    inputs = [helper.make_tensor_value_info("images", dtype, shape)]
    constants = [numpy_helper.from_array(np.float32(0), "zero")]
    if size_input is not None:
        inputs.append(helper.make_tensor_value_info(size_input, TensorProto.INT64, (1, 2)))
    infos = []
    for name, output in outputs.items():
        element = helper.np_dtype_to_tensor_dtype(output.dtype)
        constants.append(numpy_helper.from_array(output, f"{name}.answer"))
        nodes += [
            helper.make_node("Cast", ["nothing"], [f"{name}.nothing"], to=element),
            helper.make_node("Add", [f"{name}.answer", f"{name}.nothing"], [name]),
        ]
        infos.append(helper.make_tensor_value_info(name, element, output.shape))
    save_graph(path, helper.make_graph(nodes, "constant", inputs, infos, constants), metadata)
    return path


def save_graph(path: Path, graph: onnx.GraphProto, metadata: dict[str, str] | None = None) -> None:
    """A graph as an ONNX file that every ONNX Runtime we allow can read."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
