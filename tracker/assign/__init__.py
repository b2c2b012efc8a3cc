"""Which order an event belongs to, and why."""

from tracker.assign.cards import Cards
from tracker.assign.rules import assign
from tracker.assign.sightings import Place

__all__ = ["Cards", "Place", "assign"]
