"""Execution providers, and accelerators that are here but unused."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tracker.detect.survey import Tried, plugin_devices, try_providers
from tracker.doctor.finding import Finding, Level

TOPIC = "models"
SMI = "nvidia-smi"
SMI_PATIENCE_S = 20.0
"""A driver that hangs must not hang the doctor."""


def examine_accelerators(model: Path, devices: Path = Path("/dev")) -> list[Finding]:
    """Every provider tried with a model, and what stands around unused.

    Args:
        model: An ONNX file.
        devices: Where Linux keeps device files.
    """
    tried = try_providers(model)
    findings = [_provider(each) for each in tried]
    findings += unused(tried, nvidia=nvidia_cards(), render=sorted(path.name for path in devices.glob("dri/renderD*")))
    if offered := plugin_devices():
        findings.append(Finding(TOPIC, "devices", Level.OK, "; ".join(offered)))
    return findings


def nvidia_cards() -> list[str] | None:
    """Names and drivers of NVIDIA cards; ``None`` without NVIDIA's driver, empty when the driver sees no card."""
    command = shutil.which(SMI)
    if command is None:
        return None
    try:
        asked = subprocess.run(  # noqa: S603 -- found on PATH, with arguments of our own
            [command, "--query-gpu=name,driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=SMI_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in asked.stdout.splitlines() if line.strip()] if asked.returncode == 0 else []


def unused(tried: Sequence[Tried], *, nvidia: Sequence[str] | None, render: Sequence[str]) -> list[Finding]:
    """Accelerators that the machine has and no provider uses."""
    runs = {each.short for each in tried if each.median_ms is not None}
    install = {each.short: each.install for each in tried}
    findings = []
    if nvidia is not None and not nvidia:
        findings.append(
            Finding(
                TOPIC, "NVIDIA", Level.WARNING, f"{SMI} is here and finds no card", "Repair the driver: run nvidia-smi"
            )
        )
    if nvidia and not runs & {"cuda", "tensorrt"}:
        findings.append(
            Finding(TOPIC, "NVIDIA", Level.WARNING, f"{nvidia[0]} is here, and no provider runs on it", install["cuda"])
        )
    if render and not runs - {"cpu"}:
        findings.append(
            Finding(
                TOPIC,
                "graphics",
                Level.ABSENT,
                f"a graphics processor ({render[0]}) that no provider uses",
                f"If it is Intel's: {install['openvino']}",
            )
        )
    return findings


def _provider(tried: Tried) -> Finding:
    name = f"provider {tried.short}"
    if tried.median_ms is not None:
        return Finding(TOPIC, name, Level.OK, f"runs, {tried.median_ms:.1f} ms a picture with one thread")
    if not tried.installed:
        return Finding(TOPIC, name, Level.ABSENT, tried.why or "", f"If wanted: {tried.install}")
    level = Level.MISSING if tried.short == "cpu" else Level.WARNING
    return Finding(TOPIC, name, level, f"installed and does not run: {tried.why}", tried.install)
