"""What every column must say about itself: which kind of data it is, what for, and for how long.

Categories are keys of the fideslang default taxonomy (Apache-2.0, by Ethyca). Only the keys named here are used: most
of that taxonomy describes people, and nothing here does. Retention is a closed list, so that a sweep can act on it.
"""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """Kind of data, as fideslang keys; ``MEANING`` says what each means here."""

    OPERATIONS = "system.operations"
    BEHAVIOUR = "user.behavior"
    WORKPLACE = "user.workplace"
    ORGANISATION = "user.contact.organization"


MEANING = {
    Category.OPERATIONS: "orders, counts, things and machines; nothing about people",
    Category.BEHAVIOUR: "totals of work: about no one person, but made by people",
    Category.WORKPLACE: "where in the workshop; a cell of one seat can stand for whoever sits there",
    Category.ORGANISATION: "a customer's name, which may be that of a one-person business",
}
"""For readers of the data inventory."""


class Retention(StrEnum):
    """How long a row may stay as it is."""

    FINE = "72 hours, then folded into totals per order or unassigned, line, step, rule and production day"
    ORDER = "30 days after the order is closed or cancelled"
    WINDOW = "30 days"
    CURRENT = "as long as it describes the present set-up; overwritten by its successor"
    LOG = "kept for good: the log is the proof of what was seen, changed and sent"


def about(category: Category, purpose: str, retention: Retention) -> dict[str, str]:
    """The ``info`` of a column: ``category``, ``purpose`` and ``retention``.

    Args:
        purpose: Why the column exists, as the end of "stored so that ...".
    """
    return {"category": category, "purpose": purpose, "retention": retention}


def operations(purpose: str, retention: Retention) -> dict[str, str]:
    """``about`` for the commonest category: things, not people."""
    return about(Category.OPERATIONS, purpose, retention)
