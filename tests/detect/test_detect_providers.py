"""Providers: the one that was asked for does the work, or nothing runs; ``auto`` takes the best that does."""

from __future__ import annotations

import json
import logging
import sys
from types import SimpleNamespace

import numpy as np
import onnxruntime as ort
import pytest
from detect_samples import write_model

from tracker.detect.card import sha256_of
from tracker.detect.providers import AUTO_ORDER, INSTALL, PROVIDERS, Extras, left_behind, options_of, parse_choice
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError, ProviderError

CUDA, CPU = PROVIDERS["cuda"], PROVIDERS["cpu"]


@pytest.fixture
def file(tmp_path):
    return write_model(tmp_path / "model.onnx", np.arange(12, dtype=np.float32).reshape(1, 3, 4))


class Machine:
    """An ONNX Runtime with providers of our choosing: each runs some share of the heavy nodes, or raises.

    ``nodes`` is a list of (provider, operator) as a session would report it, by the provider that was asked for.
    """

    def __init__(self, monkeypatch, nodes, *, broken=(), missing=()):
        self.nodes, self.broken, self.missing, self.told = nodes, broken, missing, {}
        self._real = ort.InferenceSession
        monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [*nodes, CPU])
        monkeypatch.setattr("onnxruntime.InferenceSession", self.session)
        monkeypatch.setattr("onnxruntime.preload_dlls", lambda: sys.stdout.write("no cudnn64_9.dll"))

    def session(self, path, sess_options, providers, **rest):
        assert rest == {"enable_fallback": 0}
        ((name, options),) = providers
        self.told[name] = options
        real = self._real(path, sess_options=sess_options, providers=[CPU])
        if name == CPU:
            return real
        if name in self.broken:
            raise RuntimeError(f"{name}: no device\nand a page of hints")
        running = [CPU] if name in self.missing else [name, CPU]
        nodes = [
            SimpleNamespace(ep_name=provider, get_nodes=lambda kind=kind: [SimpleNamespace(op_type=kind)])
            for provider, kind in self.nodes[name]
        ]
        return SimpleNamespace(
            get_providers=lambda: running,
            get_provider_graph_assignment_info=lambda: nodes,
            run=real.run,
            get_inputs=real.get_inputs,
            get_outputs=real.get_outputs,
        )


ALL_THERE = [(CUDA, "Conv")] * 9 + [(CPU, "Conv"), (CPU, "Reshape"), (CPU, "Gather")]
"""One convolution of ten is left to the processor, and what is no work at all."""
TOO_LITTLE = [(CUDA, "Conv")] * 8 + [(CPU, "Conv")] * 2


def test_provider_that_does_the_work_runs(file, monkeypatch, capsys):
    machine = Machine(monkeypatch, {CUDA: ALL_THERE})
    session = OnnxSession(file, provider="cuda:1")
    assert session.provider == "cuda:1"
    assert session.reason is None
    assert machine.told[CUDA] == {"device_id": "1"}
    assert capsys.readouterr().out == ""  # what preloading prints helps nobody


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"missing": [CUDA]}, "does not run; expected CUDAExecutionProvider; got CPUExecutionProvider"),
        ({"broken": [CUDA]}, "got CUDAExecutionProvider: no device. See"),
    ],
)
def test_silent_fallback_is_an_error(file, monkeypatch, machine, words):
    """ONNX Runtime only warns when CUDA's libraries are missing, and runs on the CPU."""
    Machine(monkeypatch, {CUDA: ALL_THERE}, **machine)
    with pytest.raises(ProviderError) as caught:
        OnnxSession(file, provider="cuda")
    assert words in str(caught.value)


def test_nodes_left_to_the_processor_are_an_error_too(file, monkeypatch):
    Machine(monkeypatch, {CUDA: TOO_LITTLE})
    with pytest.raises(ProviderError, match="2 of them elsewhere"):
        OnnxSession(file, provider="cuda")


def test_only_heavy_operators_are_counted():
    assert left_behind(ALL_THERE, CUDA) == (1, 10)
    assert left_behind([(CPU, "Reshape")], CUDA) == (0, 0)


