"""Execution providers: what users call them, what ONNX Runtime calls them, and what each is told.

docs/models.md says which of them were tried, and with what to try the others.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnxruntime as ort

from tracker.detect.card import sha256_of
from tracker.domain.errors import ProviderError

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

AUTO = "auto"
AUTO_ORDER = ("tensorrt", "cuda", "coreml", "qnn", "openvino", "directml", "cpu")
"""What ``auto`` tries, best first; the first that really runs the model is taken."""

INSTALL = {
    "cpu": "nothing: it is always there",
    "cuda": "`pip install fairloom[gpu]` in place of onnxruntime, with an NVIDIA driver, CUDA 12 and cuDNN 9",
    "tensorrt": "`pip install fairloom[gpu]` in place of onnxruntime, with an NVIDIA driver, CUDA 12 and TensorRT 10",
    "openvino": "the package onnxruntime-openvino in place of onnxruntime, or onnxruntime-ep-openvino as a plug-in",
    "coreml": "nothing on a Mac: onnxruntime brings it; there is none elsewhere",
    "directml": "the package onnxruntime-directml in place of onnxruntime, on Windows",
    "qnn": "the package onnxruntime-qnn in place of onnxruntime, on a machine with a Qualcomm NPU",
}
"""What makes a provider available."""

HEAVY = frozenset(
    {"Conv", "ConvTranspose", "FusedConv", "Gemm", "MatMul", "FusedMatMul", "Attention", "MultiHeadAttention"}
    | {"QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger"}
)  # fmt: skip
"""Operators that make up nearly all of a detector's work."""
MAX_LEFT_BEHIND = 0.1
"""Share of heavy operators that a provider may leave to the processor and still count as running the model."""

_PLUGIN = "plugin:"
_DEVICE_INDEX = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Extras:
    """What a provider is told beyond its name.

    Attributes:
        options: ONNX Runtime's own options of the provider; they win over ours.
        library: A plug-in provider's library. Loading it runs its code: only settings on this machine may name it.
        library_sha256: Its digest, hexadecimal.
        cache: Folder for engines that take minutes to build; ``None`` builds them anew.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    library: Path | None = None
    library_sha256: str | None = None
    cache: Path | None = None


NOTHING_MORE = Extras()


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider and a device of it, as the user named them.

    Attributes:
        text: As typed: ``cuda:1``.
        name: What ONNX Runtime calls the provider.
        device: What stands behind the colon, or nothing.
        plugin: Whether it comes from a library of its own.
    """

    text: str
    name: str
    device: str
    plugin: bool

    @property
    def short(self) -> str:
        """Without the device."""
        return self.text.split(":", 1)[0]


def parse_choice(text: str) -> Choice:
    """A provider as users write it: ``cpu``, ``cuda:1``, ``openvino:GPU``, ``plugin:NAME`` or ``plugin:NAME:1``.

    Raises:
        ProviderError: There is none of that name.
    """
    if text.startswith(_PLUGIN):
        name, _, device = text.removeprefix(_PLUGIN).partition(":")
        if name and (not device or _DEVICE_INDEX.fullmatch(device)):
            return Choice(text, name, device, plugin=True)
        raise ProviderError(f"provider {text!r}", expected="plugin:NAME or plugin:NAME:INDEX")
    short, colon, device = text.partition(":")
    if short not in PROVIDERS or bool(colon) != bool(device):
        known = ", ".join((AUTO, *PROVIDERS, "plugin:NAME"))
        raise ProviderError(f"unknown provider {text!r}", expected=f"one of {known}, some with :DEVICE")
    if device and (short == "cpu" or (short in _INDEXED and not _DEVICE_INDEX.fullmatch(device))):
        raise ProviderError(f"provider {text!r}", expected=f"{short} or {short}:0" if short in _INDEXED else short)
    return Choice(text, PROVIDERS[short], device, plugin=False)


def check_name(text: str) -> None:
    """Make sure that a provider is one that users can name, here or elsewhere.

    Raises:
        ProviderError: There is none of that name.
    """
    if text != AUTO:
        parse_choice(text)


_INDEXED = frozenset({"cuda", "tensorrt", "directml"})


