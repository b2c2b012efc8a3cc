"""One process at a time, on any system, with nothing left behind by one that dies."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(path: Path, *, waiting: str) -> Iterator[None]:
    """Inside, no other process is inside for the same file.

    Args:
        path: File to lock; made when it is missing, and left there empty.
        waiting: What to tell the user when another process is inside.
    """
    with path.open("a+b") as file:
        try:
            _lock(file.fileno(), wait=False)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
            print(waiting, flush=True)
            _lock(file.fileno(), wait=True)
        yield  # closing the file ends the lock, and so does the end of the process


TAKEN = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
"""What the systems say when another process holds the lock."""

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int, *, wait: bool) -> None:
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if not (wait and error.errno == errno.EDEADLK):  # Windows stops waiting after ten seconds
                    raise
            else:
                return
else:
    import fcntl

    def _lock(file: int, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
