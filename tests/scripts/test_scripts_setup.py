"""The set-up of the two commands: made once, made anew when cut short, and plain words when it cannot be made."""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("_installer")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installer: ModuleType) -> ModuleType:
    """The set-up of a project that lies in an empty folder, with a ``uv`` that only notes how it was called."""
    module = importlib.import_module("_environment")
    root = tmp_path / "project 工厂"
    root.mkdir()
    (root / "requirements.lock").write_text("a==1\n")
    (root / "pyproject.toml").write_text("[project]\n")
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "LOCK": root / "requirements.lock",
        "PROJECT": root / "pyproject.toml",
        "TURN": root / ".venv.lock",
        "STAMP": root / ".venv" / "fairloom-stamp",
    }.items():
        monkeypatch.setattr(module, name, value)
    put_uv(monkeypatch, tmp_path, "exit 0")
    return module


def put_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str) -> None:
    """Put a ``uv`` on PATH that notes its arguments, then does what the shell line says."""
    if os.name == "nt":
        pytest.skip("the stand-in for uv is a shell script")
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "uv").write_text(f'#!/bin/sh\necho "$@" >> "{folder}/calls"\n{then}\n')
    (folder / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("FAIRLOOM_INSTALLER", raising=False)


def uv_calls(tmp_path: Path) -> list[str]:
    calls = tmp_path / "bin" / "calls"
    return calls.read_text().splitlines() if calls.exists() else []


def test_installs_hashed_wheels_then_the_project_and_the_next_start_does_nothing(
    environment: ModuleType, tmp_path: Path
) -> None:
    python = environment.ensure()

    assert subprocess.run([python, "-c", "import sys; print(sys.prefix)"], check=True, capture_output=True, text=True)
    locked, project = uv_calls(tmp_path)
    assert "--require-hashes --no-deps --only-binary :all: -r" in locked
    assert f"--no-deps --no-build-isolation -e {environment.ROOT}" in project
    assert environment.ensure() == python
    assert len(uv_calls(tmp_path)) == 2


def test_a_changed_lock_is_installed_into_the_environment_that_is_there(
    environment: ModuleType, tmp_path: Path
) -> None:
    environment.ensure()
    kept = environment.VENV / "a-large-package"
    kept.write_text("")
    environment.LOCK.write_text("a==2\n")

    environment.ensure()

    assert len(uv_calls(tmp_path)) == 4
    assert kept.exists()


def test_settings_of_the_tools_install_nothing(environment: ModuleType) -> None:
    before = environment.fingerprint()
    environment.PROJECT.write_text("[project]\n[tool.ruff]\nline-length = 80\n")
    assert environment.fingerprint() == before
    environment.PROJECT.write_text("[project]\ndependencies = ['b']\n")
    assert environment.fingerprint() != before


@pytest.mark.timeout(300)  # it unpacks a real pip too
def test_pip_joins_an_environment_that_uv_made(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.ensure()
    kept = environment.VENV / "a-large-package"
    kept.write_text("")
    monkeypatch.setenv("FAIRLOOM_INSTALLER", "pip")
    monkeypatch.setattr(environment, "install_locked", lambda *_, **__: None)
    environment.LOCK.write_text("a==2\n")
    assert not environment.runs("import pip")

    environment.ensure()

    assert environment.runs("import pip")
    assert kept.exists()


def test_two_starts_at_once_set_up_once(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_uv(monkeypatch, tmp_path, f"while [ ! -e '{tmp_path}/go on' ]; do sleep 0.02; done")
    said: Queue[str] = Queue()
    turns = importlib.import_module("_turns")
    monkeypatch.setattr(turns, "print", lambda text, **_: said.put(text), raising=False)
    with ThreadPoolExecutor() as pool:  # flock holds between two openings of the file, also within one process
        starts = [pool.submit(environment.ensure) for _ in range(2)]
        try:
            assert "Another process sets up .venv" in said.get(timeout=30)
            assert not any(start.done() for start in starts)
        finally:
            (tmp_path / "go on").touch()  # or the pool would wait for them for ever
        pythons = {start.result() for start in starts}

    assert pythons == {environment.program_in_venv("python")}
    assert len(uv_calls(tmp_path)) == 2


def test_a_set_up_that_was_cut_short_is_made_anew(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_uv(monkeypatch, tmp_path, "echo 'cause: No space left on device (os error 28)'; exit 2")
    with pytest.raises(environment.SetupError, match="The disk is full"):
        environment.ensure()
    half_installed = environment.VENV / "half-a-package"
    half_installed.write_text("")
    put_uv(monkeypatch, tmp_path, "exit 0")

    environment.ensure()

    assert not half_installed.exists()


def test_a_folder_called_venv_that_holds_something_else_is_left_alone(environment: ModuleType) -> None:
    environment.VENV.mkdir()
    (environment.VENV / "thesis.docx").write_text("years of work")

    with pytest.raises(environment.SetupError, match="no virtual environment"):
        environment.ensure()

    assert (environment.VENV / "thesis.docx").read_text() == "years of work"


def test_too_little_room_is_said_before_anything_is_written(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ROOM_BYTES", 10**18)

    with pytest.raises(environment.SetupError, match=r"The disk is full: the set-up needs 1000000000\.0 GB"):
        environment.ensure()

    assert not environment.VENV.exists()


def test_an_incomplete_copy_of_the_project_is_said(environment: ModuleType) -> None:
    environment.LOCK.unlink()

    with pytest.raises(environment.SetupError, match=r"requirements\.lock is missing"):
        environment.ensure()


def test_a_python_without_ensurepip_is_told_which_package_brings_it(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLOOM_INSTALLER", "pip")
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name))

    with pytest.raises(environment.SetupError, match=r"apt install python3\.\d+-venv"):
        environment.ensure()


def test_scripts_see_only_the_locked_packages_and_speak_utf8(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/opt/ros/lib")

    variables = environment.child_environment()

    assert "PYTHONPATH" not in variables
    assert variables["PYTHONUTF8"] == "1"
    assert variables["PATH"].split(os.pathsep)[0] == str(environment.program_in_venv("python").parent)


@pytest.mark.parametrize(
    ("last_words", "advice"),
    [
        # pip says "no matching distribution" also when it could not ask: the network is the cause
        (
            "NewConnectionError(...): [Errno 111] Connection refused\nERROR: No matching distribution found",
            "NO_REGISTRY",
        ),
        ("error: Request failed after 3 retries\n  cause: client error (Connect)\n  cause: dns error", "NO_REGISTRY"),
        ("ReadTimeoutError(\"HTTPSConnectionPool(host='h', port=443): Read timed out.\")", "NO_REGISTRY"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed'))", "NO_TRUST"),
        ("invalid peer certificate: UnknownIssuer", "NO_TRUST"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "NO_ROOM"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "WRONG_HASH"),
        ("error: Hash mismatch for `av==18.1.0`", "WRONG_HASH"),
        ("ERROR: No matching distribution found for onnxruntime==1.32.0", "NO_WHEEL"),
        ("Because av==18.1.0 has no usable wheels and you require av==18.1.0", "NO_WHEEL"),
    ],
)
def test_an_installers_failure_is_told_by_its_cause(installer: ModuleType, last_words: str, advice: str) -> None:
    explained = installer.explain_failure(last_words.splitlines())

    assert explained.startswith(getattr(installer, advice))
    assert last_words.splitlines()[-1].strip() in explained


def test_an_unknown_failure_shows_the_installers_own_errors(installer: ModuleType) -> None:
    explained = installer.explain_failure(["Collecting a"] * 50 + ["ERROR: the moon is in the wrong phase"])

    assert "FAIRLOOM_INSTALLER=pip" in explained
    assert "the moon is in the wrong phase" in explained
    assert "Collecting" not in explained


def test_uv_asks_the_registry_that_pip_is_set_up_with(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = (
        "global.index-url='https://one.example/simple'\n"
        "install.trusted-host='one.example two.example'\n"
        "global.extra-index-url='https://two.example/simple'\n"
        ":env:.index-url='https://three.example/simple'\n"  # the environment beats the file, as in pip
        "global.find-links='/wheels /more'\n"
    )
    done = subprocess.CompletedProcess([], 0, stdout=listing)
    monkeypatch.setattr(installer.subprocess, "run", lambda *_, **__: done)
    for key in [key for key in os.environ if key.startswith("UV_")]:
        monkeypatch.delenv(key)

    variables = installer.installer_environment("uv")

    assert variables["UV_DEFAULT_INDEX"] == "https://three.example/simple"
    assert variables["UV_INDEX"] == "https://two.example/simple"
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"  # as pip does; every file's hash is checked
    assert variables["UV_INSECURE_HOST"] == "one.example two.example"
    assert variables["UV_FIND_LINKS"] == "/wheels,/more"


def test_the_example_of_reading_pips_settings_is_true(installer: ModuleType) -> None:
    assert doctest.testmod(installer) == doctest.TestResults(failed=0, attempted=1)


def test_a_registry_chosen_for_uv_itself_is_kept(installer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")

    assert installer.installer_environment("uv")["UV_DEFAULT_INDEX"] == "https://mine.example/simple"


@pytest.mark.timeout(300)  # it unpacks a real pip, which a busy disk can make slow
def test_real_pip_without_a_registry_ends_with_advice(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {
        "FAIRLOOM_INSTALLER": "pip",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",  # the discard port: nothing listens
        "PIP_NO_CACHE_DIR": "1",
    }.items():
        monkeypatch.setenv(key, value)
    environment.LOCK.write_text(f"typer==0.29.2 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(environment.SetupError, match="The package registry cannot be reached"):
        environment.ensure()


@pytest.mark.parametrize("name", ["_setup.py", "demo.py", "test.py"])
def test_what_runs_before_the_version_check_parses_on_old_pythons(name: str) -> None:
    ast.parse((SCRIPTS / name).read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("name", ["demo.py", "test.py"])
def test_an_old_python_is_told_what_is_needed(name: str) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 8, 1, 'final', 0); "
        f"sys.argv = [{str(SCRIPTS / name)!r}]; sys.path.insert(0, {str(SCRIPTS)!r}); "
        f"runpy.run_path({str(SCRIPTS / name)!r}, run_name='__main__')"
    )

    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Fairloom needs Python 3.11 or newer; this is Python 3.8" in done.stderr


def test_the_script_gets_its_arguments_and_its_exit_status_is_handed_on(tmp_path: Path) -> None:
    script = tmp_path / "演示.py"
    script.write_text("import sys\nprint(sys.argv[1:], sys.flags.utf8_mode)\nsys.exit(7)\n", encoding="utf-8")
    hand_over = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); from pathlib import Path; import _environment as e; "
        f"e.ensure = lambda: Path(sys.executable); e.hand_over(Path({str(script)!r}), ['--video', 'a b.mp4'])"
    )

    done = subprocess.run([sys.executable, "-c", hand_over], capture_output=True, text=True, check=False)

    assert done.returncode == 7
    assert done.stdout.strip() == "['--video', 'a b.mp4'] 1"
