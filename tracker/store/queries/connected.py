"""What every query class starts from: a connection inside a transaction."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from tracker.domain.errors import NotFoundError

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
"""A row of any columns; checked where it becomes a domain value."""


class Connected:
    """Holds the connection of one transaction.

    Args:
        connection: Already in a transaction; whoever opened it ends it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def not_found(what: str, wanted: str, known: Iterable[str]) -> NotFoundError:
    """The error for a name that does not exist, with the nearest that do.

    Args:
        what: Kind of thing, ``order``.
    """
    names = sorted(known)
    near = difflib.get_close_matches(wanted, names, n=3) or names[:3]
    hint = f"Did you mean {', '.join(near)}?" if near else f"There is no {what} yet."
    return NotFoundError(f"no {what} {wanted!r}", hint=hint)
