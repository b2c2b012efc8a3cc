"""What one cell says: a quantity, a date, a text, a share, a unit. Each either gives a value or a reason why not."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from tracker.domain.orders import OrderState, OrderUnit
from tracker.intake.grid import Cell
from tracker.intake.limits import MAX_QUANTITY, MAX_TEXT_CHARS


class CellError(ValueError):
    """A cell does not say what it should; the message says what was expected and what to do."""


UNITS: Final = {
    OrderUnit.PIECE: ("piece", "pieces", "pc", "pcs", "pce", "ea", "each", "unit", "units", "件", "个", "条", "只"),
    OrderUnit.PAIR: ("pair", "pairs", "pr", "prs", "双", "对"),
    OrderUnit.SET: ("set", "sets", "套", "组", "suit", "suits"),
}
"""Words per unit; 条 (trousers) and 件 both count single garments."""

STATES: Final = {
    OrderState.OFFERED: ("offered", "offer", "quoted", "待确认", "报价", "意向"),
    OrderState.ACCEPTED: ("accepted", "open", "confirmed", "active", "已接", "已确认", "接单", "生产中", "进行中"),
    OrderState.HELD: ("held", "hold", "on hold", "暂停", "挂起"),
    OrderState.CANCELLED: ("cancelled", "canceled", "取消", "已取消", "作废"),
    OrderState.CLOSED: ("closed", "done", "completed", "shipped", "完成", "已完成", "结案", "关闭"),
}
"""Words per state."""

_DOZENS: Final = ("dozen", "dozens", "doz", "dz", "打")
_BLANKS: Final = frozenset({"-", "--", "–", "—", "/", "n/a", "na", "none", "无"})
_ZERO_FORMAT_DIGITS: Final = 15
"""A spreadsheet keeps 15 digits of a number; a longer order number lost its end."""
_NUMBER = re.compile(
    r"(?=[+-]?\.?\d)([+-]?(?:\d{1,3}(?:,\d{3})+|\d{0,20})(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?) ?(\D*)",
    re.IGNORECASE | re.ASCII,
)
"""Bounded on every side: a number of a million digits must not be computed with."""
_SCIENTIFIC = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE | re.ASCII)
_Word = TypeVar("_Word", bound=StrEnum)


def is_blank(cell: Cell) -> bool:
    """Nothing is written, or one of the marks people use for nothing (``-``, ``/``, ``无``)."""
    return cell.blank or (isinstance(cell.value, str) and cell.value.casefold() in _BLANKS)


def text_of(cell: Cell, *, limit: int = MAX_TEXT_CHARS) -> str:
    """The cell's text, fit to be stored, shown and exported.

    Args:
        limit: Most characters.

    Raises:
        CellError: An error value, a date or truth value where text belongs, control characters, too long, or text that
            a spreadsheet would run as a formula when exported again.
    """
    value = _value(cell)
    if isinstance(value, bool):
        raise CellError(f"expected text, got the truth value {str(value).upper()}")
    if isinstance(value, date):
        raise CellError(
            f"holds the date {value:%Y-%m-%d}: the spreadsheet probably changed what was typed (3-6 becomes a date); "
            "format the cell as text and type it again"
        )
    text = _plain_number(value) if isinstance(value, int | float) else str(value or "")
    if len(text) > limit:
        raise CellError(f"has {len(text)} characters; at most {limit} are possible")
    if any(unicodedata.category(mark) in {"Cc", "Cs", "Co", "Cn"} for mark in text):
        raise CellError("holds control or private characters; type it again")
    if text[:1] in {"=", "+", "-", "@"}:
        raise CellError(f"{text!r} begins like a formula (= + - @) and is refused, so that no export can run it")
    return text


def id_of(cell: Cell, *, limit: int) -> str:
    """The cell's text as an order number.

    Raises:
        CellError: As ``text_of``; also a number that the spreadsheet has already shortened.
    """
    text = text_of(cell, limit=limit)
    if isinstance(cell.value, int | float) and len(text) > _ZERO_FORMAT_DIGITS:
        raise CellError(f"{text} has more digits than a spreadsheet keeps (15); format the cell as text, type it again")
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(f"{text!r} was shortened by the spreadsheet; format the cell as text and type it again")
    return text


def number_of(cell: Cell) -> tuple[Decimal, str]:
    """The cell's number and the word behind it (``120 件`` gives 120 and ``件``).

    Raises:
        CellError: Not a number.
    """
    value = _value(cell)
    if isinstance(value, bool | date | None):
        raise CellError(f"expected a number, got {cell.text or 'nothing'}")
    match = _NUMBER.fullmatch(str(value).strip())
    if match is None:
        raise CellError(f"expected a number, got {_short(str(value))}")
    return Decimal(match[1].replace(",", "")), match[2].strip()


def quantity_of(cell: Cell, *, least: int = 1) -> tuple[int, OrderUnit | None]:
    """Units in one line, and the unit when it is written behind the number.

    Args:
        least: 1 for an order line; 0 for totals and the cells of a size matrix.

    Raises:
        CellError: Not a whole number from ``least`` to ``MAX_QUANTITY``, or an unknown unit.
    """
    number, word = number_of(cell)
    if number != number.to_integral_value():
        raise CellError(f"expected a whole number, got {_short(cell.text)}")
    if not least <= number <= MAX_QUANTITY:
        raise CellError(f"expected {least} to {MAX_QUANTITY}, got {_short(cell.text)}")
    return int(number), (unit_word(word) if word else None)


def unit_word(word: str) -> OrderUnit:
    """The unit a word stands for.

    Raises:
        CellError: Unknown, or dozens, which must be written out.
    """
    if word.casefold().rstrip(".") in _DOZENS:
        raise CellError(f"counts in dozens ({word}); write single pieces")
    return _word(word, UNITS, "unit")


def state_word(word: str) -> OrderState:
    """The order state a word stands for.

    Raises:
        CellError: Unknown.
    """
    return _word(word, STATES, "state")


def share_of(cell: Cell, *, percent: bool, signs: str = "±+") -> float:
    """A tolerance as a share, 0..1.

    Args:
        percent: The header says that bare numbers are per cent.
        signs: Signs that may stand before it (``-3%`` is how people write a short tolerance).

    Raises:
        CellError: Not a number, outside 0..1, or a bare number of 1 and more that may mean per cent or share.
    """
    text = str(_value(cell)).lstrip(signs).lstrip()
    number, word = number_of(Cell(cell.sheet, cell.row, cell.column, text))
    if word not in {"", "%"}:
        raise CellError(f"expected a share such as 5%, got {_short(text)}")
    if word == "%" or percent:
        number /= 100
    elif number >= 1:
        raise CellError(f"{text} may mean {text} % or {text} times the quantity; write {text}%")
    if not 0 <= number <= 1:
        raise CellError(f"expected 0% to 100%, got {_short(text)}")
    return float(number)


def weight_of(cell: Cell) -> float:
    """Minutes, seconds or a price of one operation.

    Raises:
        CellError: Not a number above 0 and up to ``MAX_QUANTITY``.
    """
    number, _ = number_of(cell)
    if not 0 < number <= MAX_QUANTITY:
        raise CellError(f"expected a number above 0, got {_short(cell.text)}")
    return float(number)


def _word(word: str, known: dict[_Word, tuple[str, ...]], kind: str) -> _Word:
    key = word.casefold().rstrip(".")
    for meaning, words in known.items():
        if key in words:
            return meaning
    expected = ", ".join(f"{words[0]} ({next(w for w in words if not w.isascii())})" for words in known.values())
    raise CellError(f"expected a {kind}: {expected}; got {_short(word)}")


def _value(cell: Cell) -> str | int | float | bool | date | None:
    if cell.problem is not None:
        raise CellError(cell.problem)
    return cell.value


def _plain_number(value: float) -> str:
    """38 and 38.0 as ``38``, 38.5 as ``38.5``: what the cell shows without a number format."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
