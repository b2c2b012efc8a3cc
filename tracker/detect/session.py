"""Loads a model file, makes sure of where it runs, and runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime as ort

from tracker.detect.feeding import Array, Tensor, feeds_of, info_of
from tracker.detect.opening import open_session
from tracker.detect.providers import NOTHING_MORE, Extras
from tracker.detect.vetting import vet


class OnnxSession:
    """A loaded model file on one execution provider.

    Args:
        path: The ONNX file.
        provider: A short name of :data:`PROVIDERS`, some with a device (``cuda:1``); ``auto``; or ``plugin:NAME``.
        threads: Threads inside one inference; always set, since ONNX Runtime's default takes the whole machine.
        extras: What the provider is told beyond its name.

    Attributes:
        provider: What really runs: ``auto`` is resolved.
        reason: Why ``auto`` chose it; ``None`` where it was asked for by name.
        inputs: Declared inputs.
        outputs: Declared outputs.

    Raises:
        ProviderError: This installation lacks the provider, or another one runs instead. Nothing falls back silently.
        ModelError: The file is no model that ONNX Runtime can load, or one that we refuse to open.
    """

    def __init__(self, path: Path, *, provider: str = "cpu", threads: int = 1, extras: Extras = NOTHING_MORE) -> None:
        vet(path)
        self._session, self.provider, self.reason = open_session(
            path, provider=provider, threads=threads, extras=extras
        )
        self.inputs = tuple(info_of(node) for node in self._session.get_inputs())
        self.outputs = tuple(info_of(node) for node in self._session.get_outputs())
        self._read = [info.name for info in self.outputs]
        self._bound: _Bound | None = None

    def read(self, names: Sequence[str]) -> None:
        """Choose which outputs :meth:`run` returns, in which order; at first all of them."""
        self._read = list(names)
        self._bound = None

    def run(self, tensor: Array) -> tuple[Array, ...]:
        """The model's outputs for one input tensor.

        Args:
            tensor: Contiguous, float32. One in the same memory as the one before is bound already, which saves a copy.

        Returns:
            The outputs, overwritten by the next call; half-precision ones are float32 here.
        """
        bound = self._bound
        if bound is None or bound.tensor is not tensor:
            bound = self._bound = self._bind(tensor)
            return bound.outputs
        if bound.fed is not tensor:
            np.copyto(bound.fed, tensor, casting="unsafe")
        if bound.binding is None:
            return tuple(map(_single, self._session.run(self._read, bound.feeds)))
        try:
            self._session.run_with_iobinding(bound.binding)
        except Exception:  # ONNX Runtime's own exception types share no base but Exception
            if not self._may_vary:
                raise
            # the model answers with as many rows as it sees things: there is no memory to be told
            bound = self._bound = replace(bound, binding=None)
            return tuple(map(_single, self._session.run(self._read, bound.feeds)))
        for given, single in bound.converted:
            np.copyto(single, given, casting="unsafe")
        return bound.outputs

    def _bind(self, tensor: Array) -> _Bound:
        """Memory for inputs and outputs, told to ONNX Runtime once instead of allocated anew for every frame."""
        feeds = feeds_of(self.inputs, tensor)
        answers = [np.ascontiguousarray(answer) for answer in self._session.run(self._read, feeds)]
        outputs = tuple(map(_single, answers))
        binding = self._session.io_binding()
        for name, value in feeds.items():
            binding.bind_cpu_input(name, value)
        for name, answer in zip(self._read, answers, strict=True):
            binding.bind_output(name, "cpu", 0, answer.dtype, answer.shape, answer.ctypes.data)
        return _Bound(
            tensor=tensor,
            fed=feeds[self.inputs[0].name],
            feeds=feeds,
            outputs=outputs,
            converted=tuple(pair for pair in zip(answers, outputs, strict=True) if pair[0] is not pair[1]),
            binding=binding,
        )

    @property
    def _may_vary(self) -> bool:
        return any(None in info.shape for info in self.outputs if info.name in self._read)

    @property
    def metadata(self) -> dict[str, str]:
        """Custom metadata the exporter wrote."""
        return dict(self._session.get_modelmeta().custom_metadata_map)


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """An input tensor, the outputs it gives, and ONNX Runtime's binding of both; they must live as long as it does.

    Attributes:
        tensor: What the caller fills.
        fed: What the model reads: the same, or its copy in the model's element type.
        feeds: Every input by name.
        outputs: What the caller gets.
        converted: Outputs in another element type, each with the one that the caller gets instead.
        binding: ``None`` for a model whose outputs vary in length.
    """

    tensor: Array
    fed: Tensor
    feeds: dict[str, Tensor]
    outputs: tuple[Array, ...]
    converted: tuple[tuple[Tensor, Array], ...]
    binding: ort.IOBinding | None


def _single(answer: Tensor) -> Array:
    """An output as heads read it: half precision is widened, whole numbers are left alone."""
    return answer.astype(np.float32) if answer.dtype == np.float16 else answer
