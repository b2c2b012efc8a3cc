"""A model in bytes: made from pictures, kept only when it sees the same."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
from detect_samples import flat_picture
from onnx import helper
from yolox_files import COLUMNS, SIDE, cells, save_yolox

from tracker.detect import import_model, load_card, load_detector
from tracker.detect.importer import Wanted
from tracker.detect.quantize import FEWEST_BOXES, quantize
from tracker.domain.errors import ConflictError, ModelError


def square_finder(path: Path) -> Path:
    """A YOLOX-like network of real convolutions that finds bright patches of 32 pixels on its coarsest grid."""
    weights = {
        "mean8": np.full((3, 3, 8, 8), 1 / 192, np.float32),
        "mean16": np.full((3, 3, 2, 2), 1 / 12, np.float32),
        "mean32": np.full((3, 3, 2, 2), 1 / 12, np.float32),
        "last": np.concatenate([np.full((4, 3, 1, 1), 1e-4), np.full((2, 3, 1, 1), 0.012)]).astype(np.float32),
        "bias": np.array([0.5, 0.5, 0, 0, -4.5, -4.5], np.float32),
        "never": np.array([0.5, 0.5, 0, 0, -20, -20], np.float32),
        "flat": np.array([1, COLUMNS, -1]),
    }
    nodes = [
        helper.make_node("Conv", ["images", "mean8"], ["p8"], name="c8", strides=[8, 8]),
        helper.make_node("Conv", ["p8", "mean16"], ["p16"], name="c16", strides=[2, 2]),
        helper.make_node("Conv", ["p16", "mean32"], ["p32"], name="c32", strides=[2, 2]),
    ]
    for name in ("p8", "p16", "p32"):
        nodes += [
            helper.make_node(
                "Conv", [name, "last", "bias" if name == "p32" else "never"], [f"{name}_out"], name=f"last_{name}"
            ),
            helper.make_node("Split", [f"{name}_out"], [f"{name}_box", f"{name}_logit"], name=f"split_{name}", axis=1),
            helper.make_node("Sigmoid", [f"{name}_logit"], [f"{name}_score"], name=f"sigmoid_{name}"),
            helper.make_node("Concat", [f"{name}_box", f"{name}_score"], [f"{name}_all"], name=f"cat_{name}", axis=1),
            helper.make_node("Reshape", [f"{name}_all", "flat"], [f"{name}_flat"], name=f"reshape_{name}"),
        ]
    for node in nodes:
        if node.op_type == "Split":
            node.input.append("parts")
    weights["parts"] = np.array([4, 2])
    return save_yolox(path, nodes, weights, flat=("p8_flat", "p16_flat", "p32_flat"), rows=cells())


def pictures(count: int, *, bright: bool = True) -> list:
    """Dark tables, with bright patches here and there."""
    rng = np.random.default_rng(7)
    made = []
    for _ in range(count):
        picture = flat_picture(SIDE, SIDE, y=20)
        if bright:
            left, top = 32 * rng.integers(0, 2, 2)
            picture.y[top : top + 32, left : left + 32] = 235
        made.append(picture)
    return made


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    import_model(square_finder(folder / "a.onnx"), folder / "squares", Wanted(None, None, None, "CC0-1.0"))
    return folder / "squares"


def test_a_model_in_bytes_sees_the_same_and_says_how_well(original: Path, tmp_path: Path) -> None:
    target = tmp_path / "int8"
    agreement = quantize(original, target, (pictures(10), pictures(40)), least=0.95)
    assert (agreement.pictures, agreement.recall, agreement.precision) == (40, 1.0, 1.0)
    assert agreement.boxes >= FEWEST_BOXES
    raw = tomllib.loads((target / "card.toml").read_text(encoding="utf-8"))
    assert raw["name"] == "a-int8"
    assert raw["quantized"]["from_sha256"] == load_card(original).sha256
    assert raw["quantized"]["recall"] == 1.0
    assert {node.op_type for node in onnx.load(target / "model.onnx").graph.node} >= {"QuantizeLinear", "Conv"}
    (picture,) = pictures(1)
    assert np.allclose(load_detector(target).detect(picture).xyxy, load_detector(original).detect(picture).xyxy, atol=4)


def test_accuracy_of_the_old_weights_does_not_go_along(original: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "model.onnx").write_bytes((original / "model.onnx").read_bytes())
    text = (original / "card.toml").read_text(encoding="utf-8")
    more = '\n[[sources]]\nname = "squares"\n\n[[accuracy]]\nrecall = 0.9\n'
    (copy / "card.toml").write_text(text + more, encoding="utf-8")
    quantize(copy, tmp_path / "int8", (pictures(10), pictures(40)), least=0.5)
    raw = tomllib.loads((tmp_path / "int8" / "card.toml").read_text(encoding="utf-8"))
    assert raw["sources"] == [{"name": "squares"}]
    assert "accuracy" not in raw


@pytest.mark.parametrize(
    ("judging", "least", "says"),
    [
        (pictures(40, bright=False), 0.95, "too little to see"),  # nobody can say whether they agree
        (pictures(40), 1.01, "does not see the same in bytes"),  # more than anybody can
    ],
)
def test_what_is_not_as_good_is_not_written(original: Path, tmp_path: Path, judging, least, says) -> None:
    with pytest.raises(ModelError, match=says):
        quantize(original, tmp_path / "int8", (pictures(10), judging), least=least)
    assert not (tmp_path / "int8").exists()


def test_a_folder_with_a_model_is_left_alone(original: Path) -> None:
    with pytest.raises(ConflictError, match="holds a model already"):
        quantize(original, original, (pictures(10), pictures(40)), least=0.9)


def test_without_the_tools_it_says_what_to_install(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"fairloom\[quantize\]"):
        quantize(original, tmp_path / "int8", (pictures(10), pictures(40)), least=0.9)


def test_what_cannot_be_converted_says_so(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no such operator")

    monkeypatch.setattr("onnxruntime.quantization.quantize_static", refuse)
    with pytest.raises(ModelError, match="no such operator"):
        quantize(original, tmp_path / "int8", (pictures(10), pictures(40)), least=0.9)
    assert not (tmp_path / "int8").exists()


def test_a_folder_that_cannot_be_made_is_said(original: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no folder", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot be written; .*Choose another --folder or --name"):
        quantize(original, tmp_path / "notes" / "int8", (pictures(10), pictures(40)), least=0.9)
