"""A model in bytes, and whether it still sees what it saw.

Weights and activations become 8-bit numbers, with ranges taken from pictures of the cameras that the model is for. The
result is kept only when it agrees with the original on other pictures, on the machine that made it: processors
without VNNI may add up bytes with less room, and see less.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.detect.agreement import matches
from tracker.detect.card import CARD_NAME, WEIGHTS_NAME, ModelCard, load_card, sha256_of
from tracker.detect.detector import OnnxDetector
from tracker.detect.letterbox import Letterbox
from tracker.detect.session import OnnxSession
from tracker.domain.errors import ConflictError, ModelError
from tracker.domain.frames import Picture

CONFIDENCE = 0.25
"""Boxes from this score on must be found by the other."""
LENIENCE = 0.8
"""With a score of this share of it at least: a box at the threshold may fall just below it."""
FEWEST_BOXES = 30
"""Fewer say nothing about whether both agree."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a model in bytes sees what the original sees.

    Attributes:
        pictures: That were looked at; none of them set a range.
        boxes: What the original sees on them.
        recall: Share of these that the model in bytes sees too, 0..1.
        precision: Share of what the model in bytes sees that the original sees too, 0..1.
    """

    pictures: int
    boxes: int
    recall: float
    precision: float


def quantize(
    folder: Path, target: Path, pictures: tuple[Sequence[Picture], Sequence[Picture]], *, least: float
) -> Agreement:
    """Make a model folder in bytes from one in floating point.

    Args:
        folder: The original.
        target: Created; must not hold a model yet.
        pictures: Those that set the ranges, and others that judge the result.
        least: Lowest recall and precision to accept, 0..1.

    Raises:
        ModelError: The original is wrong, the tools are missing, there is too little to see in the pictures, or the
            result sees something else: then nothing is written.
        ConflictError: The target holds a model already.
    """
    if (target / CARD_NAME).exists() or (target / WEIGHTS_NAME).exists():
        raise ConflictError(f"{target} holds a model already", hint="Choose another --name, or delete the folder first")
    card = load_card(folder)
    setting, judging = pictures
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / WEIGHTS_NAME
        to_bytes(folder / WEIGHTS_NAME, made, _tensors(card, setting))
        agreement = agree(card, folder / WEIGHTS_NAME, made, judging)
        if agreement.boxes < FEWEST_BOXES:
            raise ModelError(
                "there is too little to see in the pictures that judge the result",
                expected=f"{FEWEST_BOXES} boxes in the second halves of the videos",
                got=str(agreement.boxes),
                hint="Give videos in which more happens",
            )
        if min(agreement.recall, agreement.precision) < least:
            raise ModelError(
                f"{card.name} does not see the same in bytes",
                expected=f"recall and precision of at least {least}",
                got=f"{agreement.recall:.3f} and {agreement.precision:.3f} on {agreement.boxes} boxes",
                hint="Keep the original, or accept less with --least",
            )
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            hint = "Choose another --folder or --name"
            raise ModelError(f"{target} cannot be written", got=str(error.strerror), hint=hint) from error
        (target / WEIGHTS_NAME).write_bytes(made.read_bytes())
    text = _card_text(folder / CARD_NAME, sha256_of(target / WEIGHTS_NAME), agreement)
    (target / CARD_NAME).write_text(text, encoding="utf-8")
    load_card(target)
    return agreement


def agree(card: ModelCard, original: Path, made: Path, pictures: Sequence[Picture]) -> Agreement:
    """How far two files see the same in some pictures."""
    first, second = (OnnxDetector(card, OnnxSession(file)) for file in (original, made))
    found = boxes = right = others = 0
    for picture in pictures:
        one, two = first.detect(picture), second.detect(picture)
        sure, also = (seen.xyxy[seen.score >= CONFIDENCE] for seen in (one, two))
        boxes, others = boxes + len(sure), others + len(also)
        found += matches(two.xyxy[two.score >= LENIENCE * CONFIDENCE], sure)
        right += matches(one.xyxy[one.score >= LENIENCE * CONFIDENCE], also)
    return Agreement(len(pictures), boxes, found / max(1, boxes), right / max(1, others))


def to_bytes(file: Path, target: Path, tensors: Iterable[NDArray[np.float32]]) -> None:
    """A model file with weights and activations in bytes.

    What follows the last convolutions stays in floating point: boxes of hundreds of pixels and scores below one in one
    tensor leave no byte for the scores.

    Args:
        file: In floating point, with one input.
        target: Written.
        tensors: Inputs that set the ranges of the activations.

    Raises:
        ModelError: The tools are not installed, or cannot convert this model.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise ModelError(
            f"{file} cannot be converted to bytes",
            expected="the package onnx",
            got="none",
            hint='`pip install "fairloom[quantize]"` brings it',
        ) from error
    prepared = target.with_suffix(".prepared.onnx")
    try:
        # the converters print and log advice, none of which is the user's concern
        with contextlib.redirect_stdout(io.StringIO()), quiet():
            quant_pre_process(str(file), str(prepared), skip_symbolic_shape=True)
            graph = onnx.load(str(prepared)).graph
            quantize_static(
                str(prepared),
                str(target),
                _reader(graph.input[0].name, iter(tensors)),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                # signed activations, the default, run at a third of the speed of unsigned ones on x86
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_tail(graph),
            )
    except Exception as error:  # they raise whatever they stumble over
        raise ModelError(f"{file} cannot be converted to bytes", got=str(error)) from error
    finally:
        prepared.unlink(missing_ok=True)


