"""The doctor's look at providers and at accelerators that stand around unused."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest
from onnx import TensorProto, helper, save

from tracker.detect.survey import Tried, plugin_devices, try_providers
from tracker.doctor.accelerators import examine_accelerators, nvidia_cards, unused
from tracker.doctor.finding import Level


@pytest.fixture
def file(tmp_path):
    """The smallest model there is: it gives the picture back."""
    info = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 32))
    answer = helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 3, 32, 32))
    graph = helper.make_graph([helper.make_node("Identity", ["images"], ["output0"])], "same", [info], [answer])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "a.onnx")
    return tmp_path / "a.onnx"


def tried(*runs, here=("cpu",)):
    """Every provider, some installed, some running."""
    return [
        Tried(short, short in here, 5.0 if short in runs else None, None if short in runs else "why", f"get {short}")
        for short in ("cpu", "cuda", "openvino")
    ]


def test_processor_runs_and_the_rest_is_absent_here(file, tmp_path):
    findings = {finding.name: finding for finding in examine_accelerators(file, tmp_path)}
    assert findings["provider cpu"].level is Level.OK
    assert "ms a picture" in findings["provider cpu"].what
    assert findings["provider qnn"].level is Level.ABSENT
    assert "onnxruntime-qnn" in findings["provider qnn"].todo
    assert findings["devices"].what.startswith("CPUExecutionProvider")


def test_provider_that_is_installed_and_fails_is_a_warning(file, tmp_path, monkeypatch):
    monkeypatch.setattr("tracker.doctor.accelerators.try_providers", lambda model: tried("cpu", here=("cpu", "cuda")))
    monkeypatch.setattr("tracker.doctor.accelerators.plugin_devices", tuple)
    monkeypatch.setattr("tracker.doctor.accelerators.nvidia_cards", lambda: None)
    findings = {finding.name: finding for finding in examine_accelerators(file, tmp_path)}
    assert findings["provider cuda"].level is Level.WARNING
    assert findings["provider cuda"].what == "installed and does not run: why"
    assert "devices" not in findings


def test_model_that_runs_nowhere_makes_the_processor_missing(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"")
    findings = {finding.name: finding for finding in examine_accelerators(tmp_path / "a.onnx", tmp_path)}
    assert findings["provider cpu"].level is Level.MISSING


def test_survey_times_what_runs(file):
    (cpu, *others) = try_providers(file)
    assert cpu.median_ms > 0
    assert not any(other.installed for other in others)
    assert any("CPU" in device for device in plugin_devices())


@pytest.mark.parametrize(
    ("runs", "nvidia", "render", "expected"),
    [
        (("cpu",), None, [], []),  # a plain machine
        (("cpu",), ["H100, 580.1"], [], ["warning NVIDIA H100, 580.1 is here"]),
        (("cpu", "cuda"), ["H100, 580.1"], ["renderD128"], []),  # used
        (("cpu",), [], [], ["warning NVIDIA nvidia-smi is here and finds no card"]),
        (("cpu",), None, ["renderD128"], ["absent graphics a graphics processor (renderD128)"]),
        (("cpu", "openvino"), None, ["renderD128"], []),
    ],
)
def test_accelerator_without_a_provider_is_pointed_out(runs, nvidia, render, expected):
    found = unused(tried(*runs), nvidia=nvidia, render=render)
    lines = [f"{finding.level.value} {finding.name} {finding.what}" for finding in found]
    assert len(lines) == len(expected)
    assert all(line.startswith(words) for line, words in zip(lines, expected, strict=True))


@pytest.mark.parametrize(
    ("answer", "cards"),
    [
        (SimpleNamespace(returncode=0, stdout="H100, 580.1\n\n"), ["H100, 580.1"]),
        (SimpleNamespace(returncode=9, stdout="NVIDIA-SMI has failed"), []),  # no card, or a driver of another kernel
        (subprocess.TimeoutExpired("nvidia-smi", 20), []),  # a driver that hangs
    ],
)
def test_driver_is_asked_for_its_cards(monkeypatch, answer, cards):
    def run(command, **_rest):
        if isinstance(answer, Exception):
            raise answer
        assert command[0] == "/usr/bin/nvidia-smi"
        return answer

    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert nvidia_cards() == cards


def test_machine_without_the_driver_has_no_cards_to_ask_for(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert nvidia_cards() is None
