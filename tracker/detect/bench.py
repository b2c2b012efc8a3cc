"""How fast a model runs here, and what that means in cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import onnxruntime as ort
import psutil

from tracker.detect.feeding import Array, TensorInfo, probe_tensor
from tracker.detect.providers import NOTHING_MORE, PROVIDERS, Extras
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError

WARM_UP = 5
"""Runs that are not counted: the first ones fill caches, and on accelerators choose kernels."""
OTHER_MS = 1.4
"""What a 640x360 frame costs beside the model: decoding 0.5, everything else 0.9 (docs/benchmarks.md)."""
CAMERA_FPS = 5.0
"""Frames a second that a camera over a table needs looked at."""
ACTIVE_SHARE = 0.34
"""Share of frames in which something moves on the zones of a busy camera, five frames of hold included: measured on the
car clip, the busiest of the clips here."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to measure.

    Attributes:
        provider: As users write it.
        width: Input width, pixels.
        height: Input height, pixels.
        batch: Pictures in one inference.
        threads: Threads inside one inference.
    """

    provider: str
    width: int
    height: int
    batch: int
    threads: int


@dataclass(frozen=True, slots=True)
class Timing:
    """What one setting costs.

    Attributes:
        provider: What really ran.
        median_ms: Of one inference of the whole batch, wall clock.
        p95_ms: The same, 95th percentile.
        images_per_s: Pictures a second at the median.
        cpu_ms: Processor time of this process for one picture, all threads.
        memory_mb: Memory of this process while it ran, MiB, Python and libraries included.
        cameras: Cameras at 5 frames a second that one watcher can look at when every frame goes through the model.
        cameras_gated: The same with the motion gate.
    """

    provider: str
    median_ms: float
    p95_ms: float
    images_per_s: float
    cpu_ms: float
    memory_mb: float
    cameras: int
    cameras_gated: int


def installed_providers() -> list[str]:
    """Short names of the providers in this installation of ONNX Runtime."""
    available = ort.get_available_providers()
    return [short for short, name in PROVIDERS.items() if name in available]


def measure(file: Path, setting: Setting, *, runs: int, extras: Extras = NOTHING_MORE) -> Timing:
    """Load a model and run it again and again.

    Args:
        file: The ONNX file.
        setting: What to measure.
        runs: How often, after warming up.
        extras: What the provider is told beyond its name.

    Raises:
        ProviderError: The provider does not run.
        ModelError: The model does not take this shape or batch.
    """
    session = OnnxSession(file, provider=setting.provider, threads=setting.threads, extras=extras)
    tensor = _batch(session.inputs, setting)
    try:
        for _ in range(WARM_UP):
            session.run(tensor)
    except Exception as error:  # ONNX Runtime's own exception types share no base but Exception
        raise ModelError(
            f"the model does not take {setting.batch} x {setting.width}x{setting.height}",
            expected=f"inputs {', '.join(f'{info.name} {info.shape}' for info in session.inputs)}",
            got=str(error).splitlines()[0],
        ) from error
    times = []
    cpu = process_time()
    for _ in range(runs):
        start = perf_counter()
        session.run(tensor)
        times.append((perf_counter() - start) * 1000)
    cpu = (process_time() - cpu) * 1000
    each_ms = median(times) / setting.batch
    return Timing(
        provider=session.provider,
        median_ms=median(times),
        p95_ms=float(np.percentile(times, 95)),
        images_per_s=1000 / each_ms,
        cpu_ms=cpu / (runs * setting.batch),
        memory_mb=psutil.Process().memory_info().rss / 2**20,
        cameras=cameras(each_ms),
        cameras_gated=cameras(each_ms, share=ACTIVE_SHARE),
    )


def cameras(each_ms: float, *, share: float = 1.0) -> int:
    """How many cameras at :data:`CAMERA_FPS` one watcher can look at, which runs one picture after another.

    Args:
        each_ms: What the model costs for one picture.
        share: Of frames that go through the model.
    """
    return int(1000 / (CAMERA_FPS * (OTHER_MS + share * each_ms)))


def perf_commands(file: Path, setting: Setting, inputs: Sequence[TensorInfo]) -> list[str]:
    """Command lines of ONNX Runtime's own tool and of TensorRT's that measure the same setting."""
    short = setting.provider.split(":", 1)[0]
    shape = f"{setting.batch}x3x{setting.height}x{setting.width}"
    dynamic = f" --shapes={inputs[0].name}:{shape}" if None in inputs[0].shape else ""
    tools = {"directml": "dml", "plugin": "cpu"}
    found = [f'onnxruntime_perf_test -e {tools.get(short, short)} -I -m times -r 200 -x {setting.threads} "{file}"']
    if short in {"cuda", "tensorrt"}:
        found.append(f'trtexec --onnx="{file}"{dynamic} --iterations=200 --warmUp=500')
    return found


def _batch(inputs: Sequence[TensorInfo], setting: Setting) -> Array:
    picture = probe_tensor(inputs, (setting.width, setting.height))
    return np.ascontiguousarray(np.repeat(picture, setting.batch, axis=0))
