"""Records batches until it is killed; says each batch's number once its transaction is committed.

``python killed_writer.py DATABASE FIRST_BATCH``
"""

from __future__ import annotations

import sys
from datetime import timedelta
from itertools import count

from store_samples import MONDAY_8, TRAY, event, given

from tracker.store import open_store

BATCH = 4
"""Events a batch."""


def main(path: str, first: int) -> None:
    with open_store(path) as store:
        for batch in count(first):
            events = [event(batch * 10 + second) for second in range(BATCH)]
            until = MONDAY_8 + timedelta(seconds=batch * 10 + 9)
            with store.write(until) as unit:
                unit.record(TRAY, events=given(events), stock=(), gaps=(), watermark=until)
                unit.log("batch", TRAY, {"batch": batch})
            sys.stdout.write(f"{batch}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
