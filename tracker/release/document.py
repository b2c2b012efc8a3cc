"""A release as the document that leaves the shop: the same fields in the same sequence, always."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.domain.releases import Release


def as_dict(release: Release) -> dict[str, object]:
    """The release as plain values for JSON, keys in canonical order; nothing else is ever told to an outsider.

    Instants are RFC 3339 in UTC with ``Z``, dates ISO 8601, unknown dates ``None``. Dumped with the same JSON
    settings, equal releases give equal bytes.
    """
    return {
        "order": release.order,
        "customer": release.customer,
        "epoch": _instant(release.epoch),
        "band_low_pct": release.band_low_pct,
        "band_high_pct": release.band_high_pct,
        "milestone": release.milestone,
        "finish_earliest": release.finish_earliest.isoformat() if release.finish_earliest else None,
        "finish_latest": release.finish_latest.isoformat() if release.finish_latest else None,
        "outlook": release.outlook.value,
        "stale": release.stale,
        "next_expected_at": _instant(release.next_expected_at),
    }


def _instant(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
