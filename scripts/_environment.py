"""The project's own environment: made once in ``.venv``, then found ready.

``ensure`` installs the hashed lock and the project, and leaves a stamp; while the stamp matches, the next start takes
no time and no network. Nothing here needs more than the standard library.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NoReturn

from _installer import SetupError, find_uv, install_locked
from _turns import alone

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
TURN = ROOT / ".venv.lock"
STAMP = VENV / "fairloom-stamp"
INCOMPLETE = "incomplete"
"""In the stamp while packages are being installed: an environment found like this was cut short and is made anew."""

ROOM_BYTES = 1_200_000_000
"""Free space a first set-up needs: the installed packages, and the largest of them once more while it is unpacked."""

ERROR_DISK_FULL = 112
"""What Windows says instead of ENOSPC."""


def ensure() -> Path:
    """The Python of an environment that holds exactly what the lock says, and the project itself.

    Raises:
        SetupError: It cannot be made here, with what to do about it.
    """
    wanted = fingerprint()
    try:
        if not is_ready(wanted):
            with alone(TURN, waiting="Another process sets up .venv; waiting for it."):
                if not is_ready(wanted):
                    set_up(wanted)
    except OSError as error:
        raise SetupError(explain_os_error(error)) from error
    return program_in_venv("python")


def is_ready(wanted: str) -> bool:
    """Whether the environment is there and was made from what the fingerprint stands for."""
    return program_in_venv("python").exists() and read_stamp() == wanted


def set_up(wanted: str) -> None:
    """Make the environment, or bring the one that is there up to date, and stamp it."""
    uv = find_uv()
    print("Fairloom sets itself up in .venv: once, a minute or several. Later starts skip this.", flush=True)
    make_venv(with_pip=uv is None)
    STAMP.write_text(INCOMPLETE, encoding="utf-8")
    install_locked(program_in_venv("python"), LOCK, project=ROOT, uv=uv)
    STAMP.write_text(wanted, encoding="utf-8")


def hand_over(script: Path, arguments: list[str]) -> NoReturn:
    """Never returns: the script runs in the project's environment, in this process's place.

    Args:
        script: Path of the Python file to run.
        arguments: Its command line.
    """
    try:
        python = ensure()
    except SetupError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nSet-up interrupted; nothing is broken. Start the same command again to go on.")
    command = [str(python), str(script), *arguments]
    if os.name != "nt":
        os.execve(command[0], command, child_environment())  # noqa: S606 - replacing this process is the point
    process = subprocess.Popen(command, env=child_environment())
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            continue  # the child got Ctrl-C too and decides how to end


def program_in_venv(name: str) -> Path:
    """Where a program of the environment is, or will be once it is made."""
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def child_environment() -> dict[str, str]:
    """This process's environment variables as an activated ``.venv`` would have them.

    Other installations' packages (``PYTHONPATH``) stay out: what runs is what the lock says. Text is UTF-8 also where
    the console's code page is another one (cp936).
    """
    variables = {key: value for key, value in os.environ.items() if key not in {"PYTHONHOME", "PYTHONPATH"}}
    variables["VIRTUAL_ENV"] = str(VENV)
    variables["PATH"] = os.pathsep.join([str(program_in_venv("python").parent), variables.get("PATH", os.defpath)])
    variables["PYTHONUTF8"] = "1"
    return variables


def fingerprint() -> str:
    """What the environment depends on, as one hash: lock, package metadata, Python, and where the folder lies.

    Raises:
        SetupError: A file of the project is missing.
    """
    for path in (LOCK, PROJECT):
        if not path.exists():
            msg = f"{path.name} is missing from {ROOT}: this is not a complete copy of the project. Get it again."
            raise SetupError(msg)
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    installed = {key: project.get(key) for key in ("build-system", "project")}  # the tools' settings install nothing
    place = [list(sys.version_info[:2]), sys.platform, str(ROOT)]
    return hashlib.sha256(LOCK.read_bytes() + json.dumps([installed, place]).encode()).hexdigest()


def read_stamp() -> str:
    """What the last set-up left: a fingerprint, ``INCOMPLETE``, or nothing in an environment made by hand."""
    return STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""


def make_venv(*, with_pip: bool) -> None:
    """Leave an empty or reusable environment in ``.venv``.

    Raises:
        SetupError: This Python cannot make one, or something else is in its place.
        OSError: The folder cannot be written.
    """
    usable = (VENV / "pyvenv.cfg").exists()
    if VENV.exists() and not usable and any(VENV.iterdir()):
        msg = f"{VENV} exists and is no virtual environment. Move it away and start again."
        raise SetupError(msg)
    keep = usable and read_stamp() != INCOMPLETE and runs_this_python()
    if keep and not (with_pip and not runs("import pip")):
        return
    if not keep and (free := shutil.disk_usage(ROOT).free) < ROOM_BYTES:
        raise SetupError(explain_disk_full(free))
    needed = ("venv", "ensurepip") if with_pip else ("venv",)
    if any(importlib.util.find_spec(name) is None for name in needed):
        raise SetupError(explain_no_venv())
    import venv  # noqa: PLC0415 - Debian ships Python without it; the check above says so in words

    try:
        venv.EnvBuilder(clear=not keep, symlinks=os.name != "nt", with_pip=with_pip).create(VENV)
    except subprocess.CalledProcessError as error:  # ensurepip runs as a process of its own
        msg = f"{explain_no_venv()}\n{error}"
        raise SetupError(msg) from error


def runs_this_python() -> bool:
    """Whether the environment that is there works, and has the version of the Python that runs this."""
    return runs(f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})")


def runs(code: str) -> bool:
    """Whether the environment's Python runs this code without an error."""
    try:
        return subprocess.run([program_in_venv("python"), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False  # there is none, or its own Python is gone


def explain_os_error(error: OSError) -> str:
    """What to tell the user about a folder that cannot be written."""
    if error.errno == errno.ENOSPC or getattr(error, "winerror", None) == ERROR_DISK_FULL:
        return explain_disk_full(shutil.disk_usage(ROOT).free)
    return f"Cannot write {error.filename or VENV}: {error.strerror}. The project's folder must be writable."


def explain_disk_full(free_bytes: int) -> str:
    """What to tell the user about a disk without room."""
    return (
        f"The disk is full: the set-up needs {ROOM_BYTES / 1e9:.1f} GB in {ROOT}, "
        f"and {free_bytes / 1e9:.1f} GB are free.\n"
        "Make room and start again."
    )


def explain_no_venv() -> str:
    """What to tell the user of a Python that was cut down by its packager."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"This Python ({sys.executable}) cannot make virtual environments.\n"
        f"On Debian or Ubuntu: apt install python{version}-venv. "
        "Elsewhere install Python from python.org, or install uv."
    )
