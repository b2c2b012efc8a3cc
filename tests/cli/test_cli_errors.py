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
from tracker.detect import load_card
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
    (folder / "noise").write_bytes(bytes(range(256)))
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
    ("correct PO-1001 sew many -w shop", Exit.USAGE, "(pieces|PIECES).*expected a whole number, got 'many'"),
    ("correct PO-1001 sew 1000001 -w shop", Exit.USAGE, "(pieces|PIECES).*at most 1000000"),
    ("replay clip.mp4", Exit.USAGE, "Missing option '--camera'"),
    ("serve --port 0 -w shop", Exit.USAGE, "--port"),
    # videos
    ("replay missing.mp4 -c good.toml", Exit.INPUT, r"missing\.mp4"),
    ("replay text.mp4 -c good.toml", Exit.INPUT, r"text\.mp4"),
    ("replay empty.mp4 -c good.toml", Exit.INPUT, r"empty\.mp4"),
    ("replay no-index.mp4 -c good.toml", Exit.INPUT, r"no-index\.mp4"),
    ("replay clip.mp4 -c good.toml --start noon", Exit.USAGE, "--start noon; expected ISO 8601 with offset"),
    ("replay clip.mp4 -c good.toml --start 2026-03-02T08:00:00", Exit.USAGE, "expected ISO 8601 with offset"),
    ("replay clip.mp4 -c good.toml --fps -1", Exit.USAGE, "frames per second must be above 0"),
    ("replay clip.mp4 -c good.toml --into shop", Exit.INPUT, "does not say when it was recorded.*--start"),
    (f"replay clip.mp4 -c hands.toml --into shop {START}", Exit.INPUT, "counts 'hand'.*never people"),
    (f"replay clip.mp4 -c good.toml --into nowhere {START}", Exit.INPUT, r"workshop\.toml does not exist"),
    # calibrations
    ("replay clip.mp4 -c missing.toml", Exit.INPUT, r"missing\.toml does not exist"),
    ("replay clip.mp4 -c shop", Exit.INPUT, "shop cannot be read; expected a TOML file in UTF-8"),
    ("replay clip.mp4 -c noise", Exit.INPUT, "noise cannot be read; expected a TOML file in UTF-8; got something else"),
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
    ("model check defualt", Exit.NOT_FOUND, "no model folder 'defualt'; .*one of the names: .*default"),
    ("model check default --provider gpu", Exit.PROVIDER, "unknown provider 'gpu'; expected one of auto, cpu, "),
    (
        "replay clip.mp4 -c good.toml --provider gpu",
        Exit.PROVIDER,
        "unknown provider 'gpu'; expected one of auto, cpu, ",
    ),
    ("model add tampered/model.onnx --layout yolo99", Exit.USAGE, "unknown layout 'yolo99'; expected auto, "),
    ("model add tampered/model.onnx --input 640", Exit.USAGE, "--input 640; expected WIDTHxHEIGHT"),
    ("model add text.mp4", Exit.INPUT, r"text\.mp4"),
    ("model add missing.onnx", Exit.INPUT, r"missing\.onnx"),
    ("replay clip.mp4 -c good.toml -m defualt", Exit.NOT_FOUND, "no model folder 'defualt'"),
    ("model bench defualt", Exit.NOT_FOUND, "no model folder 'defualt'"),
    ("model quantize defualt clip.mp4", Exit.NOT_FOUND, "no model folder 'defualt'"),
    ("model bench text.mp4", Exit.INPUT, r"text\.mp4"),
    ("model bench default --provider gpu", Exit.PROVIDER, "unknown provider 'gpu'; expected one of auto, cpu, "),
    ("model bench default --precision fp4", Exit.USAGE, "--precision fp4; expected one of as-is"),
    ("model bench default --shape big", Exit.USAGE, "--shape big; expected WIDTHxHEIGHT"),
    (
        f"model add {MODEL / 'model.onnx'} --folder text.mp4 --name a",
        Exit.INPUT,
        "a cannot be written; .*Choose another",
    ),
    (f"model add {MODEL / 'model.onnx'} --labels noise --name a", Exit.INPUT, "expected class names in UTF-8"),
    # cameras
    ("camera probe usb:nothing", Exit.INPUT, "`tracker camera find` lists the USB cameras"),
    ("camera probe missing.mp4", Exit.INPUT, r"missing\.mp4"),
    ("camera probe text.mp4", Exit.INPUT, r"text\.mp4"),
    ("camera probe ftp://camera/1", Exit.INPUT, "not the address of a camera; expected rtsp"),
    ("camera lens missing.jpg", Exit.INPUT, r"missing\.jpg"),
    ("camera lens text.mp4 --board nine", Exit.USAGE, "--board nine; expected squares across"),
    ("camera lens text.mp4 --board 2x2", Exit.USAGE, "3 to 40 squares.*2x2"),
    ("camera lens text.mp4 --dictionary 7x7", Exit.USAGE, "unknown markers; expected one of: "),
    ("camera lens text.mp4 --charuco --marker 2", Exit.USAGE, "a marker is smaller than its square"),
    ("camera confirm table -w shop", Exit.NOT_FOUND, "no camera 'table' with a source; expected one of: none"),
    ("camera find --wait 0", Exit.USAGE, "--wait"),
    # cards and tickets
    ("tickets PO-9 -w shop", Exit.NOT_FOUND, "no order 'PO-9'"),
    ("tickets PO-1001 --out card.txt -w shop", Exit.USAGE, r"--out card\.txt; expected .* \.pdf"),
    ("tickets PO-1001 --camera x --px-per-mm 1 -w shop", Exit.USAGE, "contradict each other; expected one of them"),
    ("tickets PO-1001 --camera tabel -w shop", Exit.NOT_FOUND, "no camera 'tabel'"),
    ("tickets PO-1001 --px-per-mm 0 -w shop", Exit.USAGE, "--px-per-mm 0; expected pixels .* 0.001 to 1000"),
    ("tickets PO-1001 --px-per-mm nan -w shop", Exit.USAGE, "--px-per-mm nan; expected pixels"),
    ("tickets PO-1001 --px-per-mm inf -w shop", Exit.USAGE, "--px-per-mm inf; expected pixels"),
    ("tickets PO-1001 --px-per-mm wide -w shop", Exit.USAGE, "expected a number, got 'wide'"),
    ("tickets PO-1001 --px-per-mm 0.1 -w shop", Exit.INPUT, "no order card that fits on A4"),
    ("scan text.mp4 -w shop", Exit.USAGE, "nothing says what the codes are for; expected --step STEP, --cell CELL"),
    ("scan text.mp4 --photo a.jpg --step sew -w shop", Exit.USAGE, "a file of codes and a photo at once"),
    ("scan nope.txt --step sew -w shop", Exit.INPUT, r"nope\.txt cannot be read; .*one code a line; got no such file"),
    ("scan noise --step sew -w shop", Exit.INPUT, "noise cannot be read; expected a text file in UTF-8"),
    ("scan shop --step sew -w shop", Exit.INPUT, "shop cannot be read; expected a text file"),
    ("scan --photo nope.jpg --step sew -w shop", Exit.INPUT, r"nope\.jpg"),
    ("scan --photo text.mp4 --step sew -w shop", Exit.INPUT, r"text\.mp4"),
    # workshops
    ("status -w nowhere", Exit.INPUT, r"nowhere.workshop\.toml does not exist\. `tracker init`"),
    ("status -w typo-shop", Exit.INPUT, r"unknown key 'serve\.prot'; did you mean 'port'"),
    ("init shop", Exit.CONFLICT, r"workshop\.toml exists already"),
    ('init new --name a"b', Exit.USAGE, "a name without quotes"),
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
    ("orders import orders.csv --dates dmy -w shop", Exit.USAGE, "--dates dmy; expected .*day-first or month-first"),
    ("orders import orders.csv --map Style -w shop", Exit.USAGE, "Style"),
    ("orders template orders.pdf", Exit.USAGE, r"orders\.pdf"),
    ("orders template nowhere/a.csv", Exit.INPUT, r"a\.csv cannot be written; .*Choose a folder that is there"),
    ("orders template text.mp4/a.xlsx", Exit.INPUT, r"a\.xlsx cannot be written"),
    ("orders schedule PO-9 sew -w shop", Exit.NOT_FOUND, "no order 'PO-9'"),
    ("orders schedule PO-1001 weld -w shop", Exit.NOT_FOUND, "no step of order PO-1001 'weld'"),
    ("orders schedule PO-1001 sew --from soon -w shop", Exit.USAGE, "--from soon; expected ISO 8601 with offset"),
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
    ("correct PO-1001 sew 5 --at 2999-01-01T00:00:00Z -w shop", Exit.USAGE, "a time that has passed; got a future one"),
    ("correct PO-1001 sew 5 --at 2026-03-02T08:00:00 -w shop", Exit.USAGE, "expected ISO 8601 with offset"),
    ("assign nonsense PO-1001 -w shop", Exit.NOT_FOUND, "no event 'nonsense'"),
    (f"assign {NOBODY} PO-1001 -w shop", Exit.NOT_FOUND, f"no event '{NOBODY}'"),
]


