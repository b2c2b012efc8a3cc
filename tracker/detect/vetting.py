"""A look into an ONNX file before ONNX Runtime opens it: refuses what reads other files or never ends.

An ONNX file is a protobuf message: fields of (number, wire type, value), nested. Of a hundred megabytes of weights only
the frame is walked; tensors are stepped over. Field numbers are those of onnx/onnx.proto3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracker.domain.errors import ModelError

MAX_BYTES = 1 << 30
"""A gibibyte: twice the largest detector of the families we read, half of what protobuf can hold."""
MAX_DEPTH = 8
"""Graphs within graphs; exporters write two."""
MAX_NODES = 100_000
"""After functions are written out; the largest detector of the families we read has 3000."""
MAX_FUNCTIONS = 500
"""Named groups of operators; exporters that use them write some dozens."""
ENDLESS = frozenset({"Loop", "Scan"})
"""Operators that can run for as long as the file likes; no layout we read needs them."""
FOREIGN = frozenset({"EPContext"})
"""Operators that open other files: a blob compiled for one accelerator."""
KNOWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"})
"""Where ONNX Runtime's own operators live; others come from libraries, which a model must not bring along."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1  # TensorProto.DataLocation


def vet(path: Path) -> None:
    """Refuse a model file that is no single self-contained ONNX detector.

    Raises:
        ModelError: It is missing, too large, damaged, reads other files, brings its own operators or may never end.
    """
    if not path.is_file():
        raise ModelError(f"{path} cannot be loaded", expected="an ONNX model", got="no file")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ModelError(f"{path} is too large", expected=f"at most {MAX_BYTES} bytes", got=f"{size}")
    content = memoryview(path.read_bytes())
    seen = _Seen()
    try:
        for number, value in _fields(content):
            if number == 7:  # graph
                seen.graph(value, "", 0)
            elif number == 25:  # functions
                seen.function(value)
    except _DamagedError as error:
        raise ModelError(f"{path} cannot be loaded", expected="an ONNX model", got=str(error)) from error
    seen.judge(path)


class _DamagedError(Exception):
    """The bytes are no protobuf message."""


@dataclass(slots=True)
class _Seen:
    """What a walk through the file came across.

    Attributes:
        external: Names of tensors whose numbers lie in another file.
        calls: Operators used in each function, as (domain, name), with how often; the main graph is ``("", "")``.
        depth: Deepest graph within a graph.
    """

    external: list[str] = field(default_factory=list)
    calls: dict[tuple[str, str], dict[tuple[str, str], int]] = field(default_factory=lambda: {("", ""): {}})
    depth: int = 0

    def graph(self, content: memoryview, owner_name: str, depth: int, owner_domain: str = "") -> None:
        self.depth = max(self.depth, depth)
        if depth > MAX_DEPTH:
            return
        for number, value in _fields(content):
            if number == 1:
                self.node(value, (owner_domain, owner_name), depth)
            elif number == 5:
                self.tensor(value)
            elif number == 15:  # sparse initialisers: values and indices
                for part, tensor in _fields(value):
                    if part in {1, 2}:
                        self.tensor(tensor)

    def function(self, content: memoryview) -> None:
        parts = list(_fields(content))
        name = next((_text(value) for number, value in parts if number == 1), "")
        domain = next((_text(value) for number, value in parts if number == 10), "")
        self.calls[domain, name] = {}
        for number, value in parts:
            if number == 7:
                self.node(value, (domain, name), 0)

    def node(self, content: memoryview, owner: tuple[str, str], depth: int) -> None:
        kind = domain = ""
        for number, value in _fields(content):
            if number == 4:
                kind = _text(value)
            elif number == 7:
                domain = _text(value)
            elif number == 5:
                self.attribute(value, owner, depth)
        calls = self.calls[owner]
        calls[domain, kind] = calls.get((domain, kind), 0) + 1

    def attribute(self, content: memoryview, owner: tuple[str, str], depth: int) -> None:
        for number, value in _fields(content):
            if number in {5, 10}:  # one tensor, several
                self.tensor(value)
            elif number in {6, 11}:  # one graph, several
                self.graph(value, owner[1], depth + 1, owner[0])

    def tensor(self, content: memoryview) -> None:
        name, outside = "", False
        for number, value in _fields(content):
            if number == 8:
                name = _text(value)
            elif number == 13:
                outside = True
            elif number == 14:
                outside = outside or _varint(value, 0)[0] == _EXTERNAL
        if outside:
            self.external.append(name)

    def judge(self, path: Path) -> None:
        """Raise for the first thing that is refused."""
        used = {call for calls in self.calls.values() for call in calls}
        own = set(self.calls)
        if self.external:
            raise ModelError(
                f"{path} keeps its weights in another file",
                expected="one ONNX file that holds everything, as its checksum covers nothing else",
                got=f"{len(self.external)} tensors outside, the first {self.external[0]!r}",
                hint="Export again with the weights inside (onnx.save without save_as_external_data)",
            )
        if strange := sorted(f"{domain}:{kind}" for domain, kind in used - own if domain not in KNOWN_DOMAINS):
            raise ModelError(
                f"{path} needs operators that are not ONNX Runtime's",
                expected="operators of ONNX",
                got=", ".join(strange[:5]),
                hint="Export without custom operators; Fairloom never loads a library for a model",
            )
        if wild := sorted(kind for _, kind in used if kind in ENDLESS | FOREIGN):
            raise ModelError(
                f"{path} is no plain network",
                expected="no loops, and nothing compiled for one accelerator",
                got=", ".join(wild),
                hint="Export without loops: without NMS, or with the exporter's own NMS option",
            )
        if self.depth > MAX_DEPTH or len(self.calls) > MAX_FUNCTIONS or self._written_out(("", ""), {}) > MAX_NODES:
            raise ModelError(
                f"{path} is no plain network",
                expected=f"graphs nested at most {MAX_DEPTH} deep with at most {MAX_NODES} operators in all",
                got="more",
            )

    def _written_out(self, name: tuple[str, str], known: dict[tuple[str, str], int]) -> int:
        """Operators of a function once every function it calls is written out; too many as soon as it calls itself."""
        if name not in known:
            known[name] = MAX_NODES + 1
            known[name] = sum(
                times * (self._written_out(call, known) if call in self.calls else 1)
                for call, times in self.calls[name].items()
            )
        return known[name]


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Fields of a message that hold bytes, as (number, bytes); numbers come as their varint's bytes."""
    at, end = 0, len(content)
    while at < end:
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        start = at
        if kind == _VARINT:
            _, at = _varint(content, at)
        elif kind == _FIXED64:
            at += 8
        elif kind == _FIXED32:
            at += 4
        elif kind == _BYTES:
            length, start = _varint(content, at)
            at = start + length
        else:
            raise _DamagedError(f"wire type {kind} at byte {start}")
        if at > end:
            raise _DamagedError(f"damaged, or no ONNX: a field of {at - start} bytes where {end - start} are left")
        yield number, content[start:at]


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    for byte in content[at : at + 10]:
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    raise _DamagedError("a number without an end")


def _text(content: memoryview) -> str:
    return bytes(content).decode("utf-8", errors="replace")
