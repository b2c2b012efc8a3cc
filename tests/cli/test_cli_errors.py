"""What people do wrong, and the one message and exit code that each of it gets."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import onnxruntime
import pytest
from cli_shell import CALIBRATION, cut, done, run_cli, write_clip

from tracker import app
from tracker.cli.shell import Exit, exit_code
from tracker.detect.providers import PROVIDERS
from tracker.domain import errors
from tracker.store import Store, open_store

MODEL = Path(__file__).parents[2] / "models" / "default"
NOBODY = UUID(int=7)

CALIBRATIONS = {
    "good": CALIBRATION,
    "typo": "fsp = 5\n" + CALIBRATION,
    "typo-in-rule": CALIBRATION + "piece_per_unit = 2\n",
    "outside": CALIBRATION.replace("line =", "line = [[0.5, 0.0], [0.5, 720]] #"),
    "edge": CALIBRATION.replace("line =", "line = [[0.0, 1.0], [0.0, 0.0]] #"),
    "point": CALIBRATION.replace("line =", "line = [[0.5, 0.5], [0.5, 0.5]] #"),
    "class": CALIBRATION + 'classes = ["garmet"]\n',
    "hands": CALIBRATION + 'classes = ["hand"]\n',
    "broken": CALIBRATION + "classes = [\n",
}


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory, made_shop: Path) -> Path:
    """One of everything that can be wrong, beside a workshop; a command that fails changes none of it."""
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(made_shop, folder, dirs_exist_ok=True)
    write_clip(folder / "clip.mp4")
    cut(write_clip(folder / "no-index.mp4", index_first=False), keep=0.6)
    for name in ("text.mp4", "broken.xlsx"):
        (folder / name).write_text("dear diary, today we sewed forty shirts\n" * 50)
    (folder / "empty.mp4").write_bytes(b"")
    for name, text in CALIBRATIONS.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    shutil.copytree(MODEL, folder / "tampered")
    with (folder / "tampered" / "model.onnx").open("ab") as weights:
        weights.write(b"\0")
    (folder / "typo-shop").mkdir()
    (folder / "typo-shop" / "workshop.toml").write_text('name = "X"\n[serve]\nprot = 8001\n')
    return folder


@pytest.fixture
def in_faulty(faulty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(faulty)
    return faulty


START = "--start 2026-03-02T08:00:00+08:00"

WRONG: list[tuple[str, Exit, str]] = [
    # usage: Typer's own words, which change between its versions
    ("frobnicate", Exit.USAGE, "No such command 'frobnicate'"),
    ("orders show", Exit.USAGE, "Missing argument '(order|ORDER)'"),
    ("correct PO-1001 sew many -w shop", Exit.USAGE, "(pieces|PIECES).* valid integer"),
    ("correct PO-1001 sew 1000001 -w shop", Exit.USAGE, "(pieces|PIECES).*1000000"),
    ("replay clip.mp4", Exit.USAGE, "Missing option '--camera'"),
    ("serve --port 0 -w shop", Exit.USAGE, "--port"),
    # videos
    ("replay missing.mp4 -c good.toml", Exit.INPUT, r"missing\.mp4"),
    ("replay text.mp4 -c good.toml", Exit.INPUT, r"text\.mp4"),
    ("replay empty.mp4 -c good.toml", Exit.INPUT, r"empty\.mp4"),
    ("replay no-index.mp4 -c good.toml", Exit.INPUT, r"no-index\.mp4"),
    ("replay clip.mp4 -c good.toml --start noon", Exit.INPUT, "--start noon; expected ISO 8601 with offset"),
    ("replay clip.mp4 -c good.toml --start 2026-03-02T08:00:00", Exit.INPUT, "expected ISO 8601 with offset"),
    ("replay clip.mp4 -c good.toml --fps -1", Exit.INPUT, "frames per second must be above 0"),
    ("replay clip.mp4 -c good.toml --into shop", Exit.INPUT, "does not say when it was recorded.*--start"),
    (f"replay clip.mp4 -c hands.toml --into shop {START}", Exit.INPUT, "counts 'hand'.*never people"),
    (f"replay clip.mp4 -c good.toml --into nowhere {START}", Exit.INPUT, r"workshop\.toml does not exist"),
    # calibrations
    ("replay clip.mp4 -c missing.toml", Exit.INPUT, r"missing\.toml does not exist"),
    ("replay clip.mp4 -c broken.toml", Exit.INPUT, r"broken\.toml is not valid TOML"),
    ("replay clip.mp4 -c typo.toml", Exit.INPUT, "unknown key 'fsp'; did you mean 'fps'"),
    ("replay clip.mp4 -c typo-in-rule.toml", Exit.INPUT, "piece_per_unit'; did you mean 'pieces_per_unit'"),
    ("replay clip.mp4 -c outside.toml", Exit.INPUT, "outside the picture; .*got 720; these look like pixels"),
    ("replay clip.mp4 -c edge.toml", Exit.INPUT, "can't be crossed, it lies along the picture's edge"),
    ("replay clip.mp4 -c point.toml", Exit.INPUT, "can't be crossed, it is a point"),
    ("replay clip.mp4 -c class.toml", Exit.INPUT, "counts 'garmet'.*did you mean 'garment'"),
    # models
    ("replay clip.mp4 -c good.toml -m tampered", Exit.INPUT, "not the file its card describes; expected sha256 .*got "),
    ("model check tampered", Exit.INPUT, "not the file its card describes"),
    ("model check defualt", Exit.INPUT, "no model folder 'defualt'; .*one of the names: .*default"),
    ("model check default --provider gpu", Exit.PROVIDER, "unknown provider 'gpu'; expected one of auto, cpu, "),
    (
        "replay clip.mp4 -c good.toml --provider gpu",
        Exit.PROVIDER,
        "unknown provider 'gpu'; expected one of auto, cpu, ",
    ),
    ("model add tampered/model.onnx --layout yolo99", Exit.INPUT, "unknown layout 'yolo99'; expected auto, "),
    ("model add tampered/model.onnx --input 640", Exit.INPUT, "--input 640; expected WIDTHxHEIGHT"),
    ("model add text.mp4", Exit.INPUT, r"text\.mp4"),
    ("model add missing.onnx", Exit.INPUT, r"missing\.onnx"),
    # workshops
    ("status -w nowhere", Exit.INPUT, r"nowhere.workshop\.toml does not exist\. `tracker init`"),
    ("status -w typo-shop", Exit.INPUT, r"unknown key 'serve\.prot'; did you mean 'port'"),
    ("init shop", Exit.CONFLICT, r"workshop\.toml exists already"),
    ('init new --name a"b', Exit.INPUT, "a name without quotes"),
    ("init clip.mp4", Exit.INPUT, "clip.mp4 cannot be written"),
    ("run -w shop", Exit.INPUT, "no camera in .*calibration has a source.*`tracker correct`"),
    # orders
    (
        "orders show PO-100 -w shop",
        Exit.NOT_FOUND,
        "no order 'PO-100'.*PO-1001.*PO-1002|no order 'PO-100'.*PO-1002.*PO-1001",
    ),
    ("orders import orders.csv -w shop", Exit.INPUT, r"2 fault\(s\), nothing was imported\n  A2: order PO-1001"),
    ("orders import broken.xlsx -w shop", Exit.INPUT, r"broken\.xlsx"),
    ("orders import missing.xlsx -w shop", Exit.INPUT, r"missing\.xlsx"),
    ("orders import orders.csv --dates dmy -w shop", Exit.INPUT, "--dates dmy; expected .*day-first or month-first"),
    ("orders import orders.csv --map Style -w shop", Exit.INPUT, "Style"),
    ("orders template orders.pdf", Exit.INPUT, r"orders\.pdf"),
    ("orders schedule PO-9 sew -w shop", Exit.NOT_FOUND, "no order 'PO-9'"),
    ("orders schedule PO-1001 weld -w shop", Exit.NOT_FOUND, "no step of order PO-1001 'weld'"),
    ("orders schedule PO-1001 sew --from soon -w shop", Exit.INPUT, "--from soon; expected ISO 8601 with offset"),
    (
        "orders schedule PO-1001 sew --from 2026-03-02T08:00:00Z --to 2026-03-01T08:00:00Z -w shop",
        Exit.CONFLICT,
        "ends before it starts",
    ),
    # counts by hand
    ("correct PO-9 sew 5 -w shop", Exit.NOT_FOUND, "no order 'PO-9'"),
    ("correct PO-1001 weld 5 -w shop", Exit.NOT_FOUND, "no step of order PO-1001 'weld'"),
    (
        "correct PO-1001 sew 5 --line XXL -w shop",
        Exit.NOT_FOUND,
        "PO-1001 has no line 'XXL'; expected one of: navy.* S, ",
    ),
    ("correct PO-1001 sew 5 --at 2999-01-01T00:00:00Z -w shop", Exit.INPUT, "a time that has passed; got a future one"),
    ("correct PO-1001 sew 5 --at 2026-03-02T08:00:00 -w shop", Exit.INPUT, "expected ISO 8601 with offset"),
    ("assign nonsense PO-1001 -w shop", Exit.NOT_FOUND, "no event 'nonsense'"),
    (f"assign {NOBODY} PO-1001 -w shop", Exit.NOT_FOUND, f"no event '{NOBODY}'"),
]


@pytest.mark.parametrize(("line", "code", "message"), WRONG, ids=[line for line, *_ in WRONG])
def test_what_is_wrong_is_said_in_one_message(line: str, code: Exit, message: str, in_faulty: Path) -> None:
    ran = run_cli(*line.split())
    assert re.search(message, ran.err, re.DOTALL), ran.err
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    assert ran.err.startswith("Usage: " if code is Exit.USAGE else "tracker: ")


def test_what_failed_changed_nothing(here: Path) -> None:
    before = done("status", "-w", "shop", "--json").json
    for line in (
        "orders import orders.csv",
        "correct PO-1001 sew 5 --line XXL",
        "correct PO-1001 sew 5 --at 2999-01-01T00:00:00Z",
        "orders schedule PO-1001 weld",
    ):
        assert run_cli(*line.split(), "-w", "shop").code != 0
    assert done("status", "-w", "shop", "--json").json == before


def test_a_provider_that_this_installation_lacks_is_named(in_faulty: Path) -> None:
    missing = next(short for short, name in PROVIDERS.items() if name not in onnxruntime.get_available_providers())
    ran = run_cli("model", "check", str(MODEL), "--provider", missing)
    assert ran.code == Exit.PROVIDER
    assert f"provider {missing} is not in this installation" in ran.err
    assert "--provider cpu" in ran.err


def test_a_clip_that_is_cut_short_is_counted_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "camera.toml").write_text(CALIBRATION)
    whole, short = write_clip(tmp_path / "whole.mp4"), cut(write_clip(tmp_path / "short.mp4"), keep=0.6)
    reports = [done("replay", str(clip), "-c", str(tmp_path / "camera.toml"), "--json") for clip in (whole, short)]
    assert reports[0].json["frames"] == 20
    assert 0 < reports[1].json["frames"] < 20
    assert reports[0].err == ""
    assert re.fullmatch(
        r"tracker: warning: .*short\.mp4 is cut short or damaged: readable up to [\d.]+ s of 2\.0 s\n", reports[1].err
    )


def test_a_database_that_another_process_holds_refuses_writers_and_serves_readers(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(path: Path) -> Store:
        return open_store(path, busy_timeout_s=0.05)

    monkeypatch.setattr(app, "open_store", impatient)
    with closing(sqlite3.connect(here / "shop" / "fairloom.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ran = run_cli("correct", "PO-1001", "sew", "5", "-w", "shop")
        assert (ran.code, ran.out) == (Exit.STORE, "")
        assert "locked by another process" in ran.err
        assert "PO-1001" in done("status", "-w", "shop").out
        other.execute("ROLLBACK")
    assert "PO-1001" in done("correct", "PO-1001", "sew", "5", "-w", "shop").out


def test_a_file_that_is_no_database_is_refused_and_left_alone(here: Path) -> None:
    database = here / "shop" / "fairloom.db"
    database.write_bytes(b"order,customer,quantity\n" * 100)
    ran = run_cli("status", "-w", "shop")
    assert (ran.code, ran.out) == (Exit.STORE, "")
    assert "damaged or not a database" in ran.err
    assert database.read_bytes() == b"order,customer,quantity\n" * 100


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 3),
        (errors.CalibrationError("x"), 3),
        (errors.ModelError("x"), 3),
        (errors.ModelHashError("x"), 3),
        (errors.ModelRefusedError("x"), 3),
        (errors.SourceError("x"), 3),
        (errors.SheetError("x.csv", ()), 3),
        (errors.NotFoundError("x"), 4),
        (errors.ConflictError("x"), 5),
        (errors.StoreError("x"), 6),
        (errors.StoreBusyError("x"), 6),
        (errors.StoreFullError("x"), 6),
        (errors.ProviderError("x"), 7),  # though it is a ModelError: a supervisor may try another provider
    ],
)
def test_every_error_has_its_exit_code(error: errors.TrackerError, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("orders", "show", "PO-100", "-w", "shop"), 4, "tracker: no order 'PO-100'"),
        (("replay", "missing.mp4", "-c", "good.toml"), 3, "missing.mp4"),
    ],
)
def test_a_shell_sees_the_same(arguments: tuple[str, ...], code: int, message: str, faulty: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", *arguments],
        cwd=faulty,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert (ran.returncode, ran.stdout) == (code, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_ctrl_c_is_no_crash(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracker.app.open_workshop", interrupted)
    ran = run_cli("status", "-w", "shop")
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err
