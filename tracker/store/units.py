"""One transaction as the program sees it: a snapshot to ask, or a unit of work to change."""

from __future__ import annotations

from tracker.store.queries.cards import CardQueries
from tracker.store.queries.events import EventQueries
from tracker.store.queries.evidence import EvidenceQueries
from tracker.store.queries.log import LogQueries
from tracker.store.queries.results import ResultQueries
from tracker.store.writes.cameras import CameraWrites
from tracker.store.writes.cards import CardWrites
from tracker.store.writes.orders import OrderWrites
from tracker.store.writes.results import ResultWrites


class ReadView(EvidenceQueries, EventQueries, CardQueries, ResultQueries, LogQueries):
    """A consistent snapshot: what other processes commit meanwhile stays unseen."""


class WriteUnit(OrderWrites, CardWrites, CameraWrites, ResultWrites, ReadView):
    """All changes of one transaction, committed together; every question can be asked too, and sees them."""
