"""``python3 scripts/bars``: sets up the environment, then runs the measurements (``run.py`` says how)."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _setup  # noqa: E402 - it lies in the folder that was just put on the path

if __name__ == "__main__":
    _setup.hand_over(HERE / "run.py", sys.argv[1:])
