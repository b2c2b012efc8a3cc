"""See Fairloom work: three simulated cameras, four orders, and the page that follows them.

    python3 scripts/demo.py [--help]

Sets up its own environment the first time; needs Python 3.11 or newer and nothing else.
"""

import sys
from pathlib import Path

import _setup

if __name__ == "__main__":
    _setup.hand_over(Path(__file__).with_name("demo_workshop.py"), sys.argv[1:])
