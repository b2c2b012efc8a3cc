"""Pictures, cards and tiny ONNX models that the detect tests make for themselves."""

from __future__ import annotations

from pathlib import Path

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
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["pixels"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], [output_name]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", dtype, shape)],
        [helper.make_tensor_value_info(output_name, TensorProto.FLOAT, output.shape)],
        [
            numpy_helper.from_array(output.astype(np.float32), "answer"),
            numpy_helper.from_array(np.float32(0), "zero"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path
