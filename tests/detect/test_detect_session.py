"""The session: the provider that was asked for runs, or nothing does."""

from __future__ import annotations

import numpy as np
import pytest
from detect_samples import write_model

from tracker.detect.session import PROVIDERS, OnnxSession
from tracker.domain.errors import ModelError, ProviderError


@pytest.fixture
def file(tmp_path):
    return write_model(tmp_path / "model.onnx", np.arange(12, dtype=np.float32).reshape(1, 3, 4), metadata={"a": "b"})


def test_session_describes_itself(file):
    session = OnnxSession(file)
    assert session.provider == "cpu"
    assert session.inputs[0].shape == (1, 3, 64, 64)
    assert session.outputs[0].name == "output0"
    assert session.metadata == {"a": "b"}


def test_answer_is_the_models_first_output(file):
    answer = OnnxSession(file).run(np.zeros((1, 3, 64, 64), np.float32))
    assert answer.tolist() == np.arange(12).reshape(1, 3, 4).tolist()


def test_unknown_provider_lists_the_known_ones(file):
    with pytest.raises(ProviderError, match="one of cpu, cuda"):
        OnnxSession(file, provider="gpu")


def test_provider_that_is_not_installed_is_never_replaced(file, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    for provider in set(PROVIDERS) - {"cpu"}:
        with pytest.raises(ProviderError, match="is not in this installation"):
            OnnxSession(file, provider=provider)


def test_silent_fallback_is_an_error(file, monkeypatch):
    """ONNX Runtime only warns when CUDA's libraries are missing, and runs on the CPU."""
    everything = list(PROVIDERS.values())
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: everything)
    with (
        pytest.raises(ProviderError, match="does not run") as caught,
        pytest.warns(UserWarning, match="not in available"),
    ):
        OnnxSession(file, provider="cuda")
    assert caught.value.got == "CPUExecutionProvider"


def test_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        OnnxSession(tmp_path)
