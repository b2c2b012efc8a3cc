"""The database's refusals in the product's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from tracker.domain.errors import ConflictError
from tracker.store import postgres, sqlite
from tracker.store.place import Place


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Raises this module's errors instead of the database driver's.

    Args:
        place: Where the database is, for messages and to see whether its disk is full.

    Raises:
        StoreBusyError: Another process held the write lock for longer than the wait.
        StoreFullError: The disk is full.
        ConflictError: The schema refused a row.
        StoreError: The file is corrupt, read-only, not a database, or cannot be opened; the server does not answer.
    """
    try:
        yield
    except IntegrityError as error:
        said = error.orig if place.path else postgres.said(error.orig, place)
        name = place.path.name if place.path else place.name
        raise ConflictError(f"{name} refused a row: {said}", hint="Nothing of the transaction was kept.") from error
    except DBAPIError as error:
        refused = sqlite.refusal(error.orig, place.path) if place.path else postgres.refusal(error.orig, place)
        raise refused from error
