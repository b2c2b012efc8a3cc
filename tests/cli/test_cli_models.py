"""`tracker model` and `tracker doctor` as a user sees them."""

from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import onnx
import pytest
from cli_shell import done, run_cli
from onnx import TensorProto, helper, numpy_helper

from tracker.cli.shell import Exit

DEFAULT = Path(__file__).parents[2] / "models" / "default"


def detector(path: Path) -> Path:
    """An end-to-end model of a dynamic shape that sees nothing."""
    constants = [numpy_helper.from_array(np.zeros((1, 5, 6), np.float32), "answer")]
    constants.append(numpy_helper.from_array(np.float32(0), "zero"))
    nodes = [
        helper.make_node("ReduceSum", ["images"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["answer", "nothing"], ["output0"]),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, "h", "w"))]
    outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 5, 6))]
    graph = helper.make_graph(nodes, "nothing", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {"names": "{0: 'shirt'}", "imgsz": "[64, 96]"})
    onnx.save(model, path)
    return path


def test_add_says_what_it_found_and_why(tmp_path: Path) -> None:
    file = detector(tmp_path / "new.onnx")
    text = done("model", "add", str(file), "--folder", str(tmp_path / "models")).out
    assert "end2end, 96x64, 1 classes, runs on cpu" in text
    assert "layout: rows of corners, score and class" in text
    found = done("model", "add", str(file), "--folder", str(tmp_path / "again"), "--json").json
    assert found["reasons"][1] == "labels: the file's own metadata"
    card = (tmp_path / "models" / "new" / "card.toml").read_text(encoding="utf-8")
    assert "# layout: rows of corners" in card


def test_check_says_why_auto_chose() -> None:
    assert "runs on cpu (it ran the model)" in done("model", "check", str(DEFAULT), "--provider", "auto").out
    assert done("model", "check", str(DEFAULT), "--json").json["reason"] is None


def test_bench_prints_a_table_with_what_it_means(tmp_path: Path) -> None:
    ran = done("model", "bench", str(DEFAULT), "--runs", "1")
    assert "gated" in ran.out
    assert "onnxruntime_perf_test -e cpu" in ran.out
    assert "measuring as-is on cpu, 384x384, batch 1, 1 thread(s)" in ran.err


def test_bench_measures_every_combination_and_says_what_it_could_not(tmp_path: Path) -> None:
    file = detector(tmp_path / "new.onnx")
    shapes = ("--shape", "64x64", "--shape", "96x64")
    ran = done("model", "bench", str(file), *shapes, "--batch", "1", "--batch", "2", "--runs", "2", "--json")
    rows = ran.json["measurements"]
    assert [(row["width"], row["batch"], "error" in row) for row in rows] == [
        (64, 1, False),
        (64, 2, True),  # the model takes one picture only
        (96, 1, False),
        (96, 2, True),
    ]
    assert ran.json["assumptions"]["fps"] == 5
    text = done("model", "bench", str(file), "--batch", "1", "--batch", "2", "--runs", "2").out
    assert "not measured: the model does not take 2 x 640x640" in text


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--provider", "cuda"), Exit.PROVIDER, "could be measured"),
        (("--precision", "fp4"), Exit.USAGE, "one of as-is, fp16, int8"),
        (("--shape", "big"), Exit.USAGE, "--shape big; expected WIDTHxHEIGHT"),
    ],
)
def test_bench_that_cannot_be_says_why(options: tuple[str, ...], code: Exit, words: str) -> None:
    ran = run_cli("model", "bench", str(DEFAULT), "--runs", "1", *options)
    assert ran.code == code
    assert words in ran.err


def test_doctor_reports_and_its_exit_code_says_whether_all_is_well(tmp_path: Path) -> None:
    ran = done("doctor", "--workshop", str(tmp_path))
    assert "provider cpu: runs" in ran.out
    (tmp_path / "workshop.toml").write_text("nome = 1", encoding="utf-8")
    ran = run_cli("doctor", "--workshop", str(tmp_path), "--json")
    assert ran.code == Exit.INPUT
    assert ran.json["ok"] is False
    assert {"topic", "name", "level", "what", "todo"} == set(ran.json["findings"][0])


def test_doctor_survives_a_package_that_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def broken(name: str, *rest: object) -> object:
        if name == "tracker.doctor":
            raise ImportError("DLL load failed while importing onnxruntime_pybind11_state")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    ran = run_cli("doctor", "--workshop", str(tmp_path))
    assert ran.code == Exit.INPUT
    assert "DLL load failed" in ran.err