def test_provider_that_is_not_installed_is_never_replaced(file, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU])
    for provider in set(PROVIDERS) - {"cpu"}:
        with pytest.raises(ProviderError, match="is not in this installation") as caught:
            OnnxSession(file, provider=provider)
        assert INSTALL[provider] in str(caught.value)


def test_broken_file_is_the_files_fault(tmp_path):
    with pytest.raises(ModelError) as caught:
        OnnxSession(write_broken(tmp_path / "a.onnx"))
    assert not isinstance(caught.value, ProviderError)


def write_broken(path):
    """A model whose one operator does not exist."""
    write_model(path, np.zeros((1, 2), np.float32))
    path.write_bytes(path.read_bytes().replace(b"ReduceSum", b"ReduceSam"))
    return path


def test_auto_takes_the_first_that_runs_and_says_why(file, monkeypatch, caplog):
    tensorrt, openvino = PROVIDERS["tensorrt"], PROVIDERS["openvino"]
    Machine(
        monkeypatch,
        {tensorrt: [], CUDA: ALL_THERE, openvino: [(openvino, "Conv")]},
        broken=[tensorrt],
        missing=[CUDA],
    )
    with caplog.at_level(logging.INFO):
        session = OnnxSession(file, provider="auto")
    assert session.provider == "openvino"
    assert "tensorrt does not run (TensorrtExecutionProvider: no device)" in session.reason
    assert "cuda does not run (CPUExecutionProvider)" in session.reason
    (record,) = caplog.records
    assert record.levelname == "WARNING"  # something that is installed does not work
    assert "provider=openvino" in record.message


def test_auto_without_accelerators_is_the_processor(file, caplog):
    with caplog.at_level(logging.INFO):
        session = OnnxSession(file, provider="auto")
    assert (session.provider, session.reason) == ("cpu", "it ran the model")
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_auto_takes_no_options(file):
    with pytest.raises(ProviderError, match="device_id"):
        OnnxSession(file, provider="auto", extras=Extras(options={"device_id": "1"}))


def test_auto_knows_every_provider():
    assert set(AUTO_ORDER) == set(PROVIDERS) == set(INSTALL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gpu", "one of auto, cpu, cuda"),  # no such thing
        ("cuda:", "one of auto"),  # a colon and nothing
        ("cuda:first", "cuda or cuda:0"),  # devices have numbers
        ("cpu:0", "expected cpu"),  # there is only one
        ("plugin:", "plugin:NAME"),
        ("plugin:Some:GPU", "plugin:NAME:INDEX"),
    ],
)
def test_wrong_provider_is_named(file, text, words):
    with pytest.raises(ProviderError) as caught:
        OnnxSession(file, provider=text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu", {}),
        ("cuda", {"device_id": "0"}),
        ("directml:2", {"device_id": "2"}),
        ("openvino", {"device_type": "CPU", "precision": "FP32", "num_of_threads": "3"}),
        ("openvino:GPU.0", {"device_type": "GPU.0", "precision": "FP32", "num_of_threads": "3"}),
        ("coreml", {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}),
        ("qnn", {"backend_type": "htp"}),
        ("qnn:cpu", {"backend_type": "cpu"}),
        ("plugin:Some", {}),
    ],
)
def test_provider_is_told_what_keeps_results_exact(text, expected):
    assert options_of(parse_choice(text), threads=3, extras=Extras()) == expected


def test_users_options_win_and_engines_are_kept(tmp_path):
    extras = Extras(options={"trt_fp16_enable": "1", "device_id": "3"}, cache=tmp_path)
    assert options_of(parse_choice("tensorrt"), threads=1, extras=extras) == {
        "device_id": "3",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(tmp_path),
        "trt_fp16_enable": "1",
    }
    assert "trt_engine_cache_path" not in options_of(parse_choice("tensorrt"), threads=1, extras=Extras())


def test_engines_get_a_folder(file, tmp_path, monkeypatch):
    name = PROVIDERS["tensorrt"]
    Machine(monkeypatch, {name: [(name, "Conv")]})
    OnnxSession(file, provider="tensorrt", extras=Extras(cache=tmp_path / "engines"))
    assert (tmp_path / "engines").is_dir()


