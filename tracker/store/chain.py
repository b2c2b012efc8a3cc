"""The log's hash chain: each entry's hash covers the entry and the hash before it, so that no change goes unseen.

    hash = SHA-256(canonical JSON of [seq, at, kind, subject, payload, prev_hash])

The chain shows changes inside the log. It cannot show that the newest entries were cut off: that takes a copy of a hash
kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

GENESIS = "0" * 64
"""What the first entry has for a hash before it."""

LARGEST_PAYLOAD = 65536
"""Characters. The log stays for good: it holds facts, not files."""

_CREDENTIALS = re.compile(r"://[^/\s@\"]+@")


def canonical(payload: Mapping[str, object]) -> str:
    """JSON with sorted keys and no spaces.

    Raises:
        ValueError: It holds a URL with credentials, a number that is not finite, or is too large.
        TypeError: It holds something that JSON has no form for.
    """
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if _CREDENTIALS.search(text):
        raise ValueError("a log entry holds a URL with credentials; the log is kept for good and must not")
    if len(text) > LARGEST_PAYLOAD:
        raise ValueError(f"a log entry is at most {LARGEST_PAYLOAD} characters, got {len(text)}")
    return text


def entry_hash(seq: int, at: datetime, what: tuple[str, str, str], prev_hash: str) -> str:
    """SHA-256 of one entry, 64 hex digits.

    Args:
        at: Aware.
        what: Kind, subject and canonical payload.
        prev_hash: Hash of the entry before, ``GENESIS`` for the first.
    """
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([seq, stamp, *what, prev_hash], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
