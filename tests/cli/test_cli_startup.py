"""The command answers at once: what a command needs is loaded when it runs, not before."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["av", "cv2", "fastapi", "numpy", "onnxruntime", "openpyxl", "scipy", "sqlalchemy"])
def test_help_loads_no_heavy_library(heavy: str) -> None:
    code = f"import sys; import tracker.cli.main; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
