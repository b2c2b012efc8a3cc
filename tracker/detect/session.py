"""The only file that talks to ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from tracker.domain.errors import ModelError, ProviderError

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "qnn": "QNNExecutionProvider",
}
"""Short names users type, and what ONNX Runtime calls them."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Name and shape of a model's input or output; ``None`` where a dimension is dynamic."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class OnnxSession:
    """A loaded model file on one execution provider.

    Args:
        path: The ONNX file.
        provider: A short name of :data:`PROVIDERS`.
        threads: Threads inside one inference; always set, since ONNX Runtime's default takes the whole machine.

    Raises:
        ProviderError: This installation lacks the provider, or another one runs instead. Nothing falls back silently.
        ModelError: The file is no model that ONNX Runtime can load.
    """

    def __init__(self, path: Path, *, provider: str = "cpu", threads: int = 1) -> None:
        wanted = _provider_name(provider)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # idle threads that spin take a core from the cameras' decoders
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(str(path), sess_options=options, providers=[wanted])
        except Exception as error:  # ONNX Runtime's own exception types share no base but Exception
            raise ModelError(f"{path} cannot be loaded", expected="an ONNX model", got=_first_line(error)) from error
        running = self._session.get_providers()
        if running[0] != wanted:
            raise ProviderError(
                f"provider {provider} does not run", expected=wanted, got=running[0], hint="See `tracker model check`"
            )
        self.provider = next(short for short, name in PROVIDERS.items() if name == running[0])
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        self._bound: _Bound | None = None

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's first output for one input tensor.

        Args:
            tensor: Contiguous. A tensor in the same memory as the one before is bound already, which saves a copy.

        Returns:
            The output, overwritten by the next call.
        """
        bound = self._bound
        if bound is None or bound.tensor is not tensor:
            bound = self._bound = self._bind(tensor)
        self._session.run_with_iobinding(bound.binding)
        return bound.output

    def _bind(self, tensor: NDArray[np.float32]) -> _Bound:
        """Memory for an input's output, told to ONNX Runtime once instead of allocated anew for every frame."""
        output: NDArray[np.float32] = np.ascontiguousarray(self._session.run([self._output], {self._input: tensor})[0])
        binding = self._session.io_binding()
        binding.bind_cpu_input(self._input, tensor)
        binding.bind_output(self._output, "cpu", 0, output.dtype, output.shape, output.ctypes.data)
        return _Bound(tensor, output, binding)

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        """Declared inputs."""
        return tuple(_info(node) for node in self._session.get_inputs())

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        """Declared outputs."""
        return tuple(_info(node) for node in self._session.get_outputs())

    @property
    def metadata(self) -> dict[str, str]:
        """Custom metadata the exporter wrote."""
        return dict(self._session.get_modelmeta().custom_metadata_map)


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """An input tensor, the output it gives, and ONNX Runtime's binding of both; they must live as long as it does."""

    tensor: NDArray[np.float32]
    output: NDArray[np.float32]
    binding: ort.IOBinding


def _provider_name(provider: str) -> str:
    if provider not in PROVIDERS:
        raise ProviderError(f"unknown provider {provider!r}", expected=f"one of {', '.join(PROVIDERS)}")
    available = ort.get_available_providers()
    if PROVIDERS[provider] not in available:
        have = [short for short, name in PROVIDERS.items() if name in available]
        raise ProviderError(
            f"provider {provider} is not in this installation",
            expected=PROVIDERS[provider],
            got=", ".join(have),
            hint="Install the matching extra, for instance `pip install fairloom[gpu]`, or choose --provider cpu",
        )
    return PROVIDERS[provider]


def _info(node: ort.NodeArg) -> TensorInfo:
    shape = tuple(size if isinstance(size, int) else None for size in node.shape)
    return TensorInfo(node.name, shape, node.type)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
