"""What is wrong with a value, in words for people: Pydantic's own are for programmers."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

NAME = r"^[^\s|/\\]+$"
"""What a name of a camera, rule, step or cell looks like."""
DIGEST = r"^[0-9A-Fa-f]{64}$"
"""A SHA-256, hexadecimal."""
_FORMS = {NAME: "a name without blanks, |, / and \\", DIGEST: "a SHA-256: 64 digits of 0-9 and a-f"}

_WORDS = {
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "int_parsing": "expected a whole number",
    "float_parsing": "expected a number",
    "enum": "expected {expected}",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "string_type": 'expected text in "quotes"',
    "bool_type": "expected true or false",
    "list_type": "expected a list in [brackets]",
    "tuple_type": "expected a list in [brackets]",
    "dict_type": "expected a table",
    "model_type": "expected a table",
    "string_too_short": "expected at least {min_length} characters",
    "string_too_long": "expected at most {max_length} characters",
    "too_short": "expected at least {min_length} items",
    "too_long": "expected at most {max_length} items",
    "literal_error": "expected {expected}",
    "union_tag_invalid": "expected kind = one of {expected_tags}",
    "union_tag_not_found": "missing key 'kind'",
}
"""What is wrong with a value, by Pydantic's name of it, in words for people."""


def in_words(fault: Any) -> str:  # pydantic's ErrorDetails is a loose dict
    """What was expected of a value, and what it is; large ones are not repeated."""
    context = {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in fault.get("ctx", {}).items()
    }
    message = fault["msg"].removeprefix("Value error, ")
    if words := _WORDS.get(fault["type"]):
        message = words.format(**context)
    elif form := _FORMS.get(str(context.get("pattern"))):
        message = f"expected {form}"
    given = fault.get("input")
    return message if isinstance(given, (dict, list)) else f"{message}, got {given!r}"


def value_fault(error: BaseException | None) -> str | None:
    """What a value was refused for; ``None`` when it was not Pydantic that refused it."""
    return in_words(error.errors()[0]) if isinstance(error, ValidationError) else None
