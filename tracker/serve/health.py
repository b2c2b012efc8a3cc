"""Whether Fairloom does its work, and if not, why: for a monitor that asks every minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tracker.domain.errors import StoreError
from tracker.serve.sight import CameraSight, sights
from tracker.store import Store


class Condition(StrEnum):
    """The whole in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    """Pages and API answer, but something is not seen that should be."""
    DOWN = "down"
    """Nothing can be answered."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a monitor is told.

    Attributes:
        reasons: Why it is not ok, one sentence each; empty when it is.
        cameras: ``None`` when the database cannot be read.
    """

    condition: Condition
    reasons: tuple[str, ...]
    cameras: tuple[CameraSight, ...] | None


def examine(store: Store, *, provider: str | None, now: datetime) -> Health:
    """The state of database and cameras.

    Args:
        provider: Execution provider that the settings ask for; ``None`` when nobody said.
        now: Aware UTC.
    """
    try:
        with store.read() as view:
            seen = sights(view.cameras(), view.gaps(since=now), now=now)
    except StoreError as error:
        return Health(Condition.DOWN, (f"the database cannot be read: {error.what}",), None)
    reasons = (*_blindness(seen), *_fallbacks(seen, provider))
    return Health(Condition.DEGRADED if reasons else Condition.OK, reasons, seen)


def as_json(health: Health, *, provider: str | None, now: datetime) -> dict[str, object]:
    """Health as plain values; instants are RFC 3339, ages whole seconds."""
    cameras = health.cameras or ()
    running = sorted({seen.status.provider for seen in cameras if seen.status.provider is not None})
    return {
        "status": health.condition.value,
        "reasons": list(health.reasons),
        "checked_at": _instant(now),
        "database": {"readable": health.cameras is not None},
        "provider": {"asked": provider, "running": running},
        "cameras": [_camera(seen, now) for seen in cameras],
    }


def _blindness(seen: Sequence[CameraSight]) -> list[str]:
    return [
        f"camera {one.camera}: {one.sight.value}"
        + (f" since {_instant(one.since)}" if one.since else "")
        + (f" ({one.reason.value})" if one.reason else "")
        + (f": {one.status.problem}" if one.status.problem else "")
        for one in seen
        if not one.sight.wanted or (one.sight.sees and one.reason)
    ]


def _fallbacks(seen: Sequence[CameraSight], asked: str | None) -> list[str]:
    return [
        f"camera {one.camera}: provider {asked} was asked for, {one.status.provider} runs"
        for one in seen
        if asked is not None and one.status.provider not in {None, asked}
    ]


def _camera(seen: CameraSight, now: datetime) -> dict[str, object]:
    last = seen.status.last_frame_at
    return {
        "camera": seen.camera,
        "state": seen.sight.value,
        "since": _instant(seen.since) if seen.since else None,
        "reason": seen.reason.value if seen.reason else None,
        "problem": seen.status.problem,
        "last_frame_at": _instant(last) if last else None,
        "last_frame_age_s": max(0, round((now - last).total_seconds())) if last else None,
        "provider": seen.status.provider,
        "model": seen.status.model,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
