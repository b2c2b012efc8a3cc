"""What is written above a table: labels with values, such as ``订单号: PO-1`` or ``Customer | ACME``."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tracker.intake.fields import HEADERS, ORDER_FACTS, Field
from tracker.intake.grid import Cell
from tracker.intake.limits import MAX_FACTS_CHARS
from tracker.intake.mapping import Mapping

FACT_FIELDS = frozenset({Field.ORDER, Field.COLOUR, *ORDER_FACTS})
"""What can stand above a table; everything else there is passed over."""


_NEXT_LABEL = re.compile(r"\s[^\W\d]\w{0,15} ?:")
"""The beginning of another label, known or not: it ends the value before it."""


def facts_in_row(cells: list[Cell], mapping: Mapping) -> list[tuple[Field, Cell]]:
    """The facts a row states, each with the cell that holds its value.

    Three ways of writing are known: ``订单号: PO-1`` in one cell (also several in one cell), ``订单号:`` with the value
    in the next cell, and ``订单号`` alone with the value in the next cell.

    Args:
        cells: The row's non-blank cells, left to right.
        mapping: What labels mean, beside the known words.
    """
    facts: list[tuple[Field, Cell]] = []
    labels = _labels(tuple(mapping.columns))
    skip = False
    for index, cell in enumerate(cells):
        if skip or not isinstance(cell.value, str) or len(cell.value) > MAX_FACTS_CHARS:
            skip = False
            continue
        following = cells[index + 1] if index + 1 < len(cells) else None
        inside = _inside(cell, labels, mapping)
        facts += [(field, value) for field, value in inside if not value.blank]
        open_label = inside[-1][0] if inside and inside[-1][1].blank else None
        if not inside:
            open_label = mapping.field_of(cell.text)
        if open_label in FACT_FIELDS and following is not None and not _is_label(following, labels, mapping):
            facts.append((open_label, following))
            skip = True
    return facts


def _inside(cell: Cell, labels: re.Pattern[str], mapping: Mapping) -> list[tuple[Field, Cell]]:
    """Labels with a colon inside one cell, each with the text up to the next label (blank when there is none)."""
    text = cell.text
    matches = list(labels.finditer(text))
    found: list[tuple[Field, Cell]] = []
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=False):
        value = _NEXT_LABEL.split(text[match.end() : end], maxsplit=1)[0].strip(" ,;|")
        field = mapping.field_of(match[1])
        if field in FACT_FIELDS:
            found.append((field, replace(cell, value=value or None)))
    return found


def _is_label(cell: Cell, labels: re.Pattern[str], mapping: Mapping) -> bool:
    if not isinstance(cell.value, str) or len(cell.value) > MAX_FACTS_CHARS:
        return False
    return labels.match(cell.value) is not None or mapping.field_of(cell.value) is not None


@functools.lru_cache(maxsize=64)
def _labels(extra: tuple[str, ...]) -> re.Pattern[str]:
    """Any known label followed by a colon; longest first, so that ``order no`` wins over ``order``."""
    words = sorted({*(word for words in HEADERS.values() for word in words), *extra}, key=len, reverse=True)
    loose = (r" ?".join(re.escape(part) for part in word.split(" ")) for word in words)
    return re.compile(rf"(?<![^\W_])({'|'.join(loose)})\.? ?:", re.IGNORECASE)
