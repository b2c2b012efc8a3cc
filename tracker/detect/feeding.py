"""What a model is fed: its picture input, a second one for sizes, and a picture to try it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from tracker.domain.errors import ModelError

DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
"""Element types of inputs we can feed."""
PICTURE_DTYPES = frozenset({"tensor(float)", "tensor(float16)", "tensor(uint8)"})
PROBE_SIDE = 320
"""Side of the picture that a model of dynamic shape is tried with."""

Tensor = NDArray[Any]
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Name and shape of a model's input or output; ``None`` where a dimension is dynamic."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


def feeds_of(inputs: Sequence[TensorInfo], tensor: Array) -> dict[str, Tensor]:
    """Every input of a model for one picture tensor (batch, 3, height, width).

    A second input is the size in which boxes are wanted, as D-FINE, DEIM and RT-DETR have it: width and height.

    Raises:
        ModelError: The model wants something else.
    """
    picture, *others = inputs
    feeds: dict[str, Tensor] = {picture.name: tensor.astype(_dtype(picture), copy=False)}
    batch, _, height, width = tensor.shape
    for info in others:
        if len(info.shape) != 2 or info.shape[1] not in {2, None} or len(others) > 1:
            raise ModelError(
                "the model wants more than a picture",
                expected="one input, or a second one of shape (1, 2) for the size",
                got=", ".join(f"{each.name} {each.shape}" for each in inputs),
            )
        feeds[info.name] = np.array([[width, height]] * batch, _dtype(info))
    return feeds


def probe_tensor(inputs: Sequence[TensorInfo], size: tuple[int, int] | None = None) -> Array:
    """A picture that no camera took, in a shape that the model takes: blocks of grey between 0 and 1.

    Args:
        size: Width and height for a model of dynamic shape.

    Raises:
        ModelError: The first input is no picture.
    """
    require_picture(inputs[0])
    shape = inputs[0].shape
    width, height = size or (PROBE_SIDE, PROBE_SIDE)
    width, height = shape[3] or width, shape[2] or height
    blocks = np.random.default_rng(0).random((1, 3, -(-height // 32), -(-width // 32)), dtype=np.float32)
    return np.ascontiguousarray(np.kron(blocks, np.ones((32, 32), np.float32))[:, :, :height, :width])


def require_picture(info: TensorInfo) -> None:
    """Make sure that an input is one colour picture of an element type that we can feed.

    Raises:
        ModelError: It is not.
    """
    shape = info.shape
    if len(shape) != 4 or shape[1] not in {3, None} or info.dtype not in PICTURE_DTYPES:
        raise ModelError(
            "the model's input is no picture",
            expected="float32, float16 or uint8 of shape (1, 3, height, width)",
            got=f"{info.dtype} of shape {shape}",
        )
    if shape[0] not in {1, None}:
        raise ModelError("the model takes only whole batches", expected="batch 1 or dynamic", got=f"batch {shape[0]}")


def info_of(node: ort.NodeArg) -> TensorInfo:
    """Name, shape and element type of an input or output."""
    shape = tuple(size if isinstance(size, int) else None for size in node.shape)
    return TensorInfo(node.name, shape, node.type)


def _dtype(info: TensorInfo) -> type[np.generic]:
    if info.dtype not in DTYPES:
        raise ModelError(f"input {info.name} of the model is {info.dtype}", expected="one of " + ", ".join(DTYPES))
    return DTYPES[info.dtype]
