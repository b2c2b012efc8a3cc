"""``tracker status``, ``correct`` and ``assign``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, print_json
from tracker.domain.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from tracker.domain.orders import Order
    from tracker.store import CameraStatus

HERE = Path()
STATES = {"ended": "video ended"}
"""States of a camera whose own word says too little."""


def correct(
    order: Annotated[str, typer.Argument(help="Order number.")],
    step: Annotated[str, typer.Argument(help="Step of its route.")],
    pieces: Annotated[int, typer.Argument(min=0, max=1_000_000, help="Good pieces through the step so far, counted.")],
    *,
    line: Annotated[str | None, typer.Option(help="Only this line, as `show` names it, e.g. 'navy M'.")] = None,
    at: Annotated[str | None, typer.Option(help="When it was counted, ISO 8601 with offset; default: now.")] = None,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell what was counted by hand; works without any camera."""
    from tracker.app import open_workshop, utc_now
    from tracker.cli.shown import estimate_dict, instant, print_estimate
    from tracker.domain.orders import HumanCount, OrderId
    from tracker.domain.rules import StepId
    from tracker.progress import refresh

    settings, store = open_workshop(workshop)
    now = utc_now()
    with store:
        with store.write(now) as unit:
            found = unit.order(OrderId(order))
            counted_at = instant(at, "--at") if at else now
            if counted_at > now:
                raise UsageError(f"--at {at}", expected="a time that has passed", got="a future one")
            index = _line_index(found, line) if line is not None else None
            unit.add_human_count(HumanCount(found.id, StepId(step), index, pieces, counted_at))
        (estimate,) = refresh(store, calendar=settings.calendar, now=now, orders=[found.id])
    if as_json:
        print_json({"order": found.id, "estimate": estimate_dict(estimate)})
    else:
        print_estimate(found, estimate, settings)


def assign_event(
    event: Annotated[str, typer.Argument(help="Event id, from `tracker status --json`.")],
    order: Annotated[str, typer.Argument(help="Order it belongs to, or `none`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, in a sentence about the pieces.")] = "assigned by hand",
    workshop: WorkshopOption = HERE,
) -> None:
    """Give an unassigned event to an order, or take it away again."""
    from tracker.app import open_workshop, utc_now
    from tracker.domain.events import EventId
    from tracker.domain.orders import OrderId
    from tracker.progress import refresh

    settings, store = open_workshop(workshop)
    now = utc_now()
    try:
        event_id = EventId(UUID(event))
    except ValueError:
        raise NotFoundError(
            f"no event {event!r}", expected="an event id as `tracker status --json` prints it"
        ) from None
    with store:
        with store.write(now) as unit:
            unit.assign(event_id, None if order == "none" else OrderId(order), reason)
        refresh(store, calendar=settings.calendar, now=now)
    console().print(f"{event}: {order}")


def status(*, workshop: WorkshopOption = HERE, as_json: JsonOption = False) -> None:
    """Orders, cameras and unassigned pieces at a glance."""
    from tracker.app import open_workshop
    from tracker.cli.shown import estimate_dict, local, order_dict, print_estimate

    settings, store = open_workshop(workshop)
    with store, store.read() as view:
        orders = [(order, view.estimate(order.id)) for order in view.orders()]
        cameras = view.cameras()
        gaps = [gap for gap in view.gaps() if gap.end is None]
        loose = view.unassigned(20)
    if as_json:
        print_json(
            {
                "workshop": settings.name,
                "orders": [order_dict(order) | {"estimate": estimate_dict(estimate)} for order, estimate in orders],
                "cameras": [_camera_dict(camera) for camera in cameras],
                "gaps": [{"camera": gap.camera, "reason": gap.reason, "since": gap.start.isoformat()} for gap in gaps],
                "unassigned": {
                    "events": loose.total_events,
                    "pieces": loose.total_pieces,
                    "forward": loose.forward_pieces,
                    "returned": loose.returned_pieces,
                    "latest": [
                        {
                            "event_id": str(stored.event.id),
                            "step": stored.event.step,
                            "pieces": stored.event.pieces,
                            "at": stored.event.moment.at.isoformat(),
                            "reason": stored.reason,
                        }
                        for stored in loose.events
                    ],
                },
            }
        )
        return
    out = console()
    out.print(settings.name)
    for order, estimate in orders:
        print_estimate(order, estimate, settings)
    for camera in cameras:
        gap = next((gap for gap in gaps if gap.camera == camera.camera), None)
        since = f", {gap.reason} since {local(settings, gap.start)}" if gap else ""
        why = f" ({camera.problem})" if camera.problem else ""
        looks = f"{camera.model} on {camera.provider}{_load(camera)}"
        out.print(f"camera {camera.camera}: {STATES.get(camera.state, camera.state)}{since}{why}, {looks}")
    if not cameras:
        out.print("no camera has run yet; counts by hand work without one: `tracker correct`")
    ways = f" ({loose.forward_pieces} went forward, {loose.returned_pieces} came back)" if loose.returned_pieces else ""
    out.print(f"unassigned: {loose.total_pieces} pieces in {loose.total_events} events{ways}")


def _camera_dict(camera: CameraStatus) -> dict[str, str | int | float | None]:
    return {
        "camera": camera.camera,
        "state": camera.state,
        "problem": camera.problem,
        "provider": camera.provider,
        "model": camera.model,
        "last_frame_at": camera.last_frame_at.isoformat() if camera.last_frame_at else None,
        "frames": camera.frames,
        "dropped": camera.dropped,
        "behind_s": camera.behind_s,
    }


def _load(camera: CameraStatus) -> str:
    """How well the machine keeps up with a camera that delivers."""
    if camera.behind_s is None:
        return ""
    share = camera.dropped / max(camera.frames, 1)
    return f", {camera.behind_s:.1f} s behind, {camera.dropped} of {camera.frames} frames dropped ({share:.1%})"


def _line_index(order: Order, label: str) -> int:
    labels = [line.label.casefold() for line in order.lines]
    if label.casefold() not in labels:
        known = ", ".join(line.label for line in order.lines)
        raise NotFoundError(f"order {order.id} has no line {label!r}", expected=f"one of: {known}")
    return labels.index(label.casefold())
