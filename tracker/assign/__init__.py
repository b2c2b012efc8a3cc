"""Which order an event belongs to, and why."""

from tracker.assign.rules import assign

__all__ = ["assign"]