def _tail(graph: Any) -> list[str]:  # noqa: ANN401 - onnx has no types
    """Names of the nodes behind the last convolutions that have weights of their own to learn."""
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    used_by: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            used_by.setdefault(name, []).append(node)

    def learns(node: Any) -> bool:  # noqa: ANN401
        # YOLO's "DFL" is written as a convolution to one channel, and only adds up
        return node.op_type == "Conv" and len(node.input) > 1 and weights.get(node.input[1], [0])[0] > 1

    feeds: set[str] = set()
    for node in reversed(graph.node):  # in the order of computing, so what follows a node is known before it
        after = [user for name in node.output for user in used_by.get(name, [])]
        if any(learns(user) or user.name in feeds for user in after):
            feeds.add(node.name)
    return [node.name for node in graph.node if node.name not in feeds and not learns(node)]


def _reader(name: str, tensors: Iterator[NDArray[np.float32]]) -> Any:  # noqa: ANN401
    """What ONNX Runtime asks for one input after the other."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime has no types
        """One input at a time."""

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            tensor = next(tensors, None)
            return None if tensor is None else {name: tensor}

    return Reader()


def _tensors(card: ModelCard, pictures: Sequence[Picture]) -> Iterator[NDArray[np.float32]]:
    letterbox = Letterbox(card.input)
    for picture in pictures:
        yield letterbox.fill(picture)[0].copy()


def _card_text(original: Path, digest: str, agreement: Agreement) -> str:
    """The original's card for the new weights; accuracy that was measured with the old ones does not go along."""
    raw = tomllib.loads(original.read_text(encoding="utf-8"))
    raw.pop("accuracy", None)
    raw |= {"name": f"{raw['name']}-int8", "sha256": digest}
    measured = {name: round(value, 4) for name, value in asdict(agreement).items()}
    raw["quantized"] = {"from_sha256": sha256_of(original.parent / WEIGHTS_NAME), "confidence": CONFIDENCE} | measured
    plain = {key: value for key, value in raw.items() if not isinstance(value, dict) and not _is_tables(value)}
    parts = ["# Written by `tracker model quantize`; docs/models.md documents every key.\n" + _lines(plain)]
    for key, value in raw.items():
        if isinstance(value, dict):
            parts.append(f"[{key}]\n" + _lines(value))
        elif _is_tables(value):
            parts += [f"[[{key}]]\n" + _lines(table) for table in value]
    return "\n".join(parts)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _lines(values: Mapping[str, object]) -> str:
    # JSON spells strings, numbers, booleans and flat lists exactly as TOML does
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep converters from logging advice on preparing models."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
