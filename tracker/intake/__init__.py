"""intake: order sheets in, domain orders out: everything or nothing, and all faults at once."""

from tracker.intake.mapping import DateOrder, Mapping
from tracker.intake.sheets import Intake, read_sheet
from tracker.intake.template import example_orders, write_orders, write_template

__all__ = ["DateOrder", "Intake", "Mapping", "example_orders", "read_sheet", "write_orders", "write_template"]
