"""Appending to the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from tracker.store.chain import GENESIS, canonical, entry_hash
from tracker.store.queries.connected import Connected
from tracker.store.tables import LogRow


class LogWrites(Connected):
    """Appends; every other write class logs through it.

    Args:
        connection: Holds the write lock.
        now: Aware UTC of everything written in this transaction.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        super().__init__(connection)
        if now.tzinfo is None:
            raise ValueError(f"expected an aware datetime, got naive {now.isoformat()}")
        self._now = now.astimezone(UTC)
        self._log_end: tuple[int, str] | None = None

    def log(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        """Appends an entry. It stays for good: no names of people, no pictures, no secrets.

        Args:
            kind: ``order.imported``, ``gap.opened`` ...
            subject: Id of the order or camera it is about.
            payload: What JSON can hold.

        Raises:
            ValueError: The payload holds a URL with credentials, a number that is not finite, or is too large.
            TypeError: The payload holds something that JSON has no form for.
        """
        last_seq, prev_hash = self._log_end or self._stored_log_end()
        seq, text = last_seq + 1, canonical(payload)
        digest = entry_hash(seq, self._now, (kind, subject, text), prev_hash)
        row = {"seq": seq, "at": self._now, "kind": kind, "subject": subject, "payload": text}
        self._connection.execute(insert(LogRow), row | {"prev_hash": prev_hash, "hash": digest})
        self._log_end = (seq, digest)

    def _stored_log_end(self) -> tuple[int, str]:
        row = self._connection.execute(select(LogRow.seq, LogRow.hash).order_by(LogRow.seq.desc()).limit(1)).first()
        return (0, GENESIS) if row is None else (row.seq, row.hash)
