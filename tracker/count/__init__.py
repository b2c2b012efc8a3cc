"""Tracks in, counts out: gate, transfer, stock and activity."""

from tracker.count.counter import Counted, Counter, View

__all__ = ["Counted", "Counter", "View"]
