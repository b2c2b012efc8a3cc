"""Every execution provider, tried on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from tracker.detect.bench import Setting, measure
from tracker.detect.providers import INSTALL, PROVIDERS
from tracker.domain.errors import ModelError

RUNS = 10
"""Enough to tell 5 ms from 50, short enough to wait for."""
SIDE = 320
"""Of the picture that a model of dynamic shape is tried with."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a provider.

    Attributes:
        short: As users write it.
        installed: Whether this ONNX Runtime has it.
        median_ms: Of one inference; ``None`` where it does not run.
        why: Why it does not run; ``None`` where it does.
        install: What makes it available.
    """

    short: str
    installed: bool
    median_ms: float | None
    why: str | None
    install: str


def try_providers(file: Path) -> tuple[Tried, ...]:
    """Load and run a model on every provider that is installed.

    Args:
        file: An ONNX model; the default one is small and quick.
    """
    return tuple(_try(file, short) for short in PROVIDERS)


def plugin_devices() -> tuple[str, ...]:
    """Devices that ONNX Runtime's own and registered plug-in providers offer, one sentence each."""
    return tuple(
        f"{device.ep_name}: {device.device.type.name} of {device.device.vendor or device.ep_vendor}"
        for device in ort.get_ep_devices()
    )


def runtime_version() -> str:
    """Version of ONNX Runtime."""
    return str(ort.__version__)


def _try(file: Path, short: str) -> Tried:
    install = INSTALL[short]
    if PROVIDERS[short] not in ort.get_available_providers():
        return Tried(short, installed=False, median_ms=None, why="not in this ONNX Runtime", install=install)
    try:
        timing = measure(file, Setting(short, SIDE, SIDE, batch=1, threads=1), runs=RUNS)
    except ModelError as error:
        return Tried(short, installed=True, median_ms=None, why=str(error), install=install)
    return Tried(short, installed=True, median_ms=timing.median_ms, why=None, install=install)
