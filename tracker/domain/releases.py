"""What an outsider may see of an order: bands and epochs, decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tracker.domain.estimates import Outlook
from tracker.domain.orders import OrderId


@dataclass(frozen=True, slots=True)
class Release:
    """One order's status for one epoch; the same for everyone with the same right.

    Attributes:
        epoch: Aware UTC start of the epoch (a whole hour).
        customer: The only outsider it is for.
        band_low_pct: Lower bound of the deliverable band, a multiple of 10, 0..100.
        band_high_pct: Upper bound, ``band_low_pct + 10`` or 100.
        milestone: Latest step through which at least half of the order has gone; ``not started`` before.
        finish_earliest: First day of the finish range (P10), shop's local date; ``None`` when unknown.
        finish_latest: Last day of the finish range (P90); ``None`` when unknown.
        outlook: One word.
        stale: The status rests on data older than the epoch before.
        next_expected_at: Aware UTC start of the next epoch.
    """

    order: OrderId
    customer: str
    epoch: datetime
    band_low_pct: int
    band_high_pct: int
    milestone: str
    finish_earliest: date | None
    finish_latest: date | None
    outlook: Outlook
    stale: bool
    next_expected_at: datetime
