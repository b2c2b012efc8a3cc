"""The date that a cell means: many ways of writing one, and no guessing between day and month."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from tracker.intake.grid import Cell
from tracker.intake.limits import MAX_DUE_YEARS
from tracker.intake.mapping import DateOrder
from tracker.intake.values import CellError

EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
"""Day 0 of Excel's count for all dates after February 1900 (ECMA-376 part 1, 18.17.4.1)."""

_LOOK_BACK_DAYS: Final = 120
"""A date without a year is the next such day, unless it passed less than this many days ago: sheets of late orders
are imported too, but nobody writes 1月5日 in December for a day eleven months gone."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_CHINESE = re.compile(r"(?:(\d{4})年 ?)?(\d{1,2})月 ?(\d{1,2})[日号]", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
_DAY_NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*\.?[ ,-]*(\d{4}|\d{2})", re.ASCII)
_NAMED_DAY = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII)
_YEARLESS = re.compile(r"(\d{1,2})[-/.](\d{1,2})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)


def date_of(cell: Cell, *, today: date, order: DateOrder | None) -> tuple[date, bool]:
    """The day a cell means, and whether its year had to be inferred.

    Understood: spreadsheet dates, 2026-07-03, 2026/7/3, 2026.7.3, 20260703, 2026年7月3日, 7月3日, 3 Jul 2026,
    Jul 3, 2026, Excel day counts, and with the year last when day and month cannot be confused or ``order`` says.

    Args:
        today: The shop's local date: years are inferred and checked against it.
        order: How the customer writes 03/07/2026; ``None`` when nobody said.

    Raises:
        CellError: No date, no such day, an ambiguous one, or one more than ``MAX_DUE_YEARS`` from today.
    """
    if cell.problem is not None:
        raise CellError(cell.problem)
    value = cell.value
    if isinstance(value, date):
        return _plausible(value, today), False
    if isinstance(value, bool):
        raise CellError(f"expected a date, got the truth value {str(value).upper()}")
    text = cell.text.strip()
    chinese = _CHINESE.fullmatch(text)
    if chinese is not None and chinese[1] is None:
        return _nearest_year(int(chinese[2]), int(chinese[3]), today), True
    return _plausible(_written(text, order), today), False


def _written(text: str, order: DateOrder | None) -> date:
    for pattern in (_YEAR_FIRST, _CHINESE, _COMPACT):
        match = pattern.fullmatch(text)
        if match is not None:
            parts = [int(part) for part in match.groups() if part.isdigit()]
            return _day(parts[0], parts[1], parts[2], text)
    if (match := _YEAR_LAST.fullmatch(text)) is not None:
        return _year_last(int(match[1]), int(match[3]), int(match[4]), text=text, order=order)
    if (match := _DAY_NAMED.fullmatch(text)) is not None:
        return _named(int(match[1]), match[2], match[3], text)
    if (match := _NAMED_DAY.fullmatch(text)) is not None:
        return _named(int(match[2]), match[1], match[3], text)
    if _SERIAL.fullmatch(text) is not None:
        return EXCEL_DAY_ZERO + timedelta(days=int(text.partition(".")[0]))
    if _YEARLESS.fullmatch(text) is not None:
        raise CellError(f"{text!r} has no year; write it as 2026-07-03")
    raise CellError(f"expected a date such as 2026-07-03, got {text[:40]!r}")


def _year_last(first: int, second: int, year: int, *, text: str, order: DateOrder | None) -> date:
    if order is DateOrder.DAY_FIRST:
        return _day(year, second, first, text)
    if order is DateOrder.MONTH_FIRST:
        return _day(year, first, second, text)
    if first <= 12 and second <= 12 and first != second:
        raise CellError(
            f"{text!r} may be {_day(year, second, first, text):%d %B} or {_day(year, first, second, text):%d %B}; "
            "write it as 2026-07-03, or say --dates day-first or --dates month-first"
        )
    return _day(year, second, first, text) if first > 12 else _day(year, first, second, text)


def _named(day: int, month: str, year: str, text: str) -> date:
    if month.casefold() not in _MONTHS:
        raise CellError(f"{text!r} names no month that is known")
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    return _day(full_year, _MONTHS.index(month.casefold()) + 1, day, text)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellError(f"{text!r} is no day of the calendar") from error


def _nearest_year(month: int, day: int, today: date) -> date:
    earliest = today - timedelta(days=_LOOK_BACK_DAYS)
    for year in range(earliest.year, earliest.year + MAX_DUE_YEARS):  # 29 February needs up to four years
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= earliest:
            return found
    raise CellError(f"{month}月{day}日 is no day of the calendar")


def _plausible(day: date, today: date) -> date:
    if abs(day.year - today.year) > MAX_DUE_YEARS:
        raise CellError(f"{day:%Y-%m-%d} is more than {MAX_DUE_YEARS} years from today ({today:%Y-%m-%d})")
    return day
