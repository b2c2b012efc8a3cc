"""Hostile model files: what ONNX Runtime would read, run or never finish is refused before it sees the file."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from detect_samples import save_graph, write_model
from onnx import TensorProto, helper, numpy_helper

from tracker.detect.session import OnnxSession
from tracker.detect.vetting import MAX_DEPTH, vet
from tracker.domain.errors import ModelError

INPUT = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 64, 64))
OUTPUT = helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)


def graph(nodes, initialisers=(), **rest):
    return helper.make_graph(nodes, "g", [INPUT], [OUTPUT], list(initialisers), **rest)


def outside(location):
    """A tensor whose numbers lie in another file."""
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "weights")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def node_with(tensor):
    """The same as a constant inside a node."""
    return graph([helper.make_node("Constant", [], ["output0"], value=tensor)])


def nested(depth):
    inner = helper.make_graph([helper.make_node("Identity", ["images"], ["y"])], "inner", [], [OUTPUT])
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
        inner = helper.make_graph([node], "outer", [], [OUTPUT])
    return graph(inner.node)


def sparse_outside():
    sparse = helper.make_sparse_tensor(outside("/etc/passwd"), numpy_helper.from_array(np.arange(4), "i"), [8])
    return graph([], sparse_initializer=[sparse])


LOOP = helper.make_node("Loop", ["n", "", "images"], ["output0"], body=helper.make_graph([], "body", [], []))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (graph([], [outside("../../secrets.bin")]), "another file"),  # a path upwards
        (graph([], [outside("/etc/passwd")]), "another file"),  # an absolute path
        (graph([], [outside("weights.bin")]), "another file"),  # a neighbour, which no checksum covers
        (node_with(outside("/etc/passwd")), "another file"),  # hidden in a node
        (sparse_outside(), "another file"),  # and in a sparse tensor
        (graph([LOOP]), "Loop"),  # runs as long as the file likes
        (graph([helper.make_node("Identity", ["a"], ["b"], domain="evil.ops")]), "evil.ops:Identity"),
        (graph([helper.make_node("EPContext", ["a"], ["b"], domain="com.microsoft")]), "EPContext"),  # opens a blob
        (nested(MAX_DEPTH + 1), "nested at most"),
    ],
    ids=["upwards", "absolute", "beside", "constant", "sparse", "loop", "custom", "blob", "deep"],
)
def test_hostile_file_is_refused(tmp_path, made, words):
    save_graph(tmp_path / "a.onnx", made)
    with pytest.raises(ModelError) as caught:
        OnnxSession(tmp_path / "a.onnx")
    assert words in str(caught.value)


def test_tensor_that_only_says_where_it_lies_is_refused_too(tmp_path):
    tensor = outside("weights.bin")
    tensor.ClearField("external_data")
    save_graph(tmp_path / "a.onnx", graph([], [tensor]))
    with pytest.raises(ModelError, match="another file"):
        vet(tmp_path / "a.onnx")


def laughs(path, *, levels, calls, loop=False):
    """Functions that each call the next one several times; the last one calls itself."""
    functions = []
    for level in range(levels):
        last = level == levels - 1
        called = f"f{level}" if last and loop else f"f{level + 1}"
        kind = {"op_type": "Identity"} if last and not loop else {"op_type": called, "domain": "f"}
        nodes = [helper.make_node(inputs=["x"], outputs=[f"y{i}"], **kind) for i in range(calls)]
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
        functions.append(helper.make_function("f", f"f{level}", ["x"], ["y0"], nodes, opsets))
    main = graph([helper.make_node("f0", ["images"], ["output0"], domain="f")])
    model = helper.make_model(
        main, functions=functions, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    )
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("levels", "calls", "loop"),
    [
        (9, 10, False),  # ten thousand million operators once written out
        (2, 1, True),  # no end at all
        (600, 1, False),  # more functions than anybody writes
    ],
)
def test_functions_that_multiply_are_refused(tmp_path, levels, calls, loop):
    laughs(tmp_path / "a.onnx", levels=levels, calls=calls, loop=loop)
    with pytest.raises(ModelError, match="no plain network"):
        vet(tmp_path / "a.onnx")


def test_functions_of_an_exporter_are_welcome(tmp_path):
    laughs(tmp_path / "a.onnx", levels=3, calls=4)
    vet(tmp_path / "a.onnx")


def test_branches_within_reason_are_welcome(tmp_path):
    save_graph(tmp_path / "a.onnx", nested(2))
    vet(tmp_path / "a.onnx")


def test_too_large_a_file_is_not_even_read(tmp_path, monkeypatch):
    write_model(tmp_path / "a.onnx", np.zeros((1, 6, 84), np.float32))
    monkeypatch.setattr("tracker.detect.vetting.MAX_BYTES", 100)
    with pytest.raises(ModelError, match="too large"):
        vet(tmp_path / "a.onnx")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 20,  # a number without an end
        b"\x3a\x05ab",  # a graph of five bytes, of which two are there
        b"\x3b",  # a wire type that protobuf gave up
        b"\x09\x00",  # eight bytes announced, one there
        b"\x0d\x00",  # four bytes announced, one there
    ],
)
def test_damage_is_said_to_be_damage(tmp_path, content):
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="cannot be loaded"):
        vet(tmp_path / "a.onnx")