def test_openvino_as_a_plugin_is_told_to_compute_in_single_precision():
    told = options_of(parse_choice("plugin:OpenVINOExecutionProvider"), threads=2, extras=Extras())
    assert json.loads(told["load_config"])["CPU"] == {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": "2"}


def test_directml_gets_the_options_it_needs(file, monkeypatch):
    name = PROVIDERS["directml"]
    seen = []
    machine = Machine(monkeypatch, {name: [(name, "Conv")]})
    monkeypatch.setattr(
        "onnxruntime.InferenceSession",
        lambda *given, **rest: seen.append(rest["sess_options"].enable_mem_pattern) or machine.session(*given, **rest),
    )
    assert OnnxSession(file, provider="directml").provider == "directml"
    assert seen == [False]


class Plugins:
    """Libraries of providers: which names a library brings, and how many devices each has."""

    def __init__(self, monkeypatch, *, devices, broken=False):
        self.devices, self.broken, self.registered, self.chosen = devices, broken, [], []
        self._real_session = ort.InferenceSession
        monkeypatch.setattr("onnxruntime.get_ep_devices", self.found)
        monkeypatch.setattr("onnxruntime.register_execution_provider_library", self.register)
        monkeypatch.setattr("onnxruntime.SessionOptions", self.options)
        monkeypatch.setattr("onnxruntime.InferenceSession", self.session)

    def found(self):
        return [SimpleNamespace(ep_name=name, index=i) for name in self.registered for i in range(self.devices)]

    def register(self, name, library):
        if self.broken:
            raise RuntimeError("not a library")
        self.registered.append(name)

    def options(self):
        outer = self

        class Options:
            def add_session_config_entry(self, key, value):
                pass

            def add_provider_for_devices(self, devices, told):
                outer.chosen.append((devices[0].ep_name, devices[0].index, told))

        return Options()

    def session(self, path, sess_options, providers, **_rest):
        assert providers is None
        name = self.chosen[-1][0]
        real = self._real_session(path, providers=[CPU])
        return SimpleNamespace(
            get_providers=lambda: [name, CPU],
            get_provider_graph_assignment_info=list,
            run=real.run,
            get_inputs=real.get_inputs,
            get_outputs=real.get_outputs,
        )


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "libsome.so"
    path.write_bytes(b"code")
    return path


def test_plugin_is_registered_once_and_its_device_chosen(file, library, monkeypatch):
    plugins = Plugins(monkeypatch, devices=2)
    extras = Extras(library=library, library_sha256=sha256_of(library).upper(), options={"a": "b"})
    for provider in ("plugin:Some", "plugin:Some:1"):
        assert OnnxSession(file, provider=provider, extras=extras).provider == provider
    assert plugins.registered == ["Some"]
    assert plugins.chosen == [("Some", 0, {"a": "b"}), ("Some", 1, {"a": "b"})]


@pytest.mark.parametrize(
    ("edit", "plugins", "words"),
    [
        ({"library": None}, {}, "provider_library"),  # the name alone loads nothing
        ({"library_sha256": None}, {}, "provider_library_sha256"),  # nor does a library without a checksum
        ({"library_sha256": "0" * 64}, {}, "sha256 0000"),  # nor another file than the one that was checked
        ({"library": "nowhere"}, {}, "no file"),
        ({}, {"broken": True}, "not a library"),
        ({}, {"devices": 0}, "0 of its own"),  # registers, and has no device on this machine
    ],
)
def test_plugin_that_cannot_be_trusted_or_used_is_refused(file, library, monkeypatch, edit, plugins, words):
    Plugins(monkeypatch, **{"devices": 1} | plugins)
    given = {"library": library, "library_sha256": sha256_of(library)} | edit
    if given["library"] == "nowhere":
        given["library"] = library.with_name("nowhere")
    with pytest.raises(ProviderError) as caught:
        OnnxSession(file, provider="plugin:Some", extras=Extras(**given))
    assert words in str(caught.value)
