"""The software: packages that must be there, and those that get in each other's way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from tracker import __version__
from tracker.capture.abilities import ffmpeg_version
from tracker.detect.survey import runtime_version
from tracker.doctor.finding import Finding, Level

TOPIC = "software"
EXCLUSIVE = (
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml", "onnxruntime-qnn"),
    ("opencv-python-headless", "opencv-python", "opencv-contrib-python"),
)
"""Packages that write the same files: of each row only one may be installed."""
FONTS = "pylopdf-fonts-zh-cn"
"""Chinese type for printed pages; the system's own fonts are never used."""

Versions = Callable[[str], str]


def examine_software(find: Versions = version, required: Sequence[str] | None = None) -> list[Finding]:
    """Everything about packages.

    Args:
        find: Gives a package's version, or raises ``PackageNotFoundError``.
        required: What Fairloom asks for; default: what its own metadata says.
    """
    wanted = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in _core(required)]
    missing = [name for name in wanted if _version(name, find) is None]
    what = f"fairloom {__version__}, ONNX Runtime {runtime_version()}, {ffmpeg_version()}"
    findings = [_packages(f"{what}, and the {len(wanted)} packages they need", missing)]
    for rivals in EXCLUSIVE:
        there = [name for name in rivals if _version(name, find) is not None]
        if len(there) > 1:
            findings.append(
                Finding(
                    TOPIC,
                    "rivals",
                    Level.WARNING,
                    f"{' and '.join(there)} overwrite each other's files",
                    f"pip uninstall {' '.join(there)}, then install the one you want",
                )
            )
    fonts = _version(FONTS, find)
    findings.append(
        Finding(TOPIC, "fonts", Level.MISSING, "no Chinese type for printed pages", f"pip install {FONTS}")
        if fonts is None
        else Finding(TOPIC, "fonts", Level.OK, f"{FONTS} {fonts}")
    )
    return findings


def _packages(what: str, missing: Sequence[str]) -> Finding:
    if missing:
        names = " ".join(missing)
        return Finding(TOPIC, "packages", Level.MISSING, f"{what}, without {names}", f"pip install {names}")
    return Finding(TOPIC, "packages", Level.OK, what)


def _core(required: Sequence[str] | None) -> list[str]:
    """Requirements without those of extras."""
    listed = requires("fairloom") if required is None else required
    return [line for line in listed or () if "extra ==" not in line]


def _version(name: str, find: Versions) -> str | None:
    try:
        return find(name)
    except PackageNotFoundError:
        return None
