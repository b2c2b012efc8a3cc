"""From an estimate to a release: bands of ten per cent, epochs of an hour, the same for everyone with the same right.

What is rounded away here is what a close watcher could otherwise read off: breaks, pace, who works on what.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.estimates import Estimate, Outlook
from tracker.domain.orders import Order
from tracker.domain.releases import Release

EPOCH = timedelta(hours=1)
"""One status an hour: with bands of ten per cent it brings the inference of breaks from AUC 0.93 down to 0.60
(docs/releases.md)."""

BAND_PCT = 10
"""Width of a band in per cent."""

NOT_STARTED = "not started"
"""The milestone before the first step is half done."""


def release(order: Order, estimate: Estimate, *, now: datetime, previous: Release | None, timezone: str) -> Release:
    """The status of one order for the epoch that holds ``now``.

    Within an epoch the answer never changes: when ``previous`` is of this epoch it is returned as it is, whatever
    the estimate says by now. From epoch to epoch the band rises with the median; it falls only when the whole
    interval lies below it (a revision, a return or a recount), never by noise.

    Args:
        order: The order as it stands after its latest revision.
        estimate: Its latest estimate.
        now: Aware UTC.
        previous: The latest release of this order, or ``None`` for the first.
        timezone: The shop's IANA time zone, in whose dates the finish is told.

    Raises:
        ValueError: ``now`` has no time zone, or estimate or previous release belong to another order.
    """
    _check_same_order(order, estimate, previous)
    epoch = epoch_of(now)
    if previous is not None and previous.epoch == epoch and previous.customer == order.customer:
        return previous
    low = _band_low(estimate, previous)
    earliest, latest = _finish_dates(estimate, ZoneInfo(timezone))
    stale_from = epoch - EPOCH
    return Release(
        order=order.id,
        customer=order.customer,
        epoch=epoch,
        band_low_pct=low,
        band_high_pct=min(100, low + BAND_PCT),
        milestone=_milestone(order, estimate),
        finish_earliest=earliest,
        finish_latest=latest,
        outlook=estimate.outlook,
        stale=estimate.as_of < stale_from or (estimate.stale_since is not None and estimate.stale_since < stale_from),
        next_expected_at=epoch + EPOCH,
    )


def epoch_of(now: datetime) -> datetime:
    """The whole hour (UTC) that holds ``now``.

    Raises:
        ValueError: ``now`` has no time zone.
    """
    offset = now.utcoffset()
    if offset is None:
        msg = f"expected an aware instant, got {now.isoformat()} without a time zone"
        raise ValueError(msg)
    utc = now.astimezone(UTC)
    return utc.replace(minute=0, second=0, microsecond=0)


def _check_same_order(order: Order, estimate: Estimate, previous: Release | None) -> None:
    strangers = {estimate.order, previous.order if previous else order.id} - {order.id}
    if strangers:
        msg = f"expected estimate and previous release of order {order.id}, got {', '.join(sorted(strangers))}"
        raise ValueError(msg)


def _band(share: float) -> int:
    """Lower bound in per cent of the band that holds a share; the full 100 only for everything."""
    # The small addition undoes binary rounding: 0.7 * 10 must be in the band that starts at 70.
    return min(100, max(0, math.floor(share * BAND_PCT + 1e-9) * BAND_PCT))


def _band_low(estimate: Estimate, previous: Release | None) -> int:
    """Lower bound of the band to tell, given what was told before."""
    low = _band(estimate.deliverable.p50)
    if estimate.outlook is not Outlook.DONE:
        # "100 %" reads as "ready to be fetched", so the median alone does not earn it.
        low = min(low, 100 - BAND_PCT)
    if previous is None or previous.band_low_pct <= low:
        return low
    contradicted = _band(estimate.deliverable.p90) < previous.band_low_pct
    return low if contradicted else previous.band_low_pct


def _milestone(order: Order, estimate: Estimate) -> str:
    """The latest step through which at least half of the order has gone by the median."""
    half = order.quantity / 2
    passed = [step.step for step in estimate.steps if order.quantity > 0 and step.pieces.p50 >= half]
    return passed[-1] if passed else NOT_STARTED


def _finish_dates(estimate: Estimate, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """First and last day of the finish range in the shop's dates."""
    if estimate.finish is None:
        return None, None
    return estimate.finish.p10.astimezone(zone).date(), estimate.finish.p90.astimezone(zone).date()
