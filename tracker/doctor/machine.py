"""The machine: system, processor, memory, disk, clock."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import psutil

from tracker.doctor.finding import Finding, Level

TOPIC = "machine"
LEAST_MEMORY = 1 << 30
"""A watcher with one camera takes 0.2 GiB; the rest is for the system and a browser."""
LEAST_DISK = 2 << 30
"""A year of counts takes some 100 MiB; a full disk stops everything."""
EARLIEST = datetime(2026, 11, 1, tzinfo=UTC)
"""This program did not exist before."""
VECTORS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Instructions that make a model fast, as Linux names them: the last five are for int8."""
NUMPY_VECTORS = {"X86_V3": "avx2", "X86_V4": "avx512f", "AVX512_ICL": "avx512_vnni", "ASIMDDP": "asimddp"}
"""The same as NumPy names them, on systems that have no /proc."""


def examine_machine(folder: Path, now: datetime) -> list[Finding]:
    """Everything about the machine.

    Args:
        folder: Where Fairloom writes.
        now: Aware UTC.
    """
    return [python(), system(), processor(), memory(), disk(folder), zones(), clock(now)]


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """The Python that runs this."""
    text = ".".join(map(str, version))
    if version < (3, 11):
        return Finding(TOPIC, "Python", Level.MISSING, text, "Install Python 3.11 or newer")
    return Finding(TOPIC, "Python", Level.OK, text)


def system() -> Finding:
    """The operating system."""
    return Finding(TOPIC, "system", Level.OK, f"{platform.platform()}, {platform.machine()}")


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> Finding:
    """The processor: its name, cores, and which vector instructions it has."""
    found = vectors(cpuinfo)
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count()
    what = f"{processor_name(cpuinfo)}, {cores} cores, {psutil.cpu_count()} threads, {' '.join(found) or 'no vectors'}"
    if platform.machine().lower() in {"x86_64", "amd64"} and "avx2" not in found:
        return Finding(
            TOPIC, "processor", Level.WARNING, what, "Without AVX2 a model runs at a fraction of its speed: few cameras"
        )
    return Finding(TOPIC, "processor", Level.OK, what)


def processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What the processor is called."""
    if cpuinfo.is_file() and (found := re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)):
        return found[1]
    return platform.processor() or platform.machine()


def vectors(cpuinfo: Path = Path("/proc/cpuinfo")) -> tuple[str, ...]:
    """Vector instructions that matter here, in the names of :data:`VECTORS`."""
    if cpuinfo.is_file():
        words = set(cpuinfo.read_text().split())
    else:
        extensions = np.show_config(mode="dicts")["SIMD Extensions"]
        words = {NUMPY_VECTORS.get(name, "") for name in (*extensions["baseline"], *extensions["found"])}
    return tuple(name for name in VECTORS if name in words)


def memory() -> Finding:
    """Main memory."""
    seen = psutil.virtual_memory()
    what = f"{seen.total / 2**30:.1f} GiB, {seen.available / 2**30:.1f} free"
    if seen.available < LEAST_MEMORY:
        return Finding(TOPIC, "memory", Level.WARNING, what, "Close other programs: a watcher wants 1 GiB free")
    return Finding(TOPIC, "memory", Level.OK, what)


def disk(folder: Path) -> Finding:
    """Room where Fairloom writes."""
    free = shutil.disk_usage(folder).free
    what = f"{free / 2**30:.1f} GiB free at {folder.resolve()}"
    if free < LEAST_DISK:
        return Finding(TOPIC, "disk", Level.WARNING, what, "Free some: on a full disk nothing more is counted")
    return Finding(TOPIC, "disk", Level.OK, what)


def zones(name: str = "Asia/Shanghai") -> Finding:
    """Time zone data, without which no shop has a calendar."""
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return Finding(TOPIC, "time zones", Level.MISSING, f"no {name}", "pip install tzdata")
    return Finding(TOPIC, "time zones", Level.OK, "there")


def clock(now: datetime, synchronised: Path = Path("/run/systemd/timesync/synchronized")) -> Finding:
    """The wall clock: whether it can be right, and whether something sets it."""
    what = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < EARLIEST:
        return Finding(TOPIC, "clock", Level.MISSING, what, "Set the clock: counts would get times of the past")
    if synchronised.is_file():
        return Finding(TOPIC, "clock", Level.OK, f"{what}, set by a time server")
    if synchronised.parent.parent.is_dir():
        return Finding(
            TOPIC, "clock", Level.WARNING, f"{what}, not set by a time server yet", "timedatectl set-ntp true"
        )
    return Finding(TOPIC, "clock", Level.OK, f"{what}; whether a time server sets it cannot be seen here")
