"""Reading and checking the append-only log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from tracker.store.chain import GENESIS, entry_hash
from tracker.store.queries.connected import Connected
from tracker.store.records import LogEntry
from tracker.store.tables import LogRow


class LogQueries(Connected):
    """Questions about the log."""

    def log_entries(self, after_seq: int = 0, limit: int = 100) -> tuple[LogEntry, ...]:
        """The next entries after a number, in order."""
        query = select(*LogRow.__table__.columns).where(LogRow.seq > after_seq).order_by(LogRow.seq).limit(limit)
        return tuple(
            LogEntry(row.seq, row.at, row.kind, row.subject, row.payload, row.prev_hash, row.hash)
            for row in self._connection.execute(query)
        )

    def logged_until(self) -> datetime | None:
        """Aware UTC of the last entry; ``None`` before the first."""
        return self._connection.scalar(select(LogRow.at).order_by(LogRow.seq.desc()).limit(1))

    def verify_log(self) -> int | None:
        """Recomputes the whole chain.

        Returns:
            The first number that is missing, changed or wrongly chained; ``None`` when all is well. Entries cut off at
            the end cannot be noticed from the inside.
        """
        expected_seq, prev_hash = 1, GENESIS
        columns = (LogRow.seq, LogRow.at, LogRow.kind, LogRow.subject, LogRow.payload, LogRow.prev_hash, LogRow.hash)
        with self._connection.execution_options(yield_per=1000).execute(select(*columns).order_by(LogRow.seq)) as rows:
            for seq, at, kind, subject, payload, claimed_prev, claimed_hash in rows:
                right_hash = entry_hash(expected_seq, at, (kind, subject, payload), prev_hash)
                if (seq, claimed_prev, claimed_hash) != (expected_seq, prev_hash, right_hash):
                    return expected_seq
                expected_seq, prev_hash = expected_seq + 1, right_hash
        return None
