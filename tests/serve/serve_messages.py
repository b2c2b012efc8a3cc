"""Finds every message that a reader may see: in the templates, and marked in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tracker.serve import rendering
from tracker.serve.language import Language

CALLS = {"gettext": 1, "ngettext": 2, "marked": 1, "_": 1}
"""How many of a call's first arguments are messages."""


def in_templates() -> Iterator[tuple[str, ...]]:
    """Messages of all templates, a plural with its singular."""
    environment = rendering.environments(rendering.assets())[Language.ENGLISH]
    for path in sorted((rendering.HERE / "templates").glob("*.html")):
        found = environment.extract_translations(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
        for _line, _function, message in found:
            yield tuple(part for part in message if part is not None) if isinstance(message, tuple) else (message,)


def in_code() -> Iterator[tuple[str, ...]]:
    """Messages of all modules."""
    for path in sorted(Path(rendering.HERE).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            literals = [arg.value for arg in node.args[: CALLS.get(name, 0)] if isinstance(arg, ast.Constant)]
            if literals:
                yield tuple(map(str, literals))


@lru_cache
def every_message() -> dict[str, tuple[str, ...]]:
    """All of them by their singular."""
    return {message[0]: message for message in (*in_templates(), *in_code())}
