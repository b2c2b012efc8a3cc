"""Orders and estimates as text for people and as JSON for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.cli.shell import console
from tracker.config import Workshop
from tracker.domain.errors import UsageError
from tracker.domain.estimates import Estimate, Interval
from tracker.domain.orders import Order


def instant(text: str, option: str) -> datetime:
    """An option's ISO 8601 text as aware UTC.

    Raises:
        UsageError: It is no instant, or has no offset.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise UsageError(f"{option} {text}", expected="ISO 8601 with offset, such as 2026-11-23T08:00:00+08:00")
    return value.astimezone(UTC)


def steps(order: Order) -> str:
    """A route in a line; outsourced steps carry a star."""
    return " > ".join(step.id + ("*" if step.outsourced else "") for step in order.route.steps)


def percent(interval: Interval) -> str:
    """Median and interval of a share."""
    return f"{interval.p50:.0%} ({interval.p10:.0%}-{interval.p90:.0%})"


def local(settings: Workshop, at: datetime) -> str:
    """An instant on the shop's clock."""
    return at.astimezone(ZoneInfo(settings.calendar.timezone)).strftime("%m-%d %H:%M")


def print_estimate(order: Order, estimate: Estimate | None, settings: Workshop) -> None:
    """One order's estimate in a line, and what is wrong with it below."""
    out = console()
    if estimate is None:
        out.print(f"{order.id}: no estimate yet")
        return
    none_due = ", none due yet" if estimate.none_due_yet else ""
    finish = f", done by {local(settings, estimate.finish.p50)}" if estimate.finish else ""
    if estimate.finish:
        finish += f" ({local(settings, estimate.finish.p10)} - {local(settings, estimate.finish.p90)})"
    chance = f", {estimate.p_on_time:.0%} on time" if estimate.p_on_time is not None else ""
    outlook = estimate.outlook.replace("_", " ")
    out.print(
        f"{order.id}: deliverable {percent(estimate.deliverable)}{none_due}, work {percent(estimate.work_content)}, "
        f"{outlook}{finish}{chance}"
    )
    for short in estimate.shortfalls:
        out.print(f"  {order.lines[short.line].label}: {short.missing} missing")
    if estimate.stale_since:
        out.print(f"  data stale since {local(settings, estimate.stale_since)}")


def order_dict(order: Order) -> dict[str, Any]:
    """An order for ``--json``."""
    return {
        "id": order.id,
        "customer": order.customer,
        "style": order.style,
        "unit": order.unit,
        "quantity": order.quantity,
        "due": order.due.isoformat() if order.due else None,
        "state": order.state,
        "revision": order.revision,
        "lines": [{"line": line.label, "quantity": line.quantity} for line in order.lines],
        "route": [{"step": s.id, "weight": s.weight, "outsourced": s.outsourced} for s in order.route.steps],
        "weight_source": order.route.weight_source,
    }


def interval_dict(interval: Interval) -> dict[str, float]:
    """An interval for ``--json``."""
    return {"p10": round(interval.p10, 4), "p50": round(interval.p50, 4), "p90": round(interval.p90, 4)}


def estimate_dict(estimate: Estimate | None) -> dict[str, Any] | None:
    """An estimate for ``--json``; ``None`` before the first."""
    if estimate is None:
        return None
    finish = estimate.finish
    return {
        "as_of": estimate.as_of.isoformat(),
        "deliverable": interval_dict(estimate.deliverable),
        "work_content": interval_dict(estimate.work_content),
        "steps": {step.step: interval_dict(step.pieces) for step in estimate.steps},
        "finish": {name: getattr(finish, name).isoformat() for name in ("p10", "p50", "p90")} if finish else None,
        "p_on_time": round(estimate.p_on_time, 4) if estimate.p_on_time is not None else None,
        "outlook": estimate.outlook,
        "none_due_yet": estimate.none_due_yet,
        "stale_since": estimate.stale_since.isoformat() if estimate.stale_since else None,
        "shortfalls": [
            {"line": short.line, "good": short.good, "missing": short.missing} for short in estimate.shortfalls
        ],
    }
