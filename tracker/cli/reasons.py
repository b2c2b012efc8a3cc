"""Why pieces were given to an order, or to none: events with the same reason as one line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tracker.cli.shown import local

if TYPE_CHECKING:
    from tracker.config import Workshop
    from tracker.store import StoredEvent


def grouped(events: Iterable[StoredEvent]) -> list[dict[str, Any]]:
    """Events of one step, place and reason together, by the time of the first.

    Args:
        events: By the time they happened.
    """
    groups: dict[tuple[str | None, str | None, str], list[StoredEvent]] = {}
    for stored in events:
        event = stored.event
        groups.setdefault((event.step, event.cell, stored.reason), []).append(stored)
    return [
        {
            "step": step,
            "cell": cell,
            "reason": reason,
            "by_hand": members[0].manual,
            "pieces": sum(member.event.pieces for member in members),
            "events": len(members),
            "first_at": members[0].event.moment.at.isoformat(),
            "last_at": members[-1].event.moment.at.isoformat(),
        }
        for (step, cell, reason), members in groups.items()
    ]


def why_line(group: dict[str, Any], settings: Workshop) -> str:
    """One group as a sentence with its times."""
    first, last = (local(settings, datetime.fromisoformat(group[key])) for key in ("first_at", "last_at"))
    when = first if first == last else f"{first} to {last}"
    place = f", cell {group['cell']}" if group["cell"] else ""
    pieces = f"{group['pieces']} pieces" if group["pieces"] >= 0 else f"{-group['pieces']} pieces came back"
    return f"{pieces} at {group['step']}{place}, {when}: {group['reason']}"