def require_available(choice: Choice) -> None:
    """Make sure that this installation has a provider.

    Raises:
        ProviderError: It has not; the message says what to install.
    """
    available = ort.get_available_providers()
    if choice.name not in available:
        have = [short for short, name in PROVIDERS.items() if name in available]
        raise ProviderError(
            f"provider {choice.short} is not in this installation",
            expected=choice.name,
            got=", ".join(have),
            hint=f"Install {INSTALL[choice.short]}; or choose --provider cpu",
        )


def options_of(choice: Choice, *, threads: int, extras: Extras) -> dict[str, str]:
    """What a provider is told: a device, results as exact as on the processor, few threads; then the user's own."""
    options: dict[str, str] = {}
    device, short = choice.device, choice.short
    if short in _INDEXED:
        options["device_id"] = device or "0"
    if short == "tensorrt" and extras.cache is not None:
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(extras.cache)}
    elif short == "openvino":
        # left alone it takes every core
        options |= {"device_type": device or "CPU", "precision": "FP32", "num_of_threads": str(threads)}
    elif short == "coreml":
        options |= {"ModelFormat": "MLProgram", "MLComputeUnits": device or "ALL"}
    elif short == "qnn":
        options["backend_type"] = device or "htp"
    elif choice.plugin and choice.name.startswith("OpenVINO"):
        # left alone it computes in bfloat16 where the processor can: boxes moved by 35 pixels of 320
        settings = {"CPU": {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": str(threads)}}
        options["load_config"] = json.dumps(settings)
    return options | dict(extras.options)


def add_to(options: ort.SessionOptions, choice: Choice, *, threads: int, extras: Extras) -> list[object]:
    """Tell a session's options about a provider.

    Returns:
        What ``InferenceSession`` wants as its ``providers``: nothing for a plug-in, which is in the options already.

    Raises:
        ProviderError: The provider, its library or its device is not there.
    """
    told = options_of(choice, threads=threads, extras=extras)
    if choice.plugin:
        options.add_provider_for_devices([_plugin_device(choice, extras)], told)
        return []
    require_available(choice)
    if choice.short == "directml":
        options.enable_mem_pattern = False
    if choice.short == "tensorrt" and extras.cache is not None:
        extras.cache.mkdir(parents=True, exist_ok=True)
    if choice.short in {"cuda", "tensorrt"}:
        # finds the libraries that pip installed; it prints what it misses, and the session will say that better
        with contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()
    return [(choice.name, told)]


def left_behind(assigned: Iterable[tuple[str, str]], provider: str) -> tuple[int, int]:
    """How many of the heavy operators run elsewhere, and how many there are.

    Args:
        assigned: Provider and operator of each node.
        provider: What ONNX Runtime calls the provider that was asked for.
    """
    heavy = [name for name, operator in assigned if operator in HEAVY]
    return sum(name != provider for name in heavy), len(heavy)


def _plugin_device(choice: Choice, extras: Extras) -> ort.OrtEpDevice:
    library = extras.library
    if library is None or extras.library_sha256 is None:
        raise ProviderError(
            f"provider {choice.text} has no library",
            expected="[detect] provider_library and provider_library_sha256 in workshop.toml",
            got="none",
            hint="Loading a library runs its code, so only these settings can name one",
        )
    if not library.is_file():
        raise ProviderError(f"{library} is no file", expected="the library of an execution provider")
    if (digest := sha256_of(library)) != extras.library_sha256.lower():
        raise ProviderError(
            f"{library} is not the file that the settings describe",
            expected=f"sha256 {extras.library_sha256.lower()}",
            got=digest,
        )
    devices = _devices(choice.name)
    if not devices:
        try:
            ort.register_execution_provider_library(choice.name, str(library))
        except Exception as error:  # ONNX Runtime's own exception types share no base but Exception
            raise ProviderError(f"{library} cannot be loaded as an execution provider", got=str(error)) from error
        devices = _devices(choice.name)
    index = int(choice.device or 0)
    if index >= len(devices):
        names = sorted({device.ep_name for device in ort.get_ep_devices()})
        raise ProviderError(
            f"provider {choice.text} offers no such device",
            expected=f"a device of {choice.name}",
            got=f"{len(devices)} of its own; providers with devices here: {', '.join(names)}",
        )
    return devices[index]


def _devices(name: str) -> list[ort.OrtEpDevice]:
    return [device for device in ort.get_ep_devices() if device.ep_name == name]
