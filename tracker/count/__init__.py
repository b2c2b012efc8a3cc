"""Tracks in, counts out: gate, transfer, stock and activity."""

from tracker.count.counter import Counted, Counter
from tracker.count.view import PEOPLE, View, people

__all__ = ["PEOPLE", "Counted", "Counter", "View", "people"]
