"""Make requirements.lock anew from pyproject.toml, and check that it installs wherever Fairloom claims to run.

    python3 scripts/lock.py [--upgrade]

Keeps the locked versions that still fit; ``--upgrade`` takes the newest of everything. Needs uv on PATH and a registry.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

import _setup

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-apple-darwin",
)
"""Where the lock must find a wheel for every package. docs/adr/0003 says who lacks which wheels elsewhere."""

MACOS = "14.0"
"""Oldest macOS that ONNX Runtime's wheels run on."""


def main() -> int:
    """0 when the lock was written and every platform has its wheels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of every package")
    options = parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not on PATH. Install it (pip install uv) and start again.")
    compile_lock([uv, "pip", "compile", "--quiet"], upgrade=options.upgrade)
    missing = [gap for platform in PLATFORMS for python in PYTHONS if (gap := missing_wheel(uv, platform, python))]
    print("\n".join(missing) or f"wheels for {', '.join(PLATFORMS)}; Python {', '.join(PYTHONS)}: complete")
    return 1 if missing else 0


def compile_lock(uv_compile: list[str], *, upgrade: bool) -> None:
    """Write the lock: one file for every platform, hashes, no registry's address."""
    subprocess.run(
        [
            *uv_compile,
            *("--universal", "--python-version", PYTHONS[0], "--extra", "dev"),
            *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
            *("--no-emit-package", "opencv-python"),  # overridden to nothing in pyproject.toml
            *("--custom-compile-command", "python3 scripts/lock.py"),
            *(["--upgrade"] if upgrade else []),
            *("pyproject.toml", "--output-file", "requirements.lock"),
        ],
        cwd=_setup.ROOT,
        check=True,
    )


def missing_wheel(uv: str, platform: str, python: str) -> str | None:
    """What a platform lacks to install the lock without compiling, or ``None`` when nothing."""
    done = subprocess.run(
        [
            *(uv, "pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:"),
            *("--python-platform", platform, "--python-version", python, "--extra", "dev"),
            *("pyproject.toml", "--constraint", "requirements.lock", "--output-file", os.devnull),
        ],
        cwd=_setup.ROOT,
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS},
        capture_output=True,
        text=True,
        check=False,
    )
    return None if done.returncode == 0 else f"{platform}, Python {python}: {done.stderr.strip()}"


if __name__ == "__main__":
    sys.exit(main())
