"""The first import of every script that a user starts by hand: stops an old Python with a sentence.

This file must parse on any Python 3, so it holds nothing else; the work is done in ``_environment.py``.
"""

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "Fairloom needs Python {}.{} or newer; this is Python {}.{} ({}).\n"
        "Install a newer one and start the same script with it, for example: python3.12 {}".format(
            *OLDEST, *sys.version_info[:2], sys.executable, sys.argv[0]
        )
    )

from _environment import (  # noqa: E402 - only after the check
    ROOT,
    SetupError,
    child_environment,
    ensure,
    hand_over,
    program_in_venv,
)

__all__ = ["ROOT", "SetupError", "child_environment", "ensure", "hand_over", "program_in_venv"]
