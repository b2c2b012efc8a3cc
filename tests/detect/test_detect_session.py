"""The session: inputs of every kind in, the outputs that were asked for out."""

from __future__ import annotations

import numpy as np
import pytest
from detect_samples import save_graph, write_answers, write_model
from onnx import TensorProto, helper, numpy_helper

from tracker.detect.feeding import TensorInfo, feeds_of
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ModelError


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
    (answer,) = OnnxSession(file).run(np.zeros((1, 3, 64, 64), np.float32))
    assert answer.tolist() == np.arange(12).reshape(1, 3, 4).tolist()


def test_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        OnnxSession(tmp_path)


def varying_model(path):
    """Answers with as many rows as there are bright values in the picture."""
    nodes = [
        helper.make_node("Greater", ["images", "half"], ["bright"]),
        helper.make_node("NonZero", ["bright"], ["where"]),
        helper.make_node("Cast", ["where"], ["rows"], to=TensorProto.FLOAT),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 4, 4))]
    outputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, (4, "n"))]
    constants = [numpy_helper.from_array(np.float32(0.5), "half")]
    save_graph(path, helper.make_graph(nodes, "varying", inputs, outputs, constants))
    return path


def test_answer_of_varying_length_is_followed(tmp_path):
    session = OnnxSession(varying_model(tmp_path / "a.onnx"))
    tensor = np.zeros((1, 3, 4, 4), np.float32)
    seen = []
    for bright in (0, 2, 2, 5, 0, 1):
        tensor[:] = 0
        tensor.reshape(-1)[:bright] = 1
        seen.append(session.run(tensor)[0].shape[1])
    assert seen == [0, 2, 2, 5, 0, 1]


def test_failure_of_a_model_with_fixed_outputs_is_no_change_of_length(file):
    session = OnnxSession(file)
    tensor = np.zeros((1, 3, 64, 64), np.float32)
    session.run(tensor)

    class Broken:
        def run_with_iobinding(self, _binding):
            raise RuntimeError("out of memory")

    session._session = Broken()
    with pytest.raises(RuntimeError, match="out of memory"):
        session.run(tensor)


def test_outputs_are_read_in_the_order_asked_for(tmp_path):
    outputs = {name: np.full((1, 2), value, np.float32) for name, value in (("a", 1), ("b", 2), ("c", 3))}
    session = OnnxSession(write_answers(tmp_path / "a.onnx", outputs))
    session.read(["c", "a"])
    assert [answer[0, 0] for answer in session.run(np.zeros((1, 3, 64, 64), np.float32))] == [3, 1]


def test_whole_numbers_stay_whole_and_halves_are_widened(tmp_path):
    outputs = {"labels": np.array([[7]], np.int64), "scores": np.array([[0.5]], np.float16)}
    session = OnnxSession(write_answers(tmp_path / "a.onnx", outputs))
    tensor = np.zeros((1, 3, 64, 64), np.float32)
    for _ in range(2):
        assert [answer.dtype for answer in session.run(tensor)] == [np.int64, np.float32]


def sized_model(path, shape=(1, 2), more=False):
    """Answers with its second input, as a number."""
    inputs = [
        helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 32, 64)),
        helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, shape),
    ]
    if more:
        inputs.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, (1, 2)))
    outputs = [helper.make_tensor_value_info("size", TensorProto.FLOAT, shape)]
    nodes = [helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=TensorProto.FLOAT)]
    save_graph(path, helper.make_graph(nodes, "sized", inputs, outputs))
    return path


def test_second_input_is_the_size_of_the_first(tmp_path):
    session = OnnxSession(sized_model(tmp_path / "a.onnx"))
    assert session.run(np.zeros((1, 3, 32, 64), np.float32))[0].tolist() == [[64, 32]]


@pytest.mark.parametrize("rest", [{"shape": (1, 4)}, {"more": True}])
def test_model_that_wants_more_than_a_size_is_refused(tmp_path, rest):
    session = OnnxSession(sized_model(tmp_path / "a.onnx", **rest))
    with pytest.raises(ModelError, match="more than a picture"):
        session.run(np.zeros((1, 3, 32, 64), np.float32))


def test_second_input_of_a_strange_type_is_refused(tmp_path):
    write_answers(tmp_path / "a.onnx", {"a": np.zeros((1, 2), np.float32)})
    inputs = (TensorInfo("images", (1, 3, 32, 32), "tensor(float)"), TensorInfo("names", (1, 2), "tensor(string)"))
    with pytest.raises(ModelError, match=r"tensor\(string\)"):
        feeds_of(inputs, np.zeros((1, 3, 32, 32), np.float32))