@pytest.mark.parametrize(("line", "code", "message"), WRONG, ids=[line for line, *_ in WRONG])
def test_what_is_wrong_is_said_in_one_message(line: str, code: Exit, message: str, in_faulty: Path) -> None:
    ran = run_cli(*line.split())
    assert re.search(message, ran.err, re.DOTALL), ran.err
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    # what Typer finds out by itself, it says in its own words
    assert ran.err.startswith(("Usage: ", "tracker: ") if code is Exit.USAGE else "tracker: ")
    assert not re.search(r"Errno|pydantic|Input should|ValueError", ran.err), "a library's words"


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


def test_a_replay_names_the_model_that_looked(in_faulty: Path) -> None:
    card = load_card(MODEL)
    answer = done("replay", "clip.mp4", "-c", "good.toml", "--json").json
    assert answer["model"] == {"name": card.name, "sha256": card.sha256, "labels": list(card.labels)}
    text = done("replay", "clip.mp4", "-c", "good.toml").out
    assert f"20 frames, model {card.name} ran on cpu; it knows {', '.join(card.labels)}\n" in text


def test_bench_measures_nothing_before_it_refuses(in_faulty: Path) -> None:
    ran = run_cli("model", "bench", str(MODEL), "--provider", "cpu", "--provider", "typo")
    assert ran.code == Exit.PROVIDER
    assert "unknown provider 'typo'" in ran.err
    assert "measuring" not in ran.err


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
        (errors.UsageError("x"), 2),  # though it is a ConfigError: no file can mend it
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
