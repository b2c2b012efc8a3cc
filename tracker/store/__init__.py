"""The database: orders, counts, estimates, releases and the log of it all, in one file that survives power cuts.

Everything else in the program sees ``open_store`` and what it hands out; rows and SQL stay in here.
"""

from tracker.store.opening import Store, open_store
from tracker.store.records import (
    ActivityWindow,
    CameraRule,
    CameraState,
    CameraStatus,
    Disclosure,
    LogEntry,
    Milestone,
    MilestoneMark,
    Recorded,
    StoredEvent,
    Unassigned,
)
from tracker.store.units import ReadView, WriteUnit

__all__ = [
    "ActivityWindow",
    "CameraRule",
    "CameraState",
    "CameraStatus",
    "Disclosure",
    "LogEntry",
    "Milestone",
    "MilestoneMark",
    "ReadView",
    "Recorded",
    "Store",
    "StoredEvent",
    "Unassigned",
    "WriteUnit",
    "open_store",
]
