"""A model in another precision, for timing: what half precision or bytes would gain on this machine.

How accurate it still is must be measured on pictures; nothing here looks at that.
"""

from __future__ import annotations

import contextlib
import io
from enum import StrEnum
from pathlib import Path

from tracker.detect.feeding import probe_tensor
from tracker.detect.quantize import quiet, to_bytes
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError


class Precision(StrEnum):
    """What the numbers inside a model are."""

    AS_IS = "as-is"
    FP16 = "fp16"
    INT8 = "int8"


def in_precision(file: Path, precision: Precision, folder: Path) -> Path:
    """The model in another precision, as a file in the folder; the file itself when it shall stay as it is.

    Raises:
        ModelError: The tools are not installed, or cannot convert this model.
    """
    if precision is Precision.AS_IS:
        return file
    target = folder / f"{file.stem}.{precision}.onnx"
    try:
        import onnx  # noqa: F401 -- both converters need it and say so in many words
    except ImportError as error:
        raise ModelError(
            f"{file} cannot be converted to {precision}",
            expected="the package onnx",
            got="none",
            hint="`pip install fairloom[train]` brings it",
        ) from error
    try:
        # the converters print and log advice on preparing models, which is no concern of a timing
        with contextlib.redirect_stdout(io.StringIO()), quiet():
            (_to_half if precision is Precision.FP16 else _to_bytes)(file, target)
    except Exception as error:  # they raise whatever they stumble over
        raise ModelError(f"{file} cannot be converted to {precision}", got=str(error)) from error
    return target


def _to_half(file: Path, target: Path) -> None:
    """Weights and computation in half precision, inputs and outputs as they were."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=True), target)


def _to_bytes(file: Path, target: Path) -> None:
    """Weights and activations as bytes, with ranges from a made-up picture: right for timing only."""
    to_bytes(file, target, [probe_tensor(OnnxSession(file).inputs)])
