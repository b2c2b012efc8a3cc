"""Every table, so that one import fills the metadata.

::

    orders ─┬─ order_revisions ─┬─ order_lines        what was ordered, every version
            │                   ├─ route_steps
            │                   └─ operations
            ├─ schedule, human_counts, milestones     what people say
            ├─ order_cards                            what the numbers of printed cards mean
            ├─ assignments ─── events                 what cameras counted; order is null when nobody can tell
            ├─ estimates                              what was concluded
            └─ releases ─── disclosures               what outsiders may see, and who did
    quarantined_events, stock_readings, card_sightings, gaps, activity_windows, cameras, camera_rules, watermarks:
    by camera
    log, sheet_mappings
"""

from tracker.store.tables.cards import CardSightingRow, OrderCardRow
from tracker.store.tables.counts import (
    ActivityWindowRow,
    AssignmentRow,
    CameraRow,
    CameraRuleRow,
    EventRow,
    GapRow,
    QuarantineRow,
    StockRow,
    WatermarkRow,
)
from tracker.store.tables.declarative import Row, UtcDateTime
from tracker.store.tables.orders import (
    HumanCountRow,
    LineRow,
    MilestoneRow,
    OperationRow,
    OrderRow,
    RevisionRow,
    ScheduleRow,
    StepRow,
)
from tracker.store.tables.results import DisclosureRow, EstimateRow, LogRow, MappingRow, ReleaseRow

__all__ = [
    "ActivityWindowRow",
    "AssignmentRow",
    "CameraRow",
    "CameraRuleRow",
    "CardSightingRow",
    "DisclosureRow",
    "EstimateRow",
    "EventRow",
    "GapRow",
    "HumanCountRow",
    "LineRow",
    "LogRow",
    "MappingRow",
    "MilestoneRow",
    "OperationRow",
    "OrderCardRow",
    "OrderRow",
    "QuarantineRow",
    "ReleaseRow",
    "RevisionRow",
    "Row",
    "ScheduleRow",
    "StepRow",
    "StockRow",
    "UtcDateTime",
    "WatermarkRow",
]
