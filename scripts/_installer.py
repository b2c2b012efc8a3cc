"""Installs the lock with uv or pip, and says in plain words what went wrong when it fails."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


class SetupError(Exception):
    """The environment cannot be made; the text says what is wrong and what to do."""


def find_uv() -> str | None:
    """Path of uv, which installs ten times faster than pip, or ``None``; ``FAIRLOOM_INSTALLER=pip`` hides it."""
    chosen = os.environ.get("FAIRLOOM_INSTALLER", "")
    uv = shutil.which("uv")
    if chosen not in {"", "pip", "uv"}:
        msg = f"FAIRLOOM_INSTALLER: expected pip or uv, got {chosen!r}."
        raise SetupError(msg)
    if chosen == "uv" and uv is None:
        msg = "FAIRLOOM_INSTALLER asks for uv, which is not on PATH."
        raise SetupError(msg)
    return None if chosen == "pip" else uv


def install_locked(python: Path, lock: Path, *, project: Path, uv: str | None) -> None:
    """Fill an environment: the locked packages, then the project over them, editable.

    The lock is complete and hashed, so nothing is resolved (``--no-deps``) and nothing is compiled (wheels only).
    The project builds with the locked build backend instead of downloading one.

    Args:
        python: The environment's Python.
        lock: Requirements file with hashes.
        project: Folder of pyproject.toml.
        uv: Path of uv; ``None`` takes the environment's pip.

    Raises:
        SetupError: The installer failed, with the likely cause.
    """
    # pip says that a connection failed only where it may try again.
    by_pip = [str(python), "-m", "pip", "install", "--retries", "3"]
    program = [uv, "pip", "install", "--python", str(python)] if uv else by_pip
    variables = installer_environment(uv)
    for what in (
        ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)],
        ["--no-deps", "--no-build-isolation", "-e", str(project)],
    ):
        _run_installer([*program, *what], variables, folder=project)


def _run_installer(command: list[str], variables: dict[str, str], *, folder: Path) -> None:
    with subprocess.Popen(
        command,
        env=variables,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if WORTH_SHOWING.match(line):
                print("  " + shorten(line.strip(), 110), flush=True)
    if process.returncode != 0:
        raise SetupError(explain_failure(lines))


WORTH_SHOWING = re.compile(r"\s*(Downloading|Installing|Installed|WARNING: Retrying)")
"""Lines of an installer that a waiting user wants to see; the rest is kept for the case of failure."""

NO_ROOM = "The disk is full. Make room and start again."

NO_TRUST = """\
The package registry's certificate is not trusted here. Behind a company proxy, name its certificate file:
  pip config set global.cert FILE"""

NO_REGISTRY = """\
The package registry cannot be reached. The first set-up needs one; later starts need no network.
  - Check the connection, and the proxy if there is one (HTTPS_PROXY).
  - To use a mirror or a company registry: pip config set global.index-url ADDRESS
Then start again; what was downloaded so far is kept."""

WRONG_HASH = """\
A downloaded package is not the one that was locked, so it was refused. Either the registry or mirror serves altered
files, or a download was cut short: start again, and if it persists use another registry."""

NO_WHEEL = f"""\
The registry has no ready-made package for this machine. Fairloom runs on 64-bit Linux (x86 or ARM, glibc 2.28 or
newer), 64-bit Windows (x86) and macOS 14 or newer (Apple silicon), with Python 3.11 to 3.14; this is Python
{sys.version_info[0]}.{sys.version_info[1]} on {sys.platform}. A mirror that lags behind may lack it too."""

CAUSES = (
    (r"No space left on device|os error 28\b|os error 112\b|Errno 28\b|not enough space on the disk", NO_ROOM),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer", NO_TRUST),
    (r"DO NOT MATCH THE HASHES|[Hh]ash mismatch", WRONG_HASH),
    (
        r"Max retries|ConnectionError|NameResolutionError|[Cc]onnection (refused|reset)|[Nn]etwork is unreachable",
        NO_REGISTRY,
    ),
    (r"ConnectTimeout|ReadTimeout|timed out|[Dd]ns error|error sending request|client error \(Connect\)", NO_REGISTRY),
    (r"tcp connect error|ProxyError|Failed to fetch|\b50[234] (Server Error|Bad Gateway|Service Unav)", NO_REGISTRY),
    (
        r"No matching distribution|no usable wheels|no wheels with a matching|unsatisfiable|not a supported wheel",
        NO_WHEEL,
    ),
    (r"no version of|is not available|doesn't have a (source|wheel)", NO_WHEEL),
)
"""What an installer prints when something is wrong, and what that means to a user; the first match counts."""


def explain_failure(lines: list[str]) -> str:
    """What to tell the user about an installer's output, with its own last words below."""
    output = "\n".join(lines)
    known = (advice for pattern, advice in CAUSES if re.search(pattern, output))
    advice = next(known, "The installer failed. If it is uv, FAIRLOOM_INSTALLER=pip takes pip instead.")
    errors = [line for line in lines if re.match(r"\s*(error|cause|ERROR)\b", line)] or lines
    last_words = "\n".join("  | " + shorten(line.strip(), 300) for line in errors[-6:])
    return f"{advice}\n\nThe installer's own last words:\n{last_words}"


def shorten(text: str, longest: int) -> str:
    """The text, cut after so many characters."""
    return text if len(text) <= longest else text[:longest] + "..."


PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
"""Settings of pip that uv knows by another name: uv does not read them, and who set up a mirror expects it used."""


def installer_environment(uv: str | None) -> dict[str, str]:
    """Environment variables for the installer: the registry is the one the user's pip is configured with."""
    variables = dict(os.environ)
    variables.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUTF8="1")
    if uv is None or any(key.startswith("UV_") and "INDEX" in key for key in os.environ):
        return variables
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )  # a Python without pip has no settings of pip either
    for name, value in read_pip_settings(listed.stdout if listed.returncode == 0 else "").items():
        if name in PIP_TO_UV:
            separator = "," if name == "find-links" else " "
            variables.setdefault(PIP_TO_UV[name], separator.join(value.split()))
    if "UV_INDEX" in variables:
        # pip looks in every registry it is given; hashes make that safe, wherever a package comes from.
        variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return variables


def read_pip_settings(listing: str) -> dict[str, str]:
    r"""Settings that hold for ``pip install``, from what ``pip config list`` prints; the most specific one wins.

    >>> read_pip_settings("global.index-url='a'\ninstall.index-url='b'\n:env:.timeout='9'")
    {'index-url': 'b', 'timeout': '9'}
    """
    settings: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section + "."):
                settings[key[len(section) + 1 :]] = str(ast.literal_eval(value))
    return settings
