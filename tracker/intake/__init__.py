"""intake: order sheets in, domain orders out: everything or nothing, and all faults at once."""

from tracker.intake.mapping import DateOrder, Mapping
from tracker.intake.sheets import Intake, read_sheet

__all__ = ["DateOrder", "Intake", "Mapping", "read_sheet"]
